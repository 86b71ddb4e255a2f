using System.CommandLine;
using System.Net;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.Terminal;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep silo</c>: starts a silo of a cluster.</summary>
internal static class SiloCommand
{
    private const string Summary = "Start a silo of a cluster, which computes what is submitted to it";

    private const string Details = """
        The cluster is a PostgreSQL database, which may be empty: the first silo makes its tables. Start as many silos as there are machines; each pulls
        work when it is free. SIGTERM and Ctrl-C give its work back at once.

        Other machines are let in over TLS alone, and with a certificate of the cluster's own authority; docs/cluster.md says how to make one. A sweep may
        have 10 000 000 cells, and 64 MiB with its matrices; a cell may need four fifths of the machine's memory, shared by the experiments run at a time.

        By HTTP it serves / with all sweeps, each with its report so far, /health/live and /health/ready, /metrics for Prometheus, and Orleans' /dashboard. If the
        environment variable OTEL_EXPORTER_OTLP_ENDPOINT is set, metrics, traces and logs are exported to that collector.

        Examples:
          export RNNSWEEP_CLUSTER='Host=db;Database=rnnsweep;Username=me;Password=secret'
          rnnsweep silo
          rnnsweep silo --silo-port 11112 --gateway-port 30001 --parallelism 4
          rnnsweep silo --http none
          rnnsweep silo --listen 10.0.0.5 --certificate silo.pem --trust authority.pem
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
            SiloOptions values = silo.Read(parsed);
            ClusterSettings settings = cluster.Read(parsed);
            if (!values.IsLocal && settings.Certificates is null && !values.IsInsecure)
            {
                throw new UsageException(
                    $"rnnsweep: at {values.Listen} other machines reach this silo, and without TLS all of them are let in; give --certificate and --trust, or --insecure on a trusted network");
            }

            if (values.Http is { } http && !IPAddress.IsLoopback(http.Address) && settings.Certificates is null)
            {
                throw new UsageException(
                    $"rnnsweep: at {http} other machines reach the pages of this silo, which want a certificate of the cluster there; give --certificate and --trust, or --http 127.0.0.1:PORT");
            }

            return SiloProcess.Run(settings, values);
        });
        return command;
    }
}
