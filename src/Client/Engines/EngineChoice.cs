using RnnSweep.Client.Commands;
using RnnSweep.Client.Runs;

namespace RnnSweep.Client.Engines;

/// <summary>The engines of this build, by the names of <c>--engine</c>.</summary>
internal static class EngineChoice
{
    /// <summary>What the help says of them.</summary>
    public const string Help = "What computes: threads, or silo, an embedded Orleans silo, where the build has Orleans";

    public const string Default = "threads";

    /// <exception cref="UsageException">There is no such engine, or this build is without it.</exception>
    public static IEngine Named(string name, Computation computation) => name switch
    {
        "threads" => new ThreadsEngine(computation.Experiment.Run, computation.Parallelism),
#if ORLEANS
        "silo" => new Orleans.SiloEngine(computation.Experiment.Run, computation.Parallelism),
#else
        "silo" => throw new UsageException("rnnsweep: this build is without Orleans, whose packages the NuGet source lacked, so --engine must be threads"),
#endif
        _ => throw new UsageException($"rnnsweep: --engine must be threads or silo, but was '{name}'"),
    };
}
