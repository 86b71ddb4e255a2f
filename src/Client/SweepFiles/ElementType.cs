using System.Buffers.Binary;

namespace RnnSweep.Client.SweepFiles;

/// <summary>The type of a number in a matrix file. Numbers become the nearest double; only 64-bit whole numbers can be rounded.</summary>
/// <param name="Size">Size in bytes.</param>
/// <param name="Read">Reads the number at the start of some bytes.</param>
internal sealed record ElementType(int Size, ElementType.Reading Read)
{
    /// <summary>Reads a number.</summary>
    public delegate double Reading(ReadOnlySpan<byte> bytes);

    public static ElementType Float64 { get; } = new(8, BinaryPrimitives.ReadDoubleLittleEndian);

    public static ElementType Float32 { get; } = new(4, bytes => BinaryPrimitives.ReadSingleLittleEndian(bytes));

    public static ElementType Float16 { get; } = new(2, bytes => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes));

    /// <summary>The upper half of a float32.</summary>
    public static ElementType BFloat16 { get; } =
        new(2, bytes => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16));

    /// <summary>The type of a numpy kind (f float, i signed, u unsigned, b bool) and a size in bytes; null where it is not supported.</summary>
    public static ElementType? OfNumpy(char kind, int size, bool isBigEndian) => (kind, size, isBigEndian) switch
    {
        ('f', 8, false) => Float64,
        ('f', 8, true) => new(8, BinaryPrimitives.ReadDoubleBigEndian),
        ('f', 4, false) => Float32,
        ('f', 4, true) => new(4, bytes => BinaryPrimitives.ReadSingleBigEndian(bytes)),
        ('f', 2, false) => Float16,
        ('f', 2, true) => new(2, bytes => (double)BinaryPrimitives.ReadHalfBigEndian(bytes)),
        ('i', 8, false) => new(8, bytes => BinaryPrimitives.ReadInt64LittleEndian(bytes)),
        ('i', 8, true) => new(8, bytes => BinaryPrimitives.ReadInt64BigEndian(bytes)),
        ('i', 4, false) => new(4, bytes => BinaryPrimitives.ReadInt32LittleEndian(bytes)),
        ('i', 4, true) => new(4, bytes => BinaryPrimitives.ReadInt32BigEndian(bytes)),
        ('i', 2, false) => new(2, bytes => BinaryPrimitives.ReadInt16LittleEndian(bytes)),
        ('i', 2, true) => new(2, bytes => BinaryPrimitives.ReadInt16BigEndian(bytes)),
        ('i', 1, _) => new(1, bytes => (sbyte)bytes[0]),
        ('u', 8, false) => new(8, bytes => BinaryPrimitives.ReadUInt64LittleEndian(bytes)),
        ('u', 8, true) => new(8, bytes => BinaryPrimitives.ReadUInt64BigEndian(bytes)),
        ('u', 4, false) => new(4, bytes => BinaryPrimitives.ReadUInt32LittleEndian(bytes)),
        ('u', 4, true) => new(4, bytes => BinaryPrimitives.ReadUInt32BigEndian(bytes)),
        ('u', 2, false) => new(2, bytes => BinaryPrimitives.ReadUInt16LittleEndian(bytes)),
        ('u', 2, true) => new(2, bytes => BinaryPrimitives.ReadUInt16BigEndian(bytes)),
        ('u', 1, _) => new(1, bytes => bytes[0]),
        ('b', 1, _) => new(1, bytes => bytes[0] == 0 ? 0 : 1),
        _ => null,
    };
}
