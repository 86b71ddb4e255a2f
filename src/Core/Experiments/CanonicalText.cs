using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace RnnSweep.Core.Experiments;

/// <summary>The one text of a value wherever it is written: keys, sweep files, CSVs. Equal texts mean equal values.</summary>
public static class CanonicalText
{
    /// <summary>The shortest text that reads back to the same double, of the invariant culture; -0 is 0.</summary>
    public static string Of(double value) => (value == 0 ? 0 : value).ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A name in lower case, its words joined by hyphens: <c>AsPrinted</c> is <c>as-printed</c>.</summary>
    public static string Of<TName>(TName value)
        where TName : struct, Enum => Names<TName>.ByValue[value];

    /// <summary>The names of an enumeration in its order.</summary>
    public static ImmutableArray<(string Text, TName Value)> All<TName>()
        where TName : struct, Enum => Names<TName>.InOrder;

    private static string Hyphenate(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (char c in name)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0)
                text.Append('-');
            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }

    private static class Names<TName>
        where TName : struct, Enum
    {
        public static readonly ImmutableArray<(string Text, TName Value)> InOrder =
            [.. Enum.GetValues<TName>().Select(value => (Hyphenate(value.ToString()), value))];

        public static readonly Dictionary<TName, string> ByValue = InOrder.ToDictionary(name => name.Value, name => name.Text);
    }
}
