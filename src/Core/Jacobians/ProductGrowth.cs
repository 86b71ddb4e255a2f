using System.Numerics;

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

    private readonly List<(int Step, double LogNorm)> _samples = [];

    /// <summary>Bytes held.</summary>
    public long Bytes => (sizeof(int) + sizeof(int) + sizeof(double)) * (long)_samples.Capacity;

    /// <summary>Whether the norm is sampled after a step t ≥ 1.</summary>
    public static bool Samples(int step) => step % Stride(step) == 0;

    /// <summary>Takes the norm after a step at which it is sampled, later than all before.</summary>
    public void Note(int step, double logNorm) => _samples.Add((step, logNorm));

    /// <summary>What was sampled up to a step, apart from this.</summary>
    public ProductGrowth UpTo(int step)
    {
        var before = new ProductGrowth();
        before._samples.AddRange(_samples.TakeWhile(sample => sample.Step <= step));
        return before;
    }

    /// <summary>The rates over the second half of T steps, T the step that was reached.</summary>
    public GrowthRate Rate(int steps)
    {
        int stride = Stride(Math.Max(steps, 1)), first = (steps + 1) / 2, last = steps / stride * stride;
        int batches = Math.Min(MostBatches, (last - first) / stride & ~1);
        List<(int Step, double LogNorm)> half = [.. _samples.SkipWhile(sample => sample.Step < first)];
        if (steps < FewestSteps || half.Any(sample => !double.IsFinite(sample.LogNorm)))
        {
            return GrowthRate.Unknown;
        }

        // Multiples of the last stride are sampled where strides are shorter, too. Batches end with the last sample.
        int length = (last - first) / stride / batches * stride;
        var rates = new double[batches];
        for (int batch = 0; batch < batches; batch++)
        {
            int end = last - ((batches - 1 - batch) * length);
            rates[batch] = (At(half, end) - At(half, end - length)) / length;
        }

        (double _, double variance) = Mean(rates);
        (double third, double thirdVariance) = Mean(rates.AsSpan(..(batches / 2)));
        (double fourth, double fourthVariance) = Mean(rates.AsSpan((batches / 2)..));
        double difference = Math.Abs(fourth - third);
        return new GrowthRate(
            Slope(half),
            Math.Sqrt(variance),
            difference <= AllowedDifference || difference <= AllowedErrors * Math.Sqrt(thirdVariance + fourthVariance));
    }

    private static int Stride(int step) => 1 << Math.Max(0, BitOperations.Log2((uint)step) - 6);

    private static double At(List<(int Step, double LogNorm)> samples, int step) =>
        samples[samples.BinarySearch((step, 0), Comparer<(int Step, double LogNorm)>.Create((a, b) => a.Step.CompareTo(b.Step)))].LogNorm;

    // Both are measured from the middle sample, so that what is summed is small.
    private static double Slope(List<(int Step, double LogNorm)> samples)
    {
        (int originStep, double originNorm) = samples[samples.Count / 2];
        double meanStep = samples.Average(sample => (double)(sample.Step - originStep));
        double meanNorm = samples.Average(sample => sample.LogNorm - originNorm);
        double products = 0, squares = 0;
        foreach ((int step, double norm) in samples)
        {
            double t = step - originStep - meanStep;
            products += t * (norm - originNorm - meanNorm);
            squares += t * t;
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
