namespace RnnSweep.Client.Results;

/// <summary>
/// The rows of some neighbouring cells. Parts are made by several threads at once, and put together in the order of the plan, so the bytes do not
/// depend on the threads. The few that are made ahead take little memory; a cell of very many replicates is not made ahead.
/// </summary>
internal sealed class CsvPart
{
    /// <summary>A part with more replicates than this is written straight to the tables.</summary>
    public const long MostReplicates = 4096;

    private readonly PlacedCell[] _cells;
    private readonly CsvRows _rows;
    private readonly Task<Made>? _made;

    private CsvPart(PlacedCell[] cells, CsvRows rows)
    {
        (_cells, _rows) = (cells, rows);
        _made = cells.Sum(cell => (long)cell.Spec.Replicates) > MostReplicates ? null : Task.Run(Make);
    }

    /// <summary>The parts of some lots of cells, in their order, while the next ones are being made.</summary>
    public static IEnumerable<CsvPart> InOrder(IEnumerable<PlacedCell[]> lots, CsvRows rows, CancellationToken cancellation)
    {
        var ahead = new Queue<CsvPart>();
        try
        {
            foreach (PlacedCell[] cells in lots)
            {
                cancellation.ThrowIfCancellationRequested();
                ahead.Enqueue(new CsvPart(cells, rows));
                if (ahead.Count > 2 * Environment.ProcessorCount)
                {
                    yield return ahead.Dequeue();
                }
            }

            while (ahead.TryDequeue(out CsvPart? next))
            {
                cancellation.ThrowIfCancellationRequested();
                yield return next;
            }
        }
        finally
        {
            // Whatever ended this, nobody reads the store any more afterwards.
            Task.WhenAll(ahead.Select(part => part._made).OfType<Task>()).ContinueWith(_ => { }, TaskScheduler.Default).Wait(CancellationToken.None);
        }
    }

    /// <summary>Adds the rows to the tables; how many cells are done, and how many failed.</summary>
    public (long Done, long Failed) WriteTo(CsvTable replicates, CsvTable summaries)
    {
        if (_made is null)
        {
            return _rows.Write(_cells, replicates, summaries);
        }

        Made made = _made.GetAwaiter().GetResult();
        replicates.Append(made.Replicates, made.ReplicateRows);
        summaries.Append(made.Summaries, made.SummaryRows);
        return (made.Done, made.Failed);
    }

    private Made Make()
    {
        var replicateBytes = new MemoryStream();
        var summaryBytes = new MemoryStream();
        using var replicates = new CsvTable(replicateBytes);
        using var summaries = new CsvTable(summaryBytes);
        (long done, long failed) = _rows.Write(_cells, replicates, summaries);
        replicates.Flush();
        summaries.Flush();
        return new Made(replicateBytes, replicates.Rows, summaryBytes, summaries.Rows, done, failed);
    }

    private sealed record Made(MemoryStream Replicates, long ReplicateRows, MemoryStream Summaries, long SummaryRows, long Done, long Failed);
}
