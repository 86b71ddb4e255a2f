using MathNet.Numerics;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Gated;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Sweeps;

/// <summary>
/// Estimated cost of a cell from its spec, for the order of work, for progress, and for the plan. It depends only on fields of
/// <see cref="FieldEffects.Cost"/>.
/// </summary>
public static class WorkEstimate
{
    // All constants are in operations of the product kernel, so that they can be added. They are fitted to the times of cells of N = 4 to 384 and T =
    // 10 to 1000 and match them within a factor of 1.5 over four decades. Products of a matrix and a vector are limited by memory loads, and small
    // steps by call overhead.
    private const double PerActivation = 200, PerStep = 7000, PerReplicate = 4e5, PerVectorOperation = 4, PerDrawnNormal = 300;

    // A step of one of several small networks side by side, without the product, which has all its columns.
    private const double PerBatchedStep = 3800;

    // Radius, norm and determinant of a draw: matrix products, and iterations of vectors.
    private const double DrawCubic = 22, DrawSquare = 3000;

    // The determinant of a leaky network's Jacobian at each step: a factorisation at half the product's speed, with its lower orders.
    private const double DeterminantCubic = 4.0 / 3, DeterminantSquare = 150, DeterminantLinear = 4e4;

    // Norms at the end: an iteration of some tens of vectors.
    private const double NormsSquare = 1000;

    // Cost of a step of the product with all its singular values, and of one reading of them, in steps of a product with all columns.
    private const double SpectralSteps = 2.5, SpectralReading = 60;

    // The norms at a lag: an iteration of vectors, and memory for the columns.
    private const double LagNormsSquare = 200, PerLag = 2e4;

    // The columns of a product fall as 1 − e^{−d/t} where singular values spread like those of gaussian matrices: ln σ_i = t/2 · ln(1 − i/N). Values
    // below 3e-8 are dropped, so d = −2 ln 3e-8.
    private const double Depth = 34.6;

    // Number of N × N matrices. A trajectory has W in three layouts, the product, its copy for the next step, and the last product with all columns.
    // The working memory is W₀ and, pooled in powers of two, the memory of a factoring or a draw.
    private const double TrajectoryMatrices = 6, WorkingMatrices = 10;

    // Number of N × N matrices of a spectrum: the frame, its rows, and the memory for reading them. Of lags: Wᵀ, the product and its copies.
    private const double SpectrumMatrices = 8, LagsMatrices = 6;

    // Layouts of the blocks of weights of a gated network, beside their sums and terms.
    private const double GateMatrices = 4;

    // Reading a given Jacobian for its largest entry, its determinant, and the products and the way back, each with a copy.
    private const double PerGivenEntry = 12;

    // A block of few columns is limited by memory loads, like a vector, and a factorisation by its short rows. Entries of the frame in memory: the frame and its columns, twice each, and copies of these for a factorisation.
    private const double LeastColumns = 8, PerFrameEntry = 16, FrameCopies = 8;

    // Number of N × N matrices of a trajectory without a product: W, its transpose, and W packed. A draw takes W₀, and its radius the squarings.
    private const double PlainMatrices = 3;

    // Statistics of a state: some vector operations a step, and the products of the vectors that are kept.
    private const double PerActivityValue = 60, ActivityReading = 1 << 16;

    /// <summary>Floating-point operations of a cell that starts from step 0.</summary>
    public static double Operations(CellSpec spec) =>
        (spec.MeasuresNorms ? ProductOperations(spec) : 0) + (spec.MeasuresLeading ? LeadingOperations(spec) : 0)
        + (spec.MeasuresGradient ? spec.Replicates * StateOperations(spec) : 0) + (spec.MeasuresActivity ? ActivityOperations(spec) : 0);

    private static double ActivityOperations(CellSpec spec) =>
        spec.Replicates * (StateOperations(spec) + (((PerActivityValue * spec.SequenceLength) + ActivityReading) * spec.StateSize));

    private static double LeadingOperations(CellSpec spec)
    {
        double k = spec.ResolvedLeading, frame = (2 * RecurrentWeights(spec) * Math.Max(k, LeastColumns)) + (spec.StateSize * k * ((4 * k) + PerFrameEntry)) + PerStep;
        return spec.Replicates * (PerReplicate + StateOperations(spec) + ((spec.SequenceLength + (double)spec.AllTransient) * frame));
    }

    private static double StateOperations(CellSpec spec)
    {
        double n = spec.HiddenSize, weights = RecurrentWeights(spec), all = spec.SequenceLength + spec.AllTransient, input = InputOperations(spec);
        return spec.JacobiansDigest is null
            ? all * ((2 * PerVectorOperation * weights) + (PerActivation * weights / n) + input + PerStep + (spec.Tied ? 0 : PerDrawnNormal * weights))
            : all * ((PerGivenEntry * n * n) + PerStep);
    }

    // A step's input, drawn and multiplied by its weights.
    private static double InputOperations(CellSpec spec) =>
        spec.InputScale == 0 ? 0 : ((2 * PerVectorOperation * spec.HiddenSize) + PerDrawnNormal) * spec.ResolvedInputSize;

    private static double ProductOperations(CellSpec spec)
    {
        double n = spec.HiddenSize, size = spec.StateSize, weights = RecurrentWeights(spec), steps = spec.SequenceLength;
        double vector = 2 * PerVectorOperation * weights;
        double activations = PerActivation * weights / n;
        double omega = steps * (vector + (activations / 2));
        double product = FullSteps(spec) * 2 * weights * size;
        double determinants = FactorsEachStep(spec) ? steps * spec.MeasuredLayers * n * ((((DeterminantCubic * n) + DeterminantSquare) * n) + DeterminantLinear) : 0;
        double alone = StateOperations(spec) + omega + product + determinants;
        double batched = ((steps + spec.AllTransient) * (PerBatchedStep + InputOperations(spec))) + (steps * 2 * weights * size);
        double norms = !BatchedReplicates.Fit(spec) ? alone : spec.MeasuresSpectrum || spec.MeasuresLags ? alone + batched : batched;
        double spectrum = spec.MeasuresSpectrum ? ((SpectralSteps * (steps + spec.FrameTransient)) + SpectralReading) * 2 * weights * size : 0;
        return (spec.Replicates * (PerReplicate + norms + spectrum + (NormsSquare * size * size))) + ReadingOperations(spec);
    }

    /// <summary>Floating-point operations that a cell does not share with others of its trajectory: propagating back over its lags, and for gradients with respect to parameters.</summary>
    public static double ReadingOperations(CellSpec spec) => LagOperations(spec) + (spec.MeasuresGradient ? GradientOperations(spec) : 0);

    // A step's product with a vector, its outer products, and its input. At a lag, the norm of a partial sum.
    private static double GradientOperations(CellSpec spec)
    {
        double vector = 2 * PerVectorOperation * RecurrentWeights(spec), outer = PerVectorOperation * Parameters(spec);
        double lags = spec.MeasuresLags ? LagGrid.MostOf(spec) * outer : 0;
        return spec.Replicates * (lags + (spec.SequenceLength * (vector + (2 * outer) + InputOperations(spec) + PerStep)));
    }

    // Number of recurrent and input weights.
    private static double Parameters(CellSpec spec) =>
        RecurrentWeights(spec) + (spec.InputScale == 0 ? 0 : (double)GateBlocks.Of(spec.Network).Count * spec.HiddenSize * spec.ResolvedInputSize);

    private static double LagOperations(CellSpec spec)
    {
        if (!spec.MeasuresLags)
        {
            return 0;
        }

        double n = spec.StateSize, steps = spec.SequenceLength, full = FullSteps(spec);
        double norms = (full / steps * LagNormsSquare * n * n) + PerLag;
        return spec.Replicates * ((full * 2 * RecurrentWeights(spec) * n) + (steps * PerStep) + (LagGrid.MostOf(spec) * norms));
    }

    /// <summary>Floating-point operations of drawing W₀ once for each replicate, including its spectral radius; shared by all cells of the same draw.</summary>
    public static double DrawOperations(CellSpec spec)
    {
        if (spec.JacobiansDigest is not null || !spec.Tied)
        {
            return 0; // no draw is shared
        }

        double n = spec.HiddenSize;
        bool isAnalysed = spec.Weights != WeightEnsemble.Identity && (spec.MeasuresNorms || spec.Scaling == WeightScaling.Exact);
        double analysis = isAnalysed ? (DrawCubic * n * n * n) + (DrawSquare * n * n) : 0;
        return spec.Replicates * spec.RunningLayers * GateBlocks.Of(spec.Network).Count * ((PerDrawnNormal * n * n) + analysis);
    }

    /// <summary>Number of weights that a step's Jacobian is made of: the recurrent ones of all blocks, and those between layers.</summary>
    public static double RecurrentWeights(CellSpec spec) => ((2.0 * spec.MeasuredLayers) - 1) * GateBlocks.Of(spec.Network).Count * spec.HiddenSize * spec.HiddenSize;

    // Whether the determinant of each step needs a factorisation. That of an LSTM has a closed form.
    private static bool FactorsEachStep(CellSpec spec) =>
        spec.JacobiansDigest is not null || !spec.Tied || spec.Network is NetworkKind.Gru or NetworkKind.Minimal || (spec is { Network: NetworkKind.Rnn, Leak: not 1 } && spec.Activation != ActivationKind.Linear);

    // Number of full-width product steps that cost as much as those of the sequence: ∫ (1 − e^{−d/t}) dt, by parts.
    private static double FullSteps(CellSpec spec)
    {
        double steps = spec.SequenceLength, depth = Depth / spec.Leak, x = depth / steps; // a leak slows the spread like the state
        bool dropsNothing = spec.Weights is WeightEnsemble.Identity or WeightEnsemble.Orthogonal || spec.HiddenSize <= 8;
        return dropsNothing ? steps : (steps * -SpecialFunctions.Expm1(-x)) + (depth * SpecialFunctions.ExponentialIntegral(x, 1));
    }

    /// <summary>Memory in bytes that one thread uses while it computes a cell: a trajectory, and the working memory of its factorings or of a draw.</summary>
    public static double Bytes(CellSpec spec)
    {
        double n = spec.StateSize;
        double spectrum = spec.MeasuresSpectrum ? n * (spec.FrameTransient > 0 ? 2 : 1) : 0, lags = spec.MeasuresLags ? 2.0 * LagGrid.MostOf(spec) : 0;
        double leading = spec.MeasuresLeading ? spec.ResolvedLeading * (2.0 + LeadingResult.MostHistorySteps(spec.SequenceLength)) : 0;
        double results = spec.Replicates * (200 + (sizeof(double) * (spectrum + (spec.MeasuresGradient ? 2 * lags : lags) + leading)));
        double gradient = spec.MeasuresGradient ? sizeof(double) * (Parameters(spec) + Math.Min(spec.SequenceLength * 4.0 * n, Jacobians.SlopeHistory.Budget / sizeof(double))) : 0;
        double wayBack = spec.MeasuresLags ? (LagsMatrices * n * n * sizeof(double)) + (ReplicateTrajectory.MostAtOnce * sizeof(double) * (double)spec.SequenceLength) : 0;
        double batch = BatchedReplicates.Fit(spec) ? BatchedReplicates.Bytes(spec) : 0;
        double activity = spec.MeasuresActivity ? n * ActivityMoments.ValuesEach(spec.SequenceLength) * sizeof(double) : 0;
        double working = spec.MeasuresNorms || (spec.Scaling == WeightScaling.Exact && spec.JacobiansDigest is null) ? WorkingMatrices : 2;
        return TrajectoryBytes(spec) + gradient + activity + batch + wayBack + (working * n * n * sizeof(double)) + results;
    }

    /// <summary>
    /// Memory in bytes of a suspended trajectory: weights and product of one replicate, its slopes up to their budget, and the states from which
    /// slopes can be recomputed.
    /// </summary>
    public static double TrajectoryBytes(CellSpec spec)
    {
        double n = spec.StateSize, steps = spec.SequenceLength;
        double slopes = Math.Min(steps * n * sizeof(double), 48 << 20) + (steps / 64 * (n + 64 + 8) * sizeof(double));
        double input = spec.InputScale == 0 ? 0 : n * spec.ResolvedInputSize * sizeof(double);
        double spectrum = spec.MeasuresSpectrum ? (SpectrumMatrices * n * n * sizeof(double)) + (16 * n * sizeof(double)) : 0;
        double gates = spec.Network == NetworkKind.Rnn ? 0 : (GateMatrices * RecurrentWeights(spec) * sizeof(double)) + (slopes * 6);
        double frame = spec.MeasuresLeading ? (PlainMatrices * n * n * sizeof(double)) + (FrameCopies * n * spec.ResolvedLeading * sizeof(double)) + input : 0;
        return spec.MeasuresNorms ? (TrajectoryMatrices * n * n * sizeof(double)) + gates + spectrum + slopes + input + frame
            : frame + (gates == 0 ? 0 : gates - (slopes * 6));
    }
}
