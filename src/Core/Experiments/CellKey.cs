using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace RnnSweep.Core.Experiments;

/// <summary>
/// The name of a cell's result: the SHA-256 of the canonical text of all that determines it (<see cref="CellText"/>).
/// Equal keys mean equal results, in whichever sweep the cell turns up.
/// </summary>
public readonly record struct CellKey : IComparable<CellKey>
{
    /// <summary>Length of a key in bytes.</summary>
    public const int Size = 32;

    private readonly ulong _a, _b, _c, _d;

    /// <summary>Makes a key of its 32 bytes.</summary>
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
    public static CellKey Of(CellSpec spec) => Hash(CellText.Of(spec));

    /// <summary>The name of a cell's trajectories: cells of one name differ only in where along them they are read.</summary>
    public static CellKey OfTrajectory(CellSpec spec) => Hash(CellText.OfTrajectory(spec));

    private static CellKey Hash(string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        Span<byte> utf8 = length <= 1024 ? stackalloc byte[length] : new byte[length];
        Encoding.UTF8.GetBytes(text, utf8);
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(utf8, hash);
        return new CellKey(hash);
    }

    /// <summary>Reads a key from its 64 hexadecimal digits.</summary>
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
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _a);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), _b);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(16), _c);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(24), _d);
        return bytes;
    }

    /// <summary>Orders keys as their bytes are ordered.</summary>
    public int CompareTo(CellKey other) => (_a, _b, _c, _d).CompareTo((other._a, other._b, other._c, other._d));

    /// <summary>The key's 64 lower-case hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToArray());

    /// <summary>Whether the left key sorts before the right one.</summary>
    public static bool operator <(CellKey left, CellKey right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left key sorts after the right one.</summary>
    public static bool operator >(CellKey left, CellKey right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left key sorts before the right one or is equal.</summary>
    public static bool operator <=(CellKey left, CellKey right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left key sorts after the right one or is equal.</summary>
    public static bool operator >=(CellKey left, CellKey right) => left.CompareTo(right) >= 0;
}
