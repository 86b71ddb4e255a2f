using RnnSweep.Core.Statistics;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Reports.Words;

/// <summary>Sentences about the values of an axis at which a search has found its column to reach the target.</summary>
internal static class CriticalWords
{
    // The most lines of points that are listed one by one.
    private const int MostListed = 12;

    // An interval may be this many times as wide as a bracket before more replicates are recommended: its ends lie in two brackets.
    private const double Roomy = 2;

    // The fewest replicates for which order statistics give an interval of 95 percent.
    private const int FewestForInterval = 6;

    public static IEnumerable<string> Of(LocatingSearch search)
    {
        // Points that are not computed yet may hold a root, so nothing is said of lines that have none yet.
        CriticalLine[] lines = [.. search.Critical().Where(line => search.IsFinished || !double.IsNaN(line.Value.Median))];
        if (!search.IsFinished)
        {
            yield return $"The search along {Name(search)} is not finished: cells of its round {search.Round} are missing{(lines.Length > 0 ? ", so these values may change" : "")}.";
        }

        foreach (CriticalLine line in lines.Take(MostListed))
        {
            yield return Phrase.Titled(Title(search, line), Sentence(search, line));
        }

        if (lines.Length > MostListed)
        {
            yield return $"{lines.Length - MostListed} more critical values are in critical_summary.csv.";
        }

        if (search.IsFinished && Advice(search, lines) is { } advice)
        {
            yield return advice;
        }
    }

    /// <summary>The column with its target: <c>lyapunov_max_slope = 0</c>.</summary>
    public static string Condition(LocatingSearch search) => search.Locating.Text;

    /// <summary>The other axes' values of a line; empty where there are none.</summary>
    public static string Title(LocatingSearch search, CriticalLine line) =>
        string.Join(", ", search.Coordinates(line.Cell).Zip(search.Grid.Coordinates.Where(name => name != search.Locating.Field.Name), (value, name) => $"{name} {value}"));

    private static string Name(LocatingSearch search) => search.Locating.Field.Name;

    private static string Sentence(LocatingSearch search, CriticalLine line)
    {
        CriticalValue value = line.Value;
        string where = $"{Condition(search)} at {Name(search)} = ";
        string open = line.Brackets.SelectMany(brackets => brackets).Any(bracket => bracket.Status == BracketStatus.Open) ? "; some brackets are wider than to_within" : "";
        if (value.Roots == 0)
        {
            return $"{Condition(search)} nowhere from {Name(search)} = {search.Locating.Grid.Range.From} to {search.Locating.Grid.Range.To}: the column is {Sides(line)}{open}.";
        }

        if (double.IsNaN(value.Median))
        {
            return $"{Condition(search)} within the range of {Name(search)} in only {value.Roots} of {Phrase.Count(value.Count, "network")}: the median of the critical values lies "
                + $"{(value.Beyond >= value.Before ? "above" : "below")} the range{open}.";
        }

        double error = value.High - value.Low is > 0 and var width ? width / 4 : search.Locating.Width / 4;
        string number = Phrase.WithErrorDigits(value.Median, error);
        string ends = double.IsNaN(value.Low) || double.IsNaN(value.High) ? "" : $"{Phrase.WithErrorDigits(value.Low, error)} to {Phrase.WithErrorDigits(value.High, error)}";
        string how = line.IsOfReplicates && value.Count > 1
            ? $"median of {value.Roots} of {Phrase.Count(value.Count, "network")}{(ends.Length > 0 ? $"; 95 percent interval {ends}" : "")}"
            : $"between {ends}".Replace(" to ", " and ", StringComparison.Ordinal);
        string several = value.Several == 0 ? "" : line.IsOfReplicates && value.Count > 1
            ? $"; {value.Several} of them reach it at several values, of which the lowest counts"
            : "; that is the lowest of several values";
        return $"{where}{number} ({how}{several}{open}).";
    }

    // The sides of the target on which the column lies, over all points.
    private static string Sides(CriticalLine line)
    {
        Side[] sides = [.. line.Brackets.SelectMany(brackets => brackets).SelectMany(bracket => new[] { bracket.LowSide, bracket.HighSide }).Distinct().Order()];
        return Phrase.List([.. sides.Select(side => side switch { Side.Empty => "empty", Side.Below => "below it", Side.At => "at it", _ => "above it" })]) + (sides.Length > 1 ? ", by network or point" : " everywhere");
    }

    // What limits the intervals, where it is not the width of the brackets.
    private static string? Advice(LocatingSearch search, CriticalLine[] lines)
    {
        if (!search.IsOfReplicates)
        {
            return null;
        }

        CriticalValue[] found = [.. lines.Select(line => line.Value).Where(value => value.Roots > 0)];
        if (found.FirstOrDefault(value => value.Count is > 1 and < FewestForInterval) is { } few)
        {
            return $"An interval needs {FewestForInterval} networks or more; there are {few.Count}: set replicates.";
        }

        double widest = found.Select(value => value.High - value.Low).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        if (widest <= Roomy * search.Locating.Width || found.All(value => value.Count == 1))
        {
            return null;
        }

        // The width of the interval of a median falls with the square root of the number of replicates.
        double factor = widest / search.Locating.Width, replicates = found.Max(value => value.Count) * factor * factor;
        return $"The networks differ by more than to_within, which limits the {(lines.Length == 1 ? "interval" : "intervals")} to a width of {Phrase.Number(widest, 2)}: "
            + $"more replicates narrow {(lines.Length == 1 ? "it" : "them")}, about {Phrase.Number(replicates, 1)} replicates for one of {Phrase.Number(search.Locating.Width)}.";
    }
}
