using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Client.SweepFiles;

/// <summary>Reads a .npy file of one or two dimensions into a matrix; one dimension is a column.</summary>
internal static class NpyReader
{
    private const int BufferSize = 1 << 16;

    /// <summary>Reads a file. A problem is the rest of a sentence that begins with the file's name.</summary>
    public static bool TryRead(string path, [NotNullWhen(true)] out Matrix? matrix, [NotNullWhen(false)] out string? problem)
    {
        (matrix, problem) = (null, null);
        try
        {
            if (Directory.Exists(path))
                throw new InvalidDataException("is a folder");
            using FileStream file = File.OpenRead(path);
            if (!file.CanSeek)
                throw new InvalidDataException("is not an ordinary file");
            matrix = Read(file);
        }
        catch (InvalidDataException error)
        {
            problem = error.Message;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            problem = "does not exist";
        }
        catch (UnauthorizedAccessException)
        {
            problem = "may not be read: permission denied";
        }
        catch (IOException error)
        {
            problem = $"cannot be read: {error.Message}";
        }

        return matrix is not null;
    }

    private static Matrix Read(FileStream file)
    {
        NpyHeader header = NpyHeader.Read(file);
        long dataSize = file.Length - file.Position;
        decimal wanted = (decimal)header.Rows * header.Columns * header.ValueSize;
        if (dataSize != wanted)
            throw Invalid($"should hold {header.Rows} × {header.Columns} values of {header.ValueSize} bytes after its header, but holds {dataSize} bytes");

        long count = header.Rows * header.Columns;
        long memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (count > Array.MaxLength || count * sizeof(double) > memory)
            throw Invalid($"holds {header.Rows} × {header.Columns} values, {count / (double)(1 << 27):g3} GiB, more than fits in memory");

        var matrix = new Matrix((int)header.Rows, (int)header.Columns);
        var buffer = new byte[BufferSize];
        long index = 0;
        while (index < count)
        {
            int chunk = (int)Math.Min(BufferSize / header.ValueSize, count - index);
            file.ReadExactly(buffer, 0, chunk * header.ValueSize);
            for (int i = 0; i < chunk; i++, index++)
                Place(matrix, header, index, Value(buffer.AsSpan(i * header.ValueSize), header.ValueSize));
        }

        return matrix;
    }

    private static double Value(ReadOnlySpan<byte> bytes, int size) => size == sizeof(float)
        ? BinaryPrimitives.ReadSingleLittleEndian(bytes)
        : BinaryPrimitives.ReadDoubleLittleEndian(bytes);

    private static void Place(Matrix matrix, NpyHeader header, long index, double value)
    {
        (long row, long column) = header.IsFortran
            ? (index % header.Rows, index / header.Rows)
            : (index / header.Columns, index % header.Columns);
        if (!double.IsFinite(value))
            throw Invalid($"must be finite, but holds {value} in row {row}, column {column} (from 0)");
        matrix.Values[(row * header.Columns) + column] = value;
    }

    internal static InvalidDataException Invalid(FormattableString message) => new(message.ToString(CultureInfo.InvariantCulture));
}
