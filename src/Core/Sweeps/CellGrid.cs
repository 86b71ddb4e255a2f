using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Core.Sweeps;

/// <summary>
/// A table of short cell texts as lines for a terminal: a row for every value of one axis, a column for every value of another. Where there is no
/// room for all, those in the middle are left out, so that both ends of each axis are visible.
/// </summary>
public sealed class CellGrid
{
    private const string Gap = "  ", LeftOut = "…";

    // No column is narrower than "1.0" with its gap.
    private const int LeastColumn = 5, FewestRows = 3;

    private readonly PlanSlice _slice;
    private readonly List<ImmutableArray<Part>> _lines = [];

    private CellGrid(PlanSlice slice) => _slice = slice;

    /// <summary>The lines from top to bottom, each divided into parts of one colour.</summary>
    public IReadOnlyList<ImmutableArray<Part>> Lines => _lines;

    /// <summary>Lays a table out.</summary>
    /// <param name="slice">The cells.</param>
    /// <param name="find">Returns the short texts of cells of the whole plan by index. It is called only for cells that may fit.</param>
    /// <param name="width">Number of characters in a line; long names may exceed it.</param>
    /// <param name="height">Number of lines, including those around the table. At least a few rows are always shown.</param>
    public static CellGrid Of(PlanSlice slice, Func<IReadOnlyList<long>, IReadOnlyList<CellPreview>> find, int width, int height)
    {
        var table = new CellGrid(slice);
        const int around = 4; // two lines above, one for omitted rows, one below
        long[] rows = Ends(slice.RowCount, Math.Max(height - around, FewestRows));
        long[] columns = Ends(slice.ColumnCount, Math.Max(width / LeastColumn, 1));
        Dictionary<(long Row, long Column), CellPreview> cells = Find(slice, find, rows, columns);
        string[] names = [.. Names(slice, rows)];
        while (columns.Length > 1 && table.Width(names, rows, columns, cells) > width)
        {
            columns = Ends(slice.ColumnCount, columns.Length - 1);
        }

        table.Lay(names, rows, columns, cells);
        return table;
    }

    /// <summary>The indices of the first and last of <paramref name="count"/> items that fit; for an odd number, one more from the beginning.</summary>
    internal static long[] Ends(long count, int room)
    {
        if (count <= room)
        {
            return [.. Range(0, count)];
        }

        int first = (room + 1) / 2;
        return [.. Range(0, first), .. Range(count - (room - first), count)];

        static IEnumerable<long> Range(long from, long to)
        {
            for (long i = from; i < to; i++)
            {
                yield return i;
            }
        }
    }

    private static Dictionary<(long Row, long Column), CellPreview> Find(
        PlanSlice slice, Func<IReadOnlyList<long>, IReadOnlyList<CellPreview>> find, long[] rows, long[] columns)
    {
        (long Row, long Column)[] places = [.. from row in rows from column in columns select (row, column)];
        IReadOnlyList<CellPreview> found = find([.. places.Select(place => slice.Cell(place.Row, place.Column))]);
        return places.Zip(found).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    // The first column from the header line down: the name of the rows' axis, then its values.
    private static IEnumerable<string> Names(PlanSlice slice, long[] rows)
    {
        yield return slice.RowAxis < 0 ? "" : slice.Plan.Axes[slice.RowAxis].Field.Name;
        foreach (long row in rows)
        {
            yield return slice.RowAxis < 0 ? "" : slice.Plan.Axes[slice.RowAxis].Text(row);
        }
    }

    private string ColumnName(long column) => _slice.ColumnAxis < 0 ? "" : _slice.Plan.Axes[_slice.ColumnAxis].Text(column);

    private int ColumnWidth(long column, long[] rows, Dictionary<(long Row, long Column), CellPreview> cells) =>
        Math.Max(ColumnName(column).Length, rows.Max(row => cells[(row, column)].Text.Length));

    private int Width(string[] names, long[] rows, long[] columns, Dictionary<(long Row, long Column), CellPreview> cells) =>
        names.Max(name => name.Length)
            + columns.Sum(column => Gap.Length + ColumnWidth(column, rows, cells))
            + (columns.Length < _slice.ColumnCount ? Gap.Length + LeftOut.Length : 0);

    private void Lay(string[] names, long[] rows, long[] columns, Dictionary<(long Row, long Column), CellPreview> cells)
    {
        int nameWidth = names.Max(name => name.Length);
        var widths = columns.ToDictionary(column => column, column => ColumnWidth(column, rows, cells));
        (int rowGap, int columnGap) = (Break(rows), Break(columns));
        if (_slice.ColumnAxis >= 0)
        {
            string across = _slice.Plan.Axes[_slice.ColumnAxis].Field.Name;
            Add([new Part($"{"".PadLeft(nameWidth)}{Gap}{across}")]);
            Add(Row(names[0], column => new Part(ColumnName(column))));
        }
        else if (names[0].Length > 0)
        {
            Add([new Part(names[0])]);
        }

        for (int i = 0; i < rows.Length; i++)
        {
            long row = rows[i];
            Add(Row(names[i + 1], column => new Part(cells[(row, column)].Text, cells[(row, column)].Outcome)));
            if (i == rowGap)
            {
                Add([new Part(LeftOut.PadLeft(nameWidth))]);
            }
        }

        AddNotes(rows, columns, cells);

        IEnumerable<Part> Row(string name, Func<long, Part> field)
        {
            yield return new Part(name.PadLeft(nameWidth));
            for (int i = 0; i < columns.Length; i++)
            {
                Part part = field(columns[i]);
                yield return part with { Text = Gap + part.Text.PadLeft(widths[columns[i]]) };
                if (i == columnGap)
                {
                    yield return new Part(Gap + LeftOut);
                }
            }
        }
    }

    private void AddNotes(long[] rows, long[] columns, Dictionary<(long Row, long Column), CellPreview> cells)
    {
        string[] shown = [.. Shown(_slice.RowAxis, rows), .. Shown(_slice.ColumnAxis, columns)];
        string[] signs =
        [
            .. from sign in new[] { (CellPreview.Missing, "not computed"), (CellPreview.Unknown, "not defined, or not known: the status in replicates.csv says why") }
               where rows.Any(row => columns.Any(column => cells[(row, column)].Text == sign.Item1))
               select $"{sign.Item1} {sign.Item2}",
        ];
        if (shown.Length + signs.Length > 0)
        {
            Add([new Part(string.Join("; ", [.. shown, .. signs]))]);
        }
    }

    private IEnumerable<string> Shown(int axis, long[] indices)
    {
        if (axis >= 0 && indices.Length < _slice.Plan.Axes[axis].Count)
        {
            yield return $"{indices.Length} of {_slice.Plan.Axes[axis].Count} {_slice.Plan.Axes[axis].Field.Name} shown";
        }
    }

    // The index after which items are left out; -1 where none are.
    private static int Break(long[] indices)
    {
        for (int i = 1; i < indices.Length; i++)
        {
            if (indices[i] != indices[i - 1] + 1)
            {
                return i - 1;
            }
        }

        return -1;
    }

    private void Add(IEnumerable<Part> parts) => _lines.Add([.. parts]);

    /// <summary>A part of a line.</summary>
    /// <param name="Text">Its characters.</param>
    /// <param name="Outcome">The outcome that sets its colour; Missing for none.</param>
    public readonly record struct Part(string Text, Outcome Outcome = Outcome.Missing);
}
