using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// ln ‖P_t‖_F on the way of a Jacobian product: what an error bar of its growth rate is made of. ln ‖P_T‖ / T goes to the exponent as 1/T, because of
/// the steps in which the product's directions align; the slope over the second half has no such part.
/// </summary>
/// <remarks>
/// It is sampled at steps that depend on t alone: at every one below 128, then 64 times in each octave, so that [T/2, T] holds 32 to 64 intervals, or all
/// its steps. Where the slopes come first (J = W diag(φ')), the norm is that of the product without its last W, diag(φ'(x_{t−1})) P_{t−1}, which is at
/// hand: it lies within ln cond(W) of the other at every t, and so grows at the same rate.
/// </remarks>
internal sealed class ProductGrowth
{
    /// <summary>The fewest steps of which there are rates.</summary>
    public const int FewestSteps = 8;

    /// <summary>The most batches of equal length that the second half is cut into; an even number.</summary>
    public const int MostBatches = 16;

    // The rates of two quarters may differ by so many of their common standard errors, or by what rounding makes of equal ones.
    private const double AllowedErrors = 3, AllowedDifference = 1e-6;

    // Two lists, where tuples of different types would have to be compiled at each start of the program.
    private readonly List<int> _steps = [];
    private readonly List<double> _logNorms = [];

    /// <summary>Bytes held.</summary>
    public long Bytes => (sizeof(int) + sizeof(double)) * (long)_steps.Capacity;

    /// <summary>Whether the norm is sampled after a step t ≥ 1.</summary>
    public static bool Samples(int step) => step % Stride(step) == 0;

    /// <summary>Takes the norm after a step at which it is sampled, later than all before.</summary>
    public void Note(int step, double logNorm)
    {
        _steps.Add(step);
        _logNorms.Add(logNorm);
    }

    /// <summary>What was sampled up to a step, apart from this.</summary>
    public ProductGrowth UpTo(int step)
    {
        var before = new ProductGrowth();
        for (int i = 0; i < _steps.Count && _steps[i] <= step; i++)
        {
            before.Note(_steps[i], _logNorms[i]);
        }

        return before;
    }

    /// <summary>The rates over the second half of T steps, T the step that was reached.</summary>
    public GrowthRate Rate(int steps)
    {
        if (steps < FewestSteps)
        {
            return GrowthRate.Unknown;
        }

        int first = (steps + 1) / 2, start = Place(first);
        ReadOnlySpan<int> times = CollectionsMarshal.AsSpan(_steps)[start..];
        ReadOnlySpan<double> logs = CollectionsMarshal.AsSpan(_logNorms)[start..];
        if (!TensorPrimitives.IsFiniteAll(logs))
        {
            return GrowthRate.Unknown;
        }

        // Multiples of the last stride are sampled where strides are shorter, too. Batches end with the last sample.
        int stride = Stride(steps), last = times[^1], intervals = (last - first) / stride;
        int batches = Math.Min(MostBatches, intervals & ~1), length = intervals / batches * stride;
        Span<double> rates = stackalloc double[MostBatches];
        rates = rates[..batches];
        for (int batch = 0; batch < batches; batch++)
        {
            int end = last - ((batches - 1 - batch) * length);
            rates[batch] = (_logNorms[Place(end)] - _logNorms[Place(end - length)]) / length;
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

    // Of the first sample at a step or after it.
    private int Place(int step)
    {
        int place = _steps.BinarySearch(step);
        return place < 0 ? ~place : place;
    }

    // Both are measured from the middle sample, so that what is summed is small.
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

    // The mean, and its variance.
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
