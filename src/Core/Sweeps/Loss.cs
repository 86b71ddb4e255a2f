using System.Collections.Immutable;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>An experiment whose holder died while it ran, as far as anybody knows.</summary>
/// <param name="Experiment">The experiment's index.</param>
/// <param name="Count">How often it has lost its holder by now.</param>
/// <param name="Failures">The failures of all its readings if this was once too often; empty otherwise.</param>
public sealed record Loss(long Experiment, int Count, ImmutableArray<ReadingFailure> Failures);
