using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Statistics;

/// <summary>
/// The mean-field theory of a gaussian network in its pre-activation form, N → ∞ (Sompolinsky, Crisanti &amp; Sommers 1988; in discrete time
/// Molgedey, Schuchhardt &amp; Schuster 1992): the state is normal, its variance follows q' = ρ² E[φ(√q z + bias)²] + driveVariance, and a squared
/// gradient grows by χ = ρ² E[φ'(√q z + bias)²] per step. Quadrature is accurate to 1e-10 of each mean. Immutable.
/// </summary>
public sealed class MeanField
{
    // Rounding must not count as growth: at criticality without drive, the true excess is 0 only at q = 0.
    private const double Margin = 1e-13;

    // Smaller variances count as 0: without drive the state dies out, with drive it is practically 0.
    private const double SmallestWithoutDrive = 1e-40, SmallestWithDrive = 1e-200;

    private readonly Activation _activation;
    private readonly double _gain, _drive, _bias;
    private readonly int _order;

    /// <summary>Creates the theory of a network.</summary>
    /// <param name="activation">φ.</param>
    /// <param name="gain">The spectral radius, or g: W_ij has variance gain²/N.</param>
    /// <param name="driveVariance">Variance of W_in u_t + b about its mean.</param>
    /// <param name="bias">Mean of b.</param>
    public MeanField(Activation activation, double gain, double driveVariance, double bias)
        : this(activation, gain, driveVariance, bias, NormalStateQuadrature.Order)
    {
    }

    /// <summary>Creates the theory with another number of nodes per panel of the quadrature.</summary>
    internal MeanField(Activation activation, double gain, double driveVariance, double bias, int order)
    {
        (_activation, _gain, _drive, _bias, _order) = (activation, gain, driveVariance, bias, order);
    }

    // Beyond these limits, the squares leave the range of a double.
    private bool IsWithinRange => _gain < 1e100 && _drive < 1e200 && Math.Abs(_bias) < 1e100;

    // Bounded activations have |φ| ≤ 1; the others grow at least to the right.
    private bool IsBounded => Math.Abs(_activation.Value(1e6)) <= 1;

    /// <summary>
    /// λ_1 = ½ ln χ in nats per step at the <see cref="Outermost"/> fixed point; NaN where there is none. Where
    /// <see cref="SlopesAreKnownAtAnyVariance"/> χ is known even where q grows without bound: χ = ρ² of linear networks, ρ²/2 of rectified ones.
    /// </summary>
    public double LyapunovMax() => _activation.SlopeIsConstant ? Math.Log(_gain)
        : Outermost()?.LyapunovMax ?? (SlopesAreKnownAtAnyVariance ? LyapunovMaxAt(1) : double.NaN);

    /// <summary>
    /// Whether the distribution of slopes is the same for every q &gt; 0: where φ' is constant, or depends only on the sign of a state that is
    /// equally often positive and negative.
    /// </summary>
    public bool SlopesAreKnownAtAnyVariance => _activation.SlopeIsConstant || (_activation.IsHomogeneous && _bias == 0 && IsWithinRange);

    /// <summary>The fixed point q = 0, which exists without drive where φ(bias) = 0 or the gain is 0; otherwise null.</summary>
    public MeanFieldPoint? Origin()
    {
        if (!IsWithinRange || !(_drive == 0 && (_gain == 0 || _activation.Value(_bias) == 0)))
        {
            return null;
        }

        return AtZero();
    }

    /// <summary>
    /// The fixed point with the largest q, to which a network converges from a large state. Where <see cref="Origin"/> and another fixed point exist,
    /// it is the stable one. Without another one it is the origin; null where q grows without bound.
    /// </summary>
    public MeanFieldPoint? Outermost()
    {
        if (!IsWithinRange)
        {
            return null;
        }

        // φ(0) = 0 and φ is steepest at 0, so E[φ²] ≤ γ² q and the variance dies out.
        if (_drive == 0 && _bias == 0 && _activation.Value(0) == 0 && _gain * _activation.MaximumSlope <= 1)
        {
            return AtZero();
        }

        var map = new VarianceMap(this);
        double variance = FixedPoint(map);
        if (variance == 0)
        {
            return AtZero();
        }

        double exponent = double.IsNaN(variance) ? double.NaN : LyapunovMaxAt(variance);
        return double.IsNaN(exponent) ? null : new MeanFieldPoint(variance, exponent, Math.Abs(map.At(variance).Rate) < 1);
    }

    /// <summary>
    /// Newton's method from above. Without bias the map is concave, or convex for softplus, so no step passes the largest fixed point and returns.
    /// With bias there may be several fixed points, and steps stay short until the largest is bracketed.
    /// </summary>
    private double FixedPoint(VarianceMap map)
    {
        double atZero = (_gain * _gain * _activation.Value(_bias) * _activation.Value(_bias)) + _drive;
        double smallest = atZero == 0 ? SmallestWithoutDrive : SmallestWithDrive;

        // Where φ² is convex, as for every unbounded φ, q' increases with q, and no fixed point lies between q' and q.
        bool isIncreasing = !IsBounded;
        double lower = 0, upper = Ceiling(), variance = upper;
        for (int i = 0; i < 1000 && !double.IsNaN(variance); i++)
        {
            (double image, double rate) = map.At(variance);
            double excess = image - (variance * (1 + Margin));
            if (!(excess <= 0) && variance == upper)
            {
                return double.NaN;
            }

            (lower, upper) = excess > 0 ? (variance, upper) : (lower, variance);
            double slope = rate - (1 + Margin), next = variance - (excess / slope);

            // The error of a step is about the square of its length, so another step would only change rounding.
            if (slope < 0 && Math.Abs(next - variance) <= 1e-9 * variance)
            {
                return next;
            }

            if (lower == 0)
            {
                // Without bias, q' increases with q, so it is at least that of q = 0.
                double least = _bias == 0 ? atZero : variance / 1.25;
                next = next < variance ? Math.Max(next, least) : Math.Max(variance / 1.25, least);
                next = isIncreasing ? Math.Min(next, image) : next;
                if (next < smallest)
                {
                    return 0;
                }
            }
            else if (!(lower < next && next < upper))
            {
                next = Math.Sqrt(lower) * Math.Sqrt(upper);
            }

            if (upper - lower <= 1e-15 * upper)
            {
                return next;
            }

            variance = next;
        }

        return double.NaN;
    }

    /// <summary>An upper bound of every fixed point; NaN where there may be none.</summary>
    private double Ceiling()
    {
        if (IsBounded)
        {
            return (1 + (1e3 * Margin)) * Math.Max((_gain * _gain) + _drive, SmallestWithDrive);
        }

        // |φ(x)| ≤ |x| + ln 2 on the side where it grows and ≤ ln 2 on the other: E[φ²] ≤ share · q + linear · √q + constant.
        double bias = Math.Abs(_bias), share = Math.Abs(_activation.Value(-1e6)) <= 1 ? 0.5 : 1;
        double linear = bias + 1, constant = (bias + 1) * (bias + 1), squared = _gain * _gain, slack = 1 - (share * squared);
        double root = (squared * linear) + Math.Sqrt((squared * squared * linear * linear) + (4 * slack * ((squared * constant) + _drive)));
        return slack <= 0 ? double.NaN : 1.01 * Math.Max(root * root / (4 * slack * slack), SmallestWithDrive);
    }

    // φ(√q z + bias)² is φ'² q z² to leading order, so dq'/dq = χ.
    private MeanFieldPoint AtZero()
    {
        double exponent = LyapunovMaxAt(0);
        return new MeanFieldPoint(0, exponent, exponent < 0);
    }

    private double LyapunovMaxAt(double variance)
    {
        var quadrature = new NormalStateQuadrature(_activation, _bias, _order);
        return quadrature.LayForLogarithms(variance) ? Math.Log(_gain) + (0.5 * quadrature.LogMeanSquareSlope()) : double.NaN;
    }

    /// <summary>q' and dq'/dq as functions of q.</summary>
    private sealed class VarianceMap(MeanField network)
    {
        private readonly NormalStateQuadrature _quadrature = new(network._activation, network._bias, network._order);
        private double[] _values = [], _slopes = [];

        public (double Image, double Rate) At(double variance)
        {
            _quadrature.Lay(variance);
            int count = _quadrature.States.Length;
            if (_values.Length < count)
            {
                (_values, _slopes) = (new double[2 * count], new double[2 * count]);
            }

            Span<double> values = _values.AsSpan(0, count), slopes = _slopes.AsSpan(0, count);
            double exponent = network._activation.Evaluate(_quadrature.States, values, slopes).Exponent;

            // E[φ²], and by Stein's lemma its derivative by q, E[z φ φ'] / √q.
            Vector256<double> squares = default, products = default;
            ReadOnlySpan<Vector256<double>> value = Vectors(values), slope = Vectors(slopes);
            ReadOnlySpan<Vector256<double>> weight = Vectors(_quadrature.Weights), z = Vectors(_quadrature.Deviations);
            for (int i = 0; i < weight.Length; i++)
            {
                Vector256<double> weighted = weight[i] * value[i];
                squares += weighted * value[i];
                products += weighted * slope[i] * z[i];
            }

            double squaredGain = network._gain * network._gain;
            double rate = Vector256.Sum(products) / Math.Sqrt(variance) * Math.Pow(2, exponent);
            return ((squaredGain * Vector256.Sum(squares)) + network._drive, squaredGain * rate);
        }

        private static ReadOnlySpan<Vector256<double>> Vectors(ReadOnlySpan<double> numbers) =>
            MemoryMarshal.Cast<double, Vector256<double>>(numbers);
    }
}
