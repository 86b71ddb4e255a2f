using System.Collections.Immutable;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Results;

/// <summary>The empty fields of a column that have one reason.</summary>
/// <param name="Table">The table, without the ending of its file: <c>summary</c>, <c>replicates</c>, <c>spectrum</c>, <c>lags</c>, <c>leading</c> or <c>history</c>.</param>
/// <param name="Column">The column.</param>
/// <param name="Status">The status of their readings; ok where the number is undefined, and of a summary.</param>
/// <param name="Where">Where the number is undefined, as <see cref="ReadingStatus.UndefinedWhere"/> says it; empty with any other status than ok.</param>
public readonly record struct EmptyColumn(string Table, string Column, ReplicateStatus Status, string Where);

/// <summary>Number and place of the fields of an <see cref="EmptyColumn"/>.</summary>
public sealed class EmptyCount
{
    /// <summary>Number of empty fields.</summary>
    public long Fields { get; internal set; }

    /// <summary>Number of cells that have any.</summary>
    public long Cells { get; internal set; }

    /// <summary>The index in the table of the cell of <see cref="FirstIndex"/>; of several, and where there is no index, that of the first.</summary>
    public long FirstCell { get; internal set; }

    /// <summary>Of the tables of spectrum, lags and leading exponents: the smallest index, lag or step with an empty field; else 0.</summary>
    public int FirstIndex { get; internal set; } = int.MaxValue;

    internal long LastCell { get; set; } = -1;
}

/// <summary>
/// Counts the empty fields of the tables, by column and reason. <c>outcome</c> is empty where <c>log10_spectral_norm</c> is, and <c>status_step</c> where the status has no step;
/// neither is counted.
/// </summary>
/// <param name="table">The cells of the tables.</param>
public sealed class EmptyFields(ICellTable table)
{
    private readonly ReadingStatus _status = ReadingStatus.For(table.Fixed);
    private readonly (ReadingColumn Column, string? Where)[] _measured = [.. ReadingColumns.Of(table).Select(column => (column, ReadingStatus.UndefinedWhere(column, table.Fixed)))];
    private readonly ImmutableArray<TableColumn<CellSummary>> _ofSummary = SummaryTable.Columns(table);
    private readonly IReadOnlyList<TableColumn<LagRow>> _ofLags = LagsTable.Columns(table.Fixed);
    private readonly Dictionary<EmptyColumn, EmptyCount> _counts = [];
    private readonly Dictionary<string, long> _rows = [];

    /// <summary>The columns with empty fields.</summary>
    public IReadOnlyDictionary<EmptyColumn, EmptyCount> Counts => _counts;

    /// <summary>Number of rows of a table that were counted.</summary>
    public long Rows(string name) => _rows.GetValueOrDefault(name);

    /// <summary>Counts the fields of a cell.</summary>
    /// <param name="cell">Its index in the table.</param>
    /// <param name="result">Its readings.</param>
    /// <param name="summary">Their summary.</param>
    public void Add(long cell, CellResult result, CellSummary summary)
    {
        _rows["summary"] = Rows("summary") + 1;
        foreach (TableColumn<CellSummary> column in _ofSummary.Where(column => double.IsNaN(column.Number!(summary))))
        {
            Add(new EmptyColumn("summary", column.Name, ReplicateStatus.Ok, UndefinedInSummary(column.Name)), cell, 0);
        }

        CellSpec own = result.Spec;
        int[] lags = own.MeasuresLags ? LagGrid.Of(own) : [];
        foreach (Reading reading in result.Replicates)
        {
            ReplicateStatus status = _status.Of(reading);
            AddNumbers(cell, reading, status);
            if (own.MeasuresSpectrum)
            {
                AddRows("spectrum", SpectrumTable.Columns, SpectrumTable.Rows(own, reading), cell, status);
            }

            if (own.MeasuresLags)
            {
                AddRows("lags", _ofLags, LagsTable.Rows(lags, reading), cell, status);
            }

            if (own.MeasuresLeading)
            {
                AddRows("leading", LeadingTable.Columns, LeadingTable.Rows(own, reading), cell, status);
                AddRows("history", HistoryTable.Columns, HistoryTable.Rows(own, reading), cell, status);
            }
        }
    }

    private static string UndefinedInSummary(string column) =>
        column.StartsWith("theory_", StringComparison.Ordinal) ? "where no theory is known"
        : column.EndsWith("_sd", StringComparison.Ordinal) || column.EndsWith("_sem", StringComparison.Ordinal) ? "where fewer than two networks have a finite number"
        : column.EndsWith("_lag_median", StringComparison.Ordinal) ? "where half of the networks do not come to it"
        : "where no network has the number";

    private static string? UndefinedInRows(string column) =>
        column == "lyapunov_within_sem" ? ReadingColumns.GrowthIsUndefined
        : column.StartsWith("log10_weights_gradient", StringComparison.Ordinal) ? ReadingColumns.GradientIsUndefined
        : null;

    private void AddNumbers(long cell, Reading reading, ReplicateStatus status)
    {
        _rows["replicates"] = Rows("replicates") + 1;
        foreach ((ReadingColumn column, string? where) in _measured)
        {
            if (!double.IsNaN(column.Value(reading)))
            {
                continue;
            }

            // The numbers that the smallest singular values determine are unknown with them, though they may be undefined elsewhere.
            bool isUnresolved = status == ReplicateStatus.Unresolved && (where is null || (column.Group == ColumnGroup.Spectrum && !double.IsInfinity(reading.LyapunovMax)));
            bool isUndefined = status is (ReplicateStatus.Ok or ReplicateStatus.Unresolved) && !isUnresolved;
            Add(new EmptyColumn("replicates", column.Name, isUndefined ? ReplicateStatus.Ok : status, isUndefined ? where ?? "" : ""), cell, 0);
        }
    }

    // The first column of each of these tables is the index, the lag or the step of the row.
    private void AddRows<T>(string name, IReadOnlyList<TableColumn<T>> columns, IEnumerable<T> rows, long cell, ReplicateStatus status)
    {
        long count = 0;
        foreach (T row in rows)
        {
            count++;
            foreach (TableColumn<T> column in columns)
            {
                if (double.IsNaN(column.Number!(row)))
                {
                    string? where = UndefinedInRows(column.Name);
                    bool isUndefined = where is not null && status is (ReplicateStatus.Ok or ReplicateStatus.Unresolved);
                    Add(
                        new EmptyColumn(name, column.Name, isUndefined ? ReplicateStatus.Ok : status, isUndefined ? where! : ""),
                        cell,
                        (int)columns[0].Number!(row));
                }
            }
        }

        _rows[name] = Rows(name) + count;
    }

    private void Add(EmptyColumn column, long cell, int index)
    {
        if (!_counts.TryGetValue(column, out EmptyCount? count))
        {
            _counts[column] = count = new EmptyCount();
        }

        count.Fields++;
        count.Cells += count.LastCell == cell ? 0 : 1;
        count.LastCell = cell;
        (count.FirstIndex, count.FirstCell) = index < count.FirstIndex ? (index, cell) : (count.FirstIndex, count.FirstCell);
    }
}
