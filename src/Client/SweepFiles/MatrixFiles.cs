using System.Diagnostics.CodeAnalysis;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>A matrix with the file it came from.</summary>
internal sealed record MatrixFile(string Name, string Path, Matrix Matrix, string Digest);

/// <summary>The .npy files that a sweep names, each read once.</summary>
internal sealed class MatrixFiles
{
    private readonly Dictionary<string, MatrixFile> _read = [];

    public bool TryRead(string path, string folder, [NotNullWhen(true)] out MatrixFile? file, [NotNullWhen(false)] out string? problem)
    {
        file = null;
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            problem = "the path of a .npy file is wanted, but this is none";
            return false;
        }

        string full = Path.GetFullPath(path, folder);
        if (_read.TryGetValue(full, out file))
        {
            problem = null;
            return true;
        }

        if (!NpyReader.TryRead(full, out Matrix? matrix, out string? why))
        {
            problem = $"{Excerpt.Of(path)} {why}";
            return false;
        }

        file = new MatrixFile(Path.GetFileName(full), full, matrix, matrix.Digest());
        _read.Add(full, file);
        problem = null;
        return true;
    }
}
