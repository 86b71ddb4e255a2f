using System.CommandLine;
using RnnSweep.Client.Engines;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep silo</c>: a silo of a cluster.</summary>
internal static class SiloCommand
{
    private const string Summary = "Start a silo of a cluster, which computes what is submitted to it";

    private const string Details = """
        The cluster is a PostgreSQL database, which may be empty: the first silo makes its tables. Start as many silos as there are machines; each pulls
        work when it is free. SIGTERM and Ctrl-C give its work back at once.

        Examples:
          export RNNSWEEP_CLUSTER='Host=db;Database=rnnsweep;Username=me;Password=secret'
          rnnsweep silo
          rnnsweep silo --silo-port 11112 --gateway-port 30001 --parallelism 4
        """;

    public static Command Create()
    {
        var cluster = new ClusterArguments();
        var silo = new SiloArguments();
        var command = new DetailedCommand("silo", Summary, Details);
        silo.AddTo(command);
        cluster.AddTo(command);
        command.SetAction(parsed =>
        {
            SiloArguments.Values values = silo.Read(parsed);
            EngineChoice.RequireOrleans("there are no silos in it");
            ClusterSettings settings = cluster.Read(parsed);
#if ORLEANS
            return Engines.Orleans.SiloProcess.Run(settings, values);
#else
            return ExitCode.InternalError;
#endif
        });
        return command;
    }
}
