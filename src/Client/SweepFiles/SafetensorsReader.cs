using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>A matrix with the name that its tensor has in the file.</summary>
/// <param name="Name">The tensor's name; empty in a file without names.</param>
/// <param name="Matrix">The matrix.</param>
/// <param name="Contents">What it holds.</param>
internal sealed record NamedMatrix(string Name, Matrix Matrix, MatrixContents Contents);

/// <summary>Reads a tensor of one or two dimensions from a .safetensors file into a matrix; one dimension is a column.</summary>
internal static class SafetensorsReader
{
    /// <summary>The end of the name of the recurrent weights of a PyTorch nn.RNN.</summary>
    internal const string RecurrentWeights = "weight_hh_l0";

    internal const int MostListed = 12;

    /// <summary>Reads a file. A problem is the rest of a sentence that begins with the file's name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">The tensor; null for the only one.</param>
    /// <param name="use">What is looked for, where no name is given.</param>
    /// <param name="matrix">The matrix.</param>
    /// <param name="problem">Why there is none.</param>
    public static bool TryRead(
        string path, string? name, MatrixUse use, [NotNullWhen(true)] out NamedMatrix? matrix, [NotNullWhen(false)] out string? problem) =>
        MatrixReader.TryRead(path, file => Read(file, name, use), out matrix, out problem);

    private static NamedMatrix Read(FileStream file, string? name, MatrixUse use)
    {
        ImmutableArray<Tensor> tensors = SafetensorsHeader.Read(file);
        Tensor tensor = name is null ? Only(tensors, use) : Named(tensors, name);
        ElementType type = TypeOf(tensor);
        if (MatrixSizes.Of(tensor.Shape, use) is not { } sizes || tensor.Shape.Contains(0))
        {
            throw new InvalidDataException($"has {tensor}, but {MatrixSizes.Wanted(use)} are wanted, with at least one value");
        }

        if (tensor.Shape.Any(size => size > int.MaxValue))
        {
            throw new InvalidDataException($"has {tensor}, but sizes may be up to {int.MaxValue}");
        }

        file.Seek(tensor.Start, SeekOrigin.Current);
        return new NamedMatrix(tensor.Name, MatrixReader.Values(file, sizes.Rows, sizes.Columns, type, isFortran: false, sizes.Sequences), sizes.Contents);
    }

    /// <summary>The type of a tensor's numbers.</summary>
    /// <exception cref="InvalidDataException">It is not a supported floating-point type.</exception>
    internal static ElementType TypeOf(Tensor tensor) => tensor.Type ?? throw new InvalidDataException($"has {tensor}, but only F64, F32, F16 and BF16 are read");

    /// <summary>The tensor of a name.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    internal static Tensor Named(ImmutableArray<Tensor> tensors, string name) =>
        tensors.FirstOrDefault(tensor => tensor.Name == name)
        ?? throw new InvalidDataException(NoTensor(name, tensors.Select(tensor => tensor.Name), List(tensors)));

    /// <summary>The message about the name of a tensor that does not exist.</summary>
    internal static string NoTensor(string name, IEnumerable<string> names, string list)
    {
        if (name.Length == 0)
        {
            return $"needs the name of a tensor after #; it holds {list}";
        }

        string? nearest = names.Any() ? NearestName.Of(name, names) : null;
        return $"has no tensor {Excerpt.Of(name)}{(nearest is null ? "" : $" (did you mean {Excerpt.Of(nearest)}?)")}, but {list}";
    }

    private static Tensor Only(ImmutableArray<Tensor> tensors, MatrixUse use)
    {
        bool wantsSquare = use == MatrixUse.RecurrentWeights;
        Func<Tensor, bool>[] criteria = wantsSquare
            ? [tensor => tensor.Name.EndsWith(RecurrentWeights, StringComparison.Ordinal), tensor => tensor.IsSquare]
            : [tensor => MatrixSizes.Of(tensor.Shape, use) is not null];
        foreach (Func<Tensor, bool> criterion in criteria)
        {
            if (tensors.Where(criterion).Take(2).ToArray() is [var only])
            {
                return only;
            }
        }

        string wanted = wantsSquare ? $"one square matrix, or one {RecurrentWeights}" : use == MatrixUse.Sequences ? "one tensor" : "one matrix";
        throw new InvalidDataException($"needs a #name after it, for it does not hold just {wanted}, but {List(tensors)}");
    }

    /// <summary>The first few of some tensors, in words.</summary>
    internal static string List(ImmutableArray<Tensor> tensors) => List([.. tensors.Take(MostListed).Select(tensor => tensor.ToString())], tensors.Length);

    /// <summary>The first few of some tensors, in words.</summary>
    internal static string List(IReadOnlyList<string> first, int count)
    {
        string more = count > MostListed ? $" and {count - MostListed} more" : "";
        return count == 0 ? "none at all" : string.Join(", ", first.Take(MostListed)) + more;
    }
}
