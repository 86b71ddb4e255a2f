using System.Numerics.Tensors;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Experiments;

/// <summary>What a replicate starts from.</summary>
/// <param name="Replicate">Its index.</param>
/// <param name="Running">The network, its drive, and the norm and determinant of W.</param>
/// <param name="State">The state before the transient.</param>
/// <param name="LossGradient">The gradient at step T that is propagated back, of length 1.</param>
internal sealed record ReplicateStart(int Replicate, ReplicateNetwork Running, double[] State, double[] LossGradient)
{
    private static readonly double s_ln10 = Math.Log(10);

    /// <summary>The start of a replicate; null where exact scaling would divide by a spectral radius of 0.</summary>
    /// <param name="spec">The cell.</param>
    /// <param name="replicate">The replicate.</param>
    /// <param name="drawn">As of <see cref="ReplicateNetwork.Of"/>.</param>
    /// <param name="matrices">The user's matrices.</param>
    /// <exception cref="OverflowException">The scaled weights are beyond the range of a double, or of gated networks.</exception>
    public static ReplicateStart? Of(CellSpec spec, int replicate, Func<int, DrawnWeights> drawn, IMatrixSource matrices)
    {
        if (ReplicateNetwork.Of(spec, replicate, drawn, matrices) is not { } running)
        {
            return null;
        }

        double[] start = spec.JacobiansDigest is not null ? new double[spec.StateSize]
            : spec.InitialStateDigest is { } digest
            ? InitialState.Of(matrices.Find(digest), spec.RunningStateSize, spec.InitialScale, spec.Seed, replicate)
            : InitialState.Draw(spec.RunningStateSize, spec.InitialState, spec.InitialScale, spec.Seed, replicate);
        var lossGradient = new double[spec.StateSize];
        Philox.For(spec.Seed, replicate, StreamRole.LossGradient).FillNormal(lossGradient);
        TensorPrimitives.Divide(lossGradient, TensorPrimitives.Norm<double>(lossGradient), lossGradient);
        return new ReplicateStart(replicate, running, spec.Tied ? start : UntiedNetwork.Start(start), lossGradient);
    }

    /// <summary>The reading where the Jacobian product is not known: only the bound.</summary>
    /// <param name="steps">T.</param>
    /// <param name="overflowStep">The first step whose state is not finite.</param>
    public Reading Overflow(int steps, int? overflowStep) => new()
    {
        Replicate = Replicate,
        Log10PascanuBound = steps * Math.Log10(Running.Network.NormBound(Running.WeightsNorm)),
        WeightsSpectralNorm = Running.WeightsNorm,
        Status = ReplicateStatus.StateOverflow,
        StatusStep = overflowStep,
    };

    /// <summary>The reading without the loss gradient, gates and spectrum.</summary>
    /// <param name="steps">T.</param>
    /// <param name="totals">Sums over the slopes.</param>
    /// <param name="norms">Norms of P_T.</param>
    /// <param name="growth">Its growth rate.</param>
    /// <param name="overflowStep">As of <see cref="Overflow"/>; null where every state is finite.</param>
    public Reading Read(int steps, SlopeTotals totals, ProductNorms norms, GrowthRate growth, int? overflowStep)
    {
        double n = Running.Network.HiddenSize;
        bool hasSlopes = Running.Network.HasSlopes; // the Jacobian of a gated network is not W and one diagonal
        double logDeterminant = (steps * Running.CommonLogDeterminant) + totals.LogDeterminantSum;
        return Overflow(steps, overflowStep) with
        {
            Log10SpectralNorm = norms.Log10Spectral,
            Log10FrobeniusNorm = norms.Log10Frobenius,
            Log10AbsDeterminant = logDeterminant / s_ln10,
            LyapunovMax = norms.Log10Spectral * s_ln10 / steps,
            LyapunovMean = logDeterminant / (n * steps),
            LyapunovMaxSlope = growth.Slope,
            LyapunovMaxWithinSem = growth.WithinSem,
            Converged = growth.Converged,
            Log10PathBound = (steps * Math.Log10(Running.CommonNorm)) + (totals.LogBoundSum / s_ln10),
            MeanSlope = hasSlopes ? totals.Sum / (n * steps) : double.NaN,
            MeanLogSlope = hasSlopes ? totals.LogSum / (n * steps) : double.NaN,
            Status = overflowStep is not null ? ReplicateStatus.StateOverflow : ReplicateStatus.Ok,
        };
    }
}
