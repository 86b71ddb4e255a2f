using System.Text;

namespace RnnSweep.Client.Reports.Drawing;

/// <summary>Texts with subscripts, written as <c>x_T</c> and <c>x_{T−k}</c>.</summary>
internal static class Formula
{
    /// <summary>The text after one function has formatted its plain parts, and another its subscripts.</summary>
    public static string Of(string text, Func<string, string> plain, Func<string, string> subscript)
    {
        var written = new StringBuilder();
        int start = 0;
        for (int mark = text.IndexOf('_'); mark >= 0 && mark + 1 < text.Length; mark = text.IndexOf('_', start))
        {
            written.Append(plain(text[start..mark]));
            int end = text[mark + 1] == '{' ? text.IndexOf('}', mark) : mark + 1;
            written.Append(subscript(text[(mark + 1)..(end + 1)].Trim('{', '}')));
            start = end + 1;
        }

        return written.Append(plain(text[start..])).ToString();
    }

    /// <summary>The text as HTML.</summary>
    public static string Html(string text) => Of(text, Svg.Escaped, sub => $"<sub>{Svg.Escaped(sub)}</sub>");
}
