using RnnSweep.Client.Reports.Figures;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Reports.Words;

/// <summary>Where λ crosses 0 along the control axis, at the longest sequence; and how far below that the paper's sufficient condition ends.</summary>
internal static class TransitionWords
{
    // More slices are not listed one by one, and far more are not worth their errors.
    private const int MostListed = 4, MostWithErrors = 16;

    public static IEnumerable<string> Of(SweepShape shape)
    {
        if (shape.Control < 0 || !shape.ControlAxis.IsNumeric)
        {
            yield break;
        }

        Slice[] slices = [.. shape.AlongControl().Where(slice => Known(shape, slice).Length > 0)];
        (Slice Slice, Transition? Transition)[] found =
            [.. slices.Select(slice => (slice, Of(shape, slice, slices.Length <= MostWithErrors ? Transition.Samples : 0)))];
        foreach (string sentence in slices.Length <= MostListed ? found.Select(pair => One(shape, pair.Slice, pair.Transition)) : Many(shape, found))
        {
            yield return sentence;
        }

        if (Bound(shape, slices) is { } bound)
        {
            yield return bound;
        }
    }

    private static Transition? Of(SweepShape shape, Slice slice, int samples)
    {
        (double X, ReportCell Cell)[] known = Known(shape, slice);
        return Transition.Of([.. known.Select(pair => pair.X)], [.. known.Select(pair => pair.Cell.Lyapunov)], samples);
    }

    private static (double X, ReportCell Cell)[] Known(SweepShape shape, Slice slice) =>
    [
        .. Enumerable.Range(0, shape.ControlAxis.Count)
            .Select(place => (X: shape.ControlAxis.Numbers[place], Cell: slice.At(place)!))
            .Where(pair => pair.Cell?.Summary is not null && !double.IsNaN(pair.Cell.LyapunovMedian)),
    ];

    private static string One(SweepShape shape, Slice slice, Transition? transition)
    {
        string symbol = shape.ControlAxis.ShortName, at = shape.Length < 0 ? "" : $"at {shape.LengthAxis.Of(shape.Longest)} ";
        (double X, ReportCell Cell)[] known = Known(shape, slice);
        if (transition is null)
        {
            bool isBelow = known.All(pair => pair.Cell.LyapunovMedian < 0), isAbove = known.All(pair => pair.Cell.LyapunovMedian >= 0);
            string range = known.Length == 1 ? Phrase.Of($"at {symbol} = {known[0].X}") : Phrase.Of($"from {symbol} = {known[0].X} to {known[^1].X}");
            return Phrase.Titled(slice.Title, isBelow || isAbove
                ? $"{at}the median λ is {(isBelow ? "below 0" : "0 or above")} everywhere {range}, so the transition lies outside of what was swept."
                : $"{at}the median λ falls through 0 {range}, and rises through it nowhere.");
        }

        int networks = known.Max(pair => pair.Cell.Lyapunov.Length);
        string how = double.IsNaN(transition.Low)
            ? $"interpolated between neighbours; {Phrase.Count(networks, "network")} a cell tell{(networks == 1 ? "s" : "")} no error"
            : $"95 percent interval {Interval(transition)}, by a bootstrap over the {networks} networks; median, interpolated";
        string again = transition.Crossings > 1 ? $" That is the lowest of {transition.Crossings} changes of sign." : "";
        return Phrase.Titled(slice.Title, $"{at}gradients turn from vanishing to exploding, λ = 0, at {symbol} = {Value(transition)} ({how}).{again}");
    }

    private static string Value(Transition transition) => Phrase.Resolved(transition.Coordinate, Resolution(transition));

    private static string Interval(Transition transition) =>
        $"{Phrase.Resolved(transition.Low, Resolution(transition))} to {Phrase.Resolved(transition.High, Resolution(transition))}";

    // What about two digits of the interval's width resolve.
    private static double Resolution(Transition transition) => (transition.High - transition.Low) / 4;

    private static IEnumerable<string> Many(SweepShape shape, (Slice Slice, Transition? Transition)[] found)
    {
        (Slice Slice, Transition? Transition)[] crossed = [.. found.Where(pair => pair.Transition is not null).OrderBy(pair => pair.Transition!.Coordinate)];
        if (crossed.Length == 0)
        {
            yield return $"The median λ rises through 0 in none of the {found.Length} lines along {shape.ControlAxis.ShortName}.";
            yield break;
        }

        (Slice low, Transition? lowest) = crossed[0];
        (Slice high, Transition? highest) = crossed[^1];
        yield return $"The median λ rises through 0 in {crossed.Length} of {found.Length} lines along {shape.ControlAxis.ShortName}: lowest at "
            + $"{shape.ControlAxis.ShortName} = {Value(lowest!)} ({low.Title}), highest at "
            + $"{Value(highest!)} ({high.Title}).";
    }

    // γ‖W‖₂ does not depend on the length, so any cell of the line tells it.
    private static string? Bound(SweepShape shape, Slice[] slices)
    {
        double[] ends = [.. slices.Select(slice => Known(shape, slice))
            .Select(known => Transition.Of(
                [.. known.Select(pair => pair.X)], [.. known.Select(pair => new[] { pair.Cell.BoundExcess })], samples: 0))
            .OfType<Transition>()
            .Select(transition => transition.Coordinate)
            .Order()];
        string symbol = shape.ControlAxis.ShortName;
        return ends.Length == 0 ? null
            : $"γ‖W‖₂ < 1, the condition that suffices for vanishing, holds up to {symbol} = {Phrase.Number(ends[0])}"
                + (Phrase.Number(ends[^1]) == Phrase.Number(ends[0]) ? "." : $" to {Phrase.Number(ends[^1])}, depending on the rest.");
    }
}
