using System.Collections.Immutable;
using RnnSweep.Client.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Reports;

/// <summary>A cell as the report shows it. One that is not done has no summary.</summary>
internal sealed class ReportCell
{
    public required CellSpec Spec { get; init; }

    public required CellKey Key { get; init; }

    /// <summary>Its place on each axis of the report.</summary>
    public required ImmutableArray<int> Places { get; init; }

    /// <summary>Its row in the report's table, from 0.</summary>
    public required int Row { get; init; }

    /// <summary>Null where the cell is not done.</summary>
    public CellSummary? Summary { get; init; }

    /// <summary>Why the cell failed; null where it did not.</summary>
    public string? Failure { get; init; }

    /// <summary>How many replicates have which status, where it is not ok.</summary>
    public IReadOnlyDictionary<string, int> Troubles { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>λ_max by replicate, NaN where it is not known.</summary>
    public double[] Lyapunov { get; init; } = [];

    /// <summary>log10 of the spectral norm by replicate, NaN where it is not known.</summary>
    public double[] Norm { get; init; } = [];

    /// <summary>Mean over the replicates of T·log10(γ‖W‖₂).</summary>
    public double Bound { get; init; } = double.NaN;

    /// <summary>γ‖W‖₂ less 1, which is negative where gradients must vanish: from the geometric mean over the replicates.</summary>
    public double BoundExcess => Math.Pow(10, Bound / Spec.SequenceLength) - 1;

    /// <summary>The largest of log10 σ_max − T·log10(γ‖W‖₂) over the replicates: never above 0 but for rounding.</summary>
    public double LargestExcess { get; init; } = double.NaN;

    public double Median => Summary?.Log10SpectralNorm.Median ?? double.NaN;

    public double LyapunovMedian => Summary?.LyapunovMax.Median ?? double.NaN;

    /// <summary>What most of the known replicates do; missing where none is known, stable where no outcome has more than half.</summary>
    public Outcome Outcome => Summary switch
    {
        null or { FractionStable: double.NaN } => Outcome.Missing,
        { FractionVanishing: > 0.5 } => Outcome.Vanishing,
        { FractionExploding: > 0.5 } => Outcome.Exploding,
        _ => Outcome.Stable,
    };

    /// <summary>One word or a few: <c>ok</c>, what is missing of it, or why all is.</summary>
    public string Status => Failure is not null ? $"failed: {Failure}"
        : Summary is null ? "not computed"
        : Troubles.Count == 0 ? "ok"
        : string.Join(", ", Troubles.Select(trouble => $"{trouble.Value} × {trouble.Key}"));

    /// <summary>The cell of a result; of one that is null, a cell that is not done.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="places">Its place on each axis.</param>
    /// <param name="row">Its row.</param>
    /// <param name="theory">Theory of a cell, for one whose summary has not been computed.</param>
    /// <param name="mostReplicates">Of how many replicates the single values are kept.</param>
    public static ReportCell Of(
        TabledCell cell,
        ImmutableArray<int> places,
        int row,
        Func<CellSpec, CellTheory> theory,
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
            Summary = cell.Summary ?? CellSummary.Of(result, theory(spec)),
            Failure = stored.Failure,
            Troubles = TroublesOf(result),
            Lyapunov = [.. result.Replicates.Take(mostReplicates).Select(replicate => replicate.LyapunovMax)],
            Norm = [.. result.Replicates.Take(mostReplicates).Select(replicate => replicate.Log10SpectralNorm)],
            Bound = bounds.Length == 0 ? double.NaN : bounds.Average(),
            LargestExcess = excesses.Length == 0 ? double.NaN : excesses.Max(),
        };
    }

    private static ImmutableSortedDictionary<string, int> TroublesOf(CellResult result) => result.Replicates
        .Where(replicate => replicate.Status != ReplicateStatus.Ok)
        .GroupBy(replicate => ReplicateTable.Text(replicate.Status))
        .ToImmutableSortedDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
}
