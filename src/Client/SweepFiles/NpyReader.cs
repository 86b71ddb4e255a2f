using System.Diagnostics.CodeAnalysis;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Client.SweepFiles;

/// <summary>Reads a .npy file of one or two dimensions into a matrix; one dimension is a column.</summary>
internal static class NpyReader
{
    /// <summary>Reads a file. A problem is the rest of a sentence that begins with the file's name.</summary>
    public static bool TryRead(string path, [NotNullWhen(true)] out Matrix? matrix, [NotNullWhen(false)] out string? problem) =>
        MatrixReader.TryRead(path, Read, out matrix, out problem);

    private static Matrix Read(FileStream file)
    {
        NpyHeader header = NpyHeader.Read(file);
        if (header.Shape.Length is not (1 or 2))
        {
            throw new InvalidDataException($"must have 1 or 2 dimensions, but has {header.Shape.Length}");
        }

        (long rows, long columns) = (header.Shape[0], header.Shape.Length == 2 ? header.Shape[1] : 1);
        header.RequireValues(file, $"{rows} × {columns}");
        return MatrixReader.Values(file, rows, columns, header.Type, header.IsFortran);
    }
}
