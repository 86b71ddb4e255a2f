using RnnSweep.Client.Reports.Figures;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Reports.Words;

/// <summary>How the exponents compare with mean-field theory, and what the printed form does in place of the Jacobian.</summary>
internal static class TheoryWords
{
    public static IEnumerable<string> Of(SweepShape shape)
    {
        ReportCell[] cells = [.. shape.Data.Cells.Where(cell => cell.Summary is not null && (shape.Length < 0 || cell.Places[shape.Length] == shape.Longest))];
        TheoryComparison? comparison = TheoryComparison.Of(
            [.. cells.Select(cell => (cell.Summary!.LyapunovMax.Mean, cell.Summary.LyapunovMax.Sem, cell.Summary.Theory.LyapunovMax))]);
        if (comparison is not null)
        {
            string at = shape.Length < 0 ? "" : $" at {shape.LengthAxis.Of(shape.Longest)}";
            string where = string.Join(", ", shape.Data.Axes.Select((axis, a) => (axis, a)).Where(pair => pair.axis.Count > 1 && pair.a != shape.Length)
                .Select(pair => pair.axis.Of(cells[comparison.LargestIndex].Places[pair.a])));
            yield return $"Against mean-field theory (N → ∞), λ{at} lies {Phrase.Number(Math.Abs(comparison.Mean), 2)} standard errors "
                + $"{(comparison.Mean < 0 ? "below" : "above")} on average, {Phrase.Number(comparison.RootMeanSquare, 2)} in the root mean square; "
                + $"{comparison.WithinTwo} of {Phrase.Count(comparison.Count, "cell")} {(comparison.WithinTwo == 1 ? "is" : "are")} within two"
                + $"{(where.Length == 0 ? "." : $", and the farthest, {Phrase.Number(comparison.Largest, 2)}, is at {where}.")}";
        }

        if (PrintedForm(shape.Data) is { } printed)
        {
            yield return printed;
        }
    }

    private static string? PrintedForm(ReportData data)
    {
        int form = data.AxisOf("jacobian");
        if (form < 0 || data.Axes[form].Texts.IndexOf("exact") is not (>= 0 and var exact) || data.Axes[form].Texts.IndexOf("as-printed") is not (>= 0 and var printed))
        {
            return null;
        }

        (ReportCell Exact, ReportCell Printed)[] pairs =
        [
            .. data.Cells.Where(cell => cell.Places[form] == exact && cell.Outcome != Outcome.Missing)
                .Select(cell => (cell, data.At(cell.Places.SetItem(form, printed).AsSpan())))
                .Where(pair => pair.Item2 is not null && pair.Item2.Outcome != Outcome.Missing)
                .Select(pair => (pair.cell, pair.Item2!)),
        ];
        if (pairs.Length == 0)
        {
            return null;
        }

        int differing = pairs.Count(pair => pair.Exact.Outcome != pair.Printed.Outcome);
        double most = pairs.Max(pair => Math.Abs(pair.Printed.LyapunovMedian - pair.Exact.LyapunovMedian));
        return $"Multiplying the form printed in 2013 in place of the Jacobian changes what most networks do in {differing} of {Phrase.Count(pairs.Length, "cell")}"
            + (double.IsFinite(most) ? $", and λ by {Phrase.Number(most)} nats per step at most." : ".");
    }
}
