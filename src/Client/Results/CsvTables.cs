using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Results;

/// <summary>The tables of a run that are being written; those of a statistic only where the cells measure it.</summary>
/// <param name="spec">A cell of the sweep.</param>
/// <param name="streams">A stream for each of <see cref="RunFolder.Tables"/>; they stay open.</param>
internal sealed class CsvTables(CellSpec spec, IReadOnlyList<Stream> streams) : IDisposable
{
    private readonly CsvTable[] _tables = [.. streams.Select(stream => new CsvTable(stream))];

    public CsvTable Summaries => _tables[0];

    public CsvTable Replicates => _tables[1];

    public CsvTable? Spectrum => spec.MeasuresSpectrum ? _tables[2] : null;

    public CsvTable? Lags => spec.MeasuresLags ? _tables[^1] : null;

    /// <summary>Writes the first row of each.</summary>
    public void WriteHeaders(ICellTable table)
    {
        foreach ((CsvTable rows, ImmutableArray<TypedColumn> columns) in _tables.Zip(TableSchemas.Of(table)))
        {
            rows.Row(columns.Select(column => column.Name));
        }
    }

    /// <summary>Appends to each the rows that another set of the same tables wrote to memory.</summary>
    public void Append(CsvTables other, IReadOnlyList<MemoryStream> rows)
    {
        for (int i = 0; i < _tables.Length; i++)
        {
            _tables[i].Append(rows[i], other._tables[i].Rows);
        }
    }

    public void Flush() => Array.ForEach(_tables, table => table.Flush());

    public void Dispose() => Array.ForEach(_tables, table => table.Dispose());
}
