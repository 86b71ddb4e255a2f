namespace RnnSweep.Core.Sweeps;

/// <summary>One varied quantity: a field and its values in order, each made when it is asked for.</summary>
public abstract class Axis
{
    /// <summary>The most values an axis can have.</summary>
    public const long MaximumCount = 10_000_000;

    private protected Axis(SweepField field, long count) => (Field, Count) = (field, count);

    /// <summary>The field that is varied.</summary>
    public SweepField Field { get; }

    /// <summary>Number of values, from 1 to <see cref="MaximumCount"/>.</summary>
    public long Count { get; }

    /// <summary>The value at an index from 0.</summary>
    public FieldValue Value(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return ValueAt(index);
    }

    /// <summary>The canonical text of the value at an index from 0.</summary>
    public string Text(long index) => Value(index).Text;

    private protected abstract FieldValue ValueAt(long index);
}
