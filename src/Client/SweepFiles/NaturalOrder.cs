using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace RnnSweep.Client.SweepFiles;

/// <summary>Names with numbers in them: their order by the numbers' values, and the one number in which they differ.</summary>
internal sealed partial class NaturalOrder : IComparer<string>
{
    // Beyond, a number is not exact as a double.
    private const int MostDigits = 15;

    public static NaturalOrder Comparer { get; } = new();

    /// <summary>Compares digits by the number that they are, and everything else letter by letter: step-2 comes before step-10.</summary>
    public int Compare(string? x, string? y)
    {
        string[] left = Parts(x ?? ""), right = Parts(y ?? "");
        for (int i = 0; i < Math.Min(left.Length, right.Length); i++)
        {
            bool areNumbers = left[i] is [>= '0' and <= '9', ..] && right[i] is [>= '0' and <= '9', ..];
            string a = areNumbers ? left[i].TrimStart('0') : left[i], b = areNumbers ? right[i].TrimStart('0') : right[i];
            int order = areNumbers && a.Length != b.Length ? a.Length.CompareTo(b.Length) : string.CompareOrdinal(a, b);
            if (order != 0)
            {
                return order;
            }
        }

        return left.Length != right.Length ? left.Length.CompareTo(right.Length) : string.CompareOrdinal(x, y);
    }

    /// <summary>The number in each of some names, where they differ in that number alone, without leading zeros; null where they do not.</summary>
    public static ImmutableArray<string>? Numbers(IReadOnlyList<string> names)
    {
        string[][] parts = [.. names.Select(Parts)];
        if (parts.Length < 2 || parts.Any(name => name.Length != parts[0].Length))
        {
            return null;
        }

        int[] different = [.. Enumerable.Range(0, parts[0].Length).Where(i => parts.Any(name => name[i] != parts[0][i]))];
        if (different is not [var place] || parts.Any(name => name[place].Length > MostDigits || !char.IsAsciiDigit(name[place][0])))
        {
            return null;
        }

        string[] numbers = [.. parts.Select(name => name[place].TrimStart('0') is { Length: > 0 } number ? number : "0")];
        return numbers.Distinct().Count() == numbers.Length ? [.. numbers] : null;
    }

    // Digits and what is between them, in turn.
    private static string[] Parts(string name) => [.. Runs().Matches(name).Select(match => match.Value)];

    [GeneratedRegex("[0-9]+|[^0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex Runs();
}
