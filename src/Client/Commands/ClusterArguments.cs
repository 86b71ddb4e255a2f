using System.CommandLine;

namespace RnnSweep.Client.Commands;

/// <summary>The options by which commands name a cluster.</summary>
internal sealed class ClusterArguments
{
    public const string Variable = "RNNSWEEP_CLUSTER";

    public Option<string?> Cluster { get; } = new("--cluster")
    {
        Description = $"The cluster: the connection string of its PostgreSQL database [default: {Variable}, where a password is better kept]",
        HelpName = "CONNECTION",
    };

    public ClusterArguments() => SweepArguments.RefuseEmpty(Cluster, "a cluster");

    /// <summary>The argument by which a command names a sweep on a cluster.</summary>
    public static Argument<string> SweepId()
    {
        var argument = new Argument<string>("ID") { Description = "The sweep's id, as 'rnnsweep submit' printed it" };
        SweepArguments.RefuseOptions(argument);
        SweepArguments.RefuseEmpty(argument, "a sweep");
        return argument;
    }

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command) => command.Options.Add(Cluster);

    /// <exception cref="UsageException">No cluster is named.</exception>
    public ClusterSettings Read(ParseResult parsed)
    {
        string? connection = parsed.GetValue(Cluster) ?? Environment.GetEnvironmentVariable(Variable);
        return string.IsNullOrWhiteSpace(connection)
            ? throw new UsageException($"rnnsweep: no cluster is named; set {Variable} or --cluster to the connection string of its database, such as 'Host=db;Database=rnnsweep;Username=me;Password=…'")
            : new ClusterSettings(connection);
    }
}
