using RnnSweep.Client.Reports.Figures;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Reports.Words;

/// <summary>Sentences that compare the exponents with mean-field theory, and the printed form with the Jacobian.</summary>
internal static class TheoryWords
{
    // Exponents of unit size are accurate to some 1e-13.
    private const double Rounding = 1e-12;

    // The most lines along the control axis that are listed one by one.
    private const int MostListed = 8;

    public static IEnumerable<string> Of(SweepShape shape)
    {
        ReportCell[] cells = [.. shape.AtLongest().Where(cell => cell.Summary is not null)];
        if (cells.Length > 0 && shape.HasEnough([.. shape.AtLongest()]))
        {
            yield return Compared(shape, cells);
        }

        if (Zero(shape) is { } zero)
        {
            yield return zero;
        }

        if (shape.HasEnough(shape.Data.Cells) && PrintedForm(shape.Data) is { } printed)
        {
            yield return printed;
        }
    }

    private static string Compared(SweepShape shape, ReportCell[] cells)
    {
        double[] differences = [.. cells.Select(cell => cell.Summary!.LyapunovMax.Mean - cell.Summary.Theory.LyapunovMax).Where(double.IsFinite)];
        if (differences.Length == 0)
        {
            return NotCompared(shape, cells);
        }

        ReportCell[] comparable = [.. cells.Where(cell => double.IsFinite(cell.Summary!.LyapunovMax.Mean - cell.Summary.Theory.LyapunovMax))];
        double mean = differences.Average(), distance = RootMeanSquare(differences), size = RootMeanSquare([.. comparable.Select(cell => cell.Summary!.Theory.LyapunovMax)]);
        string percent = distance <= Rounding ? "0 %" : size > 0 ? $"{Phrase.Number(100 * distance / size, 2)} %" : "";
        string lies = $"Against mean-field theory (N → ∞), λ {shape.AtLongestText}lies {Phrase.Number(Math.Abs(mean), 2)} nats per step {Side(mean)}";
        if (differences.Length == 1)
        {
            return $"{lies}{(percent.Length == 0 ? "" : $", or {percent}")}.";
        }

        int farthest = Enumerable.Range(0, differences.Length).MaxBy(i => Math.Abs(differences[i]));
        string nats = $"{lies} on average and {Phrase.Number(distance, 2)} away in the root mean square{(percent.Length == 0 ? "" : $", {percent} of that of the theory")}; "
            + $"the farthest, {Phrase.Number(Math.Abs(differences[farthest]), 2)} {Side(differences[farthest])}, is at {shape.CoordinatesText(comparable[farthest])}.";
        TheoryComparison? comparison = comparable.All(cell => cell.Summary!.Count >= FewNetworks.FewestForQuantiles)
            ? TheoryComparison.Of([.. comparable.Select(cell => (cell.Summary!.LyapunovMax.Mean, cell.Summary.LyapunovMax.Sem, cell.Summary.Theory.LyapunovMax))])
            : null;
        return comparison is null ? nats
            : $"{nats} {(comparison.WithinTwo == 0 ? "None" : $"{comparison.WithinTwo}")} of {Phrase.Count(comparison.Count, "cell")} {(comparison.WithinTwo < 2 ? "is" : "are")} within two standard errors.";
    }

    // Where λ of theory is 0 along the control axis, and how far from there the median of the measured λ crosses 0.
    private static string? Zero(SweepShape shape)
    {
        if (!TransitionWords.HasTransitions(shape))
        {
            return null;
        }

        (Slice Slice, double Theory, double Measured)[] lines =
        [
            .. from slice in shape.Finished(shape.AlongControl())
               let theory = TheoryZero.Lowest(shape.Data, shape.Control, slice.Cells().Select(pair => pair.Cell))
               where !double.IsNaN(theory)
               select (slice, theory, TransitionWords.Coordinate(slice)),
        ];
        if (lines.Length == 0)
        {
            return null;
        }

        string symbol = shape.ControlAxis.ShortName;
        string zeros = lines.Length == 1 ? $"{Value(lines[0].Theory)}{Named(lines[0].Slice)}"
            : lines.Length <= MostListed ? Phrase.List([.. lines.Select(line => $"{Value(line.Theory)}{Named(line.Slice)}")])
            : $"{Value(lines.Min(line => line.Theory))}{Named(lines.MinBy(line => line.Theory).Slice)} to {Value(lines.Max(line => line.Theory))}{Named(lines.MaxBy(line => line.Theory).Slice)}";
        string start = $"{shape.AtLongestText}mean-field theory (N → ∞) has λ = 0 at {symbol} = {zeros}";
        (Slice Slice, double Theory, double Measured)[] both = [.. lines.Where(line => !double.IsNaN(line.Measured))];
        if (both.Length == 0)
        {
            return $"{start}; the measured λ does not cross 0 there.";
        }

        double mean = both.Average(line => line.Measured - line.Theory);
        (Slice farthest, double zero, double measured) = both.MaxBy(line => Math.Abs(line.Measured - line.Theory));
        string measuredLine = both.Length == 1 ? $"the measured transition{(lines.Length == 1 ? "" : Named(both[0].Slice))} lies {Distance(mean)}"
            : $"the measured line lies {Distance(mean)} on average, and farthest{Named(farthest)}: {Distance(measured - zero)}";
        return $"{start}; {measuredLine}{(both.Length == lines.Length || both.Length == 1 ? "" : $", in the {both.Length} of {lines.Length} lines along {symbol} where both are known")}.";

        static string Value(double zero) => Phrase.Number(zero, 4);

        static string Named(Slice slice) => slice.Title.Length == 0 ? "" : $" ({slice.Title})";

        static string Distance(double difference) => Math.Abs(difference) <= Rounding ? "at the same place" : $"{Phrase.Number(Math.Abs(difference), 2)} {Side(difference)}";
    }

    private static double RootMeanSquare(IReadOnlyCollection<double> values) => Math.Sqrt(values.Average(value => value * value));

    // Explains why nothing is compared.
    private static string NotCompared(SweepShape shape, ReportCell[] cells)
    {
        ReportCell[] known = [.. cells.Where(cell => !double.IsNaN(cell.Summary!.Theory.LyapunovMax))];
        if (known.Length == 0)
        {
            return $"No theory of λ is known for {(shape.Data.CellCount == 1 ? "this cell" : "these cells")}.";
        }

        if (known.All(cell => double.IsNegativeInfinity(cell.Summary!.Theory.LyapunovMax) && double.IsNegativeInfinity(cell.Summary.LyapunovMax.Mean)))
        {
            return $"{shape.AtLongestText}both mean-field theory (N → ∞) and the mean of the measured λ are −∞.";
        }

        bool isMeasured(ReportCell cell) => !double.IsNaN(cell.Summary!.LyapunovMax.Mean);
        string theory = known.Length == 1 ? $"mean-field theory (N → ∞) gives λ = {Phrase.Number(known[0].Summary!.Theory.LyapunovMax)}"
            : $"mean-field theory (N → ∞) gives λ for {Phrase.Count(known.Length, "cell")}";
        string each = known.Length == 1 ? "" : " in each";
        string why = !known.Any(isMeasured) ? $"the measured λ is not known{each}"
            : known.All(cell => double.IsNegativeInfinity(cell.Summary!.LyapunovMax.Mean)) ? $"the mean of the measured λ is −∞{each}, because the product of a network is 0"
            : $"one of the two is infinite or not known{each}";
        return $"{shape.AtLongestText}{theory}, but {why}; the two are not compared.";
    }

    private static string Side(double difference) => difference < 0 ? "below" : "above";

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
        return $"Multiplying the form printed in 2013 in place of the Jacobian changes what {(FewNetworks.AreSingle(data.Cells) ? "the network does" : "most networks do")} in {differing} of {Phrase.Count(pairs.Length, "cell")}"
            + (double.IsFinite(most) ? $", and λ by {Phrase.Number(most)} nats per step at most." : ".");
    }
}
