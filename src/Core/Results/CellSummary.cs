using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Results;

/// <summary>Statistics of a cell over its replicates. Each uses the replicates whose value is known and is computed on first use.</summary>
public sealed class CellSummary
{
    private readonly CellResult? _result;
    // Cached by column, because a summary reads several numbers of each.
    private readonly SampleStatistics?[] _statistics = new SampleStatistics?[ReadingColumns.All.Length];
    private readonly Dictionary<int, CensoredMedian> _medians = [];

    private CellSummary(CellResult? result, CellTheory theory)
    {
        (_result, Theory) = (result, theory);
        double known = Readings.Count(reading => reading.Outcome != Outcome.Missing);
        FractionVanishing = Fraction(Outcome.Vanishing);
        FractionStable = Fraction(Outcome.Stable);
        FractionExploding = Fraction(Outcome.Exploding);

        // NaN (0 / 0) where no outcome is known.
        double Fraction(Outcome outcome) => Readings.Count(reading => reading.Outcome == outcome) / known;
    }

    /// <summary>The summary of a cell without readings: counts are 0, all other numbers NaN.</summary>
    public static CellSummary Failed { get; } = new(null, CellTheory.Unknown);

    /// <summary>Number of replicates.</summary>
    public int Count => Readings.Length;

    /// <summary>Number of replicates with the status ok in the tables (<see cref="ReadingStatus"/>).</summary>
    public int CountOk => _result is null ? 0 : CountStatus(ReadingStatus.For(_result.Spec), ReplicateStatus.Ok);

    /// <summary>Statistics of log10 σ_max(P_T).</summary>
    public SampleStatistics Log10SpectralNorm => Statistics(ReadingColumns.Log10SpectralNorm);

    /// <summary>Statistics of ln σ_max(P_T) / T.</summary>
    public SampleStatistics LyapunovMax => Statistics(ReadingColumns.LyapunovMax);

    /// <summary>Fraction of the known outcomes that are vanishing; NaN where none is known.</summary>
    public double FractionVanishing { get; }

    /// <summary>Fraction of the known outcomes that are stable; NaN where none is known.</summary>
    public double FractionStable { get; }

    /// <summary>Fraction of the known outcomes that are exploding; NaN where none is known.</summary>
    public double FractionExploding { get; }

    /// <summary>Theoretical values of the cell.</summary>
    public CellTheory Theory { get; }

    private ImmutableArray<Reading> Readings => _result?.Replicates ?? [];

    /// <summary>Summarises the readings of a cell.</summary>
    public static CellSummary Of(CellResult result, CellTheory theory) => new(result, theory);

    /// <summary>Statistics of a numeric column over its known values.</summary>
    public SampleStatistics Statistics(ReadingColumn column) => _statistics[column.Index] ??= StatisticsOf(column);

    /// <summary>Fraction of the known values of a flag column that are true; NaN where none is known.</summary>
    public double Fraction(ReadingColumn column) =>
        Readings.Count(reading => column.Value(reading) == 1) / (double)Readings.Count(reading => !double.IsNaN(column.Value(reading)));

    /// <summary>Censored median of a lag column, in steps, over the replicates that measure lags.</summary>
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

    /// <summary>A quantile of a lag column over the replicates that measure lags, where a replicate without the event comes last: +∞ where the quantile is such a one, NaN without replicates.</summary>
    public double CensoredQuantile(ReadingColumn column, double fraction)
    {
        double[] lags = [.. Readings.Where(reading => reading.Lags is not null).Select(column.Value).Select(lag => double.IsNaN(lag) ? double.PositiveInfinity : lag).Order()];
        return lags.Length == 0 ? double.NaN : lags[(int)Math.Ceiling((lags.Length - 1) * fraction)];
    }

    private int CountStatus(ReadingStatus status, ReplicateStatus counted) => Readings.Count(reading => status.Of(reading) == counted);

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
