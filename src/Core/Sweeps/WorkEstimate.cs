using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Sweeps;

/// <summary>What a cell will cost, as a function of its spec alone: for the order of work, for progress, and for the plan.</summary>
public static class WorkEstimate
{
    // Floating-point operations that a transcendental function, or a step's fixed overhead, is worth.
    private const double PerActivation = 150, PerStep = 500;

    /// <summary>Names of the fields that cost depends on; along all others it is the same.</summary>
    public static IReadOnlySet<string> Fields { get; } =
        new HashSet<string> { "hidden_size", "sequence_length", "replicates", "transient", "input_scale", "input_size", "weights" };

    /// <summary>Floating-point operations of a cell that starts from step 0.</summary>
    public static double Operations(CellSpec spec)
    {
        double n = spec.HiddenSize, steps = spec.SequenceLength, all = steps + spec.Transient;
        double input = spec.InputScale == 0 ? 0 : (2 * n * spec.ResolvedInputSize) + (PerActivation * spec.ResolvedInputSize);
        double state = all * ((2 * n * n) + (PerActivation * n) + input + PerStep);
        double product = steps * 2 * n * n * n;
        double omega = steps * 4 * n * n;
        double norms = 200 * n * n;
        return spec.Replicates * (state + product + omega + norms);
    }

    /// <summary>
    /// Floating-point operations of drawing W₀ once for each replicate, its spectral radius included: shared by all cells of the same draw.
    /// </summary>
    public static double DrawOperations(CellSpec spec)
    {
        double n = spec.HiddenSize;
        double radius = spec.Weights is WeightEnsemble.Identity or WeightEnsemble.Orthogonal ? 10 : 250;
        return spec.Replicates * ((PerActivation * n * n) + (radius * n * n * n));
    }

    /// <summary>
    /// Bytes that one thread holds while it computes a cell: weights, product and factorisations of one replicate, its slopes up to
    /// their budget, and the states that they can be recomputed from.
    /// </summary>
    public static double Bytes(CellSpec spec)
    {
        double n = spec.HiddenSize, steps = spec.SequenceLength;
        double slopes = Math.Min(steps * n * sizeof(double), 48 << 20) + (steps / 64 * (n + 64 + 8) * sizeof(double));
        double input = spec.InputScale == 0 ? 0 : n * spec.ResolvedInputSize * sizeof(double);
        double results = spec.Replicates * 160.0;
        return (9 * n * n * sizeof(double)) + slopes + input + results;
    }
}
