using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;

namespace RnnSweep.Client.Engines;

/// <summary>The engines, by the names of <c>--engine</c>.</summary>
internal static class EngineChoice
{
    /// <summary>The description of <c>--engine</c> in the help.</summary>
    public const string Help =
        "What computes: threads; silo, an embedded Orleans silo; or cluster, silos that share a database [default: RNNSWEEP_ENGINE, else silo]";

    public static readonly string[] Names = ["threads", "silo", "cluster"];

    /// <summary>The engine where none is named: a silo, unless the limit of open files is too low for one.</summary>
    public static string Default => FromEnvironment ?? (IsSiloOutOfReach ? "threads" : "silo");

    /// <summary>Whether the limit of open files is too low for a silo, so that <see cref="Default"/> is another engine.</summary>
    public static bool IsSiloOutOfReach => FromEnvironment is null && Descriptors.Limit is < Descriptors.NeededBySilo;

    private static string? FromEnvironment => Environment.GetEnvironmentVariable("RNNSWEEP_ENGINE") is { Length: > 0 } engine ? engine : null;

    /// <summary>Throws unless the engine exists and this process may open enough files for it.</summary>
    /// <exception cref="UsageException">There is no engine of this name.</exception>
    /// <exception cref="IOException">The engine needs more open files than this process may have.</exception>
    public static void Require(string name)
    {
        if (!Names.Contains(name))
        {
            throw new UsageException($"rnnsweep: --engine must be one of {string.Join(", ", Names)}, but was '{name}'");
        }

        if (Descriptors.Limit is { } limit && limit < (name == "threads" ? Descriptors.NeededByThreads : Descriptors.NeededBySilo))
        {
            throw new IOException(Descriptors.Advice);
        }
    }

    /// <summary>An engine of this process.</summary>
    public static IEngine Local(string name, Computation computation) => name == "silo"
        ? new SiloEngine(computation.Runner.Run, computation.Parallelism)
        : new ThreadsEngine(computation.Runner.Run, computation.Parallelism);

    /// <summary>Submits a sweep to a cluster, and returns the engine that follows it.</summary>
    /// <exception cref="UsageException">The sweep is a shard; a cluster computes whole sweeps.</exception>
    public static IEngine Cluster(ClusterSettings cluster, ResolvedSweep sweep)
    {
        if (sweep.Plan.Shard is not null)
        {
            throw new UsageException("rnnsweep: --shard is for machines without a common cluster; with --engine cluster the silos share the whole sweep");
        }

        if (sweep.Plan.Locating is not null)
        {
            ClusterSweeps.Submit(cluster, ClusterSearchEngine.GridOf(sweep));
            return new ClusterSearchEngine(cluster, sweep);
        }

        ClusterSweeps.Submit(cluster, sweep); // first, so that a sweep that the cluster refuses leaves no files in the folder
        return new ClusterEngine(new ClusterAddress(cluster), sweep, hasAnswered: true);
    }
}
