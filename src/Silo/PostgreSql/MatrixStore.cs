using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Npgsql;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Results;

namespace RnnSweep.Silo.PostgreSql;

/// <summary>The matrices of sweeps, each stored once under its digest: rows, columns, and the doubles row by row, little-endian.</summary>
internal sealed class MatrixStore(ClusterDatabase database)
{
    /// <summary>A matrix by its digest.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    /// <exception cref="StoreDamagedException">The stored matrix has another digest.</exception>
    public async Task<Matrix> Find(string digest)
    {
        List<(int Rows, int Columns, byte[] Content)> found = await database.Rows(
            new Statement("SELECT rows, columns, content FROM rnnsweep_matrices WHERE digest = $1", digest), row => (row.GetInt32(0), row.GetInt32(1), row.GetFieldValue<byte[]>(2)));
        if (found is not [var (rows, columns, content)])
        {
            throw new KeyNotFoundException($"there is no matrix {digest}");
        }

        return rows >= 0 && columns >= 0 && content.LongLength == (long)rows * columns * sizeof(double)
                && new Matrix(rows, columns, Doubles(content)) is var matrix && matrix.Digest() == digest
            ? matrix
            : throw new StoreDamagedException($"the matrix {digest} in {database.Name} does not match its digest; submitting its sweep again replaces it");
    }

    /// <summary>Stores new matrices and replaces damaged ones, within the caller's transaction.</summary>
    public static async Task Add(NpgsqlConnection connection, IEnumerable<KeyValuePair<string, Matrix>> matrices)
    {
        // All silos insert in the same order, so that two submissions of the same matrices cannot deadlock.
        foreach ((string digest, Matrix matrix) in matrices.OrderBy(matrix => matrix.Key, StringComparer.Ordinal))
        {
            await new Statement(
                "INSERT INTO rnnsweep_matrices AS m VALUES ($1, $2, $3, $4) ON CONFLICT (digest) DO UPDATE SET (rows, columns, content) = (excluded.rows, excluded.columns, excluded.content) "
                    + "WHERE (m.rows, m.columns, m.content) <> (excluded.rows, excluded.columns, excluded.content)",
                digest, matrix.Rows, matrix.Columns, Bytes(matrix.Values))
                .ExecuteAsync(connection);
        }
    }

    private static byte[] Bytes(double[] values)
    {
        byte[] bytes = MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        Order(bytes);
        return bytes;
    }

    private static double[] Doubles(byte[] bytes)
    {
        Order(bytes);
        return MemoryMarshal.Cast<byte, double>(bytes).ToArray();
    }

    // Converts between little-endian and this machine's byte order.
    private static void Order(Span<byte> bytes)
    {
        if (!BitConverter.IsLittleEndian)
        {
            Span<long> words = MemoryMarshal.Cast<byte, long>(bytes);
            BinaryPrimitives.ReverseEndianness(words, words);
        }
    }
}
