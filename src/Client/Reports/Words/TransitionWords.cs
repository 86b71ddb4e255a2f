using RnnSweep.Client.Reports.Figures;
using RnnSweep.Core.Statistics;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Reports.Words;

/// <summary>
/// Sentences about where λ crosses 0 along the control axis at the longest sequence, and up to where the paper's sufficient condition holds; without a numeric
/// control axis, about the range of λ.
/// </summary>
internal static class TransitionWords
{
    // The most slices that are listed one by one.
    private const int MostListed = 4;

    // λ of a network that keeps every norm is 0 up to rounding.
    private const double Rounding = 1e-12;

    public static IEnumerable<string> Of(SweepShape shape)
    {
        if (!HasTransitions(shape))
        {
            return shape.Data.CellCount > 1 && shape.HasEnough([.. shape.AtLongest()]) && Range(shape) is { } range ? [range] : [];
        }

        Slice[] slices = [.. shape.Finished(shape.AlongControl()).Where(slice => Known(slice).Length > 0)];
        if (slices.Length == 0)
        {
            return [];
        }

        IEnumerable<string> found = slices.Length <= MostListed ? slices.Select(slice => SliceSentence(shape, slice)) : [SummarySentence(shape, slices)];
        return Bound(shape, slices) is { } bound ? [.. found, bound] : found;
    }

    /// <summary>Whether there is an axis along which λ can cross 0: a numeric one, and not of the checkpoints of a network.</summary>
    public static bool HasTransitions(SweepShape shape) => shape.Control >= 0 && shape.ControlAxis.IsNumeric && shape.ControlAxis.Name != SweepFields.Network.Name;

    /// <summary>The value of the control axis at which the median λ crosses 0 along a slice; NaN where it does not.</summary>
    public static double Coordinate(Slice slice) => Of(slice, samples: 0).Transition?.Coordinate ?? double.NaN;

    // For a sweep without a numeric control axis.
    private static string? Range(SweepShape shape)
    {
        (ReportCell Cell, double Lyapunov)[] known = [.. shape.AtLongest()
            .Where(cell => !double.IsNaN(cell.LyapunovMedian))
            .Select(cell => (cell, Lyapunov: Math.Abs(cell.LyapunovMedian) < Rounding ? 0 : cell.LyapunovMedian))
            .OrderBy(pair => pair.Lyapunov)];
        if (known.Length == 0)
        {
            return null;
        }

        (ReportCell low, double lowest) = known[0];
        (ReportCell high, double highest) = known[^1];
        string values = known.Length == 1 ? $"is {Phrase.Number(lowest)} nats per step"
            : lowest == highest ? $"is {Phrase.Number(lowest)} nats per step {(known.Length == 2 ? "in both cells" : $"in all {known.Length} cells")}"
            : $"lies between {Phrase.Number(lowest)} nats per step ({shape.CoordinatesText(low)}) and {Phrase.Number(highest)} ({shape.CoordinatesText(high)})";
        return $"{shape.AtLongestText}{Lyapunov(known.Select(pair => pair.Cell))} {values}.";
    }

    // Looks for a fall of λ through 0 where it does not rise: along a bias or an input, λ usually decreases.
    private static (Transition? Transition, bool IsRise) Of(Slice slice, int samples = Transition.Samples)
    {
        (double X, ReportCell Cell)[] known = Known(slice);
        double[] x = [.. known.Select(pair => pair.X)];
        Transition? rise = Transition.Of(x, [.. known.Select(pair => pair.Cell.Lyapunov)], samples);
        return rise is not null ? (rise, true)
            : (Transition.Of(x, [.. known.Select(pair => pair.Cell.Lyapunov.Select(value => -value).ToArray())], samples), false);
    }

    private static (double X, ReportCell Cell)[] Known(Slice slice) =>
        [.. slice.Cells().Where(pair => pair.Cell.Summary is not null && !double.IsNaN(pair.Cell.LyapunovMedian))];

    private static string SliceSentence(SweepShape shape, Slice slice)
    {
        (double X, ReportCell Cell)[] known = Known(slice);
        (Transition? transition, bool isRise) = Of(slice);
        if (transition is null)
        {
            string low = shape.ControlAxis.Shown(known[0].Cell.Places[shape.Control]), high = shape.ControlAxis.Shown(known[^1].Cell.Places[shape.Control]);
            string side = known[0].Cell.LyapunovMedian < 0 ? "below 0" : "0 or above";
            string where = known.Length == 1 ? $"at {shape.ControlAxis.ShortName} = {low}" : $"everywhere from {shape.ControlAxis.ShortName} = {low} to {high}";
            return Phrase.Titled(slice.Title, $"{shape.AtLongestText}{Lyapunov(known.Select(pair => pair.Cell))} is {side} {where}"
                + (known.Length == shape.ControlAxis.Count ? ", so the transition lies outside of what was swept." : "; elsewhere it is not known."));
        }

        int networks = known.Max(pair => pair.Cell.Lyapunov.Length);
        string drawn = networks == 1 ? "of the one network drawn, at this T and transient" : $"median of the {networks} networks drawn, at this T and transient";
        string how = networks < FewNetworks.FewestForQuantiles ? $"{drawn}, interpolated{Range(known, networks, isRise, transition)}"
            : Interval(transition) is { } interval ? $"{drawn}, interpolated; 95 percent interval {interval}, by a bootstrap over the networks"
            : double.IsNaN(transition.Low) ? $"{drawn}, interpolated"
            : $"{drawn}, interpolated; all have the same value";
        string again = transition.Crossings > 1 ? $" That is the lowest of {transition.Crossings} changes of sign." : "";
        return Phrase.Titled(slice.Title, $"{shape.AtLongestText}gradients turn from {(isRise ? "vanishing to exploding" : "exploding to vanishing")}, λ = 0, "
            + $"at {shape.ControlAxis.ShortName} = {Value(transition)} ({how}).{again}");
    }

    // The smallest and the largest crossing of single networks, for few of them.
    private static string Range((double X, ReportCell Cell)[] known, int networks, bool isRise, Transition median)
    {
        double[] x = [.. known.Select(pair => pair.X)];
        double[] single =
        [
            .. from network in Enumerable.Range(0, networks)
               let values = known.Select(pair => new[] { (isRise ? 1 : -1) * pair.Cell.Lyapunov.ElementAtOrDefault(network) }).ToArray()
               let crossing = Transition.Of(x, values, samples: 0)
               where crossing is not null
               orderby crossing.Coordinate
               select crossing.Coordinate,
        ];
        if (networks == 1 || single.Length == 0)
        {
            return "";
        }

        double width = single[^1] - single[0];
        string all = single.Length == networks ? "" : $"{single.Length} of ";
        return width <= Rounding * Math.Abs(median.Coordinate) && single.Length == networks ? "; all have the same value"
            : $"; {all}the networks by themselves from {Phrase.WithErrorDigits(single[0], width / 4)} to {Phrase.WithErrorDigits(single[^1], width / 4)}";
    }

    private static string Lyapunov(IEnumerable<ReportCell> cells) => FewNetworks.AreSingle(cells) ? "λ" : "the median λ";

    private static string Value(Transition transition) => Coordinate(transition, transition.Coordinate);

    // Phrase.WithErrorDigits writes at most twelve decimals, too few for a small coordinate.
    private static string Coordinate(Transition transition, double value) =>
        Math.Abs(transition.Coordinate) is > 0 and < 1e-9 ? Phrase.Number(value, 4) : Phrase.WithErrorDigits(value, Resolution(transition));

    // The interval as text; null where it is not known, and where it is no wider than rounding.
    private static string? Interval(Transition transition) => !(Resolution(transition) > 0) ? null
        : $"{Coordinate(transition, transition.Low)} to {Coordinate(transition, transition.High)}";

    // The error to pass to Phrase.WithErrorDigits: a quarter of the interval's width; 0 where that is only rounding.
    private static double Resolution(Transition transition) =>
        (transition.High - transition.Low) / 4 is var width && width > Rounding * Math.Abs(transition.Coordinate) ? width : 0;

    private static string SummarySentence(SweepShape shape, Slice[] slices)
    {
        string along = shape.ControlAxis.ShortName;
        (Slice Slice, Transition Transition, bool IsRise)[] crossed =
        [
            .. from slice in slices
               let found = Of(slice, samples: 0)
               where found.Transition is not null
               orderby found.Transition!.Coordinate
               select (slice, found.Transition!, found.IsRise),
        ];
        if (crossed.Length == 0)
        {
            return $"{shape.AtLongestText}{Lyapunov(shape.Data.Cells)} crosses 0 in none of the {slices.Length} lines along {along}.";
        }

        string how = crossed.All(line => line.IsRise) ? "rises through" : crossed.Any(line => line.IsRise) ? "crosses" : "falls through";
        string where = crossed.Length == 1 ? $"at {along} = {Line(crossed[0].Slice)}" : $"lowest at {along} = {Line(crossed[0].Slice)}, highest at {Line(crossed[^1].Slice)}";
        return $"{shape.AtLongestText}{Lyapunov(shape.Data.Cells)} {how} 0 in {(crossed.Length == slices.Length ? "all" : $"{crossed.Length} of")} {slices.Length} lines along {along}: {where}, "
            + "of the networks drawn, at this T and transient.";

        // Bootstraps only the two that are named, because bootstrapping all takes long.
        string Line(Slice slice)
        {
            Transition transition = Of(slice).Transition!;
            bool hasInterval = Known(slice).Max(pair => pair.Cell.Lyapunov.Length) >= FewNetworks.FewestForQuantiles;
            return $"{Value(transition)} ({slice.Title}{(hasInterval && Interval(transition) is { } interval ? $"; 95 percent interval {interval}" : "")})";
        }
    }

    // γ‖W‖₂ does not depend on the length, so the cells at the longest sequence suffice.
    private static string? Bound(SweepShape shape, Slice[] slices)
    {
        double[] ends = [.. slices.Select(Known)
            .Select(known => Transition.Of(
                [.. known.Select(pair => pair.X)], [.. known.Select(pair => new[] { pair.Cell.BoundExcess })], samples: 0))
            .OfType<Transition>()
            .Select(transition => transition.Coordinate)
            .Order()];
        string symbol = shape.ControlAxis.ShortName;
        return ends.Length == 0 ? null
            : $"γ‖W‖₂ < 1, the condition that suffices for vanishing, holds up to {symbol} = {Phrase.Number(ends[0])}"
                + (Phrase.Number(ends[^1]) == Phrase.Number(ends[0]) ? "" : $" to {Phrase.Number(ends[^1])}, depending on the rest")
                + (ends.Length == slices.Length ? "." : $", in {ends.Length} of {slices.Length} lines along {symbol}.");
    }
}
