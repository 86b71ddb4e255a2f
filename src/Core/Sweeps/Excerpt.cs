using System.Globalization;
using System.Text;

namespace RnnSweep.Core.Sweeps;

/// <summary>Makes external text safe for a message: at most 40 characters, without terminal control characters.</summary>
public static class Excerpt
{
    private const int Longest = 40;

    /// <summary>The text, truncated, with control characters escaped.</summary>
    public static string Of(string text)
    {
        var shown = new StringBuilder(Longest + 1);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (shown.Length >= Longest)
            {
                return shown.Append('…').ToString();
            }

            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator)
            {
                shown.Append($"\\u{rune.Value:x4}");
            }
            else
            {
                shown.Append(rune.ToString());
            }
        }

        return shown.Length == 0 ? "empty" : shown.ToString();
    }
}
