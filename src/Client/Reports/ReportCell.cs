using System.Collections.Immutable;
using RnnSweep.Client.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Reports;

/// <summary>A cell as the report shows it. One that is not done has no summary.</summary>
internal sealed class ReportCell
{
    public required CellSpec Spec { get; init; }

    public required CellKey Key { get; init; }

    /// <summary>Its index on each axis of the report.</summary>
    public required ImmutableArray<int> Places { get; init; }

    /// <summary>Its row in the report's table, from 0.</summary>
    public required int Row { get; init; }

    /// <summary>Null where the cell is not done.</summary>
    public CellSummary? Summary { get; init; }

    /// <summary>Why the cell failed; null where it did not.</summary>
    public string? Failure { get; init; }

    /// <summary>Whether the cell is not computed yet.</summary>
    public bool IsPending => Summary is null && Failure is null;

    /// <summary>Number of replicates by status, except for ok.</summary>
    public IReadOnlyDictionary<string, int> Troubles { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>λ_max by replicate, NaN where it is not known.</summary>
    public double[] Lyapunov { get; init; } = [];

    /// <summary>log10 of the spectral norm by replicate, NaN where it is not known.</summary>
    public double[] Norm { get; init; } = [];

    /// <summary>Mean over the replicates of T·log10(γ‖W‖₂).</summary>
    public double Bound { get; init; } = double.NaN;

    /// <summary>γ‖W‖₂ − 1, from the geometric mean over the replicates; gradients must vanish where it is negative.</summary>
    public double BoundExcess => Math.Pow(10, Bound / Spec.SequenceLength) - 1;

    /// <summary>The largest of log10 σ_max − T·log10(γ‖W‖₂) over the replicates: above 0 only by rounding.</summary>
    public double LargestExcess { get; init; } = double.NaN;

    public double Median => Summary?.Log10SpectralNorm.Median ?? double.NaN;

    public double LyapunovMedian => Summary?.LyapunovMax.Median ?? double.NaN;

    /// <summary>The outcome of more than half of the known replicates; stable where there is no such outcome, missing where none is known.</summary>
    public Outcome Outcome => Summary switch
    {
        null or { FractionStable: double.NaN } => Outcome.Missing,
        { FractionVanishing: > 0.5 } => Outcome.Vanishing,
        { FractionExploding: > 0.5 } => Outcome.Exploding,
        _ => Outcome.Stable,
    };

    /// <summary><c>ok</c>, the numbers of replicates by status, or why the cell has no result.</summary>
    public string Status => Failure is not null ? $"failed: {Failure}"
        : Summary is null ? "not computed yet"
        : Troubles.Count == 0 ? "ok"
        : string.Join(", ", Troubles.Select(trouble => $"{trouble.Value} × {trouble.Key}"));

    /// <summary>The report's cell for a stored cell, which is not done where it has no result.</summary>
    /// <param name="cell">The cell, with its summary where it has a result.</param>
    /// <param name="places">Its index on each axis.</param>
    /// <param name="row">Its row.</param>
    /// <param name="mostReplicates">Number of replicates whose values are kept.</param>
    public static ReportCell Of(
        ExportedCell cell,
        ImmutableArray<int> places,
        int row,
        int mostReplicates)
    {
        ((CellSpec spec, CellKey key), StoredCell stored) = (cell.Planned, cell.Stored);
        if (stored.Result is not { } result)
        {
            return new ReportCell { Spec = spec, Key = key, Places = places, Row = row, Failure = stored.Failure };
        }

        double[] bounds = [.. result.Replicates.Select(replicate => replicate.Log10PascanuBound).Where(bound => !double.IsNaN(bound))];
        double[] excesses = [.. result.Replicates.Select(replicate => replicate.Log10SpectralNorm - replicate.Log10PascanuBound).Where(double.IsFinite)];
        return new ReportCell
        {
            Spec = spec,
            Key = key,
            Places = places,
            Row = row,
            Summary = cell.Summary,
            Failure = stored.Failure,
            Troubles = TroublesOf(result),
            Lyapunov = [.. result.Replicates.Take(mostReplicates).Select(replicate => replicate.LyapunovMax)],
            Norm = [.. result.Replicates.Take(mostReplicates).Select(replicate => replicate.Log10SpectralNorm)],
            Bound = bounds.Length == 0 ? double.NaN : bounds.Average(),
            LargestExcess = excesses.Length == 0 ? double.NaN : excesses.Max(),
        };
    }

    private static ImmutableSortedDictionary<string, int> TroublesOf(CellResult result) => result.Replicates
        .GroupBy(ReadingStatus.For(result.Spec).Of)
        .Where(group => group.Key != ReplicateStatus.Ok)
        .ToImmutableSortedDictionary(group => ReplicateTable.Text(group.Key), group => group.Count(), StringComparer.Ordinal);
}
