using System.Text.RegularExpressions;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Core.Tests.Sweeps;

/// <summary>Hand-written parsers compared with equivalent regular expressions.</summary>
public sealed partial class WrittenTextTests
{
    [Fact]
    public void Numbers_have_the_syntax_of_YAML()
    {
        foreach (string text in Texts("+-.07eEx ", 5).Concat(["1.5e+300", "-0.25E-07", "12345678901234567890", "1e5\n", "٣", ".inf", "-.NaN", "+Infinity", "infinit", "..inf", "nan "]))
        {
            Assert.Equal(Finite().IsMatch(text) || NonFinite().IsMatch(text), Numeral.TryRead(text, out Numeral numeral));
            Assert.Equal(Finite().IsMatch(text), !double.IsNaN(numeral.Value)); // ±∞ means a number that is too large
        }
    }

    [Fact]
    public void Names_are_valid_folder_names()
    {
        foreach (string text in Texts("aZ9._-/ é", 4).Concat([new string('a', 100), new string('a', 101), "a\n"]))
        {
            Assert.Equal(Name().IsMatch(text), SweepFields.Name.TryRead(text, out _, out _));
        }
    }

    private static IEnumerable<string> Texts(string letters, int longest) =>
        longest == 0 ? [""] : Texts(letters, longest - 1).SelectMany(text => text.Length == longest - 1 ? [text, .. letters.Select(letter => text + letter)] : new[] { text });

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Finite();

    [GeneratedRegex(@"^[-+]?\.?(inf|infinity|nan)\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex NonFinite();

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
