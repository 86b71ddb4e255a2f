using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace RnnSweep.Core.Experiments;

/// <summary>The one text of a value wherever it is written: keys, sweep files, CSVs. Equal texts mean equal values.</summary>
public static class CanonicalText
{
    /// <summary>The shortest text that reads back to the same double, of the invariant culture; -0 is 0.</summary>
    public static string Of(double value) => (value == 0 ? 0 : value).ToString("R");

    /// <summary>The double nearest to a number in so many significant digits. They are decimal, so only the number's text has them exactly.</summary>
    public static double Rounded(double value, int digits) =>
        double.Parse(value.ToString($"E{digits - 1}"));

    /// <summary>A name in lower case, its words joined by hyphens: <c>AsPrinted</c> is <c>as-printed</c>.</summary>
    public static string Of<TName>(TName value)
        where TName : struct, Enum => Names<TName>.ByPlace[Unsafe.As<TName, int>(ref value)];

    /// <summary>The names of an enumeration in its order.</summary>
    public static ImmutableArray<string> All<TName>()
        where TName : struct, Enum => ImmutableCollectionsMarshal.AsImmutableArray(Names<TName>.ByPlace);

    /// <summary>The value of a name; whether there is one.</summary>
    public static bool TryRead<TName>(string text, out TName value)
        where TName : struct, Enum
    {
        int place = Array.IndexOf(Names<TName>.ByPlace, text);
        value = At<TName>(place);
        return place >= 0;
    }

    /// <summary>The value at a place in the order of an enumeration.</summary>
    internal static TName At<TName>(int place)
        where TName : struct, Enum => Unsafe.As<int, TName>(ref place);

    private static string Hyphenate(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (char c in name)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0)
            {
                text.Append('-');
            }

            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }

    // By place in the enumeration, which counts from 0 without gaps. No dictionary and no LINQ: over every enumeration's own type their code
    // would have to be compiled at each start of the program.
    private static class Names<TName>
        where TName : struct, Enum
    {
        public static readonly string[] ByPlace = Array.ConvertAll(typeof(TName).GetEnumNames(), Hyphenate);
    }
}
