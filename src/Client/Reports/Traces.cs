using System.Text;
using RnnSweep.Client.Results;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Reports;

/// <summary>
/// Numbers that a cell has many of (its exponents, its norms by lag), read from their table for some cells: at each index the statistics over the
/// replicates.
/// </summary>
internal static class Traces
{
    /// <summary>By cell key, and by index ascending; empty where there is no such table, or none that has these columns.</summary>
    /// <param name="file">The table.</param>
    /// <param name="index">The column of the index.</param>
    /// <param name="value">The column of the value.</param>
    /// <param name="keys">The cells that are wanted.</param>
    /// <param name="cancellation">Ends it.</param>
    public static Dictionary<string, SortedList<int, SampleStatistics>> Read(string file, string index, string value, IReadOnlySet<string> keys, CancellationToken cancellation = default)
    {
        var values = new Dictionary<string, SortedList<int, List<double>>>();
        if (!File.Exists(file) || keys.Count == 0)
        {
            return [];
        }

        using var reader = new StreamReader(file, Encoding.UTF8);
        List<string> header = CsvLine.Fields(reader.ReadLine() ?? "");
        (int keyAt, int indexAt, int valueAt) = (header.IndexOf("cell_key"), header.IndexOf(index), header.IndexOf(value));
        if (keyAt < 0 || indexAt < 0 || valueAt < 0)
        {
            return [];
        }

        while (reader.ReadLine() is { } line)
        {
            cancellation.ThrowIfCancellationRequested();
            List<string> fields = CsvLine.Fields(line);
            if (fields.Count == header.Count && keys.Contains(fields[keyAt]) && int.TryParse(fields[indexAt], out int place))
            {
                double number = double.TryParse(fields[valueAt], out double known) ? known : double.NaN;
                values.TryAdd(fields[keyAt], []);
                values[fields[keyAt]].TryAdd(place, []);
                values[fields[keyAt]][place].Add(number);
            }
        }

        return values.ToDictionary(
            cell => cell.Key,
            cell => new SortedList<int, SampleStatistics>(cell.Value.ToDictionary(point => point.Key, point => SampleStatistics.Of([.. point.Value]))));
    }
}
