using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Results;

/// <summary>The tables of a run that are being written; those of a statistic only where the cells measure it.</summary>
internal sealed class CsvTables : IDisposable
{
    private readonly CsvTable[] _tables;

    /// <param name="spec">A cell of the sweep.</param>
    /// <param name="streams">A stream for each of <see cref="RunFolder.Tables"/>; they stay open.</param>
    public CsvTables(CellSpec spec, IReadOnlyList<Stream> streams)
    {
        _tables = [.. streams.Select(stream => new CsvTable(stream))];
        string[] files = [.. RunFolder.Tables(spec)];
        (Spectrum, Lags, Leading, History) = (Find(RunFolder.SpectrumFile), Find(RunFolder.LagsFile), Find(RunFolder.LeadingFile), Find(RunFolder.HistoryFile));

        CsvTable? Find(string file) => Array.IndexOf(files, file) is >= 0 and var place ? _tables[place] : null;
    }

    public CsvTable Summaries => _tables[0];

    public CsvTable Replicates => _tables[1];

    public CsvTable? Spectrum { get; }

    public CsvTable? Lags { get; }

    public CsvTable? Leading { get; }

    public CsvTable? History { get; }

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
