using System.Numerics.Tensors;

namespace RnnSweep.Core.Statistics;

/// <summary>Mean and variance of vectors that are added one by one (Welford 1962). The variance is that of the components, averaged over them.</summary>
/// <param name="size">N, the length of the vectors.</param>
internal sealed class RunningVariance(int size)
{
    private readonly double[] _mean = new double[size], _before = new double[size], _after = new double[size];
    private double _sumOfSquares;

    /// <summary>Number of vectors.</summary>
    public long Count { get; private set; }

    /// <summary>Σ over the vectors and components of (x − x̄)², over N and the number of vectors less 1; NaN for fewer than two.</summary>
    public double Variance => Count > 1 ? _sumOfSquares / (size * (Count - 1.0)) : double.NaN;

    /// <summary>Mean square of the components, that of the mean and the variance together.</summary>
    public double MeanSquare => (TensorPrimitives.SumOfSquares<double>(_mean) / size) + (_sumOfSquares / (size * (double)Count));

    /// <summary>Adds a vector.</summary>
    public void Add(ReadOnlySpan<double> vector)
    {
        Count++;
        TensorPrimitives.Subtract(vector, _mean, _before);
        TensorPrimitives.MultiplyAdd(_before, 1.0 / Count, _mean, _mean);
        TensorPrimitives.Subtract(vector, _mean, _after);
        _sumOfSquares += TensorPrimitives.Dot<double>(_before, _after);
    }
}
