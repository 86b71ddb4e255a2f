using RnnSweep.Client.Reports.Drawing;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>The fractions of the networks that vanish, are stable and explode along the control axis, stacked to 1, in the colours of the phase diagram.</summary>
internal static class OutcomeFractions
{
    private const double Colourfulness = 0.62;

    // More columns stand side by side without a gap.
    private const int MostWithGaps = 60;

    private const double Gap = 0.06;

    private const string Id = "outcomes";

    // More values of a second axis are drawn as a map.
    private const int MostStacked = 3;

    private static readonly (string Words, string Class, Func<ReportCell, double> Fraction)[] s_outcomes =
    [
        ("vanishing", Colour(-Colourfulness), cell => cell.Summary!.FractionVanishing),
        ("stable", Colour(0), cell => cell.Summary!.FractionStable),
        ("exploding", Colour(Colourfulness), cell => cell.Summary!.FractionExploding),
    ];

    public static FigureSection? Section(SweepShape shape)
    {
        // A fraction needs at least two networks; where none vanishes or explodes, the figure would be empty.
        if (shape.Control < 0 || shape.Data.Cells.All(cell => (cell.Summary?.Count ?? 0) < 2)
            || !shape.AtLongest().Any(cell => cell.Summary is { FractionVanishing: > 0 } or { FractionExploding: > 0 }))
        {
            return null;
        }

        bool hasForms = shape.Data.AxisOf("jacobian") is >= 0 and var form && form != shape.Control && shape.Data.Axes[form].Count > 1;
        double threshold = shape.Data.Cells[0].Spec.Threshold;
        string at = shape.Length < 0 ? "" : $" at {shape.LengthAxis.LabelOf(shape.Longest)}";
        string title = hasForms ? "The exact Jacobian beside the printed form" : "Vanishing and exploding networks";
        string caption = $"The fractions of the networks whose gradient vanishes (log₁₀ of the spectral norm below {Formatted(-threshold)}), is stable, and explodes (above {Formatted(threshold)}){at}"
            + (hasForms ? ", when the Jacobian is multiplied and when the form printed in 2013 is." : ".");
        return shape.ControlAxis.IsNumeric && shape.SecondaryAxis >= 0 && shape.Data.Axes[shape.SecondaryAxis] is { IsNumeric: true, Count: > MostStacked }
            ? FractionMap.Section(shape, Id, title, caption.Replace(", is stable, and explodes (", ", and explodes (", StringComparison.Ordinal))
            : FigureSection.Of(Id, title, caption, shape.AlongControl(), (slice, name) => Draw(shape.ControlAxis, slice, name));
    }

    private static Figure? Draw(ReportAxis axis, Slice slice, string name)
    {
        ReportCell?[] cells = [.. Enumerable.Range(0, axis.Count).Select(place => slice.At(place))];
        if (!cells.Any(IsKnown))
        {
            return null;
        }

        double[] edges = axis.IsNumeric ? HeatMap.Edges(axis.Numbers, axis.IsLog) : [.. Enumerable.Range(0, axis.Count + 1).Select(edge => edge - 0.5)];
        Scale x = !axis.IsNumeric ? Scale.Names([.. Enumerable.Range(0, axis.Count).Select(axis.Shown)])
            : axis.IsLog ? Scale.Log(edges[0], edges[^1]) : Scale.Linear(edges[0], edges[^1]);
        var frame = new Frame(x, Scale.Linear(0, 1));
        double[] places = [.. edges.Select(frame.X)];
        double gap = axis.Count <= MostWithGaps ? Gap : 0;
        var svg = new Svg();
        var legend = new Legend();
        frame.DrawGrid(svg);
        string[] paths = new string[s_outcomes.Length + 2];
        for (int i = 0; i < cells.Length; i++)
        {
            double room = gap * (places[i + 1] - places[i]), left = places[i] + room, right = places[i + 1] - room, sum = 0;
            if (!IsKnown(cells[i]))
            {
                paths[cells[i]?.IsPending == true ? ^1 : ^2] += Bar(left, right, 0, 1);
                continue;
            }

            for (int outcome = 0; outcome < s_outcomes.Length; outcome++)
            {
                double before = sum;
                sum += s_outcomes[outcome].Fraction(cells[i]!);
                paths[outcome] += sum > before ? Bar(left, right, before, sum) : "";
            }
        }

        for (int outcome = 0; outcome < s_outcomes.Length; outcome++)
        {
            svg.Path(s_outcomes[outcome].Class, paths[outcome] ?? "");
            if (!string.IsNullOrEmpty(paths[outcome]))
            {
                legend.AddArea(s_outcomes[outcome].Class, s_outcomes[outcome].Words);
            }
        }

        foreach ((string cssClass, string words, string? path) in new[] { ("missing", "no number", paths[^2]), (HeatMap.Pending, HeatMap.PendingWords, paths[^1]) })
        {
            if (path is not null)
            {
                svg.Path(cssClass, path);
                legend.AddArea(cssClass, words);
            }
        }

        frame.DrawAxes(svg, axis.Label, "fraction of the networks");
        double height = legend.Draw(svg, frame.Below);
        return new Figure(name, slice.Title, svg.ToString(), height - 8, new GridTargets(places, [Frame.Bottom, Frame.Top], [.. cells.Select(cell => cell?.Row ?? -1)])
        {
            Parts = [.. s_outcomes.Select(outcome => (outcome.Words, $"fraction_{outcome.Words}"))],
        });

        string Bar(double left, double right, double from, double to) =>
            $"M{Svg.Number(left)} {Svg.Number(frame.Y(from))}H{Svg.Number(right)}V{Svg.Number(frame.Y(to))}H{Svg.Number(left)}Z";
    }

    private static bool IsKnown(ReportCell? cell) => cell is not null && cell.Outcome != Outcome.Missing;

    private static string Colour(double fraction) => $"outcome c{DivergingColours.Place(fraction)}";

    private static string Formatted(double threshold) => $"{threshold}".Replace('-', '−');
}
