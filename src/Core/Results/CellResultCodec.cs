using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Results;

/// <summary>
/// A cell's result as bytes, and back, bit for bit: a version, the number of replicates, the replicates one after the other
/// (<see cref="ReplicateCodec"/>), and a checksum of the key and all of these. Little-endian.
/// </summary>
public static class CellResultCodec
{
    private const byte Version = 2, FirstVersion = 1;
    private const int HeaderSize = sizeof(byte) + sizeof(int);
    private const int ChecksumSize = 8;

    /// <summary>Number of bytes of a result: 13, and 119 a replicate where it holds the norms alone.</summary>
    public static long Size(CellResult result) => HeaderSize + ChecksumSize + result.Replicates.Sum(ReplicateCodec.Size);

    /// <summary>The bytes of a result.</summary>
    public static byte[] Encode(CellResult result)
    {
        var payload = new byte[Size(result)];
        payload[0] = Version;
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(1), result.Replicates.Length);
        Span<byte> target = payload.AsSpan(HeaderSize);
        foreach (ReplicateResult replicate in result.Replicates)
        {
            ReplicateCodec.Write(ref target, replicate);
        }

        Checksum(result.Key, payload.AsSpan(..^ChecksumSize), payload.AsSpan(^ChecksumSize..));
        return payload;
    }

    /// <summary>The result of a key from its bytes.</summary>
    /// <exception cref="StoreDamagedException">The bytes are not what <see cref="Encode"/> made for this key.</exception>
    public static CellResult Decode(CellKey key, ReadOnlySpan<byte> payload)
    {
        if (payload.Length < HeaderSize + ChecksumSize)
        {
            throw Damaged(key, $"is cut off after {payload.Length} bytes");
        }

        Span<byte> checksum = stackalloc byte[ChecksumSize];
        Checksum(key, payload[..^ChecksumSize], checksum);
        if (!checksum.SequenceEqual(payload[^ChecksumSize..]))
        {
            throw Damaged(key, "does not match its checksum");
        }

        if (payload[0] is not (Version or FirstVersion))
        {
            throw Damaged(key, $"is of format {payload[0]}, but this version reads formats {FirstVersion} and {Version}");
        }

        ReadOnlySpan<byte> records = payload[HeaderSize..^ChecksumSize];
        int count = BinaryPrimitives.ReadInt32LittleEndian(payload[1..]);
        var replicates = ImmutableArray.CreateBuilder<ReplicateResult>();
        try
        {
            for (int i = 0; i < count; i++)
            {
                replicates.Add(ReplicateCodec.Read(ref records, payload[0]));
            }
        }
        catch (FormatException error)
        {
            throw Damaged(key, error.Message);
        }

        return records.IsEmpty && replicates.Count == count
            ? new CellResult(key, replicates.DrainToImmutable())
            : throw Damaged(key, $"should hold {count} replicates, but has {records.Length} bytes more");
    }

    /// <summary>The first bytes of SHA-256 over key and content: the key, too, so that a payload under another's key is found.</summary>
    private static void Checksum(CellKey key, ReadOnlySpan<byte> content, Span<byte> destination)
    {
        const int onStack = 4096;
        Span<byte> full = stackalloc byte[SHA256.HashSizeInBytes];
        if (content.Length <= onStack - CellKey.Size)
        {
            // One call, which is much quicker than a hash that is fed in parts.
            Span<byte> buffer = stackalloc byte[onStack];
            Span<byte> both = buffer[..(CellKey.Size + content.Length)];
            key.CopyTo(both);
            content.CopyTo(both[CellKey.Size..]);
            SHA256.HashData(both, full);
        }
        else
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(key.ToArray());
            hash.AppendData(content);
            hash.GetHashAndReset(full);
        }

        full[..ChecksumSize].CopyTo(destination);
    }

    private static StoreDamagedException Damaged(CellKey key, string what) => new($"the stored result of cell {key} {what}");
}
