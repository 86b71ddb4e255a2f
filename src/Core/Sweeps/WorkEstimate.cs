using MathNet.Numerics;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Sweeps;

/// <summary>What a cell will cost, as a function of its spec alone: for the order of work, for progress, and for the plan. It depends on fields of <see cref="FieldEffects.Cost"/> only.</summary>
public static class WorkEstimate
{
    // All in operations of the product kernel, so that they can be added; fitted to the times of cells of N = 4 to 384 and T = 10 to 1000, which they meet
    // within a factor of 1.5 over four decades. Products of a matrix and a vector are bound by their loads, and a small step by its calls.
    private const double PerActivation = 200, PerStep = 7000, PerReplicate = 4e5, PerVectorOperation = 4, PerDrawnNormal = 300;

    // A draw's radius, norm and determinant: products, and iterations of vectors.
    private const double DrawCubic = 22, DrawSquare = 3000;

    // The determinant of a leaky network's Jacobian, which each step needs anew: a factorisation at half the product's speed, and its lower orders.
    private const double DeterminantCubic = 4.0 / 3, DeterminantSquare = 150, DeterminantLinear = 4e4;

    // Norms at the end: an iteration of some tens of vectors.
    private const double NormsSquare = 1000;

    // Steps of a product that is carried for all its singular values, and one reading of them, in steps of one that has all its columns.
    private const double SpectralSteps = 2.5, SpectralReading = 60;

    // The norms at a lag: an iteration of vectors, and memory to read the columns to.
    private const double LagNormsSquare = 200, PerLag = 2e4;

    // Columns of a product fall as 1 − e^{−d/t} where singular values spread as those of gaussian matrices do: ln σ_i = t/2 · ln(1 − i/N), and what lies
    // below 3e-8 is dropped, d = −2 ln 3e-8.
    private const double Depth = 34.6;

    // N × N each: of a trajectory W in three layouts, the product, its copy for the next step, and the last that had dropped nothing; beside it W₀ and,
    // pooled by powers of two, what a factoring or a draw works in.
    private const double TrajectoryMatrices = 6, WorkingMatrices = 10;

    // Of a spectrum the frame, its rows, and what they are read in; of the way back over lags Wᵀ, the product and its copies.
    private const double SpectrumMatrices = 8, LagsMatrices = 6;

    /// <summary>Floating-point operations of a cell that starts from step 0.</summary>
    public static double Operations(CellSpec spec)
    {
        double n = spec.HiddenSize, steps = spec.SequenceLength, all = steps + spec.AllTransient;
        double input = spec.InputScale == 0 ? 0 : ((2 * PerVectorOperation * n) + PerDrawnNormal) * spec.ResolvedInputSize;
        double vector = 2 * PerVectorOperation * n * n;
        double state = all * (vector + (PerActivation * n) + input + PerStep);
        double omega = steps * (vector + (PerActivation * n / 2));
        double product = FullSteps(spec) * 2 * n * n * n;
        double determinants = spec.Leak == 1 || spec.Activation == ActivationKind.Linear ? 0 : steps * n * ((((DeterminantCubic * n) + DeterminantSquare) * n) + DeterminantLinear);
        double spectrum = spec.MeasuresSpectrum ? ((SpectralSteps * (steps + spec.FrameTransient)) + SpectralReading) * 2 * n * n * n : 0;
        return (spec.Replicates * (PerReplicate + state + product + determinants + omega + spectrum + (NormsSquare * n * n))) + ReadingOperations(spec);
    }

    /// <summary>
    /// Floating-point operations of a cell that it shares with no other of its trajectory: the way back over its lags.
    /// </summary>
    public static double ReadingOperations(CellSpec spec)
    {
        if (!spec.MeasuresLags)
        {
            return 0;
        }

        double n = spec.HiddenSize, steps = spec.SequenceLength, full = FullSteps(spec);
        double norms = (full / steps * LagNormsSquare * n * n) + PerLag;
        return spec.Replicates * ((full * 2 * n * n * n) + (steps * PerStep) + (LagGrid.MostOf(spec) * norms));
    }

    /// <summary>
    /// Floating-point operations of drawing W₀ once for each replicate, its spectral radius included: shared by all cells of the same draw.
    /// </summary>
    public static double DrawOperations(CellSpec spec)
    {
        double n = spec.HiddenSize;
        double analysis = spec.Weights == WeightEnsemble.Identity ? 0 : (DrawCubic * n * n * n) + (DrawSquare * n * n);
        return spec.Replicates * ((PerDrawnNormal * n * n) + analysis);
    }

    // Product steps of full width that cost as much as those of the sequence: ∫ (1 − e^{−d/t}) dt, by parts.
    private static double FullSteps(CellSpec spec)
    {
        double steps = spec.SequenceLength, depth = Depth / spec.Leak, x = depth / steps; // a leak slows the spread as it slows the state
        bool dropsNothing = spec.Weights is WeightEnsemble.Identity or WeightEnsemble.Orthogonal || spec.HiddenSize <= 8;
        return dropsNothing ? steps : (steps * -SpecialFunctions.Expm1(-x)) + (depth * SpecialFunctions.ExponentialIntegral(x, 1));
    }

    /// <summary>
    /// Bytes that one thread holds while it computes a cell: a trajectory, and what its factorings, or those of a draw, work in.
    /// </summary>
    public static double Bytes(CellSpec spec)
    {
        double n = spec.HiddenSize;
        double spectrum = spec.MeasuresSpectrum ? n * (spec.FrameTransient > 0 ? 2 : 1) : 0, lags = spec.MeasuresLags ? 2.0 * LagGrid.MostOf(spec) : 0;
        double results = spec.Replicates * (200 + (sizeof(double) * (spectrum + lags)));
        double wayBack = spec.MeasuresLags ? (LagsMatrices * n * n * sizeof(double)) + (sizeof(double) * (double)spec.SequenceLength) : 0;
        return TrajectoryBytes(spec) + wayBack + (WorkingMatrices * n * n * sizeof(double)) + results;
    }

    /// <summary>
    /// Bytes of a trajectory that waits to go on: weights and product of one replicate, its slopes up to their budget, and the states that they can
    /// be recomputed from.
    /// </summary>
    public static double TrajectoryBytes(CellSpec spec)
    {
        double n = spec.HiddenSize, steps = spec.SequenceLength;
        double slopes = Math.Min(steps * n * sizeof(double), 48 << 20) + (steps / 64 * (n + 64 + 8) * sizeof(double));
        double input = spec.InputScale == 0 ? 0 : n * spec.ResolvedInputSize * sizeof(double);
        double spectrum = spec.MeasuresSpectrum ? (SpectrumMatrices * n * n * sizeof(double)) + (16 * n * sizeof(double)) : 0;
        return (TrajectoryMatrices * n * n * sizeof(double)) + spectrum + slopes + input;
    }
}
