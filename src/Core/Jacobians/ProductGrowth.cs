using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// Samples of ln ‖P_t‖_F along a Jacobian product, for its growth rate and the standard error of that. ln ‖P_T‖ / T converges to the exponent only as
/// 1/T, because of the steps in which the product's directions align. The slope over the second half has no such bias.
/// </summary>
/// <remarks>
/// The sampled steps depend only on t: every step below 128, then 64 in each octave, so that [T/2, T] holds 32 to 64 intervals, or all its steps. Where the
/// slopes come first (J = W diag(φ')), the norm is that of diag(φ'(x_{t−1})) P_{t−1}, the product without its last W, which is already computed. It lies
/// within ln cond(W) of the other at every t and so grows at the same rate.
/// </remarks>
internal sealed class ProductGrowth
{
    /// <summary>Smallest number of steps with a growth rate.</summary>
    public const int FewestSteps = 8;

    /// <summary>Largest number of batches of equal length in the second half; even.</summary>
    public const int MostBatches = 16;

    // The rates of two quarters agree if they differ by at most this many joint standard errors, or by rounding.
    private const double AllowedErrors = 3, AllowedDifference = 1e-6;

    // Two lists, because code for tuples of different types would have to be compiled at each start of the program.
    private readonly List<int> _steps = [];
    private readonly List<double> _logNorms = [];

    /// <summary>Bytes held.</summary>
    public long Bytes => (sizeof(int) + sizeof(double)) * (long)_steps.Capacity;

    /// <summary>Whether the norm is sampled after a step t ≥ 1.</summary>
    public static bool Samples(int step) => step % Stride(step) == 0;

    /// <summary>The sampled steps up to T, ascending.</summary>
    public static IEnumerable<int> SampledSteps(int steps)
    {
        for (long step = 1; step <= steps; step += Stride((int)step))
        {
            yield return (int)step;
        }
    }

    /// <summary>Records the norm after a sampled step. Steps must ascend.</summary>
    public void Note(int step, double logNorm)
    {
        _steps.Add(step);
        _logNorms.Add(logNorm);
    }

    /// <summary>The logarithm of the sample with an index from 0.</summary>
    public double At(int sample) => _logNorms[sample];

    /// <summary>A copy of the samples up to a step.</summary>
    public ProductGrowth UpTo(int step)
    {
        var before = new ProductGrowth();
        for (int i = 0; i < _steps.Count && _steps[i] <= step; i++)
        {
            before.Note(_steps[i], _logNorms[i]);
        }

        return before;
    }

    /// <summary>The rates over the second half of the first T steps, where T is the last step.</summary>
    public GrowthRate Rate(int steps) => Rate(steps, CollectionsMarshal.AsSpan(_steps), CollectionsMarshal.AsSpan(_logNorms));

    /// <summary>The rates from samples that are kept elsewhere.</summary>
    /// <param name="steps">T.</param>
    /// <param name="sampled">The sampled steps up to T, ascending.</param>
    /// <param name="logNorms">ln ‖P_t‖_F at each of them.</param>
    public static GrowthRate Rate(int steps, ReadOnlySpan<int> sampled, ReadOnlySpan<double> logNorms)
    {
        if (steps < FewestSteps)
        {
            return GrowthRate.Unknown;
        }

        int first = (steps + 1) / 2, start = Place(sampled, first);
        ReadOnlySpan<int> times = sampled[start..];
        ReadOnlySpan<double> logs = logNorms[start..];
        if (!TensorPrimitives.IsFiniteAll(logs))
        {
            return GrowthRate.Unknown;
        }

        // Multiples of the last stride are also sampled where strides are shorter. The batches end at the last sample.
        int stride = Stride(steps), last = times[^1], intervals = (last - first) / stride;
        int batches = Math.Min(MostBatches, intervals & ~1), length = intervals / batches * stride;
        Span<double> rates = stackalloc double[MostBatches];
        rates = rates[..batches];
        for (int batch = 0; batch < batches; batch++)
        {
            int end = last - ((batches - 1 - batch) * length);
            rates[batch] = (logNorms[Place(sampled, end)] - logNorms[Place(sampled, end - length)]) / length;
        }

        (double _, double variance) = Mean(rates);
        (double third, double thirdVariance) = Mean(rates[..(batches / 2)]);
        (double fourth, double fourthVariance) = Mean(rates[(batches / 2)..]);
        double difference = Math.Abs(fourth - third);
        return new GrowthRate(
            Slope(times, logs),
            Math.Sqrt(variance),
            difference <= AllowedDifference || difference <= AllowedErrors * Math.Sqrt(thirdVariance + fourthVariance));
    }

    private static int Stride(int step) => 1 << Math.Max(0, BitOperations.Log2((uint)step) - 6);

    // Index of the first sample at or after a step.
    private static int Place(ReadOnlySpan<int> sampled, int step)
    {
        int place = sampled.BinarySearch(step);
        return place < 0 ? ~place : place;
    }

    // Measured from the middle sample, which keeps the sums small.
    private static double Slope(ReadOnlySpan<int> times, ReadOnlySpan<double> logs)
    {
        int originTime = times[times.Length / 2];
        double originLog = logs[logs.Length / 2], meanTime = 0, meanLog = 0;
        for (int i = 0; i < times.Length; i++)
        {
            meanTime += (times[i] - originTime) / (double)times.Length;
            meanLog += (logs[i] - originLog) / times.Length;
        }

        double products = 0, squares = 0;
        for (int i = 0; i < times.Length; i++)
        {
            double time = times[i] - originTime - meanTime;
            products += time * (logs[i] - originLog - meanLog);
            squares += time * time;
        }

        return products / squares;
    }

    // The mean of the rates and the variance of that mean.
    private static (double Mean, double Variance) Mean(ReadOnlySpan<double> rates)
    {
        double sum = 0, squares = 0;
        foreach (double rate in rates)
        {
            sum += rate - rates[0];
        }

        double mean = rates[0] + (sum / rates.Length);
        foreach (double rate in rates)
        {
            squares += (rate - mean) * (rate - mean);
        }

        return (mean, squares / (rates.Length - 1) / rates.Length);
    }
}
