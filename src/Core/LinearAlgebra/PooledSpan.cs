using System.Buffers;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// Temporary memory for doubles with undefined content. Recently used memory is still in the caches; fresh memory must first be mapped, page by page.
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
