using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// SHA-256 of a matrix that is read in pieces: of its numbers of rows and columns as 64-bit whole numbers, then its doubles row by row, all little-endian.
/// </summary>
public sealed class MatrixDigest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Begins the digest of a matrix of a size.</summary>
    public MatrixDigest(int rows, int columns)
    {
        Span<byte> sizes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(sizes, rows);
        BinaryPrimitives.WriteInt64LittleEndian(sizes[8..], columns);
        _hash.AppendData(sizes);
    }

    /// <summary>Adds the next values, row by row.</summary>
    public void Add(ReadOnlySpan<double> values)
    {
        if (BitConverter.IsLittleEndian)
        {
            // A span has at most 2³¹ bytes.
            const int Most = 1 << 20;
            for (; !values.IsEmpty; values = values[Math.Min(Most, values.Length)..])
            {
                _hash.AppendData(MemoryMarshal.AsBytes(values[..Math.Min(Most, values.Length)]));
            }

            return;
        }

        Span<byte> word = stackalloc byte[8];
        foreach (double value in values)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(word, value);
            _hash.AppendData(word);
        }
    }

    /// <summary>The digest of all values, as lower-case hexadecimal digits.</summary>
    public string Result() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
