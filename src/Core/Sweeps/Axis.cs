using RnnSweep.Core.Results;

namespace RnnSweep.Core.Sweeps;

/// <summary>One varied quantity: a field and its values in order. Each value is computed on request.</summary>
public abstract class Axis
{
    /// <summary>The most values an axis can have.</summary>
    public const long MaximumCount = 10_000_000;

    // Each cell reads the same few values several times, and computing one is decimal arithmetic and text formatting. The latest values are cached by
    // index modulo the cache size; pages of the cache are allocated on first use.
    private const int PageSize = 256, MostPages = 64;

    private readonly Kept?[]?[] _pages;

    private protected Axis(SweepField field, long count)
    {
        (Field, Count) = (field, count);
        _pages = new Kept?[Math.Min((count / PageSize) + 1, MostPages)][];
    }

    /// <summary>The field that is varied.</summary>
    public SweepField Field { get; }

    /// <summary>Number of values, from 1 to <see cref="MaximumCount"/>.</summary>
    public long Count { get; }

    /// <summary>The value at an index from 0.</summary>
    public FieldValue Value(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        (long page, long place) = Math.DivRem(index, PageSize);
        Kept?[] places = _pages[page % _pages.Length] ??= new Kept?[PageSize];
        if (places[place] is { } kept && kept.Index == index)
        {
            return kept.Value;
        }

        // Concurrent threads compute equal values, so either may be cached.
        FieldValue value = ValueAt(index);
        places[place] = new Kept(index, value);
        return value;
    }

    /// <summary>
    /// The type of its values in the tables: that of the field, but whole numbers where all names are such, as those of checkpoints and of layers, and texts
    /// where a field of numbers holds the names of files.
    /// </summary>
    public virtual ColumnType Type => Field.Type;

    /// <summary>The canonical text of the value at an index from 0.</summary>
    public string Text(long index) => Value(index).Text;

    private protected abstract FieldValue ValueAt(long index);

    private sealed record Kept(long Index, FieldValue Value);
}
