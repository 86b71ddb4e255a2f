using System.Collections.Immutable;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>An experiment that a holder was probably running when it died: the first of the lease that it had not reported.</summary>
/// <param name="Experiment">The experiment's index.</param>
/// <param name="Count">How often it has lost its holder by now.</param>
/// <param name="Failures">The failures of all its readings if this was once too often; empty otherwise.</param>
public sealed record Loss(long Experiment, int Count, ImmutableArray<ReadingFailure> Failures);
