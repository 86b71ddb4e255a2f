using System.Collections.Concurrent;
using System.Numerics;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// Pooled memory for doubles that starts on a cache line and does not move, so that no vector of 64 bytes crosses two lines. Loads that do take twice as
/// long.
/// </summary>
internal sealed class AlignedMemory : IDisposable
{
    private const int LineBytes = 64, LineDoubles = LineBytes / sizeof(double);

    // By the power of two that a pooled array holds. Each thread of a run returns what it rents, so there are as many arrays as were in use at once.
    private static readonly ConcurrentBag<double[]>[] s_pool = [.. Enumerable.Range(0, 32).Select(_ => new ConcurrentBag<double[]>())];

    private readonly double[] _array;
    private readonly int _power;
    private int _used;

    /// <summary>Rents memory for a number of doubles, in blocks each of which is rounded up to whole cache lines.</summary>
    /// <param name="length">Doubles of all blocks, rounded up.</param>
    public AlignedMemory(int length)
    {
        _power = BitOperations.Log2((uint)Math.Max(1, length + LineDoubles - 1)) + 1;
        if (!s_pool[_power].TryTake(out double[]? array))
        {
            array = GC.AllocateUninitializedArray<double>(1 << _power, pinned: true);
        }

        _array = array;
        _used = Offset(array);
    }

    /// <summary>A length rounded up to whole cache lines.</summary>
    public static int Rounded(int length) => (length + LineDoubles - 1) / LineDoubles * LineDoubles;

    /// <summary>The next block, filled with 0.</summary>
    public Memory<double> Next(int length)
    {
        Memory<double> block = _array.AsMemory(_used, length);
        _used += Rounded(length);
        block.Span.Clear();
        return block;
    }

    /// <summary>Returns the memory. The blocks must not be used any more.</summary>
    public void Dispose() => s_pool[_power].Add(_array);

    private static unsafe int Offset(double[] pinned)
    {
        fixed (double* first = pinned)
        {
            return (int)(-(nint)first & (LineBytes - 1)) / sizeof(double);
        }
    }
}
