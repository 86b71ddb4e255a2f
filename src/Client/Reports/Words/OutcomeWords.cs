using RnnSweep.Client.Reports.Figures;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Reports.Words;

/// <summary>Sentences about which cells vanish and which explode, and whether the bound holds.</summary>
internal static class OutcomeWords
{
    private const int MostListed = 4;

    // The norm and its bound are each accurate to some 1e-13 per step.
    private const double RoundingPerStep = 1e-12;

    public static IEnumerable<string> Of(SweepShape shape)
    {
        ReportCell[] known = [.. shape.Data.Cells.Where(cell => cell.Outcome != Outcome.Missing)];
        if (known.Length == 0 || !shape.HasEnough(shape.Data.Cells))
        {
            yield break;
        }

        if (shape.Data.CellCount == 1)
        {
            yield return Networks(known[0].Summary!, Meaning(known));
            yield return Numbers(known[0].Summary!);
        }
        else
        {
            yield return $"{Counts(known, shape.Data)}{Meaning(known)}.";
        }

        bool isSingle = FewNetworks.AreSingle(known);
        int along = shape.Control >= 0 ? shape.Control : shape.Length;
        Slice[] slices = along < 0 ? [] : shape.Control >= 0 ? [.. shape.AlongControl()] : [.. Slice.All(shape.Data, along)];
        string at = shape.Control >= 0 ? shape.AtLongestText : "";
        foreach (Slice slice in shape.Finished(slices.Length <= MostListed ? slices : []))
        {
            string[] parts = [.. Part(shape.Data.Axes[along], slice, Outcome.Vanishing, isSingle ? "vanishes" : "vanish"), .. Part(shape.Data.Axes[along], slice, Outcome.Exploding, isSingle ? "explodes" : "explode")];
            if (parts.Length > 0)
            {
                yield return Phrase.Titled(slice.Title, $"{at}{(isSingle ? "the network" : "most networks")} {string.Join(", and ", parts)}.");
            }
        }

        if (Bound(shape.Data) is { } bound)
        {
            yield return bound;
        }
    }

    // Counts the cells by the outcome of most of their networks; where all cells have the same one, the others are not mentioned.
    private static string Counts(ReportCell[] known, ReportData data)
    {
        bool isSingle = FewNetworks.AreSingle(known);
        (string networks, string vanish, string explode) = isSingle ? ("the network", "vanishes", "explodes") : ("most networks", "vanish", "explode");
        string cells = $"{(data.IsThinned ? "shown " : known.Length < data.CellCount ? "known " : "")}cell";
        int vanishing = known.Count(cell => cell.Outcome == Outcome.Vanishing), exploding = known.Count(cell => cell.Outcome == Outcome.Exploding);
        int neither = known.Count(cell => cell.Summary!.FractionStable > 0.5), divided = known.Length - vanishing - exploding - neither;
        if (new[] { vanishing, exploding, neither }.Max() == known.Length)
        {
            string verb = vanishing > 0 ? vanish : exploding > 0 ? explode : isSingle ? "neither vanishes nor explodes" : "neither vanish nor explode";
            return known.Length switch
            {
                1 => $"In the one {cells} {networks} {verb}",
                2 => $"In both {cells}s {networks} {verb}",
                _ => $"In all {known.Length} {cells}s {networks} {verb}",
            };
        }

        string[] parts =
        [
            $"{vanish} in {CountOrNone(vanishing)} of {Phrase.Count(known.Length, cells)}",
            $"{explode} in {CountOrNone(exploding)}",
            .. neither > 0 ? [$"{(isSingle ? "does" : "do")} neither in {CountOrNone(neither)}"] : Array.Empty<string>(),
        ];
        return $"{Phrase.Capitalised(networks)} {Phrase.List(parts)}{(divided > 0 ? $"; in {CountOrNone(divided)} no outcome has a majority" : "")}";
    }

    private static string CountOrNone(int count) => count == 0 ? "none" : $"{count}";

    // Counts the networks of the only cell by outcome.
    private static string Networks(CellSummary summary, string meaning)
    {
        int known = summary.Log10SpectralNorm.Count;
        (int Count, string One, string Several)[] outcomes =
        [
            (Number(summary.FractionVanishing), "vanishes", "vanish"),
            (Number(summary.FractionExploding), "explodes", "explode"),
            (Number(summary.FractionStable), "neither vanishes nor explodes", "neither vanish nor explode"),
        ];
        outcomes = [.. outcomes.Where(outcome => outcome.Count > 0)];
        string words = outcomes.Length > 1
            ? $"Of {Phrase.Count(known, "network")} {Phrase.List([.. outcomes.Select(outcome => $"{outcome.Count} {(outcome.Count == 1 ? outcome.One : outcome.Several)}")])}"
            : known == 1 ? $"The network {outcomes[0].One}"
            : Number(summary.FractionStable) == known ? $"{(known == 2 ? "Neither" : "None")} of {known} networks vanishes or explodes"
            : $"{(known == 2 ? "Both" : $"All {known}")} networks {outcomes[0].Several}";
        return $"{words}{meaning}.";

        int Number(double fraction) => (int)Math.Round(fraction * known);
    }

    private static string Numbers(CellSummary summary)
    {
        var norm = summary.Log10SpectralNorm;
        return norm.Count == 1
            ? $"log₁₀ of its spectral norm is {Phrase.Number(norm.Median)}, and λ is {Phrase.Number(summary.LyapunovMax.Mean)} nats per step."
            : norm.Count < FewNetworks.FewestForQuantiles
            ? $"The median of log₁₀ of the spectral norm is {Phrase.Number(norm.Median)} ({Phrase.Number(norm.Min)} to {Phrase.Number(norm.Max)} in {norm.Count} networks), "
                + $"and that of λ {Phrase.Number(summary.LyapunovMax.Median)} nats per step ({Phrase.Number(summary.LyapunovMax.Min)} to {Phrase.Number(summary.LyapunovMax.Max)})."
            : $"The median of log₁₀ of the spectral norm is {Phrase.Number(norm.Median)} (5 to 95 percent of the networks: {Phrase.Number(norm.Q05)} to {Phrase.Number(norm.Q95)}), "
                + $"and the mean of λ {Phrase.WithErrorDigits(summary.LyapunovMax.Mean, summary.LyapunovMax.Sem)} nats per step"
                + (summary.LyapunovMax.Sem > 0 ? $", with a standard error of {Phrase.Number(summary.LyapunovMax.Sem, 2)}." : ".");
    }

    private static string Meaning(ReportCell[] known)
    {
        double[] thresholds = [.. known.Select(cell => cell.Spec.Threshold).Distinct()];
        return thresholds.Length > 1 ? ""
            : $" (vanishing: log₁₀ of the spectral norm below {Phrase.Number(-thresholds[0], 6)}; exploding: above {Phrase.Number(thresholds[0], 6)})";
    }

    private static IEnumerable<string> Part(ReportAxis axis, Slice slice, Outcome outcome, string verb)
    {
        int[] places = [.. Enumerable.Range(0, axis.Count).Where(place => slice.At(place)?.Outcome == outcome)];
        if (places.Length > 0)
        {
            yield return $"{verb} {Phrase.Places(axis, places)}";
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
            ? $"The bound T log₁₀(γ‖W‖₂) is exceeded in {Phrase.Count(above, "cell")}, by {Phrase.Number(closest)} at most; please report this as a bug."
            : $"No network exceeds the bound T log₁₀(γ‖W‖₂); {(closest > -1e-9 ? "the closest attains it" : $"the closest stays {Phrase.Number(-closest)} decades below it")}.";
    }
}
