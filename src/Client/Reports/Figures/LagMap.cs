using RnnSweep.Client.Reports.Drawing;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>The median log10 spectral norm of ∂x_T/∂x_{T−k} over the checkpoints of a training and the lag k, at the longest sequence.</summary>
internal static class LagMap
{
    private const string Network = "network";

    // Below this decade and above its inverse the colours are logarithmic.
    private const double Linear = 1;

    /// <summary>The section; null where there are not two networks that measure the same lags.</summary>
    public static FigureSection? Section(SweepShape shape, IResultStore store)
    {
        int network = shape.Data.AxisOf(Network);
        if (network < 0 || shape.Data.Axes[network].Count < 2 || !shape.Data.Fixed.MeasuresLags)
        {
            return null;
        }

        IEnumerable<Slice> slices = shape.Length < 0
            ? Slice.All(shape.Data, network)
            : Slice.All(shape.Data, network, shape.Length).Select(slice => slice.With(shape.Length, shape.Longest));
        return FigureSection.Of(
            "lag-map",
            "Gradient by lag and network",
            $"How far ∂x_T/∂x_{{T−k}} has shrunk (blue) or grown (orange) at the lag k: {(FewNetworks.AreSingle(shape.Data.Cells) ? "" : "the median over the replicates of ")}log₁₀ of its spectral norm. The colour is linear near 0 and "
            + "logarithmic beyond.",
            slices,
            (slice, name) => Draw(slice, name, shape.Data.Axes[network], store));
    }

    private static Figure? Draw(Slice slice, string name, ReportAxis axis, IResultStore store)
    {
        ReportCell?[] cells = [.. Enumerable.Range(0, axis.Count).Select(place => slice.At(place))];
        int[] lags = [.. cells.OfType<ReportCell>().Take(1).SelectMany(cell => LagGrid.Of(cell.Spec))];
        double[][] medians = [.. cells.Select(cell => Medians(cell, lags, store))];
        if (lags.Length < 2 || medians.All(column => column.All(double.IsNaN)))
        {
            return null;
        }

        bool isLog = ReportAxis.IsGeometric([.. lags.Select(lag => (double)lag)]);
        double[] yEdges = HeatMap.Edges([.. lags.Select(lag => (double)lag)], isLog);
        double[] xEdges = [.. Enumerable.Range(0, axis.Count + 1).Select(edge => edge - 0.5)];
        var scale = Scale.Names([.. Enumerable.Range(0, axis.Count).Select(axis.Shown)]);
        var map = new HeatMap(
            new Frame(scale, isLog ? Scale.Log(yEdges[0], yEdges[^1]) : Scale.Linear(yEdges[0], yEdges[^1])), xEdges, yEdges, medians.SelectMany(column => column), Linear);
        var svg = new Svg();
        map.DrawCells(svg, (i, j) => medians[i][j], (i, _) => cells[i]?.IsPending == true);
        map.Frame.DrawAxes(svg, axis.Label, "lag k");
        string quantity = FewNetworks.AreSingle(slice.Data.Cells) ? "log₁₀ ‖∂x_T/∂x_{T−k}‖₂" : "median log₁₀ ‖∂x_T/∂x_{T−k}‖₂";
        var legend = new Legend();
        map.AddMissingTo(legend);
        double height = map.DrawBar(svg, legend.Draw(svg, map.Frame.Below) + 4, quantity);
        return new Figure(name, slice.Title, svg.ToString(), height, map.Targets((i, _) => cells[i]?.Row ?? -1) with
        {
            Values = (quantity, [.. medians.SelectMany(column => column)]),
            YValues = ("lag k", [.. lags.Select(lag => (double)lag)]),
        });
    }

    // NaN at each lag where no replicate has a number.
    private static double[] Medians(ReportCell? cell, int[] lags, IResultStore store)
    {
        IEnumerable<Reading> readings = cell?.Summary is null ? [] : store.Find([new PlannedReading(cell.Spec, cell.Key)])[0]?.Replicates ?? [];
        LagsResult[] measured = [.. readings.Select(reading => reading.Lags).OfType<LagsResult>().Where(result => result.Log10SpectralNorms.Count == lags.Length)];
        return [.. lags.Select((_, i) => SampleStatistics.Of([.. measured.Select(result => result.Log10SpectralNorms[i])]).Median)];
    }
}
