namespace RnnSweep.Core.Sweeps;

/// <summary>Suggests the name that a misspelt text most likely means.</summary>
public static class NearestName
{
    private const int Longest = 40;

    /// <summary>The name with the fewest edits to the text; null where none is close enough.</summary>
    public static string? Of(string text, IEnumerable<string> names)
    {
        if (text.Length is 0 or > Longest)
        {
            return null;
        }

        string folded = Fold(text);
        (string? name, int edits) = names.Select(name => ((string?)name, Edits(folded, Fold(name)))).DefaultIfEmpty((null, int.MaxValue)).MinBy(pair => pair.Item2);
        return edits <= 1 + (text.Length / 3) ? name : null;
    }

    // Differences in case, hyphens, underscores and spaces count as no edits.
    private static string Fold(string text) => text.ToLowerInvariant().Replace('-', '_').Replace(' ', '_');

    /// <summary>Edit distance in which swapping two neighbours counts as one edit (optimal string alignment).</summary>
    private static int Edits(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    d[i, j] = i + j;
                    continue;
                }

                int replace = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(replace, 1 + Math.Min(d[i - 1, j], d[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
