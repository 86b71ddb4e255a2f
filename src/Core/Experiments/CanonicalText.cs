using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace RnnSweep.Core.Experiments;

/// <summary>The only text of a value in keys, sweep files and CSVs. Equal texts mean equal values.</summary>
public static class CanonicalText
{
    /// <summary>The shortest text that reads back to the same double, in the invariant culture; -0 becomes 0.</summary>
    public static string Of(double value) => (value == 0 ? 0 : value).ToString("R");

    /// <summary>Rounds a number to significant decimal digits. It rounds the number's text, because only the text holds decimal digits exactly.</summary>
    public static double Rounded(double value, int digits) =>
        double.Parse(value.ToString($"E{digits - 1}"));

    /// <summary>A name in lower case, its words joined by hyphens: <c>AsPrinted</c> is <c>as-printed</c>.</summary>
    public static string Of<TName>(TName value)
        where TName : struct, Enum => Names<TName>.ByPlace[Unsafe.As<TName, int>(ref value)];

    /// <summary>The names of an enumeration in its order.</summary>
    public static ImmutableArray<string> All<TName>()
        where TName : struct, Enum => ImmutableCollectionsMarshal.AsImmutableArray(Names<TName>.ByPlace);

    /// <summary>Reads the value of a name; returns whether the name exists.</summary>
    public static bool TryRead<TName>(string text, out TName value)
        where TName : struct, Enum
    {
        int place = Array.IndexOf(Names<TName>.ByPlace, text);
        value = At<TName>(place);
        return place >= 0;
    }

    /// <summary>The value at an index of an enumeration.</summary>
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

    // Indexed by the enumeration's value, which counts from 0 without gaps. A dictionary or LINQ would have to be compiled for every enumeration at
    // each start of the program.
    private static class Names<TName>
        where TName : struct, Enum
    {
        public static readonly string[] ByPlace = Array.ConvertAll(typeof(TName).GetEnumNames(), Hyphenate);
    }
}
