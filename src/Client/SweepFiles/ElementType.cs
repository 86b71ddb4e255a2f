using System.Buffers.Binary;

namespace RnnSweep.Client.SweepFiles;

/// <summary>A floating-point number as a matrix file holds it, little-endian.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Read">The number that some bytes begin with.</param>
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
}
