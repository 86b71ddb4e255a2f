using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Reports.Words;

/// <summary>Sentences about the empty fields of the tables: how many, from which index or cell, and why.</summary>
internal static class EmptyWords
{
    // More columns are counted.
    private const int MostColumns = 6;

    public static IEnumerable<string> Of(ReportData data)
    {
        KeyValuePair<EmptyColumn, EmptyCount>[] empty = [.. data.Empty.Counts];
        foreach (var table in empty.Where(entry => entry.Key.Status != ReplicateStatus.Ok).GroupBy(entry => (entry.Key.Status, entry.Key.Table)))
        {
            string[] parts = [.. table.GroupBy(entry => (entry.Value.Fields, entry.Value.FirstIndex, entry.Value.FirstCell)).Select(same => Unknown(data, [.. same]))];
            yield return $"in {table.Key.Table}.csv, with status {ReplicateTable.Text(table.Key.Status)}, {string.Join("; ", parts)}.";
        }

        foreach (var table in empty.Where(entry => entry.Key.Status == ReplicateStatus.Ok).GroupBy(entry => (entry.Key.Where, entry.Key.Table)))
        {
            string[] columns = [.. table.Select(entry => entry.Key.Column)];
            yield return $"{Columns(columns)} {(columns.Length == 1 ? "is" : "are")} empty {table.Key.Where}: {Phrase.Count(table.Sum(entry => entry.Value.Fields), "field")} of {table.Key.Table}.csv.";
        }
    }

    // Columns of one table with the same number of empty fields.
    private static string Unknown(ReportData data, KeyValuePair<EmptyColumn, EmptyCount>[] same)
    {
        (EmptyColumn column, EmptyCount count) = same[0];
        string from = column.Table switch
        {
            "spectrum" or "leading" => $" from index {count.FirstIndex} on",
            "lags" => $" from lag {count.FirstIndex} on",
            "history" => $" from step {count.FirstIndex} on",
            _ => "",
        };
        string coordinates = data.CoordinatesOf(count.FirstCell);
        string where = coordinates.Length == 0 ? "" : count.Cells == 1 ? $", at {coordinates}" : $", in {Phrase.Count(count.Cells, "cell")}, first at {coordinates}";
        return $"{count.Fields} of {Phrase.Count(data.Empty.Rows(column.Table), "row")} {(count.Fields == 1 ? "lacks" : "lack")} {Columns([.. same.Select(entry => entry.Key.Column)])}{from}{where}";
    }

    private static string Columns(string[] columns) => columns.Length <= MostColumns
        ? Phrase.List(columns)
        : $"{string.Join(", ", columns.Take(MostColumns - 1))} and {Phrase.Count(columns.Length - MostColumns + 1, "more column")}";
}
