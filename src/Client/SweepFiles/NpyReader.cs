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
        long dataSize = file.Length - file.Position;
        decimal wanted = (decimal)header.Rows * header.Columns * header.Type.Size;
        if (dataSize != wanted)
        {
            throw new InvalidDataException(
                $"should hold {header.Rows} × {header.Columns} values of {header.Type.Size} bytes after its header, but holds {dataSize} bytes");
        }

        return MatrixReader.Values(file, header.Rows, header.Columns, header.Type, header.IsFortran);
    }
}
