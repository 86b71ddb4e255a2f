using System.Diagnostics.CodeAnalysis;
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
/// <param name="Network">The kind of the trained layer that the matrix is (<see cref="TrainedLayer.Pack"/>); null where it is none.</param>
/// <param name="Jacobians">The Jacobians whose rows the matrix has; null where it is none.</param>
internal sealed record MatrixFile(string Name, string Path, Matrix Matrix, string Digest, NetworkKind? Network = null, JacobianTensor? Jacobians = null);

/// <summary>What a field uses a matrix as.</summary>
internal enum MatrixUse
{
    /// <summary>As it is.</summary>
    Plain,

    /// <summary>As recurrent weights: of a file with several tensors the recurrent ones, or the only square one, are meant.</summary>
    RecurrentWeights,

    /// <summary>As a trained layer, of several tensors.</summary>
    Layer,

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
}

/// <summary>A matrix file as a run's manifest keeps it, so that what only shows the run's results need not have the file.</summary>
/// <param name="Name">The file's bare name, with #tensor where it can hold several: the value's text in the tables.</param>
/// <param name="Path">The path in the run's sweep file.</param>
/// <param name="Digest">The matrix' digest.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="Network">The kind of a trained network; null for a plain matrix.</param>
/// <param name="Shape">The shape of Jacobians; null for a matrix.</param>
internal sealed record RecordedMatrix(string Name, string Path, string Digest, int Rows, int Columns, string? Network = null, IReadOnlyList<int>? Shape = null)
{
    /// <summary><see cref="Network"/>; null where it is not a known kind.</summary>
    internal NetworkKind? Kind => Network is not null && CanonicalText.TryRead(Network, out NetworkKind kind) ? kind : null;

    /// <summary>The Jacobians of <see cref="Shape"/>; null where it is none.</summary>
    internal JacobianTensor? Jacobians => Shape is null ? null : JacobianTensor.OfShape(Shape);

    public static RecordedMatrix Of(MatrixValue value) => new(
        value.Text, value.Path, value.Digest, value.Matrix.Rows, value.Matrix.Columns, value.Network is { } kind ? CanonicalText.Of(kind) : null, value.Jacobians?.Shape);
}

/// <summary>The matrix files that a sweep names, .npy, .safetensors and its index, each matrix read once.</summary>
/// <param name="recorded">Those that are not read: their matrices have a size and a digest, but no values.</param>
internal sealed class MatrixFiles(IEnumerable<RecordedMatrix>? recorded = null) : IMatrixFiles
{
    // A manifest may have been edited; incomplete entries are ignored.
    private readonly Dictionary<string, RecordedMatrix> _recorded = (recorded ?? [])
        .Where(matrix => matrix is { Name: not null, Path: not null, Digest: not null, Rows: > 0, Columns: > 0 } && (matrix.Shape is null || matrix.Jacobians is not null))
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

        if (_recorded.TryGetValue(path, out RecordedMatrix? known) && (known.Jacobians is not null) == (use == MatrixUse.Jacobians))
        {
            (file, problem) = (new MatrixFile(known.Name, known.Path, Matrix.OfSize(known.Rows, known.Columns), known.Digest, known.Kind, known.Jacobians), null);
            return true;
        }

        (string name, string? tensor) = MatrixPath.Split(path);
        string full = Path.GetFullPath(name, folder);
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

        bool isLayer = use == MatrixUse.Layer;
        string tail = isLayer && read.Name.Length == 0 ? "" : MatrixPath.Join(full, read.Name)[full.Length..];
        file = new MatrixFile(Path.GetFileName(full) + tail, full + tail, read.Matrix, read.Matrix.Digest(), isLayer ? TrainedLayer.KindOf(read.Matrix) : null);
        _read.Add(key, file);
        problem = null;
        return true;
    }

    private static bool TryRead(
        string path, string? tensor, MatrixUse use, [NotNullWhen(true)] out NamedMatrix? matrix, [NotNullWhen(false)] out string? problem)
    {
        if (use == MatrixUse.Layer)
        {
            if (MatrixPath.IsIndex(path) || !MatrixPath.HasTensors(path))
            {
                (matrix, problem) = (null, "is no .safetensors file: a trained network is read from one alone");
                return false;
            }

            return MatrixReader.TryRead(path, file => TrainedLayerReader.Read(file, tensor), out matrix, out problem);
        }

        bool wantsSquare = use == MatrixUse.RecurrentWeights;
        if (MatrixPath.IsIndex(path))
        {
            return SafetensorsIndex.TryRead(path, tensor, wantsSquare, out matrix, out problem);
        }

        if (MatrixPath.HasTensors(path))
        {
            return SafetensorsReader.TryRead(path, tensor, wantsSquare, out matrix, out problem);
        }

        if (tensor is not null)
        {
            (matrix, problem) = (null, $"holds one matrix without a name; leave out #{Excerpt.Of(tensor)}");
            return false;
        }

        matrix = NpyReader.TryRead(path, out Matrix? values, out problem) ? new NamedMatrix("", values) : null;
        return matrix is not null;
    }
}
