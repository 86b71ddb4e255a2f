using RnnSweep.Client.Reports.Figures;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Reports.Words;

/// <summary>Which cells vanish and which explode, and whether the bound holds.</summary>
internal static class OutcomeWords
{
    private const int MostListed = 4;

    // The norm and its bound are each accurate to some 1e-13 a step.
    private const double RoundingPerStep = 1e-12;

    public static IEnumerable<string> Of(SweepShape shape)
    {
        ReportCell[] known = [.. shape.Data.Cells.Where(cell => cell.Outcome != Outcome.Missing)];
        if (known.Length == 0)
        {
            yield break;
        }

        int vanishing = known.Count(cell => cell.Outcome == Outcome.Vanishing), exploding = known.Count(cell => cell.Outcome == Outcome.Exploding);
        double[] thresholds = [.. known.Select(cell => cell.Spec.Threshold).Distinct()];
        string within = thresholds.Length == 1 ? Phrase.Of($" (log₁₀ of the spectral norm within ±{thresholds[0]})") : "";
        yield return $"Most networks vanish in {vanishing} of {Phrase.Count(known.Length, "cell")} and explode in {(exploding == 0 ? "none" : Phrase.Of($"{exploding}"))}; in the other "
            + $"{known.Length - vanishing - exploding} most do neither{within}.";

        Slice[] slices = shape.Control < 0 ? [] : [.. shape.AlongControl()];
        foreach (Slice slice in slices.Length <= MostListed ? slices : [])
        {
            string[] parts = [.. Part(shape, slice, Outcome.Vanishing, "vanish"), .. Part(shape, slice, Outcome.Exploding, "explode")];
            if (parts.Length > 0)
            {
                yield return Phrase.Titled(slice.Title, $"{(shape.Length < 0 ? "" : $"at {shape.LengthAxis.Of(shape.Longest)} ")}most networks {string.Join(", and ", parts)}.");
            }
        }

        if (Bound(shape.Data) is { } bound)
        {
            yield return bound;
        }
    }

    private static IEnumerable<string> Part(SweepShape shape, Slice slice, Outcome outcome, string verb)
    {
        int[] places = [.. Enumerable.Range(0, shape.ControlAxis.Count).Where(place => slice.At(place)?.Outcome == outcome)];
        if (places.Length > 0)
        {
            yield return $"{verb} at {Phrase.Places(shape.ControlAxis, places)}";
        }
    }

    private static string? Bound(ReportData data)
    {
        ReportCell[] cells = [.. data.Cells.Where(cell => double.IsFinite(cell.LargestExcess))];
        if (cells.Length == 0)
        {
            return null;
        }

        int above = cells.Count(cell => cell.LargestExcess > RoundingPerStep * (cell.Spec.SequenceLength + 1));
        double closest = cells.Max(cell => cell.LargestExcess);
        return above > 0
            ? $"The bound T log₁₀(γ‖W‖₂) is exceeded in {Phrase.Count(above, "cell")}, by {Phrase.Number(closest)} at most: that must not be."
            : $"No network exceeds the bound T log₁₀(γ‖W‖₂); {(closest > -1e-9 ? "the closest attains it" : $"the closest stays {Phrase.Number(-closest)} decades below it")}.";
    }
}
