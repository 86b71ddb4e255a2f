using System.Collections.Immutable;
using RnnSweep.Client.Reports.Words;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Reports.Comparisons;

/// <summary>A pair of cells of two sweeps, A and B.</summary>
/// <param name="Pair">Its index in the match.</param>
/// <param name="Coordinates">The texts of its coordinates.</param>
/// <param name="First">The cell of A.</param>
/// <param name="Second">The cell of B.</param>
/// <param name="IsPaired">Whether replicate r is the same draw in both.</param>
/// <param name="Difference">The difference B − A; null where a cell has no results.</param>
internal sealed record ComparedCell(long Pair, ImmutableArray<string> Coordinates, PlannedReading First, PlannedReading Second, bool IsPaired, SampleDifference? Difference)
{
    /// <summary>The numbers of replicates that count: of pairs where the cells are paired, else of A and of B.</summary>
    public string Counts => Difference is null ? "" : IsPaired ? $"{Difference.FirstCount} pairs" : $"{Difference.FirstCount}, {Difference.SecondCount}";
}

/// <summary>The comparison of two sweeps, A and B, by a column.</summary>
/// <param name="Match">Their pairs of cells.</param>
/// <param name="Column">The column.</param>
/// <param name="Cells">The pairs.</param>
internal sealed record Comparison(PlanMatch Match, ComparedColumn Column, ImmutableArray<ComparedCell> Cells)
{
    // Characters of a digest that are shown.
    private const int DigestLength = 64, ShownDigest = 12;

    /// <summary>Compares the stored cells.</summary>
    /// <param name="match">The pairs of cells.</param>
    /// <param name="column">The column.</param>
    /// <param name="first">The results of A.</param>
    /// <param name="second">Those of B.</param>
    /// <param name="cancellation">Stops between two groups of cells.</param>
    /// <exception cref="StoreDamagedException">A stored result cannot be read.</exception>
    public static Comparison Of(PlanMatch match, ComparedColumn column, IResultStore first, IResultStore second, CancellationToken cancellation = default)
    {
        const int atATime = 512;
        var cells = ImmutableArray.CreateBuilder<ComparedCell>();
        for (long from = 0; from < match.Count; from += atATime)
        {
            cancellation.ThrowIfCancellationRequested();
            long[] pairs = [.. Enumerable.Range(0, (int)Math.Min(atATime, match.Count - from)).Select(i => from + i)];
            PlannedReading[] ofFirst = [.. pairs.Select(pair => match.First.Planned(match.At(pair).First))], ofSecond = [.. pairs.Select(pair => match.Second.Planned(match.At(pair).Second))];
            (StoredCell[] storedFirst, StoredCell[] storedSecond) = (first.Cells(ofFirst), second.Cells(ofSecond));
            for (int i = 0; i < pairs.Length; i++)
            {
                bool isPaired = match.IsPaired(pairs[i]);
                SampleDifference? difference = storedFirst[i].Result is { } a && storedSecond[i].Result is { } b ? SampleDifference.Of(Values(a, column), Values(b, column), isPaired, column.Location) : null;
                cells.Add(new ComparedCell(pairs[i], [.. match.Fields.Select((_, axis) => match.Coordinate(pairs[i], axis))], ofFirst[i], ofSecond[i], isPaired, difference));
            }
        }

        return new Comparison(match, column, cells.ToImmutable());
    }

    /// <summary>The fields in which the sweeps differ, a sentence.</summary>
    public string Differences => Match.Differences.IsEmpty
        ? "A and B differ in no field."
        : $"A and B differ in {Phrase.List([.. Match.Differences.Select(difference => $"{difference.Field} ({Shown(difference.First)} in A, {Shown(difference.Second)} in B)")])}.";

    /// <summary>What the numbers are, a sentence.</summary>
    public string Method
    {
        get
        {
            int paired = Cells.Count(cell => cell.IsPaired);
            string how = paired == Cells.Length ? "of pairs of replicates with the same draws"
                : paired == 0 ? "of the replicates of each, because their draws differ"
                : "of pairs of replicates in the cells with the same draws, of the replicates of each in the others";
            return $"B − A is the difference of {Column.Title}, with the 95 percent interval of a bootstrap {how}.";
        }
    }

    /// <summary>The findings, one sentence each.</summary>
    public IEnumerable<string> Findings
    {
        get
        {
            int known = Cells.Count(cell => cell.Difference is { } difference && !double.IsNaN(difference.Low));
            int larger = Cells.Count(cell => cell.Difference?.Sign > 0), smaller = Cells.Count(cell => cell.Difference?.Sign < 0);
            if (known > 0)
            {
                yield return $"The interval does not contain 0 in {larger + smaller} of {Phrase.Count(known, "cell")}: B is larger in {larger}, smaller in {smaller}."
                    + (known > 1 ? " Without any difference, about 5 percent of the cells would be expected." : "");
            }

            int few = Cells.Count(cell => cell.Difference is { } difference && Math.Min(difference.FirstCount, difference.SecondCount) < SampleDifference.FewestForInterval);
            if (few > 0)
            {
                yield return $"{Phrase.Count(few, "cell")} with fewer than {SampleDifference.FewestForInterval} known replicates {(few == 1 ? "has" : "have")} no interval.";
            }

            int fewer = Cells.Count(cell => cell is { IsPaired: true, Difference: { } difference } && difference.FirstCount < Math.Max(cell.First.Spec.Replicates, cell.Second.Spec.Replicates));
            if (fewer > 0)
            {
                yield return $"In {Phrase.Count(fewer, "cell")} some replicates are known in A or B alone; only those known in both count.";
            }

            int missing = Cells.Count(cell => cell.Difference is null);
            if (missing > 0)
            {
                yield return $"{Phrase.Count(missing, "cell")} {(missing == 1 ? "has" : "have")} no results in A or in B.";
            }
        }
    }

    private static double[] Values(CellResult result, ComparedColumn column)
    {
        // A failed replicate has no reading, so readings are placed by their index.
        double[] values = [.. Enumerable.Repeat(double.NaN, result.Spec.Replicates)];
        foreach (Reading reading in result.Replicates)
        {
            values[reading.Replicate] = column.Value(reading);
        }

        return values;
    }

    private static string Shown(string text) => text.Length == DigestLength && text.All(char.IsAsciiHexDigitLower) ? $"{text[..ShownDigest]}…" : text;
}
