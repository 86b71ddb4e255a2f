namespace RnnSweep.Grains;

/// <summary>
/// The gradient-stability experiment of one spectral radius and one value of every other axis but the sequence length; its key is that of the trajectory's longest cell.
/// It runs the trajectory to the longest sequence length, reads every shorter one on the way, and returns the readings.
/// </summary>
[Alias("rnnsweep.experiment")]
public interface IExperimentGrain : IGrainWithStringKey
{
    /// <summary>
    /// Runs the experiments of a lease, on a thread that is none of Orleans'. May take hours, so only the workers of the same silo call it, which also say when to stop.
    /// </summary>
    /// <param name="sweep">The sweep's id.</param>
    /// <param name="lease">A lease that this silo's workers hold: the grain's own experiment, or several that are small.</param>
    [Alias("Run")]
    [ResponseTimeout("365.00:00:00")]
    Task<ExperimentReadings> Run(string sweep, long lease);
}

/// <summary>What the experiments of a lease have yielded. It never leaves the silo.</summary>
[GenerateSerializer, Immutable, Alias("rnnsweep.experiment-readings")]
public sealed class ExperimentReadings
{
    [NonSerialized]
    private readonly IReadOnlyList<ExperimentOutcome>? _outcomes;

    internal ExperimentReadings(IReadOnlyList<ExperimentOutcome> outcomes) => _outcomes = outcomes;

    /// <summary>By experiment, in the order of the lease.</summary>
    /// <exception cref="InvalidOperationException">They came from another silo, where they stayed.</exception>
    public IReadOnlyList<ExperimentOutcome> Outcomes => _outcomes ?? throw new InvalidOperationException("readings of experiments stay in the silo that has run them");
}
