using RnnSweep.Core.Experiments;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>The Jacobians of a drawn network, as a user would save those of a model.</summary>
internal static class ExportedJacobians
{
    /// <summary>The Jacobians of all steps of a replicate, transients included, one below the other.</summary>
    public static Matrix Of(CellSpec spec, int replicate)
    {
        var weights = new WeightsCache(1 << 20);
        IMatrixSource none = new NoMatrices();
        ReplicateNetwork running = ReplicateNetwork.Of(spec, replicate, block => weights.Find(spec, replicate, none, block), none)!;
        INetwork network = running.Network;
        int n = network.HiddenSize, steps = (int)spec.AllTransient + spec.SequenceLength;
        var jacobians = new Matrix(steps * n, n);
        double[] state = InitialState.Draw(n, spec.InitialState, spec.InitialScale, spec.Seed, replicate), drive = new double[network.DriveLength];
        for (int t = 0; t < steps; t++)
        {
            running.Drive.Fill(t, drive);
            JacobianCheck.Form(network, state, drive).Values.CopyTo(jacobians.Values, t * n * n);
            network.Advance(state, drive, new double[network.SlopeLength], new double[n]);
        }

        return jacobians;
    }

    /// <summary>Matrices one below the other.</summary>
    public static Matrix Stack(params Matrix[] matrices) => new(matrices.Sum(matrix => matrix.Rows), matrices[0].Columns, [.. matrices.SelectMany(matrix => matrix.Values)]);

    /// <summary>Every Jacobian transposed.</summary>
    public static Matrix Transposed(Matrix jacobians)
    {
        int n = jacobians.Columns;
        return Stack([.. Enumerable.Range(0, jacobians.Rows / n).Select(t => new Matrix(n, n, jacobians.Values[(t * n * n)..((t + 1) * n * n)]).Transpose())]);
    }

    /// <summary>The cell that measures Jacobians, with the statistics, steps and seed of another.</summary>
    public static CellSpec Cell(CellSpec like, Matrix jacobians, int sequences = 0) => new()
    {
        HiddenSize = jacobians.Columns,
        JacobiansDigest = jacobians.Digest(),
        JacobianSequences = sequences,
        SequenceLength = like.SequenceLength,
        Transient = like.Transient,
        FrameTransient = like.FrameTransient,
        MeasuresSpectrum = like.MeasuresSpectrum,
        MeasuresLags = like.MeasuresLags,
        MeasuresNorms = like.MeasuresNorms,
        MeasuresLeading = like.MeasuresLeading,
        Leading = like.Leading,
        Seed = like.Seed,
        Replicates = Math.Max(1, sequences),
    };

    private sealed class NoMatrices : IMatrixSource
    {
        public Matrix Find(string digest) => throw new KeyNotFoundException(digest);
    }
}
