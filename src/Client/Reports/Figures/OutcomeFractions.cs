namespace RnnSweep.Client.Reports.Figures;

/// <summary>The fractions of the networks that vanish and explode along the control axis, with the exact Jacobian and the printed form in one figure.</summary>
internal static class OutcomeFractions
{
    public static FigureSection? Section(SweepShape shape)
    {
        // A fraction needs at least two networks; where none vanishes or explodes, the figure would be empty.
        if (shape.Control < 0 || shape.Data.Cells.All(cell => (cell.Summary?.Count ?? 0) < 2)
            || !shape.AtLongest().Any(cell => cell.Summary is { FractionVanishing: > 0 } or { FractionExploding: > 0 }))
        {
            return null;
        }

        int form = shape.Data.AxisOf("jacobian") is var axis && axis >= 0 && axis != shape.Control && shape.Data.Axes[axis].Count > 1 ? axis : -1;
        string at = shape.Length < 0 ? "" : $" at {shape.LengthAxis.LabelOf(shape.Longest)}";
        return FigureSection.OfCharts(
            "outcomes",
            form < 0 ? "Vanishing and exploding networks" : "The exact Jacobian beside the printed form",
            form < 0
                ? $"The fraction of the networks whose gradient vanishes, and whose explodes{at}."
                : $"The fraction of the networks whose gradient vanishes, and whose explodes{at}, when the Jacobian is multiplied and when the form printed in 2013 is.",
            form < 0 ? shape.AlongControl() : shape.AlongControl(form),
            slice => Draw(shape, form, slice));
    }

    private static LineChart Draw(SweepShape shape, int form, Slice slice)
    {
        var chart = new LineChart
        {
            XLabel = shape.ControlAxis.Label,
            YLabel = "fraction of the networks",
            X = SweepShape.ScaleOf(shape.ControlAxis),
            Limits = (-0.02, 1.02),
        };
        int forms = form < 0 ? 1 : shape.Data.Axes[form].Count;
        for (int i = 0; i < forms; i++)
        {
            string suffix = form < 0 ? "" : $", {shape.Data.Axes[form].Texts[i]}";
            Add($"vanishing{suffix}", 0, cell => cell.Summary?.FractionVanishing ?? double.NaN, i);
            Add($"exploding{suffix}", Series.Colours - 1, cell => cell.Summary?.FractionExploding ?? double.NaN, i);
        }

        return chart;

        void Add(string words, int colour, Func<ReportCell, double> fraction, int place) => chart.Add(new Series(
            words,
            colour,
            [.. slice.Cells(form < 0 ? -1 : place).Select(pair => new SeriesPoint(pair.X, fraction(pair.Cell), double.NaN, double.NaN, pair.Cell.Row))])
        {
            Style = place > 0 ? SeriesStyle.Dashed : SeriesStyle.Line,
        });
    }
}
