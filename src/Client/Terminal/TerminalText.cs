using System.Text;

namespace RnnSweep.Client.Terminal;

/// <summary>
/// Text for a terminal. Names of files and folders may hold control characters, with which a terminal changes its title, its clipboard or what it shows; they are
/// written as \u001b instead.
/// </summary>
internal static class TerminalText
{
    private const char Escape = '\u001b';

    /// <summary>The text with control characters escaped, line ends included.</summary>
    public static string Plain(string text) => Escaped(text, isAllowed: (_, _) => false);

    /// <summary>
    /// The text with control characters escaped except line ends, tabs, backspaces and the sequences that begin with ESC [, by which this program colours its
    /// output and redraws its progress.
    /// </summary>
    public static string WithStyles(string text) => Escaped(
        text, (place, letter) => letter is '\n' or '\r' or '\t' or '\b' || (letter == Escape && place + 1 < text.Length && text[place + 1] == '['));

    private static string Escaped(string text, Func<int, char, bool> isAllowed)
    {
        StringBuilder? escaped = null;
        for (int i = 0; i < text.Length; i++)
        {
            bool isEscaped = char.IsControl(text[i]) && !isAllowed(i, text[i]);
            if (isEscaped)
            {
                escaped ??= new StringBuilder(text, 0, i, text.Length + 16);
                escaped.Append($"\\u{(int)text[i]:x4}");
            }
            else
            {
                escaped?.Append(text[i]);
            }
        }

        return escaped?.ToString() ?? text;
    }
}
