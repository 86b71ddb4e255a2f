using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Results;

/// <summary>A cell and its index in the table.</summary>
internal readonly record struct PlacedCell(long Index, CellSpec Spec);

/// <summary>A cell that rows are written of.</summary>
/// <param name="Index">Its index in the table.</param>
/// <param name="Planned">The cell.</param>
/// <param name="Stored">What is stored of it.</param>
/// <param name="Summary">The summary of its readings; null where it has none, or where it has not been computed.</param>
internal readonly record struct ExportedCell(long Index, PlannedReading Planned, StoredCell Stored, CellSummary? Summary);

/// <summary>Writes the rows of cells. Thread-safe if the table, the store and the summary are, and each thread has its own tables.</summary>
internal sealed class CsvRows(ICellTable table, IResultStore store, SummaryTable summary)
{
    private readonly ImmutableArray<TableColumn<CellSummary>> _ofSummary = SummaryTable.Columns(table);
    private readonly ImmutableArray<TableColumn<Reading>> _ofReplicate = ReplicateTable.Columns(table);
    private readonly ImmutableArray<TableColumn<LagRow>> _ofLag = LagsTable.Columns(table.Fixed);

    /// <summary>Adds the rows of some cells to the tables.</summary>
    public ExportedCell[] Write(PlacedCell[] cells, CsvTables tables)
    {
        var exported = new ExportedCell[cells.Length];
        PlannedReading[] planned = [.. cells.Select(cell => table.Planned(cell.Index))];
        StoredCell[] stored = store.Cells(planned);
        for (int i = 0; i < planned.Length; i++)
        {
            exported[i] = new ExportedCell(cells[i].Index, planned[i], stored[i], null);
            if (stored[i].IsMissing)
            {
                continue;
            }

            string[] start = [.. Enumerable.Range(0, table.Coordinates.Count).Select(axis => table.Coordinate(cells[i].Index, axis)), planned[i].Key.ToString()];
            Array.ForEach(start, tables.Summaries.Field);
            CellSummary ofCell = summary.Summarize(cells[i].Spec, stored[i].Result);
            AddColumns(tables.Summaries, _ofSummary, ofCell);
            if (stored[i].Result is { } result)
            {
                exported[i] = exported[i] with { Summary = ofCell };
                AddReplicates(tables, cells[i].Spec, start, result);
            }
        }

        return exported;
    }

    private void AddReplicates(CsvTables tables, CellSpec spec, string[] start, CellResult result)
    {
        int[] lags = tables.Lags is null ? [] : LagGrid.Of(spec);
        foreach (Reading replicate in result.Replicates)
        {
            int r = replicate.Replicate;
            AddRow(tables.Replicates, start, r, _ofReplicate, replicate);
            if (tables.Spectrum is { } spectrum)
            {
                foreach (SpectrumRow row in SpectrumTable.Rows(spec, replicate))
                {
                    AddRow(spectrum, start, r, SpectrumTable.Columns, row);
                }
            }

            if (tables.Lags is { } ofLags)
            {
                foreach (LagRow row in LagsTable.Rows(lags, replicate))
                {
                    AddRow(ofLags, start, r, _ofLag, row);
                }
            }

            if (tables is { Leading: { } leading, History: { } history })
            {
                foreach (LeadingRow row in LeadingTable.Rows(spec, replicate))
                {
                    AddRow(leading, start, r, LeadingTable.Columns, row);
                }

                foreach (HistoryRow row in HistoryTable.Rows(spec, replicate))
                {
                    AddRow(history, start, r, HistoryTable.Columns, row);
                }
            }
        }
    }

    private static void AddRow<T>(CsvTable rows, string[] start, int replicate, ImmutableArray<TableColumn<T>> columns, T value)
    {
        rows.Start(start);
        rows.Field(replicate);
        AddColumns(rows, columns, value);
    }

    // Adds the last columns of a row, and ends the row.
    private static void AddColumns<T>(CsvTable rows, ImmutableArray<TableColumn<T>> columns, T value)
    {
        foreach (TableColumn<T> column in columns)
        {
            if (column.Number is { } number)
            {
                rows.Field(number(value));
            }
            else
            {
                rows.Field(column.Text(value));
            }
        }

        rows.EndRow();
    }
}
