namespace RnnSweep.Benchmarks.Sweeps;

/// <summary>Compares the rows of one sweep by two programs.</summary>
internal static class TableComparison
{
    /// <summary>
    /// At a radius below 1 two programs' states converge to each other, so only rounding is left: of T products of N terms each, amplified by W's departure
    /// from normality, and of the radius, which enters T times. For N = 512 and T = 1000 that is 512 · 1000 · 1.1e-16 = 6e-11 times a condition around 10.
    /// </summary>
    public const double Tolerance = 1e-9;

    private static readonly string[] s_columns = ["log10_spectral_norm", "log10_gradient_norm", "omega"];

    /// <summary>The largest difference in the compared columns, in units of the value or of 1, whichever is larger; by radius.</summary>
    /// <exception cref="InvalidOperationException">The tables have different rows.</exception>
    public static SortedDictionary<double, double> Differences(string first, string second)
    {
        Dictionary<string, Dictionary<string, string>> mine = Rows(first), theirs = Rows(second);
        if (!mine.Keys.ToHashSet().SetEquals(theirs.Keys))
        {
            throw new InvalidOperationException($"{first} and {second} have different rows: {mine.Count} and {theirs.Count}");
        }

        var largest = new SortedDictionary<double, double>();
        foreach ((string key, Dictionary<string, string> row) in mine)
        {
            double radius = Number(row, "spectral_radius");
            double difference = s_columns.Max(column => Distance(Number(row, column), Number(theirs[key], column)));
            largest[radius] = Math.Max(largest.GetValueOrDefault(radius), difference);
        }

        return largest;
    }

    // NaN does not count as agreement.
    private static double Distance(double a, double b) =>
        double.IsFinite(a - b) ? Math.Abs(a - b) / Math.Max(1, Math.Abs(a)) : double.PositiveInfinity;

    private static double Number(Dictionary<string, string> row, string column) => double.Parse(row[column]);

    private static Dictionary<string, Dictionary<string, string>> Rows(string file)
    {
        string[][] lines = [.. File.ReadLines(file).Select(line => line.Split(','))];
        return lines.Skip(1)
            .Select(fields => lines[0].Zip(fields).ToDictionary(pair => pair.First, pair => pair.Second))
            .ToDictionary(row => $"{row["spectral_radius"]} {row["sequence_length"]} {row["replicate"]}");
    }
}
