using System.Collections.Immutable;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Reports.Comparisons;

/// <summary>The rows of a comparison as texts, with four digits.</summary>
internal static class ComparisonTable
{
    /// <summary>The text of a number that is not known.</summary>
    private const string Unknown = "–";

    /// <summary>The names of the columns.</summary>
    public static ImmutableArray<string> Header(Comparison comparison) =>
        [.. comparison.Match.Fields.Select(field => field.Name), "A", "B", "B − A", "95 % interval", "replicates"];

    /// <summary>The texts of a row.</summary>
    public static ImmutableArray<string> Row(ComparedCell cell) => cell.Difference is { } difference
        ? [.. cell.Coordinates, Text(difference.First), Text(difference.Second), Text(difference.Difference), Interval(difference), cell.Counts]
        : [.. cell.Coordinates, Unknown, Unknown, Unknown, Unknown, Unknown];

    private static string Interval(SampleDifference difference) => double.IsNaN(difference.Low) ? Unknown : $"{Text(difference.Low)} to {Text(difference.High)}";

    private static string Text(double number) => number switch
    {
        double.NaN => Unknown,
        double.NegativeInfinity => "-∞",
        double.PositiveInfinity => "∞",
        0 => "0",
        _ => Math.Abs(number) is >= 1e-4 and < 1e6 ? number.ToString("G4") : number.ToString("0.###e0"),
    };
}
