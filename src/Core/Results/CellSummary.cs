using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Results;

/// <summary>Statistics of a cell over its replicates, each of those whose value is known, computed when they are first asked for.</summary>
public sealed class CellSummary
{
    private readonly CellResult? _result;
    // By column: a summary has several numbers of each.
    private readonly SampleStatistics?[] _statistics = new SampleStatistics?[ReadingColumns.All.Length];
    private readonly Dictionary<int, CensoredMedian> _medians = [];

    private CellSummary(CellResult? result, CellTheory theory)
    {
        (_result, Theory) = (result, theory);
        double known = Readings.Count(reading => reading.Outcome != Outcome.Missing);
        FractionVanishing = Fraction(Outcome.Vanishing);
        FractionStable = Fraction(Outcome.Stable);
        FractionExploding = Fraction(Outcome.Exploding);

        // 0 / 0 is NaN: nothing known.
        double Fraction(Outcome outcome) => Readings.Count(reading => reading.Outcome == outcome) / known;
    }

    /// <summary>The summary of a cell that has no readings: nothing known.</summary>
    public static CellSummary Failed { get; } = new(null, CellTheory.Unknown);

    /// <summary>Number of replicates.</summary>
    public int Count => Readings.Length;

    /// <summary>Number of replicates of which every number is there.</summary>
    public int CountOk => Readings.Count(reading => reading.Status == ReplicateStatus.Ok);

    /// <summary>Statistics of log10 σ_max(P_T).</summary>
    public SampleStatistics Log10SpectralNorm => Statistics(ReadingColumns.Log10SpectralNorm);

    /// <summary>Statistics of ln σ_max(P_T) / T.</summary>
    public SampleStatistics LyapunovMax => Statistics(ReadingColumns.LyapunovMax);

    /// <summary>Fraction of the known outcomes that vanish; NaN where none is known.</summary>
    public double FractionVanishing { get; }

    /// <summary>Fraction of the known outcomes that are stable; NaN where none is known.</summary>
    public double FractionStable { get; }

    /// <summary>Fraction of the known outcomes that explode; NaN where none is known.</summary>
    public double FractionExploding { get; }

    /// <summary>The theory of the cell.</summary>
    public CellTheory Theory { get; }

    private ImmutableArray<Reading> Readings => _result?.Replicates ?? [];

    /// <summary>The summary of readings.</summary>
    public static CellSummary Of(CellResult result, CellTheory theory) => new(result, theory);

    /// <summary>Statistics of a column that is a number.</summary>
    public SampleStatistics Statistics(ReadingColumn column) => _statistics[column.Index] ??= StatisticsOf(column);

    /// <summary>The fraction of true ones of a column, of those where it can be said; NaN where there is none.</summary>
    public double Fraction(ReadingColumn column) =>
        Readings.Count(reading => column.Value(reading) == 1) / (double)Readings.Count(reading => !double.IsNaN(column.Value(reading)));

    /// <summary>When something comes, in lags, of the replicates that measure lags.</summary>
    public CensoredMedian Median(ReadingColumn column)
    {
        if (!_medians.TryGetValue(column.Index, out CensoredMedian median))
        {
            _medians[column.Index] = median = CensoredMedian.Of(
            [
                .. Readings.Where(reading => reading.Lags is not null).Select(column.Value).Select(time => double.IsNaN(time) ? null : (int?)time),
            ]);
        }

        return median;
    }

    private SampleStatistics StatisticsOf(ReadingColumn column)
    {
        var values = new double[Readings.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = column.Value(Readings[i]);
        }

        return SampleStatistics.Of(values);
    }
}
