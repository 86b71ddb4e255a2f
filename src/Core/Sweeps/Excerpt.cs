using System.Globalization;
using System.Text;

namespace RnnSweep.Core.Sweeps;

/// <summary>Makes external text safe for a message: truncated, and without terminal control characters.</summary>
public static class Excerpt
{
    /// <summary>The text, truncated, with control characters escaped.</summary>
    /// <param name="text">The text.</param>
    /// <param name="longest">The most characters that are kept.</param>
    public static string Of(string text, int longest = 40)
    {
        var shown = new StringBuilder(longest + 1);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (shown.Length >= longest)
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
