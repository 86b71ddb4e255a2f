using System.Collections.Immutable;
using RnnSweep.Client.Reports.Drawing;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>The roles of a sweep's axes in its figures: their indices, −1 where a sweep has none for a role.</summary>
internal sealed class SweepShape
{
    public SweepShape(ReportData data)
    {
        Data = data;
        Length = Varied(data.AxisOf("sequence_length"));
        int radius = Varied(data.AxisOf("spectral_radius"));
        int[] others = [.. Enumerable.Range(0, data.Axes.Length).Where(axis => axis != Length && data.Axes[axis].Count > 1)];
        Control = radius >= 0 ? radius : others.OrderBy(axis => data.Axes[axis].IsNumeric ? 0 : 1).FirstOrDefault(-1);
        SecondaryAxis = others.Where(axis => axis != Control).OrderBy(axis => data.Axes[axis].IsNumeric ? 0 : 1).FirstOrDefault(-1);

        int Varied(int axis) => axis >= 0 && data.Axes[axis].Count > 1 ? axis : -1;
    }

    public ReportData Data { get; }

    /// <summary>The axis of the sequence length.</summary>
    public int Length { get; }

    /// <summary>The axis from vanishing to exploding: the spectral radius, else the first other numeric axis, else the first of names.</summary>
    public int Control { get; }

    /// <summary>The next axis; numeric ones come before those of names.</summary>
    public int SecondaryAxis { get; }

    public ReportAxis LengthAxis => Data.Axes[Length];

    public ReportAxis ControlAxis => Data.Axes[Control];

    /// <summary>The index of the longest sequence length; −1 without such an axis.</summary>
    public int Longest => Length < 0 ? -1 : LengthAxis.Count - 1;

    /// <summary>Slices along the control axis, and other free axes, at the longest sequence.</summary>
    public IEnumerable<Slice> AlongControl(params ImmutableArray<int> alsoFree) => Length < 0
        ? Slice.All(Data, [Control, .. alsoFree])
        : Slice.All(Data, [Control, .. alsoFree, Length]).Select(slice => slice.With(Length, Longest));

    /// <summary>
    /// Indices of the values of an axis that get a line, evenly spread over those where the sweep has a cell; −1 alone for no axis. They, and so the lines' colours, do not depend on which cells are done.
    /// </summary>
    public IReadOnlyList<int> Drawn(int axis)
    {
        if (axis < 0)
        {
            return [-1];
        }

        int[] places = [.. Data.Cells.Where(cell => cell.Failure is null).Select(cell => cell.Places[axis]).Distinct().Order()];
        return [.. Spread.Of(places.Length, Series.Colours).Select(place => places[place])];
    }

    /// <summary>A sentence for a caption about the values that get no line; empty where there are none.</summary>
    public string OmittedNote(int axis) => axis < 0 ? "" : Spread.OmittedNote(Data.Axes[axis], Drawn(axis).Count);

    /// <summary>The longest sequence for the start of a sentence: <c>at T = 500 </c>; empty without an axis of lengths.</summary>
    public string AtLongestText => Length < 0 ? "" : $"at {LengthAxis.LabelOf(Longest)} ";

    /// <summary>Slices along the control axis whose cells are all computed or failed: nothing is said of others, because the cells that are missing may change it.</summary>
    public IEnumerable<Slice> Finished(IEnumerable<Slice> slices) => Data.Missing == 0 ? slices : slices.Where(slice => !slice.Cells().Any(pair => pair.Cell.IsPending));

    /// <summary>Whether enough cells are done for sentences about all of them: at least half.</summary>
    public bool HasEnough(IReadOnlyCollection<ReportCell> cells) => Data.Missing == 0 || 2 * cells.Count(cell => !cell.IsPending) >= cells.Count;

    /// <summary>The cells at the longest sequence.</summary>
    public IEnumerable<ReportCell> AtLongest() => Data.Cells.Where(cell => Length < 0 || cell.Places[Length] == Longest);

    /// <summary>The coordinates of a cell except for the sequence length, as text: <c>ρ = 0.9, activation tanh</c>; empty where there are none.</summary>
    public string CoordinatesText(ReportCell cell) => string.Join(", ", Data.Axes.Select((axis, a) => (axis, a))
        .Where(pair => pair.axis.Count > 1 && pair.a != Length)
        .Select(pair => pair.axis.LabelOf(cell.Places[pair.a])));

    /// <summary>A chart of the spectral norm over an axis, without series; its scale is linear up to the threshold, at least.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="isDodged">Whether the series are drawn a little beside each other.</param>
    public LineChart NormChart(ReportAxis axis, bool isDodged = false)
    {
        double threshold = Data.Cells[0].Spec.Threshold;
        return new LineChart
        {
            XLabel = axis.Label,
            YLabel = "log₁₀ ‖∂x_T/∂x_0‖₂",
            X = ScaleOf(axis),
            Reference = 0,
            LinearWithin = threshold > 0 ? threshold : 1,
            IsDodged = isDodged,
        };
    }

    /// <summary>The scale of an axis for lines: from its lowest value to its highest, with a margin of 3 percent.</summary>
    public static Scale ScaleOf(ReportAxis axis)
    {
        if (!axis.IsNumeric)
        {
            return Scale.Names([.. Enumerable.Range(0, axis.Count).Select(axis.Shown)]);
        }

        (double low, double high) = (axis.Numbers[0], axis.Numbers[^1]);
        if (axis.IsLog)
        {
            double factor = double.IsFinite(high / low) ? Math.Pow(high / low, 0.03) : Math.Exp(0.03 * (Math.Log(high) - Math.Log(low)));
            return Scale.Log(low / factor, high * factor);
        }

        double room = 0.03 * (high - low);
        return Scale.Linear(low - room, high + room);
    }
}
