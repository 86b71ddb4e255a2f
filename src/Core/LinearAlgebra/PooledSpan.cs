using System.Buffers;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// Doubles for the length of a method, of any content: memory that was used a moment ago is in the caches still, where fresh memory must first be
/// fetched, page by page.
/// </summary>
internal readonly ref struct PooledSpan : IDisposable
{
    private readonly double[] _array;

    public PooledSpan(int length)
    {
        _array = ArrayPool<double>.Shared.Rent(length);
        Values = _array.AsSpan(0, length);
    }

    public Span<double> Values { get; }

    public void Dispose() => ArrayPool<double>.Shared.Return(_array);
}
