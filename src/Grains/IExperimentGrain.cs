using System.Collections.Immutable;

namespace RnnSweep.Grains;

/// <summary>
/// The gradient-stability experiment of one spectral radius and one value of every other axis but the sequence length; its key is that of the trajectory's longest cell
/// and the experiment's index. It runs the trajectory to the longest sequence length, reads every shorter one on the way, and hands the readings on to be stored and reported.
/// </summary>
[Alias("rnnsweep.experiment")]
public interface IExperimentGrain : IGrainWithStringKey
{
    /// <summary>
    /// Runs the experiment, on a thread that is none of Orleans'. May take hours, so only a pump in the same silo calls it, which also says when to stop.
    /// </summary>
    /// <param name="sweep">The sweep's id.</param>
    /// <param name="lease">The lease that the experiments belong to.</param>
    /// <param name="experiments">The grain's own experiment, and the other ones of its lease, which are small, to be run in this order.</param>
    [Alias("Run")]
    [ResponseTimeout("365.00:00:00")]
    Task Run(string sweep, long lease, ImmutableArray<LeasedExperiment> experiments);
}
