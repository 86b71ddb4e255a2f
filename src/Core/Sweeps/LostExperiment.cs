using System.Collections.Immutable;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>The experiment that a holder was probably running when it died: the first of the lease that it had not reported.</summary>
/// <param name="Experiment">The experiment's index.</param>
/// <param name="Count">How often the experiment has lost its holder, this time included.</param>
/// <param name="Failures">The failures of all its readings if it has now failed; otherwise empty.</param>
public sealed record LostExperiment(long Experiment, int Count, ImmutableArray<ReadingFailure> Failures);
