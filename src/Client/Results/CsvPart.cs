using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Results;

/// <summary>
/// The rows of some neighbouring cells. Several threads make parts at the same time, which are written in the plan's order, so the bytes do not depend on the
/// threads. To bound the memory, few parts are made ahead, and none of a cell with very many replicates.
/// </summary>
internal sealed class CsvPart
{
    /// <summary>A part of a larger weight is written directly to the tables.</summary>
    public const long MostReplicates = 4096;

    // Number of rows of a spectrum, of lags or of exponents that take as much memory as a row of a replicate.
    private const long ShortRows = 4;

    private readonly PlacedCell[] _cells;
    private readonly CsvRows _rows;
    private readonly Task<Made>? _made;

    private CsvPart(PlacedCell[] cells, CsvRows rows)
    {
        (_cells, _rows) = (cells, rows);
        _made = cells.Sum(cell => Weight(cell.Spec)) > MostReplicates ? null : Task.Run(Make);
    }

    /// <summary>The memory of a cell's rows, in rows of replicates.csv.</summary>
    public static long Weight(CellSpec spec)
    {
        long rows = (spec.MeasuresSpectrum ? spec.StateSize : 0L) + (spec.MeasuresLags ? LagGrid.MostOf(spec) : 0L)
            + (spec.MeasuresLeading ? spec.ResolvedLeading * (1L + LeadingResult.MostHistorySteps(spec.SequenceLength)) : 0L);
        return spec.Replicates * (1 + (rows / ShortRows));
    }

    /// <summary>The parts of some groups of cells, in their order, while the next parts are made.</summary>
    public static IEnumerable<CsvPart> InOrder(IEnumerable<PlacedCell[]> groups, CsvRows rows, CancellationToken cancellation)
    {
        var ahead = new Queue<CsvPart>();
        try
        {
            foreach (PlacedCell[] cells in groups)
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
            // Waits for the tasks, so that none of them reads the store after this returns.
            Task.WhenAll(ahead.Select(part => part._made).OfType<Task>()).ContinueWith(_ => { }, TaskScheduler.Default).Wait(CancellationToken.None);
        }
    }

    /// <summary>Adds the rows to the tables.</summary>
    public ExportedCell[] WriteTo(CsvTables tables)
    {
        if (_made is null)
        {
            return _rows.Write(_cells, tables);
        }

        Made made = _made.GetAwaiter().GetResult();
        tables.Append(made.Tables, made.Rows);
        return made.Cells;
    }

    private Made Make()
    {
        MemoryStream[] rows = [.. RunFolder.Tables(_cells[0].Spec).Select(_ => new MemoryStream())];
        using var tables = new CsvTables(_cells[0].Spec, rows);
        ExportedCell[] exported = _rows.Write(_cells, tables);
        tables.Flush();
        return new Made(tables, rows, exported);
    }

    private sealed record Made(CsvTables Tables, MemoryStream[] Rows, ExportedCell[] Cells);
}
