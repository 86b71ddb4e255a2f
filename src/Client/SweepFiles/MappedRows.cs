using System.IO.MemoryMappedFiles;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Client.SweepFiles;

/// <summary>A matrix in a memory-mapped file: the system reads its pages as they are used, and keeps them while there is room.</summary>
internal sealed class MappedRows : IMatrixRows
{
    // Bytes that are converted at once; a span has at most 2³¹.
    private const int Most = 1 << 24;

    private readonly MemoryMappedViewAccessor _view;
    private readonly ElementType _type;
    private readonly long _start;

    /// <summary>Maps a file, which may be closed afterwards, until the object is collected.</summary>
    /// <param name="file">The stream at the first value.</param>
    /// <param name="type">The type of the values.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns; the file must hold as many values after its position.</param>
    public MappedRows(FileStream file, ElementType type, int rows, int columns)
    {
        (_type, _start, Rows, Columns) = (type, file.Position, rows, columns);
        if (_start + ((decimal)rows * columns * type.Size) > file.Length)
        {
            throw new InvalidDataException($"ends within its values: it has {file.Length} bytes");
        }

        using var mapped = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = mapped.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    /// <inheritdoc/>
    public int Rows { get; }

    /// <inheritdoc/>
    public int Columns { get; }

    /// <inheritdoc/>
    public unsafe void Read(int first, Span<double> values)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((decimal)first + (values.Length / Columns), Rows, nameof(first));
        byte* memory = null;
        SafeMemoryMappedViewHandle handle = _view.SafeMemoryMappedViewHandle;
        handle.AcquirePointer(ref memory);
        try
        {
            byte* source = memory + _view.PointerOffset + _start + ((long)first * Columns * _type.Size);
            for (int most = Most / _type.Size, count; !values.IsEmpty; values = values[count..], source += (long)count * _type.Size)
            {
                count = Math.Min(most, values.Length);
                Convert(new ReadOnlySpan<byte>(source, count * _type.Size), values[..count]);
            }
        }
        finally
        {
            handle.ReleasePointer();
        }
    }

    private void Convert(ReadOnlySpan<byte> bytes, Span<double> values)
    {
        if (BitConverter.IsLittleEndian && _type == ElementType.Float64)
        {
            bytes.CopyTo(MemoryMarshal.AsBytes(values));
        }
        else if (BitConverter.IsLittleEndian && _type == ElementType.Float32)
        {
            TensorPrimitives.ConvertChecked<float, double>(MemoryMarshal.Cast<byte, float>(bytes), values);
        }
        else
        {
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = _type.Read(bytes[(i * _type.Size)..]);
            }
        }
    }
}
