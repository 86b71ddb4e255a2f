using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.FileSystemGlobbing;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Gated;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>A matrix with the file it came from; name and path end in #tensor where the file can hold several.</summary>
/// <param name="Name">The file's bare name.</param>
/// <param name="Path">Its absolute path.</param>
/// <param name="Matrix">The matrix.</param>
/// <param name="Digest">The matrix' digest.</param>
/// <param name="Contents">What it holds.</param>
internal sealed record MatrixFile(string Name, string Path, Matrix Matrix, string Digest, MatrixContents Contents);

/// <summary>What a field uses a matrix as.</summary>
internal enum MatrixUse
{
    /// <summary>As it is.</summary>
    Plain,

    /// <summary>As recurrent weights: of a file with several tensors the recurrent ones, or the only square one, are meant.</summary>
    RecurrentWeights,

    /// <summary>As one or several sequences of inputs.</summary>
    Sequences,

    /// <summary>As a trained network, of several tensors.</summary>
    Network,

    /// <summary>As Jacobians, a tensor of 3 or 4 dimensions, which is not read into memory.</summary>
    Jacobians,
}

/// <summary>Where the matrices that a sweep file names are read from.</summary>
internal interface IMatrixFiles
{
    /// <summary>Reads a matrix.</summary>
    /// <param name="path">The file, with #tensor after a .safetensors file that holds several.</param>
    /// <param name="folder">The folder of a relative path.</param>
    /// <param name="use">What it is used as.</param>
    /// <param name="file">The matrix.</param>
    /// <param name="problem">Why there is none.</param>
    bool TryRead(string path, string folder, MatrixUse use, [NotNullWhen(true)] out MatrixFile? file, [NotNullWhen(false)] out string? problem);

    /// <summary>The paths that a path with * in it stands for; of one without, itself.</summary>
    /// <param name="pattern">The path; * stands for any part of a name, ** for any folders.</param>
    /// <param name="folder">The folder of a relative path.</param>
    /// <param name="paths">At least one path, in natural order.</param>
    /// <param name="problem">Why there is none.</param>
    bool TryExpand(string pattern, string folder, [NotNullWhen(true)] out IReadOnlyList<string>? paths, [NotNullWhen(false)] out string? problem);
}

/// <summary>A matrix file as a run's manifest keeps it, so that what only shows the run's results need not have the file.</summary>
/// <param name="Name">The file's bare name, with #tensor where it can hold several: the value's text in the tables.</param>
/// <param name="Path">The path in the run's sweep file.</param>
/// <param name="Digest">The matrix' digest.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="Sequences">Number of sequences that it holds, one below the other; null for a plain matrix.</param>
/// <param name="Network">The sizes of a trained network; null where it is none.</param>
/// <param name="Shape">The shape of Jacobians; null where it holds none.</param>
internal sealed record RecordedMatrix(
    string Name, string Path, string Digest, int Rows, int Columns, int? Sequences = null, RecordedNetwork? Network = null, IReadOnlyList<int>? Shape = null)
{
    /// <summary>What the matrix holds.</summary>
    internal MatrixContents Contents => new(Network?.Shape, Sequences ?? 0, Shape is null ? null : JacobianTensor.OfShape(Shape));

    public static RecordedMatrix Of(MatrixValue value)
    {
        (TrainedShape? shape, int sequences, JacobianTensor? jacobians) = value.Contents;
        RecordedNetwork? network = shape is null ? null : new(CanonicalText.Of(shape.Kind), shape.Units, shape.Inputs, shape.Layers, shape.Directions);
        return new(value.Text, value.Path, value.Digest, value.Matrix.Rows, value.Matrix.Columns, sequences == 0 ? null : sequences, network, jacobians?.Shape);
    }
}

/// <summary>The sizes of a trained network in a manifest.</summary>
/// <param name="Kind">rnn, gru or lstm.</param>
/// <param name="Units">As of <see cref="TrainedShape"/>, like the others.</param>
/// <param name="Inputs">Length of its input.</param>
/// <param name="Layers">Number of layers.</param>
/// <param name="Directions">Number of directions.</param>
internal sealed record RecordedNetwork(string? Kind, int Units, int Inputs, int Layers, int Directions)
{
    /// <summary>The sizes; null where they are not valid.</summary>
    internal TrainedShape? Shape => Kind is not null && CanonicalText.TryRead(Kind, out NetworkKind kind) && Units > 0 && Inputs > 0 && Layers > 0 && Directions is 1 or 2
        ? new TrainedShape(kind, Units, Inputs, Layers, Directions)
        : null;
}

/// <summary>The matrix files that a sweep names, .npy, .safetensors and its index, each matrix read once.</summary>
/// <param name="recorded">Those that are not read: their matrices have a size and a digest, but no values.</param>
internal sealed class MatrixFiles(IEnumerable<RecordedMatrix>? recorded = null) : IMatrixFiles
{
    // A manifest may have been edited; incomplete entries are ignored.
    private readonly Dictionary<string, RecordedMatrix> _recorded = (recorded ?? [])
        .Where(matrix => matrix is { Name: not null, Path: not null, Digest: not null, Rows: > 0, Columns: > 0, Network: null or { Shape: not null } }
            && (matrix.Shape is null || matrix.Contents.Jacobians is not null))
        .DistinctBy(matrix => matrix.Path).ToDictionary(matrix => matrix.Path);

    private readonly Dictionary<(string Path, MatrixUse Use), MatrixFile> _read = [];

    /// <inheritdoc/>
    public bool TryRead(string path, string folder, MatrixUse use, [NotNullWhen(true)] out MatrixFile? file, [NotNullWhen(false)] out string? problem)
    {
        file = null;
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            problem = "expected the path of a .npy or .safetensors file";
            return false;
        }

        if (_recorded.TryGetValue(path, out RecordedMatrix? known) && (known.Shape is not null) == (use == MatrixUse.Jacobians))
        {
            (file, problem) = (new MatrixFile(known.Name, known.Path, Matrix.OfSize(known.Rows, known.Columns), known.Digest, known.Contents), null);
            return true;
        }

        (string name, string? tensor) = MatrixPath.Split(path);
        string full = Path.GetFullPath(name, folder);
        if (MatrixNames.Refusal($"{Path.GetFileName(full)}{tensor}") is { } refusal)
        {
            problem = $"{Excerpt.Of(Path.GetFileName(full))} {refusal}";
            return false;
        }

        var key = (tensor is null ? full : MatrixPath.Join(full, tensor), use);
        if (_read.TryGetValue(key, out file))
        {
            problem = null;
            return true;
        }

        if (use == MatrixUse.Jacobians)
        {
            if (JacobianFile.TryRead(full, tensor, out file, out problem))
            {
                _read.Add(key, file);
                return true;
            }

            problem = $"{Excerpt.Of(name)} {problem}";
            return false;
        }

        if (!TryRead(full, tensor, use, out NamedMatrix? read, out string? why))
        {
            problem = $"{Excerpt.Of(name)} {why}";
            return false;
        }

        string tail = use == MatrixUse.Network && read.Name.Length == 0 ? "" : MatrixPath.Join(full, read.Name)[full.Length..];
        file = new MatrixFile(MatrixNames.InTables(Path.GetFileName(full) + tail), full + tail, read.Matrix, read.Matrix.Digest(), read.Contents);
        _read.Add(key, file);
        problem = null;
        return true;
    }

    /// <inheritdoc/>
    public bool TryExpand(string pattern, string folder, [NotNullWhen(true)] out IReadOnlyList<string>? paths, [NotNullWhen(false)] out string? problem)
    {
        (string name, string? tensor) = MatrixPath.Split(pattern);
        string full = Path.GetFullPath(name, folder);
        if (!name.Contains('*', StringComparison.Ordinal) || _recorded.ContainsKey(pattern) || File.Exists(full))
        {
            (paths, problem) = ([pattern], null); // a single file, whose name may hold a *
            return true;
        }

        try
        {
            // The part before the first * is a folder to search in.
            string fixedPart = Path.GetDirectoryName(full[..full.IndexOf('*', StringComparison.Ordinal)])!;
            IEnumerable<string> found = new Matcher(StringComparison.Ordinal).AddInclude(Path.GetRelativePath(fixedPart, full)).GetResultsInFullPath(fixedPart);
            paths = [.. found.Order(NaturalOrder.Comparer).Select(path => tensor is null ? path : MatrixPath.Join(path, tensor))];
            problem = paths.Count == 0 ? $"no file matches {Excerpt.Of(name)}" : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            (paths, problem) = (null, $"the files of {Excerpt.Of(name)} cannot be listed: {error.Message}");
        }

        return problem is null;
    }

    // PyTorch's own format is a pickle, which may run any code when it is read.
    private static string Conversion(string path) => Path.GetExtension(path) is ".pt" or ".pth" or ".ckpt" or ".bin"
        ? $"; to convert a state_dict: python3 -c \"import torch, safetensors.torch as s; s.save_file(torch.load('{Path.GetFileName(path)}', map_location='cpu'), '{Path.GetFileNameWithoutExtension(path)}.safetensors')\""
        : "";

    private static bool TryRead(
        string path, string? tensor, MatrixUse use, [NotNullWhen(true)] out NamedMatrix? matrix, [NotNullWhen(false)] out string? problem)
    {
        if (use == MatrixUse.Network)
        {
            if (MatrixPath.IsIndex(path) || !MatrixPath.HasTensors(path))
            {
                (matrix, problem) = (null, $"is no .safetensors file: a trained network is read from one alone{Conversion(path)}");
                return false;
            }

            return MatrixReader.TryRead(path, file => TrainedNetworkReader.Read(file, tensor), out matrix, out problem);
        }

        if (MatrixPath.IsIndex(path))
        {
            return SafetensorsIndex.TryRead(path, tensor, use, out matrix, out problem);
        }

        if (MatrixPath.HasTensors(path))
        {
            return SafetensorsReader.TryRead(path, tensor, use, out matrix, out problem);
        }

        if (tensor is not null)
        {
            (matrix, problem) = (null, $"holds one matrix without a name; leave out #{Excerpt.Of(tensor)}");
            return false;
        }

        return NpyReader.TryRead(path, use, out matrix, out problem);
    }
}
