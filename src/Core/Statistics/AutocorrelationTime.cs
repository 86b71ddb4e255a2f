using System.Numerics.Tensors;

namespace RnnSweep.Core.Statistics;

/// <summary>
/// The variance of a series of vectors and its integrated autocorrelation time τ = 1 + 2 Σ_{k≥1} ρ_k, ρ_k the autocovariance at lag k, summed over the
/// components, relative to that at lag 0. Both follow from the variances of the means of blocks of 1, 2, 4, … vectors, which take N operations a vector.
/// </summary>
/// <remarks>
/// With V_b the variance of the means of blocks of b vectors, τ_b = b V_b / V_1 is the sum of the ρ_k with weights that fall from 1 at k = 0 to 0 at k = b, so
/// 2 τ_2b − τ_b has the weights 1 up to b, and then a straight line to 0 at 2b: the flat-top window of Politis &amp; Romano (1995), without the bias of order
/// 1/b. b is the smallest power of two, from 8 on, that is at least four times τ at every b up to it, as in Sokal (1997), and there must be four blocks of 2b.
/// </remarks>
/// <param name="size">N, the length of the vectors.</param>
internal sealed class AutocorrelationTime(int size)
{
    // A time below 2 steps does not tell how long the correlation lasts: it may alternate in sign.
    private const int Window = 4, FewestBlocks = 4, LeastTime = 2;

    private readonly List<Level> _levels = [new Level(size)];

    /// <summary>The vectors themselves.</summary>
    public RunningVariance Series => _levels[0].Means;

    /// <summary>Number of doubles held for each component after a number of vectors.</summary>
    public static int ValuesEach(long count) => Level.ValuesEach * (1 + (int)Math.Ceiling(Math.Log2(count + 1.0)));

    /// <summary>Adds a vector.</summary>
    public void Add(ReadOnlySpan<double> vector)
    {
        _levels[0].Means.Add(vector);
        for (int level = 0; _levels[level].Pair(vector); level++)
        {
            if (level + 1 == _levels.Count)
            {
                _levels.Add(new Level(size));
            }

            vector = _levels[level].Mean;
            _levels[level + 1].Means.Add(vector);
        }
    }

    /// <summary>τ in steps; NaN where the vectors do not vary, or are too few.</summary>
    public double Time()
    {
        double largest = LeastTime;
        for (int level = 0; level + 1 < _levels.Count && _levels[level + 1].Means.Count >= FewestBlocks; level++)
        {
            double time = (2 * Scaled(level + 1)) - Scaled(level);
            largest = Math.Max(largest, time);
            if (Math.ScaleB(1, level) >= Window * largest)
            {
                return time;
            }
        }

        return double.NaN;
    }

    // b V_b / V_1 for b = 2^level.
    private double Scaled(int level) => Math.ScaleB(_levels[level].Means.Variance, level) / Series.Variance;

    /// <summary>The means of blocks of one length.</summary>
    private sealed class Level(int size)
    {
        /// <summary>Number of doubles for each component.</summary>
        public const int ValuesEach = 4;

        private bool _isHalf;

        public RunningVariance Means { get; } = new(size);

        /// <summary>The mean of the last pair, or of the block that waits for its pair.</summary>
        public double[] Mean { get; } = new double[size];

        /// <summary>Adds a block's mean to <see cref="Mean"/>; returns whether it is the second of a pair.</summary>
        public bool Pair(ReadOnlySpan<double> mean)
        {
            if (_isHalf)
            {
                TensorPrimitives.Add(Mean, mean, Mean);
                TensorPrimitives.Multiply(Mean, 0.5, Mean);
            }
            else
            {
                mean.CopyTo(Mean);
            }

            _isHalf = !_isHalf;
            return !_isHalf;
        }
    }
}
