using System.Numerics.Tensors;

namespace RnnSweep.Core.Statistics;

/// <summary>Variance, autocorrelation time and participation ratio of a trajectory x_1, x_2, … that is added step by step. A number that is not known is NaN.</summary>
/// <param name="size">N.</param>
internal sealed class ActivityMoments(int size)
{
    // Rounding of a state that is otherwise constant has a variance of about 1e-32 of its mean square, and a state at the end of its decay more.
    private const double LeastRelativeVariance = 1e-26;

    private readonly AutocorrelationTime _correlation = new(size);
    private readonly ParticipationRatio _participation = new(size);
    private readonly double[] _scaled = new double[size];
    private int? _exponent;

    /// <summary>The temporal variance Σ_t (x_t − x̄)² / (T − 1), averaged over the units.</summary>
    public double Variance => Known(Math.ScaleB(_correlation.Series.Variance, 2 * (_exponent ?? 0)));

    /// <summary>As of <see cref="Statistics.AutocorrelationTime"/>, in steps.</summary>
    public double AutocorrelationTime => Varies ? Known(_correlation.Time()) : double.NaN;

    /// <summary>As of <see cref="Statistics.ParticipationRatio"/>.</summary>
    public double ParticipationRatio => Varies ? Known(_participation.Value()) : double.NaN;

    private bool Varies => _correlation.Series.Variance > LeastRelativeVariance * _correlation.Series.MeanSquare;

    /// <summary>Number of doubles held for each unit after a number of steps.</summary>
    public static int ValuesEach(long steps) => Statistics.ParticipationRatio.MostKept + Statistics.AutocorrelationTime.ValuesEach(steps);

    /// <summary>Adds the state of the next step; every component is finite.</summary>
    public void Add(ReadOnlySpan<double> state)
    {
        // Squares of states that are all very small or very large are within the range of a double after division by a power of two.
        double largest = Math.Abs(TensorPrimitives.MaxMagnitude(state));
        _exponent ??= largest == 0 ? null : Math.ILogB(largest);
        int exponent = _exponent ?? 0, half = exponent / 2;
        TensorPrimitives.Multiply(state, Math.ScaleB(1, -half), _scaled); // in two steps, because 2^1074 is not a double
        TensorPrimitives.Multiply(_scaled, Math.ScaleB(1, half - exponent), _scaled);
        _correlation.Add(_scaled);
        _participation.Add(_scaled);
    }

    // Beyond the range of a double a number is not known.
    private static double Known(double value) => double.IsFinite(value) ? value : double.NaN;
}
