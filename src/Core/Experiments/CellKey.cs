using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace RnnSweep.Core.Experiments;

/// <summary>
/// Identifies a cell's result: the SHA-256 hash of the canonical text of all that determines it (<see cref="CellText"/>). Equal keys mean equal
/// results, in every sweep.
/// </summary>
public readonly record struct CellKey : IComparable<CellKey>
{
    /// <summary>Length of a key in bytes.</summary>
    public const int Size = 32;

    private readonly ulong _a, _b, _c, _d;

    /// <summary>Creates a key from its 32 bytes.</summary>
    public CellKey(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"a cell key has {Size} bytes, but {bytes.Length} were given", nameof(bytes));
        }

        _a = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _b = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _c = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _d = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>The key of a cell.</summary>
    public static CellKey Of(CellSpec spec) => Along(spec, [spec.SequenceLength])[0];

    /// <summary>The key of a cell's trajectories. Cells with equal trajectory keys read the same trajectories.</summary>
    public static CellKey OfTrajectory(CellSpec spec)
    {
        var text = new byte[CellText.MostBytes(spec)];
        return Hash(text.AsSpan(..CellText.WriteTrajectory(spec, text)));
    }

    /// <summary>The keys of cells that read the same trajectory, whose text is written once.</summary>
    /// <param name="spec">One of the cells.</param>
    /// <param name="sequenceLengths">Their sequence lengths.</param>
    public static CellKey[] Along(CellSpec spec, ReadOnlySpan<int> sequenceLengths)
    {
        int most = CellText.MostBytes(spec);
        Span<byte> text = most <= 2304 ? stackalloc byte[most] : new byte[most];
        int trajectory = CellText.WriteTrajectory(spec, text);
        var keys = new CellKey[sequenceLengths.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = Hash(text[..CellText.WriteReading(spec, sequenceLengths[i], text, trajectory)]);
        }

        return keys;
    }

    private static CellKey Hash(ReadOnlySpan<byte> text)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(text, hash);
        return new CellKey(hash);
    }

    /// <summary>Reads a key from its 64 hexadecimal digits; returns whether the text is a key.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out CellKey key)
    {
        Span<byte> bytes = stackalloc byte[Size];
        bool ok = text is { Length: 2 * Size } && Convert.FromHexString(text, bytes, out _, out _) == System.Buffers.OperationStatus.Done;
        key = ok ? new CellKey(bytes) : default;
        return ok;
    }

    /// <summary>The 32 bytes.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Writes the 32 bytes to the start of a span.</summary>
    /// <param name="destination">At least <see cref="Size"/> bytes.</param>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _a);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _b);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _c);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _d);
    }

    /// <summary>Compares keys in byte order.</summary>
    public int CompareTo(CellKey other) => (_a, _b, _c, _d).CompareTo((other._a, other._b, other._c, other._d));

    /// <summary>A part of the key, which is already a hash.</summary>
    public override int GetHashCode() => _a.GetHashCode();

    /// <summary>The key's 64 lower-case hexadecimal digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    /// <summary>Whether the left key sorts before the right one.</summary>
    public static bool operator <(CellKey left, CellKey right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left key sorts after the right one.</summary>
    public static bool operator >(CellKey left, CellKey right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left key sorts before the right one or is equal.</summary>
    public static bool operator <=(CellKey left, CellKey right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left key sorts after the right one or is equal.</summary>
    public static bool operator >=(CellKey left, CellKey right) => left.CompareTo(right) >= 0;
}
