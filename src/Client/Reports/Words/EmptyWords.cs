using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Reports.Words;

/// <summary>Sentences about the empty fields of the tables: how many, from which index or cell, and why.</summary>
internal static class EmptyWords
{
    // More columns are counted.
    private const int MostColumns = 6;

    /// <summary>The sentences; those about numbers that are not defined are one, which refers to <see cref="Undefined"/>.</summary>
    public static IEnumerable<string> Of(ReportData data)
    {
        KeyValuePair<EmptyColumn, EmptyCount>[] empty = [.. data.Empty.Counts];
        foreach (var table in empty.Where(entry => entry.Key.Status != ReplicateStatus.Ok).GroupBy(entry => (entry.Key.Status, entry.Key.Table)))
        {
            string[] parts = [.. table.GroupBy(entry => (entry.Value.Fields, entry.Value.FirstIndex, entry.Value.FirstCell)).Select(same => Unknown(data, [.. same]))];
            yield return $"in {table.Key.Table}.csv, with status {ReplicateTable.Text(table.Key.Status)}, {string.Join("; ", parts)}.";
        }

        string[] undefined =
        [
            .. from entry in empty
               where entry.Key.Status == ReplicateStatus.Ok
               group entry.Value.Fields by entry.Key.Table into table
               select $"{Phrase.Count(table.Sum(), "field")} of {table.Key}.csv",
        ];
        if (undefined.Length > 0)
        {
            yield return $"numbers that are not defined are empty: {Phrase.List(undefined)}; the reasons are listed below the table.";
        }
    }

    /// <summary>The columns with numbers that are not defined, and where; empty where there are none.</summary>
    public static IEnumerable<string> Undefined(ReportData data) =>
        from entry in data.Empty.Counts
        where entry.Key.Status == ReplicateStatus.Ok
        group entry by (entry.Key.Table, entry.Key.Where) into same
        let columns = same.Select(entry => entry.Key.Column).ToArray()
        select $"{same.Key.Table}.csv, {same.Key.Where}: {Columns(columns)} ({Phrase.Count(same.Sum(entry => entry.Value.Fields), "field")})";

    // Columns of one table with the same number of empty fields.
    private static string Unknown(ReportData data, KeyValuePair<EmptyColumn, EmptyCount>[] same)
    {
        (EmptyColumn column, EmptyCount count) = same[0];
        string from = column.Table switch
        {
            "spectrum" or "leading" => $"from index {count.FirstIndex} on",
            "lags" => $"from lag {count.FirstIndex} on",
            "history" => $"from step {count.FirstIndex} on",
            _ => "",
        };
        string coordinates = data.CoordinatesOf(count.FirstCell);
        string where = count.Cells == 1 ? $"{(from.Length == 0 ? "" : $" {from}")}{(coordinates.Length == 0 ? "" : $", at {coordinates}")}"
            : $" in {Phrase.Count(count.Cells, "cell")}, {(from.Length == 0 ? "the first" : $"the earliest {from}")} at {coordinates}";
        return $"{count.Fields} of {Phrase.Count(data.Empty.Rows(column.Table), "row")} {(count.Fields == 1 ? "lacks" : "lack")} {Columns([.. same.Select(entry => entry.Key.Column)])}{where}";
    }

    private static string Columns(string[] columns) => columns.Length <= MostColumns
        ? Phrase.List(columns)
        : $"{string.Join(", ", columns.Take(MostColumns - 1))} and {Phrase.Count(columns.Length - MostColumns + 1, "more column")}";
}
