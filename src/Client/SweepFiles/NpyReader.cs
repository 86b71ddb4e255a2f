using System.Diagnostics.CodeAnalysis;

namespace RnnSweep.Client.SweepFiles;

/// <summary>Reads a .npy file of one or two dimensions into a matrix, one dimension as a column; or of three dimensions as sequences.</summary>
internal static class NpyReader
{
    /// <summary>Reads a file. A problem is the rest of a sentence that begins with the file's name.</summary>
    public static bool TryRead(string path, MatrixUse use, [NotNullWhen(true)] out NamedMatrix? matrix, [NotNullWhen(false)] out string? problem) =>
        MatrixReader.TryRead(path, file => Read(file, use), out matrix, out problem);

    private static NamedMatrix Read(FileStream file, MatrixUse use)
    {
        NpyHeader header = NpyHeader.Read(file);
        MatrixSizes sizes = MatrixSizes.Of(header.Shape, use) ?? throw new InvalidDataException($"must have {MatrixSizes.Wanted(use)}, but has {header.Shape.Length}");
        header.RequireValues(file, $"{sizes}");
        return new NamedMatrix("", MatrixReader.Values(file, sizes.Rows, sizes.Columns, header.Type, header.IsFortran, sizes.Sequences), sizes.Contents);
    }
}
