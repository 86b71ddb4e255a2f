using System.Diagnostics.CodeAnalysis;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Client.SweepFiles;

/// <summary>Operations that the formats of matrix files share: opening a file, and converting its values to a matrix.</summary>
internal static class MatrixReader
{
    private const int BufferSize = 1 << 16;

    /// <summary>Reads something from a file. A problem is the rest of a sentence that begins with the file's name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">Reads it; throws <see cref="InvalidDataException"/> with the problem.</param>
    /// <param name="result">What was read.</param>
    /// <param name="problem">Why nothing was.</param>
    public static bool TryRead<T>(string path, Func<FileStream, T> read, [NotNullWhen(true)] out T? result, [NotNullWhen(false)] out string? problem)
        where T : class
    {
        (result, problem) = (null, null);
        try
        {
            if (Directory.Exists(path))
            {
                throw new InvalidDataException("is a folder");
            }

            using FileStream file = File.OpenRead(path);
            if (!file.CanSeek)
            {
                throw new InvalidDataException("is not an ordinary file");
            }

            result = read(file);
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

        return result is not null;
    }

    /// <summary>Reads a matrix whose values follow in a file; the file must hold as many.</summary>
    /// <param name="file">The file, at the first value.</param>
    /// <param name="rows">Number of rows of each sequence.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="type">Type of the values.</param>
    /// <param name="isFortran">Whether the first index varies fastest.</param>
    /// <param name="sequences">Number of sequences, which lie one below the other in the matrix; 0 for a plain matrix.</param>
    /// <exception cref="InvalidDataException">A value is not finite, or there is no room for the matrix.</exception>
    public static Matrix Values(FileStream file, long rows, long columns, ElementType type, bool isFortran, long sequences = 0)
    {
        long slices = Math.Max(1, sequences);
        Int128 all = (Int128)slices * rows * columns;
        long count = (long)Int128.Min(all, long.MaxValue);
        long memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (count > Array.MaxLength || count * sizeof(double) > memory)
        {
            throw new InvalidDataException($"holds {(sequences > 0 ? $"{sequences} × " : "")}{rows} × {columns} values, {count / (double)(1 << 27):g3} GiB, more than fits in memory");
        }

        var matrix = new Matrix((int)(slices * rows), (int)columns);
        var buffer = new byte[BufferSize];
        long index = 0;
        while (index < count)
        {
            int chunk = (int)Math.Min(BufferSize / type.Size, count - index);
            file.ReadExactly(buffer, 0, chunk * type.Size);
            for (int i = 0; i < chunk; i++, index++)
            {
                (long row, long column) = isFortran
                    ? ((index % slices * rows) + (index / slices % rows), index / slices / rows)
                    : (index / columns, index % columns);
                double value = type.Read(buffer.AsSpan(i * type.Size));
                if (!double.IsFinite(value))
                {
                    string sequence = sequences > 0 ? $"sequence {row / rows}, " : "";
                    throw new InvalidDataException($"must be finite, but holds {value} in {sequence}row {row % rows}, column {column} (from 0)");
                }

                matrix.Values[(row * columns) + column] = value;
            }
        }

        return matrix;
    }
}
