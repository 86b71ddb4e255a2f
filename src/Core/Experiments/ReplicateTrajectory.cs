using System.Numerics.Tensors;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Randomness;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Experiments;

/// <summary>A replicate's trajectory with what its columns need besides the product: the norm and determinant of W, and the loss gradient.</summary>
internal sealed class ReplicateTrajectory
{
    /// <summary>The most lengths whose loss gradients are propagated back in one pass; with lags each needs a number a step.</summary>
    public const int MostAtOnce = 8;

    private static readonly double s_ln10 = Math.Log(10);

    private readonly int _replicate;
    private readonly ReplicateNetwork _network;
    private readonly double[] _lossGradient;

    private ReplicateTrajectory(int replicate, Trajectory trajectory, ReplicateNetwork network, double[] lossGradient) =>
        (_replicate, Trajectory, _network, _lossGradient) = (replicate, trajectory, network, lossGradient);

    public Trajectory Trajectory { get; }

    /// <summary>The trajectory of a replicate at step 0; null where exact scaling would divide by a spectral radius of 0.</summary>
    /// <param name="spec">The cell.</param>
    /// <param name="replicate">The replicate.</param>
    /// <param name="drawn">As of <see cref="ReplicateNetwork.Of"/>.</param>
    /// <param name="matrices">The user's matrices.</param>
    /// <exception cref="OverflowException">The scaled weights are beyond the range of a double, or of gated networks.</exception>
    public static ReplicateTrajectory? Start(CellSpec spec, int replicate, Func<int, DrawnWeights> drawn, IMatrixSource matrices)
    {
        if (ReplicateNetwork.Of(spec, replicate, drawn, matrices) is not { } running)
        {
            return null;
        }

        double[] start = StartState.Of(spec, replicate, matrices);
        var lossGradient = new double[spec.StateSize];
        Philox.For(spec.Seed, replicate, StreamRole.LossGradient).FillNormal(lossGradient);
        TensorPrimitives.Divide(lossGradient, TensorPrimitives.Norm<double>(lossGradient), lossGradient);
        var trajectory = new Trajectory(
            running.Network,
            running.Drive,
            start,
            checked((int)spec.AllTransient),
            running.CommonLogDeterminant,
            spec.MeasuresSpectrum ? new SpectralProduct(running.Network) : null,
            spec.FrameTransient);
        return new ReplicateTrajectory(replicate, trajectory, running, lossGradient);
    }

    /// <summary>
    /// Reads all numbers that a cell asks for, except those of the loss gradient. The trajectory must be at the cell's sequence length.
    /// </summary>
    public OpenReading Read(CellSpec spec, CancellationToken cancellation)
    {
        int steps = Trajectory.Step;
        double n = Trajectory.Network.HiddenSize;
        var overflow = new Reading
        {
            Replicate = _replicate,
            Log10PascanuBound = steps * Math.Log10(Trajectory.Network.NormBound(_network.WeightsNorm)),
            WeightsSpectralNorm = _network.WeightsNorm,
            Status = ReplicateStatus.StateOverflow,
            StatusStep = Trajectory.OverflowStep,
        };
        if (!Trajectory.ProductIsKnown)
        {
            return new OpenReading(overflow, spec, steps, []) { IsComplete = true };
        }

        SlopeTotals totals = Trajectory.Totals;
        bool hasSlopes = Trajectory.Network.Parts is not null; // the Jacobian of a gated network is not W and one diagonal
        double logDeterminant = (steps * _network.CommonLogDeterminant) + totals.LogDeterminantSum;
        ProductNorms norms = Trajectory.Product.Norms(cancellation);
        GrowthRate growth = Trajectory.Product.Growth;
        int[] lags = spec.MeasuresLags ? LagGrid.Of(spec) : [];
        ProductNorms[] lagNorms = spec.MeasuresLags ? Trajectory.LagNorms(lags, cancellation) : [];
        WideProducts? wide = Trajectory.RangeIsLeft ? Trajectory.Wide(cancellation) : null;
        if (wide is not null)
        {
            (norms, growth) = WideReading.Correct(wide, norms, growth, cancellation);
            WideReading.Correct(wide, lagNorms, lags, cancellation);
        }

        double spectral = norms.Log10Spectral;
        Reading reading = overflow with
        {
            Log10SpectralNorm = spectral,
            Log10FrobeniusNorm = norms.Log10Frobenius,
            Log10AbsDeterminant = logDeterminant / s_ln10,
            LyapunovMax = spectral * s_ln10 / steps,
            LyapunovMean = logDeterminant / (n * steps),
            LyapunovMaxSlope = growth.Slope,
            LyapunovMaxWithinSem = growth.WithinSem,
            Converged = growth.Converged,
            Log10PathBound = (steps * Math.Log10(_network.CommonNorm)) + (totals.LogBoundSum / s_ln10),
            MeanSlope = hasSlopes ? totals.Sum / (n * steps) : double.NaN,
            MeanLogSlope = hasSlopes ? totals.LogSum / (n * steps) : double.NaN,
            Status = Trajectory.OverflowStep is not null ? ReplicateStatus.StateOverflow : ReplicateStatus.Ok,
        };
        reading = GateColumns.Add(reading, Trajectory.Network, Trajectory.Gates);
        reading = WithSpectrum(reading, logDeterminant / s_ln10, spectral, cancellation);
        var open = new OpenReading(reading, spec, steps, lagNorms);
        if (wide is null)
        {
            return open;
        }

        var log10Gradients = new double[spec.MeasuresLags ? steps : 0];
        GradientFlow gradient = Trajectory.CarryBack(_lossGradient, log10Gradients, cancellation);
        return open.With(WideReading.Correct(wide, gradient, _lossGradient, log10Gradients, cancellation), log10Gradients);
    }

    /// <summary>Adds the numbers of the loss gradient, propagated back from several lengths in one pass.</summary>
    /// <param name="readings">Readings of this trajectory, by ascending sequence length.</param>
    /// <param name="cancellation">Checked every few milliseconds.</param>
    public Reading[] Complete(IReadOnlyList<OpenReading> readings, CancellationToken cancellation)
    {
        var completed = new Queue<OpenReading>();
        foreach (OpenReading[] open in readings.Where(reading => !reading.IsComplete).Chunk(MostAtOnce))
        {
            double[][] log10Gradients = [.. open.Select(reading => new double[reading.Spec.MeasuresLags ? reading.Steps : 0])];
            GradientFlow[] gradients = Trajectory.CarryBackFrom([.. open.Select(reading => reading.Steps)], _lossGradient, log10Gradients, cancellation);
            for (int i = 0; i < open.Length; i++)
            {
                completed.Enqueue(open[i].With(gradients[i], log10Gradients[i]));
            }
        }

        return [.. readings.Select(reading => (reading.IsComplete ? reading : completed.Dequeue()).Reading)];
    }

    private Reading WithSpectrum(Reading reading, double log10AbsDeterminant, double log10Norm, CancellationToken cancellation)
    {
        if (Trajectory.Spectrum is null)
        {
            return reading;
        }

        int steps = Trajectory.Step;
        SingularSpectrum spectrum = Trajectory.Spectrum.Read(cancellation).WithNorm(log10Norm, steps);
        var statistics = SpectrumStatistics.Of(spectrum, steps, log10AbsDeterminant);
        return reading with
        {
            Log10MinSingularValue = statistics.Log10MinSingularValue,
            Log10ConditionNumber = statistics.Log10ConditionNumber,
            UnstableFraction = statistics.UnstableFraction,
            EntropyRate = statistics.EntropyRate,
            KaplanYorkeDimension = statistics.KaplanYorkeDimension,
            SumRuleResidual = statistics.SumRuleResidual,
            Spectrum = new SpectrumResult
            {
                Log10SingularValues = new(spectrum.Log10SingularValues),
                FrameExponents = new(Trajectory.FrameHasSettled ? [.. spectrum.FrameExponents.Select(growth => growth / steps)] : []),
            },
        };
    }
}
