using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks.Gated;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;

namespace RnnSweep.Client.SweepFiles;

/// <summary>Reads sweep files that were submitted to a cluster. It opens no files: matrices come with the submission, or from the cluster's database.</summary>
internal sealed class SubmittedSweepReader : ISweepReader
{
    /// <inheritdoc/>
    public SweepPlan Read(string text, Func<string, Matrix?> matrices) => ReadSweep(text, matrices).Plan;

    /// <summary>The sweep of a submitted sweep file, which always gives the sweep's name.</summary>
    /// <exception cref="FormatException">As of <see cref="ISweepReader.Read"/>.</exception>
    public static ResolvedSweep ReadSweep(string text, Func<string, Matrix?> matrices)
    {
        ResolvedSweep? sweep = SweepFileReader.ReadText(text, new SubmittedMatrices(matrices), out ImmutableArray<SweepProblem> problems);
        if (sweep is null)
        {
            throw new FormatException($"{problems[0]}");
        }

        return sweep.Places.ContainsKey(SweepFields.Name.Name) ? sweep : throw new FormatException($"{SweepFileReader.SubmittedText}: a submitted sweep needs a name");
    }

    private sealed class SubmittedMatrices(Func<string, Matrix?> matrices) : IMatrixFiles
    {
        // A * is a letter of a name here.
        public bool TryExpand(string pattern, string folder, [NotNullWhen(true)] out IReadOnlyList<string>? paths, [NotNullWhen(false)] out string? problem)
        {
            (paths, problem) = ([pattern], null);
            return true;
        }

        public bool TryRead(string path, string folder, MatrixUse use, [NotNullWhen(true)] out MatrixFile? file, [NotNullWhen(false)] out string? problem)
        {
            (file, problem) = (null, null);
            string[] parts = path.Split('/', use == MatrixUse.Jacobians ? 3 : 2);
            if (parts is not [var first, .., { Length: > 0 } name] || (use == MatrixUse.Jacobians && parts.Length < 3))
            {
                string form = use == MatrixUse.Jacobians ? "Jacobians as digest/shape/name" : "a matrix as digest/name";
                problem = $"a submitted sweep names {form}, but this is {Excerpt.Of(path)}";
                return false;
            }

            if (MatrixNames.Refusal(path) is { } refusal)
            {
                problem = $"{Excerpt.Of(path)} {refusal}";
                return false;
            }

            string digest = first.Split(':')[0];
            int sequences = 0;
            if (digest.Length < first.Length && !(use == MatrixUse.Sequences && int.TryParse(first[(digest.Length + 1)..], NumberStyles.None, null, out sequences) && sequences > 0))
            {
                problem = $"a submitted sweep names sequences of inputs as digest:count/name, but this is {Excerpt.Of(path)}";
                return false;
            }

            if (matrices(digest) is not { } matrix)
            {
                problem = $"the sweep needs a matrix that did not come with it, {Excerpt.Of(path)}";
                return false;
            }

            if (sequences > 0 && matrix.Rows % sequences != 0)
            {
                problem = $"{Excerpt.Of(path)}: {matrix.Rows} rows are not {sequences} sequences of equal length";
                return false;
            }

            JacobianTensor? tensor = null;
            if (use == MatrixUse.Jacobians && ((tensor = TensorOf(parts[1])) is null || tensor.RowCount != matrix.Rows || tensor.Size != matrix.Columns))
            {
                problem = $"{Excerpt.Of(path)}: {Excerpt.Of(parts[1])} is not the shape of Jacobians in a matrix of {matrix.Rows} × {matrix.Columns}";
                return false;
            }

            try
            {
                file = new MatrixFile(MatrixNames.InTables(name), name, matrix, digest, use == MatrixUse.Network ? new MatrixContents(TrainedNetwork.ShapeOf(matrix)) : new MatrixContents(null, sequences, tensor));
                return true;
            }
            catch (FormatException error)
            {
                problem = $"{Excerpt.Of(path)}: {error.Message}";
                return false;
            }
        }

        // T x N x N or S x T x N x N, without spaces.
        private static JacobianTensor? TensorOf(string shape)
        {
            int[] sizes = [.. shape.Split('x', 5).Select(size => int.TryParse(size, System.Globalization.NumberStyles.None, null, out int value) ? value : 0)];
            return JacobianTensor.OfShape(sizes);
        }
    }
}
