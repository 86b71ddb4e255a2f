using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>Reads the text of a submitted sweep. The program's reader of sweep files implements it.</summary>
public interface ISweepReader
{
    /// <summary>Reads a sweep file without access to other files.</summary>
    /// <param name="text">The sweep file. It names a matrix by its digest, a slash and the name that the tables show.</param>
    /// <param name="matrices">Returns the matrix of a digest; null where there is none.</param>
    /// <exception cref="FormatException">The text is no sweep file, a value or a combination of values is not allowed, or a matrix is missing.</exception>
    SweepPlan Read(string text, Func<string, Matrix?> matrices);
}

/// <summary>A sweep as a cluster stores it.</summary>
/// <param name="Text">The sweep file (<see cref="ISweepReader"/>).</param>
/// <param name="Matrices">The digests of the matrices that it names.</param>
public sealed record StoredSweep(string Text, ImmutableArray<string> Matrices)
{
    /// <summary>The id of a sweep on a cluster: its name, a hyphen, and 12 hexadecimal digits of the SHA-256 of its text.</summary>
    public static string IdOf(string name, string text) => $"{name}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12]}";
}
