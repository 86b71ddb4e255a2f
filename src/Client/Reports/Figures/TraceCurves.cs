using RnnSweep.Client.Reports.Drawing;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>Lyapunov spectra and lag curves for some values of the control axis, at the longest sequence.</summary>
/// <param name="store">The results.</param>
/// <param name="theorySpectrum">All exponents that theory gives for a cell, descending, in nats per step; null where it gives none.</param>
internal sealed class TraceCurves(IResultStore store, Func<CellSpec, IReadOnlyList<double>?> theorySpectrum)
{
    // Exponents near 0 are those above −NearZero times the largest; they have a figure of their own where a spectrum reaches more than Deep times as far down.
    private const double NearZero = 1.5, Deep = 2;

    private const string Band = "the band from the 5 to the 95 percent quantile";

    public FigureSection? Spectrum(SweepShape shape) => !shape.Data.Fixed.MeasuresSpectrum ? null : Section(
        shape,
        (spec, reading) => SpectrumTable.Rows(spec, reading).Select(row => KeyValuePair.Create(row.Index, row.Lyapunov)),
        "spectrum",
        "Lyapunov spectra",
        $"All finite-time Lyapunov exponents, descending: {FewNetworks.Caption(shape.Data, "each", "median", Band)}; thin, the closed form where there is one.",
        "λ_i, nats per step",
        (i, count) => count > 1 ? (i + 0.5) / count : 0.5,
        "i / N");

    /// <summary>The spectra around λ = 0, where the whole ones reach so far down that this part is not seen.</summary>
    public FigureSection? SpectrumNearZero(SweepShape shape) => !shape.Data.Fixed.MeasuresSpectrum ? null : Section(
        shape,
        (spec, reading) => SpectrumTable.Rows(spec, reading).Select(row => KeyValuePair.Create(row.Index, row.Lyapunov)),
        "spectrum-near-0",
        "Lyapunov spectra around 0",
        "The exponents of the same spectra near 0; the share of those above 0 is the unstable fraction.",
        "λ_i, nats per step",
        (i, count) => count > 1 ? (i + 0.5) / count : 0.5,
        "i / N",
        isNearZero: true);

    public FigureSection? Lags(SweepShape shape) => !shape.Data.Fixed.MeasuresLags ? null : Section(
        shape,
        (spec, reading) => LagsTable.Rows(LagGrid.Of(spec), reading).Select(row => KeyValuePair.Create(row.Lag, row.Log10SpectralNorm)),
        "lags",
        "Gradient by lag",
        $"{Words.Phrase.Capitalised(FewNetworks.Caption(shape.Data, "log₁₀ of the spectral norm of ∂x_T/∂x_{T−k}", "median", Band))}, over the lag k.",
        "log₁₀ ‖∂x_T/∂x_{T−k}‖₂",
        null,
        "lag k");

    public FigureSection? GradientLags(SweepShape shape) => shape.Data.Fixed is not { MeasuresLags: true, MeasuresGradient: true } ? null : Section(
        shape,
        (spec, reading) => LagsTable.Rows(LagGrid.Of(spec), reading).Select(row => KeyValuePair.Create(row.Lag, row.Log10GradientPartialSum)),
        "gradient-lags",
        "Gradient of truncated backpropagation",
        $"{Words.Phrase.Capitalised(FewNetworks.Caption(shape.Data, "log₁₀ ‖∂L/∂W‖ as backpropagation truncated after k steps finds it", "median", Band))}. Its last value is that of the whole gradient.",
        "log₁₀ ‖∂L/∂W‖",
        null,
        "lag k");

    private FigureSection? Section(
        SweepShape shape,
        Func<CellSpec, Reading, IEnumerable<KeyValuePair<int, double>>> values,
        string id,
        string title,
        string caption,
        string yLabel,
        Func<int, int, double>? place,
        string xLabel,
        bool isNearZero = false)
    {
        Slice[] slices = shape.Control >= 0 ? [.. shape.AlongControl()]
            : shape.Length >= 0 ? [.. Slice.All(shape.Data, shape.Length).Select(slice => slice.With(shape.Length, shape.Longest))]
            : [.. Slice.All(shape.Data)];
        IReadOnlyList<int> chosen = shape.Drawn(shape.Control);
        return FigureSection.OfCharts(id, title, caption + shape.OmittedNote(shape.Control), slices, Draw);

        LineChart? Draw(Slice slice)
        {
            (int Line, int Place, ReportCell Cell, SortedList<int, SampleStatistics> Trace)[] found =
            [
                .. from line in Enumerable.Range(0, chosen.Count)
                   let c = chosen[line]
                   let cell = c < 0 ? slice.At() : slice.At(c)
                   where cell?.Summary is not null
                   let trace = Trace(cell)
                   where trace.Count > 0
                   select (line, c, cell, trace),
            ];
            if (found.Length == 0)
            {
                return null;
            }

            // The scale of the exponents near 0 is that of the largest of each spectrum.
            double end = isNearZero ? -NearZero * found.Max(entry => Math.Abs(entry.Trace.Values[0].Median) is var first && double.IsFinite(first) ? first : 0) : double.NegativeInfinity;
            if (isNearZero && !(found.Min(entry => entry.Trace.Values.Select(statistics => statistics.Median).Where(double.IsFinite).DefaultIfEmpty(0).Min()) < Deep * end && end < 0))
            {
                return null;
            }

            double last = place is null ? found.Max(entry => entry.Trace.Keys[^1])
                : isNearZero ? found.Max(entry => place(entry.Trace.Values.Count(statistics => statistics.Median >= end), entry.Trace.Count)) : 1;
            var chart = new LineChart
            {
                XLabel = xLabel,
                YLabel = yLabel,
                X = place is null && ReportAxis.IsGeometric([.. found[0].Trace.Keys.Select(key => (double)key)]) ? Scale.Log(1, last) : Scale.Linear(0, last),
                Reference = 0,
                LinearWithin = place is null ? 3 : double.NaN,
                LabelHasX = true,
            };
            for (int i = 0; i < found.Length; i++)
            {
                (int line, int c, ReportCell cell, SortedList<int, SampleStatistics> trace) = found[i];
                int colour = Series.ColourOf(line, chosen.Count), count = trace.Count;
                double X(int order, int key) => place?.Invoke(order, count) ?? key;
                chart.Add(new Series(
                    c < 0 ? null : shape.ControlAxis.LabelOf(c),
                    colour,
                    [.. trace.TakeWhile(point => !isNearZero || point.Value.Median >= end).Select((point, order) => FewNetworks.Band(point.Value) is var (low, high)
                        ? new SeriesPoint(X(order, point.Key), point.Value.Median, low, high, cell.Row)
                        : default)])
                {
                    Style = SeriesStyle.Band,
                    MarksEnd = place is not null && !isNearZero,
                });
                shape.Data.Cancellation.ThrowIfCancellationRequested();
                if (place is not null && theorySpectrum(cell.Spec) is { } theory)
                {
                    chart.Add(new Series(
                        null, colour, [.. theory.TakeWhile(exponent => !isNearZero || exponent >= end).Select((exponent, order) => new SeriesPoint((order + 0.5) / theory.Count, exponent, double.NaN, double.NaN, -1))])
                    {
                        Style = SeriesStyle.Theory,
                    });
                }
            }

            chart.Note(SeriesStyle.Theory, "closed form");
            return chart;
        }

        // The statistics over the replicates, at each index.
        SortedList<int, SampleStatistics> Trace(ReportCell cell)
        {
            shape.Data.Cancellation.ThrowIfCancellationRequested();
            IEnumerable<Reading> readings = store.Find([new PlannedReading(cell.Spec, cell.Key)])[0]?.Replicates ?? [];
            var byIndex = readings.SelectMany(reading => values(cell.Spec, reading)).GroupBy(row => row.Key, row => row.Value);
            return new SortedList<int, SampleStatistics>(byIndex.ToDictionary(index => index.Key, index => SampleStatistics.Of([.. index])));
        }
    }
}
