using RnnSweep.Client.Commands;
using RnnSweep.Client.Runs;
using RnnSweep.Client.SweepFiles;

namespace RnnSweep.Client.Engines;

/// <summary>The engines of this build, by the names of <c>--engine</c>.</summary>
internal static class EngineChoice
{
    /// <summary>What the help says of them.</summary>
    public const string Help =
        "What computes: threads; silo, an embedded Orleans silo; or cluster, silos that share a database [default: RNNSWEEP_ENGINE, else silo, or threads where the build is without Orleans]";

#if ORLEANS
    private const string Usual = "silo";
#else
    private const string Usual = "threads";
#endif

    public static readonly string[] Names = ["threads", "silo", "cluster"];

    /// <summary>The engine where none is asked for.</summary>
    public static string Default => Environment.GetEnvironmentVariable("RNNSWEEP_ENGINE") is { Length: > 0 } engine ? engine : Usual;

    /// <summary>Throws where there is no such engine, or this build is without it.</summary>
    /// <exception cref="UsageException">It cannot be had.</exception>
    public static void Require(string name)
    {
        if (!Names.Contains(name))
        {
            throw new UsageException($"rnnsweep: --engine must be one of {string.Join(", ", Names)}, but was '{name}'");
        }

        if (name != "threads")
        {
            RequireOrleans($"--engine must be threads, but was {name}");
        }
    }

    /// <summary>Throws where this build is without Orleans.</summary>
    /// <param name="instead">What can be had instead.</param>
    /// <exception cref="UsageException">It is.</exception>
    public static void RequireOrleans(string instead)
    {
#if !ORLEANS
        throw new UsageException($"rnnsweep: this build is without Orleans ({BuildFacts.OrleansLeftOut}); {instead}");
#endif
    }

    /// <summary>An engine of this process.</summary>
    public static IEngine Local(string name, Computation computation) => name switch
    {
#if ORLEANS
        "silo" => new Orleans.SiloEngine(computation.Experiment.Run, computation.Parallelism),
#endif
        _ => new ThreadsEngine(computation.Experiment.Run, computation.Parallelism),
    };

    /// <summary>The engine of a cluster, which is to compute a sweep.</summary>
    /// <exception cref="UsageException">The sweep is a shard: a cluster has its own way of sharing work.</exception>
    public static IEngine Cluster(ClusterSettings cluster, ResolvedSweep sweep)
    {
        if (sweep.Plan.Shard is not null)
        {
            throw new UsageException("rnnsweep: --shard is for machines that share nothing; with --engine cluster the silos share the whole sweep");
        }

#if ORLEANS
        Orleans.ClusterSweeps.Submit(cluster, sweep); // what the cluster refuses leaves no trace here
        return new Orleans.ClusterEngine(new Orleans.ClusterAddress(cluster), sweep, hasAnswered: true);
#else
        throw new InvalidOperationException();
#endif
    }
}
