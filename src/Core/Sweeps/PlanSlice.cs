using System.Collections.Immutable;

namespace RnnSweep.Core.Sweeps;

/// <summary>
/// The cells of a whole plan over two of its axes, one for the rows and one for the columns, at one value of every other axis. Cell indices are those
/// of the whole plan, even where the plan is a shard.
/// </summary>
public sealed class PlanSlice
{
    private readonly long[] _strides;
    private readonly long[] _held;

    private PlanSlice(SweepPlan whole, int rows, int columns, long[] held)
    {
        (Plan, RowAxis, ColumnAxis, _held) = (whole, rows, columns, held);
        _strides = new long[whole.Axes.Length];
        long stride = 1;
        for (int axis = whole.Axes.Length - 1; axis >= 0; axis--)
        {
            _strides[axis] = stride;
            stride *= whole.Axes[axis].Count;
        }
    }

    /// <summary>The whole plan.</summary>
    public SweepPlan Plan { get; }

    /// <summary>Index of the axis of the rows; -1 where the plan has fewer than two axes to show and there is one row.</summary>
    public int RowAxis { get; }

    /// <summary>Index of the axis of the columns; -1 where there is one column.</summary>
    public int ColumnAxis { get; }

    /// <summary>Number of rows.</summary>
    public long RowCount => RowAxis < 0 ? 1 : Plan.Axes[RowAxis].Count;

    /// <summary>Number of columns.</summary>
    public long ColumnCount => ColumnAxis < 0 ? 1 : Plan.Axes[ColumnAxis].Count;

    /// <summary>The axes with more than one value that are not shown, each with the index at which it is held.</summary>
    public IEnumerable<(Axis Axis, long Index)> Held =>
        Enumerable.Range(0, Plan.Axes.Length).Where(axis => axis != RowAxis && axis != ColumnAxis && Plan.Axes[axis].Count > 1)
            .Select(axis => (Plan.Axes[axis], _held[axis]));

    /// <summary>
    /// The default slice: the spectral radius, or else the first numeric axis, against the sequence length; without these, the first two axes. A held
    /// axis is not shown.
    /// </summary>
    /// <param name="plan">The plan, or a shard of it.</param>
    /// <param name="held">Indices at which axes are held, by field name. Other axes that are not shown are held at their first value.</param>
    public static PlanSlice Of(SweepPlan plan, IReadOnlyDictionary<string, long>? held = null)
    {
        ImmutableArray<Axis> axes = plan.Whole.Axes;
        var indices = new long[axes.Length];
        var free = new List<int>();
        for (int axis = 0; axis < axes.Length; axis++)
        {
            if (held is not null && held.TryGetValue(axes[axis].Field.Name, out long index))
            {
                ArgumentOutOfRangeException.ThrowIfNegative(index, nameof(held));
                ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, axes[axis].Count, nameof(held));
                indices[axis] = index;
            }
            else if (axes[axis].Count > 1)
            {
                free.Add(axis);
            }
        }

        int length = free.FindIndex(axis => axes[axis].Field == SweepFields.SequenceLength);
        int radius = free.FindIndex(axis => axes[axis].Field == SweepFields.SpectralRadius);
        int numeric = radius >= 0 ? radius : free.FindIndex(axis => axes[axis].Field is NumericField && axes[axis].Field != SweepFields.SequenceLength);
        (int rows, int columns) = (length, numeric, free.Count) switch
        {
            ( >= 0, >= 0, _) => (free[numeric], free[length]),
            (_, _, >= 2) => (free[0], free[1]),
            (_, _, 1) => (free[0], -1),
            _ => (-1, -1),
        };
        return new PlanSlice(plan.Whole, rows, columns, indices);
    }

    /// <summary>The index, in the whole plan, of the cell in a row and a column, both from 0.</summary>
    public long Cell(long row, long column)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, RowCount);
        ArgumentOutOfRangeException.ThrowIfNegative(column);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(column, ColumnCount);
        long cell = 0;
        for (int axis = 0; axis < _strides.Length; axis++)
        {
            cell += _strides[axis] * (axis == RowAxis ? row : axis == ColumnAxis ? column : _held[axis]);
        }

        return cell;
    }
}
