using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Results;

/// <summary>
/// A cell's result as bytes, and back, bit for bit: a version, the number of replicates, a record of fixed length for each, and a
/// checksum of the key and all of these. Little-endian.
/// </summary>
public static class CellResultCodec
{
    private const byte Version = 1;
    private const int HeaderSize = sizeof(byte) + sizeof(int);
    private const int ChecksumSize = 8;
    private const int NumberCount = 12;
    private const int RecordSize = (NumberCount * sizeof(double)) + (2 * sizeof(byte)) + sizeof(int);

    // Marks a step that is there: a step of 0 is one, too.
    private const byte HasStep = 0x80;

    // What is stored is the place in these lists, so they may only grow at their ends.
    private static readonly ImmutableArray<Outcome> Outcomes = [Outcome.Missing, Outcome.Vanishing, Outcome.Stable, Outcome.Exploding];

    private static readonly ImmutableArray<ReplicateStatus> Statuses =
    [
        ReplicateStatus.Ok, ReplicateStatus.StateOverflow, ReplicateStatus.ZeroRadius, ReplicateStatus.ZeroGradient, ReplicateStatus.NoConvergence,
    ];

    /// <summary>The bytes of a result: 13 and 102 a replicate.</summary>
    public static byte[] Encode(CellResult result)
    {
        int count = result.Replicates.Length;
        var payload = new byte[checked(HeaderSize + (count * RecordSize) + ChecksumSize)];
        payload[0] = Version;
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(1), count);
        for (int i = 0; i < count; i++)
        {
            Write(payload.AsSpan(HeaderSize + (i * RecordSize), RecordSize), result.Replicates[i]);
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

        if (payload[0] != Version)
        {
            throw Damaged(key, $"is of format {payload[0]}, but this version reads format {Version}");
        }

        ReadOnlySpan<byte> records = payload[HeaderSize..^ChecksumSize];
        int count = BinaryPrimitives.ReadInt32LittleEndian(payload[1..]);
        if ((long)count * RecordSize != records.Length)
        {
            throw Damaged(key, $"should hold {count} replicates, but has {records.Length} bytes for them");
        }

        var replicates = ImmutableArray.CreateBuilder<ReplicateResult>(count);
        for (int i = 0; i < count; i++)
        {
            replicates.Add(Read(key, records.Slice(i * RecordSize, RecordSize)));
        }

        return new CellResult(key, replicates.MoveToImmutable());
    }

    private static void Write(Span<byte> record, ReplicateResult replicate)
    {
        ReadOnlySpan<double> numbers =
        [
            replicate.Log10SpectralNorm, replicate.Log10FrobeniusNorm, replicate.Log10GradientNorm, replicate.Log10AbsDeterminant,
            replicate.LyapunovMax, replicate.LyapunovMean, replicate.Log10PascanuBound, replicate.Log10PathBound,
            replicate.MeanSlope, replicate.MeanLogSlope, replicate.Omega, replicate.WeightsSpectralNorm,
        ];
        for (int i = 0; i < NumberCount; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(record[(i * sizeof(double))..], numbers[i]);
        }

        Span<byte> rest = record[(NumberCount * sizeof(double))..];
        rest[0] = (byte)Outcomes.IndexOf(replicate.Outcome);
        rest[1] = (byte)(Statuses.IndexOf(replicate.Status) | (replicate.StatusStep is null ? 0 : HasStep));
        BinaryPrimitives.WriteInt32LittleEndian(rest[2..], replicate.StatusStep ?? 0);
    }

    private static ReplicateResult Read(CellKey key, ReadOnlySpan<byte> record)
    {
        Span<double> numbers = stackalloc double[NumberCount];
        for (int i = 0; i < NumberCount; i++)
        {
            numbers[i] = BinaryPrimitives.ReadDoubleLittleEndian(record[(i * sizeof(double))..]);
        }

        ReadOnlySpan<byte> rest = record[(NumberCount * sizeof(double))..];
        int outcome = rest[0];
        int status = rest[1] & ~HasStep;
        if (outcome >= Outcomes.Length || status >= Statuses.Length)
        {
            throw Damaged(key, $"holds outcome {outcome} and status {status}, which this version does not know");
        }

        return new ReplicateResult
        {
            Log10SpectralNorm = numbers[0],
            Log10FrobeniusNorm = numbers[1],
            Log10GradientNorm = numbers[2],
            Log10AbsDeterminant = numbers[3],
            LyapunovMax = numbers[4],
            LyapunovMean = numbers[5],
            Log10PascanuBound = numbers[6],
            Log10PathBound = numbers[7],
            MeanSlope = numbers[8],
            MeanLogSlope = numbers[9],
            Omega = numbers[10],
            WeightsSpectralNorm = numbers[11],
            Outcome = Outcomes[outcome],
            Status = Statuses[status],
            StatusStep = (rest[1] & HasStep) == 0 ? null : BinaryPrimitives.ReadInt32LittleEndian(rest[2..]),
        };
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
