using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>
/// Reads the Jacobians of a .npy or .safetensors file. The file is mapped, not read into memory; it is streamed once, for the digest and for values that are not finite.
/// </summary>
internal static class JacobianFile
{
    // Values that are read at once.
    private const int Chunk = 1 << 17;

    /// <summary>Reads a file. A problem is the rest of a sentence that begins with the file's name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">The tensor in it; null for the only one.</param>
    /// <param name="file">The Jacobians, whose matrix has a size only.</param>
    /// <param name="problem">Why there are none.</param>
    public static bool TryRead(string path, string? name, [NotNullWhen(true)] out MatrixFile? file, [NotNullWhen(false)] out string? problem) =>
        MatrixReader.TryRead(path, stream => Read(path, stream, name), out file, out problem);

    private static MatrixFile Read(string path, FileStream file, string? name)
    {
        (ElementType type, ImmutableArray<long> shape, string found) = MatrixPath.HasTensors(path) ? OfSafetensors(path, file, name) : OfNpy(file, name);
        if (shape.Length is not (3 or 4))
        {
            throw new InvalidDataException($"must have the 3 dimensions (T, N, N) or the 4 (S, T, N, N), but has {shape.Length}");
        }

        if (shape[^1] != shape[^2])
        {
            throw new InvalidDataException($"must hold square matrices, (T, N, N) or (S, T, N, N), but is {string.Join(" × ", shape)}");
        }

        JacobianTensor tensor = (shape.All(size => size <= int.MaxValue) ? JacobianTensor.OfShape([.. shape.Select(size => (int)size)]) : null)
            ?? throw new InvalidDataException($"is {string.Join(" × ", shape)}, but needs at least one Jacobian and may have {int.MaxValue} rows in all");
        var rows = new MappedRows(file, type, (int)tensor.RowCount, tensor.Size);
        string tail = MatrixPath.Join(path, found)[path.Length..];
        return new MatrixFile(
            MatrixNames.InTables(Path.GetFileName(path) + tail), path + tail, Matrix.OfSize(rows.Rows, rows.Columns), Digest(rows, tensor), new MatrixContents(Jacobians: tensor with { Rows = rows }));
    }

    private static (ElementType Type, ImmutableArray<long> Shape, string Name) OfNpy(FileStream file, string? name)
    {
        if (name is not null)
        {
            throw new InvalidDataException($"holds one array without a name; leave out #{Excerpt.Of(name)}");
        }

        NpyHeader header = NpyHeader.Read(file);
        if (header is { IsFortran: true, Shape.Length: > 2 })
        {
            throw new InvalidDataException("is in Fortran order, but Jacobians are read in C order: save numpy.ascontiguousarray of it");
        }

        header.RequireValues(file, string.Join(" × ", header.Shape));
        return (header.Type, header.Shape, "");
    }

    private static (ElementType Type, ImmutableArray<long> Shape, string Name) OfSafetensors(string path, FileStream file, string? name)
    {
        if (MatrixPath.IsIndex(path))
        {
            throw new InvalidDataException("is an index of several files: name the .safetensors file that holds the Jacobians");
        }

        ImmutableArray<Tensor> tensors = SafetensorsHeader.Read(file);
        Tensor tensor = name is not null ? SafetensorsReader.Named(tensors, name)
            : tensors.Where(tensor => tensor.Shape.Length is 3 or 4).Take(2).ToArray() is [var only] ? only
            : throw new InvalidDataException($"needs a #name after it, for it does not hold just one tensor of 3 or 4 dimensions, but {SafetensorsReader.List(tensors)}");
        ElementType type = SafetensorsReader.TypeOf(tensor);
        file.Seek(tensor.Start, SeekOrigin.Current);
        return (type, tensor.Shape, tensor.Name);
    }

    private static string Digest(MappedRows rows, JacobianTensor tensor)
    {
        using MatrixDigest digest = new(rows.Rows, rows.Columns);
        int most = Math.Max(1, Chunk / rows.Columns);
        var values = new double[most * rows.Columns];
        for (int first = 0, count; first < rows.Rows; first += count)
        {
            count = Math.Min(most, rows.Rows - first);
            Span<double> chunk = values.AsSpan(0, count * rows.Columns);
            rows.Read(first, chunk);
            if (!TensorPrimitives.IsFiniteAll<double>(chunk))
            {
                int index = chunk.IndexOfAnyExceptInRange(double.MinValue, double.MaxValue);
                throw new InvalidDataException($"must be finite, but holds {chunk[index]} at {Place(((long)first * rows.Columns) + index, tensor)} (from 0)");
            }

            digest.Add(chunk);
        }

        return digest.Result();
    }

    private static string Place(long index, JacobianTensor tensor)
    {
        (long matrix, long rest) = Math.DivRem(index, (long)tensor.Size * tensor.Size);
        (long row, long column) = Math.DivRem(rest, tensor.Size);
        string sequence = tensor.Sequences == 0 ? "" : $"sequence {matrix / tensor.Steps}, ";
        return $"{sequence}step {matrix % tensor.Steps}, row {row}, column {column}";
    }
}
