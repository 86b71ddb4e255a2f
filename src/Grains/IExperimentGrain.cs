namespace RnnSweep.Grains;

/// <summary>
/// The gradient-stability experiment of one spectral radius and one value of every other axis except the sequence length. It runs the trajectory to the longest
/// sequence length, reads every shorter length on the way, and returns the readings. The grain's key is the key of the cell with the longest sequence length.
/// </summary>
[Alias("rnnsweep.experiment")]
public interface IExperimentGrain : IGrainWithStringKey
{
    /// <summary>
    /// Runs the experiments of a lease on a thread outside Orleans' scheduler. A call may take hours, so only the same silo's workers make it and stop it.
    /// </summary>
    /// <param name="sweep">The sweep's id.</param>
    /// <param name="lease">A lease that this silo's workers hold, with the grain's own experiment or with several small ones.</param>
    [Alias("Run")]
    [ResponseTimeout("365.00:00:00")]
    Task<ExperimentReadings> Run(string sweep, long lease);
}

/// <summary>The outcomes of the experiments of a lease. They are never sent to another silo.</summary>
[GenerateSerializer, Immutable, Alias("rnnsweep.experiment-readings")]
public sealed class ExperimentReadings
{
    [NonSerialized]
    private readonly IReadOnlyList<ExperimentOutcome>? _outcomes;

    internal ExperimentReadings(IReadOnlyList<ExperimentOutcome> outcomes) => _outcomes = outcomes;

    /// <summary>By experiment, in the order of the lease.</summary>
    /// <exception cref="InvalidOperationException">The message came from another silo, so it has no outcomes.</exception>
    public IReadOnlyList<ExperimentOutcome> Outcomes => _outcomes ?? throw new InvalidOperationException("readings of experiments stay in the silo that has run them");
}
