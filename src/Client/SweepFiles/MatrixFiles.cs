using System.Diagnostics.CodeAnalysis;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>A matrix with the file it came from; name and path end in #tensor where the file can hold several.</summary>
internal sealed record MatrixFile(string Name, string Path, Matrix Matrix, string Digest);

/// <summary>Where the matrices that a sweep file names are read from.</summary>
internal interface IMatrixFiles
{
    /// <summary>Reads a matrix.</summary>
    /// <param name="path">The file, with #tensor after a .safetensors file that holds several.</param>
    /// <param name="folder">The folder of a relative path.</param>
    /// <param name="wantsSquare">Whether recurrent weights are wanted: that decides which tensor is meant where none is named.</param>
    /// <param name="file">The matrix.</param>
    /// <param name="problem">Why there is none.</param>
    bool TryRead(string path, string folder, bool wantsSquare, [NotNullWhen(true)] out MatrixFile? file, [NotNullWhen(false)] out string? problem);
}

/// <summary>A matrix file as a run's manifest keeps it, so that what only shows the run's results need not have the file.</summary>
/// <param name="Name">The file's bare name, with #tensor where it can hold several: the value's text in the tables.</param>
/// <param name="Path">The path in the run's sweep file.</param>
/// <param name="Digest">The matrix' digest.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="Columns">Its columns.</param>
internal sealed record RecordedMatrix(string Name, string Path, string Digest, int Rows, int Columns)
{
    public static RecordedMatrix Of(MatrixValue value) => new(value.Text, value.Path, value.Digest, value.Matrix.Rows, value.Matrix.Columns);
}

/// <summary>The matrix files that a sweep names, .npy, .safetensors and its index, each matrix read once.</summary>
/// <param name="recorded">Those that are not read: their matrices have a size and a digest, but no values.</param>
internal sealed class MatrixFiles(IEnumerable<RecordedMatrix>? recorded = null) : IMatrixFiles
{
    // A manifest may have been edited; incomplete entries are ignored.
    private readonly Dictionary<string, RecordedMatrix> _recorded = (recorded ?? [])
        .Where(matrix => matrix is { Name: not null, Path: not null, Digest: not null, Rows: > 0, Columns: > 0 })
        .DistinctBy(matrix => matrix.Path).ToDictionary(matrix => matrix.Path);

    private readonly Dictionary<(string Path, bool WantsSquare), MatrixFile> _read = [];

    /// <inheritdoc/>
    public bool TryRead(string path, string folder, bool wantsSquare, [NotNullWhen(true)] out MatrixFile? file, [NotNullWhen(false)] out string? problem)
    {
        file = null;
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            problem = "expected the path of a .npy or .safetensors file";
            return false;
        }

        if (_recorded.TryGetValue(path, out RecordedMatrix? known))
        {
            (file, problem) = (new MatrixFile(known.Name, known.Path, Matrix.OfSize(known.Rows, known.Columns), known.Digest), null);
            return true;
        }

        (string name, string? tensor) = MatrixPath.Split(path);
        string full = Path.GetFullPath(name, folder);
        var key = (tensor is null ? full : MatrixPath.Join(full, tensor), wantsSquare);
        if (_read.TryGetValue(key, out file))
        {
            problem = null;
            return true;
        }

        if (!TryRead(full, tensor, wantsSquare, out NamedMatrix? read, out string? why))
        {
            problem = $"{Excerpt.Of(name)} {why}";
            return false;
        }

        file = new MatrixFile(
            MatrixPath.Join(Path.GetFileName(full), read.Name), MatrixPath.Join(full, read.Name), read.Matrix, read.Matrix.Digest());
        _read.Add(key, file);
        problem = null;
        return true;
    }

    private static bool TryRead(
        string path, string? tensor, bool wantsSquare, [NotNullWhen(true)] out NamedMatrix? matrix, [NotNullWhen(false)] out string? problem)
    {
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
