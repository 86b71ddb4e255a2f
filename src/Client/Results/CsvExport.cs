using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Results;

/// <summary>
/// Writes the tables of a run from its plan and its store, in one pass over the cells and in constant memory. Unfinished cells have no row; a cell with failed
/// readings has a row in the summary, over its stored readings.
/// </summary>
internal sealed class CsvExport(RunFolder folder, ICellTable table, IResultStore store, SummaryTable summary)
{
    private readonly IReadOnlyList<string> _files = RunFolder.Tables(table.Fixed);

    /// <summary>Called with every cell, in the order of the table, after its rows are written.</summary>
    public Action<ExportedCell>? Visit { get; init; }

    /// <summary>Writes all tables, each whole or not at all.</summary>
    /// <exception cref="StoreUnreachableException">A file cannot be written; the previous files are kept.</exception>
    /// <exception cref="StoreDamagedException">A stored result cannot be read; the previous files are kept.</exception>
    public ExportCounts Write(CancellationToken cancellation = default) => WriteFiles(_files, streams => WriteTo(streams, cancellation));

    /// <summary>Writes files of the folder, each whole or not at all.</summary>
    /// <param name="names">Their names.</param>
    /// <param name="write">Writes to a stream for each.</param>
    public ExportCounts WriteFiles(IReadOnlyList<string> names, Func<IReadOnlyList<Stream>, ExportCounts> write) => folder.Access(() =>
    {
        var files = new List<AtomicFile>();
        try
        {
            foreach (string name in names)
            {
                files.Add(new AtomicFile(folder[name]));
            }

            ExportCounts counts = write([.. files.Select(file => file.Stream)]);
            files.ForEach(file => file.Commit());
            return counts;
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    });

    /// <summary>The files that differ from what <see cref="Write(CancellationToken)"/> would write, byte for byte; empty where none does.</summary>
    public IReadOnlyList<CsvDifference> Differences(CancellationToken cancellation = default) => folder.Access<IReadOnlyList<CsvDifference>>(() =>
    {
        var found = new List<Stream?>();
        try
        {
            found.AddRange(_files.Select(OpenOrNull));
            ComparingStream[] rows = [.. found.Select(file => new ComparingStream(file ?? Stream.Null))];
            if (found.Any(file => file is not null))
            {
                WriteTo(rows, cancellation);
            }

            CsvDifference[] differences = [.. _files.Select((file, i) => Difference(file, found[i], rows[i])).OfType<CsvDifference>()];
            return differences.All(difference => difference.Line is null) ? differences : WithOlder(differences, found, cancellation);
        }
        finally
        {
            found.ForEach(file => file?.Dispose());
        }
    });

    // Finds the tables that were written before the last results were stored.
    private CsvDifference[] WithOlder(CsvDifference[] differences, List<Stream?> found, CancellationToken cancellation)
    {
        OlderTable[] tables = [.. found.Select(file => new OlderTable(file ?? Stream.Null))];
        WriteTo(tables, cancellation);
        return [.. differences.Select(difference => difference with { IsOlder = tables[_files.ToList().IndexOf(difference.File)].IsOlder })];
    }

    private static CsvDifference? Difference(string file, Stream? found, ComparingStream rows)
    {
        rows.Finish();
        return found is null || rows.DifferentLine is not null ? new CsvDifference(file, found is null ? null : rows.DifferentLine) : null;
    }

    private FileStream? OpenOrNull(string file)
    {
        try
        {
            return new FileStream(folder[file], FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Writes the tables to a stream for each.</summary>
    public ExportCounts WriteTo(IReadOnlyList<Stream> streams, CancellationToken cancellation)
    {
        using var tables = new CsvTables(table.Fixed, streams);
        tables.WriteHeaders(table);
        var rows = new CsvRows(table, store, summary);
        long done = 0, failed = 0;
        foreach (CsvPart part in CsvPart.InOrder(Parts(), rows, cancellation))
        {
            foreach (ExportedCell cell in part.WriteTo(tables))
            {
                done += cell.Stored.IsDone ? 1 : 0;
                failed += cell.Stored.IsDone || cell.Stored.IsMissing ? 0 : 1;
                Visit?.Invoke(cell);
            }
        }

        return new ExportCounts(tables.Replicates.Rows - 1, tables.Summaries.Rows - 1, done, failed, table.CellCount - done - failed);
    }

    // Groups neighbouring cells into parts that are large enough for a task; a larger cell is a part of its own.
    private IEnumerable<PlacedCell[]> Parts()
    {
        const int mostCells = 512;
        var cells = new List<PlacedCell>();
        long weight = 0;
        for (long i = 0; i < table.CellCount; i++)
        {
            CellSpec spec = table.Cell(i);
            if (cells.Count > 0 && (cells.Count == mostCells || weight + CsvPart.Weight(spec) > CsvPart.MostReplicates))
            {
                yield return [.. cells];
                cells.Clear();
                weight = 0;
            }

            cells.Add(new PlacedCell(i, spec));
            weight += CsvPart.Weight(spec);
        }

        if (cells.Count > 0)
        {
            yield return [.. cells];
        }
    }
}
