using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Results;

/// <summary>
/// The tables of a run as a pure projection of its plan and its store, in one walk over the cells and in constant memory. Cells that
/// are not computed have no row; those that failed have one in the summary, with a count of 0.
/// </summary>
internal sealed class CsvExport(RunFolder folder, ICellTable table, IResultStore store, SummaryTable summary)
{
    /// <summary>Writes both tables, each whole or not at all.</summary>
    /// <exception cref="StoreUnreachableException">A file cannot be written; those before are still there.</exception>
    /// <exception cref="StoreDamagedException">A stored result cannot be read; the files before are still there.</exception>
    public ExportCounts Write(CancellationToken cancellation = default) => folder.Access(() =>
    {
        using var replicates = new AtomicFile(folder[RunFolder.ReplicatesFile]);
        using var summaries = new AtomicFile(folder[RunFolder.SummaryFile]);
        ExportCounts counts = Write(replicates.Stream, summaries.Stream, cancellation);
        replicates.Commit();
        summaries.Commit();
        return counts;
    });

    /// <summary>Whether the files are, byte for byte, what <see cref="Write(CancellationToken)"/> would write: empty where they are.</summary>
    public IReadOnlyList<CsvDifference> Differences(CancellationToken cancellation = default) => folder.Access<IReadOnlyList<CsvDifference>>(() =>
    {
        using Stream? replicates = OpenOrNull(RunFolder.ReplicatesFile);
        using Stream? summaries = OpenOrNull(RunFolder.SummaryFile);
        using var replicateRows = new ComparingStream(replicates ?? Stream.Null);
        using var summaryRows = new ComparingStream(summaries ?? Stream.Null);
        if (replicates is not null || summaries is not null)
        {
            Write(replicateRows, summaryRows, cancellation);
        }

        return
        [
            .. Difference(RunFolder.ReplicatesFile, replicates, replicateRows),
            .. Difference(RunFolder.SummaryFile, summaries, summaryRows),
        ];
    });

    private static IEnumerable<CsvDifference> Difference(string file, Stream? found, ComparingStream rows)
    {
        rows.Finish();
        if (found is null || rows.DifferentLine is not null)
        {
            yield return new CsvDifference(file, found is null ? null : rows.DifferentLine);
        }
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

    private ExportCounts Write(Stream replicateStream, Stream summaryStream, CancellationToken cancellation)
    {
        using var replicates = new CsvTable(replicateStream);
        using var summaries = new CsvTable(summaryStream);
        replicates.Row(ReplicateTable.Header(table));
        summaries.Row(SummaryTable.Header(table));
        var rows = new CsvRows(table, store, summary);
        long done = 0, failed = 0;
        foreach (CsvPart part in CsvPart.InOrder(Parts(), rows, cancellation))
        {
            (long partDone, long partFailed) = part.WriteTo(replicates, summaries);
            (done, failed) = (done + partDone, failed + partFailed);
        }

        return new ExportCounts(replicates.Rows - 1, summaries.Rows - 1, done, failed, table.CellCount - done - failed);
    }

    // So many neighbouring cells that they are worth a task; a larger cell is a part of its own.
    private IEnumerable<PlacedCell[]> Parts()
    {
        const int mostCells = 512;
        var cells = new List<PlacedCell>();
        long replicates = 0;
        for (long i = 0; i < table.CellCount; i++)
        {
            CellSpec spec = table.Cell(i);
            if (cells.Count > 0 && (cells.Count == mostCells || replicates + spec.Replicates > CsvPart.MostReplicates))
            {
                yield return [.. cells];
                cells.Clear();
                replicates = 0;
            }

            cells.Add(new PlacedCell(i, spec));
            replicates += spec.Replicates;
        }

        if (cells.Count > 0)
        {
            yield return [.. cells];
        }
    }
}
