using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Reports;

/// <summary>Numbers that a reading has many of (its exponents, its norms by lag): at each index the statistics over a cell's replicates.</summary>
/// <param name="store">Where the readings are.</param>
internal sealed class Traces(IResultStore store)
{
    /// <summary>The finite-time Lyapunov exponents, by index; empty where the cell has none.</summary>
    public SortedList<int, SampleStatistics> Exponents(CellSpec spec) =>
        Of(spec, reading => SpectrumTable.Rows(spec, reading).Select(row => (row.Index, row.Lyapunov)));

    /// <summary>log10 of the spectral norm, by lag; empty where the cell has none.</summary>
    public SortedList<int, SampleStatistics> Norms(CellSpec spec)
    {
        int[] lags = LagGrid.Of(spec);
        return Of(spec, reading => LagsTable.Rows(lags, reading).Select(row => (row.Lag, row.Log10SpectralNorm)));
    }

    private SortedList<int, SampleStatistics> Of(CellSpec spec, Func<Reading, IEnumerable<(int Index, double Value)>> rows)
    {
        IEnumerable<Reading> readings = store.Cells([PlannedReading.Of(spec)])[0].Result?.Replicates ?? [];
        return new SortedList<int, SampleStatistics>(readings.SelectMany(rows)
            .GroupBy(row => row.Index, row => row.Value)
            .ToDictionary(values => values.Key, values => SampleStatistics.Of([.. values])));
    }
}
