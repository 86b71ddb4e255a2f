using RnnSweep.Core.Jacobians;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Experiments;

/// <summary>A replicate's trajectory with what its columns need besides the product: the norm and determinant of W, and the loss gradient.</summary>
internal sealed class ReplicateTrajectory
{
    /// <summary>The most lengths whose loss gradients are propagated back in one pass; with lags each needs a number a step.</summary>
    public const int MostAtOnce = 8;

    private static readonly double s_ln10 = Math.Log(10);

    private readonly ReplicateStart _start;

    /// <summary>Creates the trajectory at step 0, before its transient.</summary>
    /// <param name="spec">A cell that reads it.</param>
    /// <param name="start">The replicate's network and start.</param>
    public ReplicateTrajectory(CellSpec spec, ReplicateStart start)
    {
        _start = start;
        INetwork network = start.Running.Network;
        Trajectory = new Trajectory(
            network,
            start.Running.Drive,
            start.State,
            checked((int)spec.AllTransient),
            start.Running.CommonLogDeterminant,
            spec.MeasuresSpectrum ? new SpectralProduct(network) : null,
            spec.FrameTransient);
    }

    public Trajectory Trajectory { get; }

    /// <summary>The trajectory of a replicate; parameters, null and exceptions as of <see cref="ReplicateStart.Of"/>.</summary>
    public static ReplicateTrajectory? Start(CellSpec spec, int replicate, Func<int, DrawnWeights> drawn, IMatrixSource matrices) =>
        ReplicateStart.Of(spec, replicate, drawn, matrices) is { } start ? new ReplicateTrajectory(spec, start) : null;

    /// <summary>
    /// Reads all numbers that a cell asks for, except those of the loss gradient. The trajectory must be at the cell's sequence length.
    /// </summary>
    /// <param name="spec">The cell.</param>
    /// <param name="known">The reading without lags and spectrum, where it was computed in a batch; otherwise null.</param>
    /// <param name="cancellation">Checked every few milliseconds.</param>
    public OpenReading Read(CellSpec spec, Reading? known, CancellationToken cancellation)
    {
        int steps = Trajectory.Step;
        if (!Trajectory.ProductIsKnown)
        {
            return new OpenReading(_start.Overflow(steps, Trajectory.OverflowStep), spec, steps, []) { IsComplete = true };
        }

        int[] lags = spec.MeasuresLags ? LagGrid.Of(spec) : [];
        ProductNorms[] lagNorms = spec.MeasuresLags ? Trajectory.LagNorms(lags, cancellation) : [];
        if (known is not null)
        {
            return new OpenReading(WithSpectrum(known, cancellation), spec, steps, lagNorms) { HasGradient = true, IsComplete = !spec.MeasuresLags };
        }

        ProductNorms norms = Trajectory.Product.Norms(cancellation);
        GrowthRate growth = Trajectory.Product.Growth;
        WideProducts? wide = Trajectory.RangeIsLeft ? Trajectory.Wide(cancellation) : null;
        if (wide is not null)
        {
            (norms, growth) = WideReading.Correct(wide, norms, growth, cancellation);
            WideReading.Correct(wide, lagNorms, lags, cancellation);
        }

        Reading reading = _start.Read(steps, Trajectory.Totals, norms, growth, Trajectory.OverflowStep);
        reading = GateColumns.Add(reading, Trajectory.Network, Trajectory.Gates);
        reading = WithSpectrum(reading, cancellation);
        var open = new OpenReading(reading, spec, steps, lagNorms);
        if (wide is null)
        {
            return open;
        }

        var log10Gradients = new double[spec.MeasuresLags ? steps : 0];
        GradientFlow gradient = Trajectory.CarryBack(_start.LossGradient, log10Gradients, cancellation);
        return open.With(WideReading.Correct(wide, gradient, _start.LossGradient, log10Gradients, cancellation), log10Gradients);
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
            GradientFlow[] gradients = Trajectory.CarryBackFrom([.. open.Select(reading => reading.Steps)], _start.LossGradient, log10Gradients, cancellation);
            for (int i = 0; i < open.Length; i++)
            {
                completed.Enqueue(open[i].With(gradients[i], log10Gradients[i]));
            }
        }

        return [.. readings.Select(reading => (reading.IsComplete ? reading : completed.Dequeue()).Reading)];
    }

    private Reading WithSpectrum(Reading reading, CancellationToken cancellation)
    {
        if (Trajectory.Spectrum is null)
        {
            return reading;
        }

        int steps = Trajectory.Step;
        SingularSpectrum spectrum = Trajectory.Spectrum.Read(cancellation).WithNorm(reading.Log10SpectralNorm, steps);
        var statistics = SpectrumStatistics.Of(spectrum, steps, reading.Log10AbsDeterminant);
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
