using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Jacobians.Batched;

/// <summary>
/// Loss gradients of networks side by side, propagated back from several steps in one pass over the slopes. The gradients that are under way are multiplied
/// four at a time, so that a weight is loaded once for four of them.
/// </summary>
/// <param name="network">The networks.</param>
/// <param name="history">Their slopes.</param>
/// <param name="gradients">Memory for <see cref="Most"/> gradients.</param>
/// <param name="next">As much.</param>
/// <param name="ones">N vectors of ones.</param>
internal readonly ref struct BatchedGradients(BatchedNetwork network, SlopeHistory history, Memory<double> gradients, Memory<double> next, ReadOnlySpan<double> ones)
{
    /// <summary>The most steps from which gradients are propagated in one pass.</summary>
    public const int Most = 8;

    // Gradients are multiplied in groups of as many.
    private const int Group = 4;

    // A gradient whose norm is between these is not rescaled.
    private const double LowerNorm = 1.0 / (1L << 32), UpperNorm = 1L << 32;

    // A norm outside these limits may have lost digits.
    private const double SmallestNorm = 1e-135, LargestNorm = 1e135;

    private readonly ReadOnlySpan<double> _ones = ones;

    /// <summary>Propagates the gradients back to step 0.</summary>
    /// <param name="steps">The steps T, ascending, at most <see cref="Most"/>.</param>
    /// <param name="lossGradient">The gradient at each T, N vectors.</param>
    /// <param name="flows">Receives for each T the result of each network, null where its gradient becomes 0 or leaves the limits.</param>
    /// <param name="cancellation">Checked every few milliseconds.</param>
    public void CarryBack(ReadOnlySpan<int> steps, ReadOnlySpan<double> lossGradient, Span<GradientFlow?[]> flows, CancellationToken cancellation)
    {
        int lanes = network.Kernel.Lanes, length = lossGradient.Length, started = 0;
        long checkEvery = Math.Max(1, Trajectory.WorkBetweenCancellationChecks / ((long)length * network.Size * steps.Length));
        var carried = new GradientOfStep[steps.Length];
        Span<double> current = gradients.Span, other = next.Span;
        current.Clear(); // groups include gradients that have not started
        other.Clear();
        for (int t = steps[^1]; t > 0; t--)
        {
            if (t % checkEvery == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            // In the order in which they start: that of the last step first.
            for (; started < steps.Length && steps[^(started + 1)] == t; started++)
            {
                lossGradient.CopyTo(current.Slice(started * length, length));
                carried[started] = new GradientOfStep(lanes);
                network.Kernel.SumSquares(lossGradient, carried[started].Norms);
                TensorPrimitives.Sqrt(carried[started].Norms, carried[started].Norms);
            }

            Multiply(history.At(t - 1, out _), current, other, started, length);
            Span<double> swap = current;
            current = other;
            other = swap;
            for (int i = 0; i < started; i++)
            {
                Note(carried[i], current.Slice(i * length, length));
            }
        }

        for (int i = 0; i < steps.Length; i++)
        {
            flows[i] = carried[^(i + 1)].Flows(network.Members, steps[i]);
        }
    }

    private void Multiply(ReadOnlySpan<double> slopes, Span<double> current, Span<double> other, int count, int length)
    {
        int n = network.Size;
        for (int i = 0; i < count; i += Group)
        {
            bool isGroup = count - i > 1 && n >= Group;
            int number = isGroup ? Group : Math.Min(Group, count - i);
            Span<double> from = current.Slice(i * length, number * length), to = other.Slice(i * length, number * length);
            if (!network.SlopesComeFirst)
            {
                ForEach(from, slopes, length);
            }

            if (isGroup)
            {
                network.Kernel.MultiplyFourTransposed(network.JacobianWeights, from, to, network.SlopesComeFirst ? slopes : _ones, n);
                continue;
            }

            for (int start = 0; start < from.Length; start += length)
            {
                network.Kernel.MultiplyVector(network.JacobianWeights, isTransposed: true, from.Slice(start, length), to.Slice(start, length), n);
            }

            if (network.SlopesComeFirst)
            {
                ForEach(to, slopes, length);
            }
        }

        static void ForEach(Span<double> vectors, ReadOnlySpan<double> factors, int length)
        {
            for (; vectors.Length > 0; vectors = vectors[length..])
            {
                TensorPrimitives.Multiply(vectors[..length], factors, vectors[..length]);
            }
        }
    }

    // Adds a step to ω, and rescales the gradients of the lanes that have left the band by powers of two.
    private void Note(GradientOfStep carried, Span<double> gradient)
    {
        if (!network.Kernel.AddGrowth(gradient, carried.Norms, carried.Sums, LowerNorm, UpperNorm))
        {
            return;
        }

        Span<double> norms = stackalloc double[carried.Norms.Length];
        for (int lane = 0; lane < norms.Length; lane++)
        {
            double norm = carried.Norms[lane];
            carried.HasLeft[lane] |= !(norm is > SmallestNorm and < LargestNorm);
            int shift = norm is > LowerNorm and < UpperNorm || carried.HasLeft[lane] ? 0 : Math.ILogB(norm);
            norms[lane] = Math.ScaleB(1, -shift);
            carried.Norms[lane] *= norms[lane];
            carried.Exponents[lane] += shift;
        }

        network.Kernel.Scale(gradient, norms);
    }

    /// <summary>The norms of the gradients from one step, each array with an element for each lane.</summary>
    private readonly struct GradientOfStep(int lanes)
    {
        public readonly double[] Norms = new double[lanes], Sums = new double[lanes], Exponents = new double[lanes];
        public readonly bool[] HasLeft = new bool[lanes];

        public GradientFlow?[] Flows(int members, int steps)
        {
            var flows = new GradientFlow?[members];
            for (int member = 0; member < members; member++)
            {
                flows[member] = HasLeft[member] ? null
                    : new GradientFlow(Sums[member] / steps, Math.Log10(Norms[member]) + (Exponents[member] * PowerOfTwo.Log10), null);
            }

            return flows;
        }
    }
}
