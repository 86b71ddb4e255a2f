using System.Text;

namespace RnnSweep.Client.Results;

/// <summary>Parses a line of CSV (RFC 4180); no field of a run's tables contains a line break.</summary>
internal static class CsvLine
{
    /// <summary>The fields of a line.</summary>
    public static List<string> Fields(string line)
    {
        if (!line.Contains('"', StringComparison.Ordinal))
        {
            return [.. line.Split(',')];
        }

        var fields = new List<string>();
        var field = new StringBuilder();
        bool isQuoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            bool isDoubled = isQuoted && line[i] == '"' && i + 1 < line.Length && line[i + 1] == '"';
            if (isDoubled)
            {
                field.Append('"');
                i++;
            }
            else if (line[i] == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (line[i] == ',' && !isQuoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(line[i]);
            }
        }

        fields.Add(field.ToString());
        return fields;
    }
}
