using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;

namespace RnnSweep.Client.Engines;

/// <summary>The engines, by the names of <c>--engine</c>.</summary>
internal static class EngineChoice
{
    /// <summary>What the help says of them.</summary>
    public const string Help =
        "What computes: threads; silo, an embedded Orleans silo; or cluster, silos that share a database [default: RNNSWEEP_ENGINE, else silo]";

    public static readonly string[] Names = ["threads", "silo", "cluster"];

    /// <summary>The engine where none is asked for: a silo, unless this process may open too few files for one.</summary>
    public static string Default => FromEnvironment ?? (IsSiloOutOfReach ? "threads" : "silo");

    /// <summary>Whether the limit of open files is too low for a silo, so that <see cref="Default"/> is another engine.</summary>
    public static bool IsSiloOutOfReach => FromEnvironment is null && Descriptors.Limit is < Descriptors.OfSilo;

    private static string? FromEnvironment => Environment.GetEnvironmentVariable("RNNSWEEP_ENGINE") is { Length: > 0 } engine ? engine : null;

    /// <summary>Throws where there is no such engine.</summary>
    /// <exception cref="UsageException">There is none of this name.</exception>
    /// <exception cref="IOException">It needs more open files than this process may have.</exception>
    public static void Require(string name)
    {
        if (!Names.Contains(name))
        {
            throw new UsageException($"rnnsweep: --engine must be one of {string.Join(", ", Names)}, but was '{name}'");
        }

        if (Descriptors.Limit is { } limit && limit < (name == "threads" ? Descriptors.OfThreads : Descriptors.OfSilo))
        {
            throw new IOException(Descriptors.Advice);
        }
    }

    /// <summary>An engine of this process.</summary>
    public static IEngine Local(string name, Computation computation) => name == "silo"
        ? new SiloEngine(computation.Runner.Run, computation.Parallelism)
        : new ThreadsEngine(computation.Runner.Run, computation.Parallelism);

    /// <summary>The engine of a cluster, which is to compute a sweep.</summary>
    /// <exception cref="UsageException">The sweep is a shard: a cluster has its own way of sharing work.</exception>
    public static IEngine Cluster(ClusterSettings cluster, ResolvedSweep sweep)
    {
        if (sweep.Plan.Shard is not null)
        {
            throw new UsageException("rnnsweep: --shard is for machines that share nothing; with --engine cluster the silos share the whole sweep");
        }

        ClusterSweeps.Submit(cluster, sweep); // a sweep that the cluster refuses leaves no trace in the folder
        return new ClusterEngine(new ClusterAddress(cluster), sweep, hasAnswered: true);
    }
}
