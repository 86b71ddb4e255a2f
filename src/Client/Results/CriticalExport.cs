using System.Collections.Immutable;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Results;

/// <summary>Writes the tables of a search along an axis, <c>critical.csv</c> and <c>critical_summary.csv</c>, from what the search has read of the store.</summary>
internal sealed class CriticalExport(RunFolder folder, LocatingSearch search)
{
    private IEnumerable<(string File, ImmutableArray<TypedColumn> Columns, IEnumerable<IEnumerable<string>> Rows)> Tables =>
    [
        (RunFolder.CriticalFile, CriticalTable.Typed(search.Grid), CriticalTable.Rows(search)),
        (RunFolder.CriticalSummaryFile, CriticalTable.TypedSummary(search.Grid), CriticalTable.SummaryRows(search)),
    ];

    /// <summary>Writes both tables, each whole or not at all.</summary>
    /// <exception cref="StoreUnreachableException">A file cannot be written; the previous one is kept.</exception>
    public void Write(TableFormat format = TableFormat.Csv)
    {
        foreach ((string file, ImmutableArray<TypedColumn> columns, IEnumerable<IEnumerable<string>> rows) in Tables)
        {
            if (format == TableFormat.Csv)
            {
                folder.Write(file, stream => Write(stream, columns, rows));
                continue;
            }

            folder.Write(RunFolder.AsParquet(file), stream =>
            {
                using var table = new ParquetTable(columns, stream);
                Write(table, columns, rows);
                table.Finish();
            });
        }
    }

    /// <summary>The files that differ from what <see cref="Write(TableFormat)"/> would write, byte for byte. One that is there may be older, from another round.</summary>
    public IEnumerable<CsvDifference> Differences()
    {
        foreach ((string file, ImmutableArray<TypedColumn> columns, IEnumerable<IEnumerable<string>> rows) in Tables)
        {
            bool isThere = File.Exists(folder[file]);
            using Stream found = isThere ? File.OpenRead(folder[file]) : new MemoryStream();
            var compared = new ComparingStream(found);
            Write(compared, columns, rows);
            compared.Finish();
            if (!isThere || compared.DifferentLine is not null)
            {
                yield return new CsvDifference(file, isThere ? compared.DifferentLine : null) { IsOlder = isThere };
            }
        }
    }

    private static void Write(Stream stream, ImmutableArray<TypedColumn> columns, IEnumerable<IEnumerable<string>> rows)
    {
        using var table = new CsvTable(stream);
        table.Row(columns.Select(column => column.Name));
        foreach (IEnumerable<string> row in rows)
        {
            table.Row(row);
        }
    }
}
