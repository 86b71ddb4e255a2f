using MathNet.Numerics;
using MathNet.Numerics.RootFinding;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Statistics;

/// <summary>
/// The mean-field theory of a gaussian network in its pre-activation form, N → ∞ (Sompolinsky, Crisanti &amp; Sommers 1988; in discrete time
/// Molgedey, Schuchhardt &amp; Schuster 1992): the state is normal with variance q, and a gradient grows by χ a step.
/// </summary>
public sealed class MeanField
{
    // Beyond twelve standard deviations the normal density is below 1e-31.
    private const double Tail = 12;

    // Rounding must not pass for growth: at criticality without drive the true excess is 0 at q = 0 alone.
    private const double Margin = 1e-13;

    private readonly Activation _activation;
    private readonly double _gain, _drive, _bias;

    /// <summary>The theory of a network.</summary>
    /// <param name="activation">φ.</param>
    /// <param name="gain">The spectral radius, or g: W_ij has variance gain²/N.</param>
    /// <param name="driveVariance">Variance of W_in u_t + b about its mean.</param>
    /// <param name="bias">Mean of b.</param>
    public MeanField(Activation activation, double gain, double driveVariance, double bias)
    {
        (_activation, _gain, _drive, _bias) = (activation, gain, driveVariance, bias);
    }

    /// <summary>
    /// λ_1 = ½ ln χ in nats per step, χ = ρ² E[φ'(√q z + bias)²] at the fixed point q = ρ² E[φ(√q z + bias)²] + driveVariance; NaN
    /// where there is no fixed point. Of several fixed points it is the largest, which is the stable one.
    /// </summary>
    public double LyapunovMax()
    {
        if (_activation.SlopeIsConstant)
        {
            return Math.Log(_gain); // χ does not depend on q, so it is known even where q grows without bound
        }

        // Beyond these the squares leave the range of a double, and a network is not one that anybody has a theory of.
        if (!(_gain < 1e100 && _drive < 1e200 && Math.Abs(_bias) < 1e100))
        {
            return double.NaN;
        }

        double variance = FixedPoint();
        return double.IsNaN(variance) ? double.NaN : 0.5 * Math.Log(GradientGrowth(variance));
    }

    /// <summary>The largest fixed point q; NaN where q grows without bound.</summary>
    public double FixedPoint()
    {
        // φ is no steeper than at 0 and starts from there, so E[φ²] ≤ γ² q: nothing feeds the state.
        if (_drive == 0 && _bias == 0 && _activation.Value(0) == 0 && _gain * _activation.MaximumSlope <= 1)
        {
            return 0;
        }

        // From above all fixed points downwards in small steps, so that the first one met is the largest.
        const double step = 1.25;
        double upper = Ceiling();
        if (!(Excess(upper) <= 0))
        {
            return double.NaN;
        }

        double lower = upper;
        while (Excess(lower) <= 0)
        {
            lower /= step;
            if (lower < 1e-40)
            {
                return 0; // at and below criticality without drive the state dies out
            }
        }

        // In ln q, so that a fixed point near criticality is found as precisely as one at 1.
        return Math.Exp(Brent.FindRoot(x => Excess(Math.Exp(x)) / Math.Exp(x), Math.Log(lower), Math.Log(step * lower), 1e-14, 200));
    }

    /// <summary>A variance above every fixed point, if there is any.</summary>
    private double Ceiling()
    {
        double bounded = (_gain * _gain) + _drive; // |φ| ≤ 1 for all activations that are bounded
        if (Math.Abs(_activation.Value(1e6)) <= 1)
        {
            return (1 + (1e3 * Margin)) * Math.Max(bounded, 1e-30);
        }

        // φ grows like max(0, x): E[φ²] comes to q/2 as q grows, and what it exceeds that by at most like √q.
        double slack = 1 - (0.5 * _gain * _gain);
        return slack <= 0 ? double.NaN : 1e3 * (1 + bounded + (_bias * _bias)) / (slack * slack);
    }

    private double Excess(double variance) => (_gain * _gain * Mean(variance, x => Square(_activation.Value(x)))) + _drive - (variance * (1 + Margin));

    private double GradientGrowth(double variance) => _gain * _gain * Mean(variance, x => Square(_activation.Slope(x)));

    /// <summary>
    /// E[f(√q z + bias)], z a standard normal, by Gauss–Legendre quadrature on panels that narrow geometrically towards the points where
    /// the activation bends, so that a steep and a flat one are integrated alike.
    /// </summary>
    private double Mean(double variance, Func<double, double> f)
    {
        double scale = Math.Sqrt(variance);
        if (scale == 0)
        {
            // The limit q → 0, which at a kink sees one side as often as the other.
            return 0.5 * (f(Math.BitDecrement(_bias)) + f(Math.BitIncrement(_bias)));
        }

        // Whole standard deviations resolve the density; the rest is for the activation.
        var panels = new SortedSet<double>(Enumerable.Range(-(int)Tail, (2 * (int)Tail) + 1).Select(z => (double)z));
        foreach (double bend in _activation.Kinks.Append(0))
        {
            double centre = (bend - _bias) / scale;
            AddWithin(centre);
            for (double distance = 2 * Tail; distance > 0.2 / Math.Max(scale, 1); distance /= 2)
            {
                AddWithin(centre - distance);
                AddWithin(centre + distance);
            }
        }

        double sum = 0, left = double.NaN;
        foreach (double right in panels)
        {
            if (!double.IsNaN(left))
            {
                sum += MathNet.Numerics.Integration.GaussLegendreRule.Integrate(
                    z => Math.Exp(-0.5 * z * z) * f((scale * z) + _bias), left, right, 20);
            }

            left = right;
        }

        return sum * Constants.InvSqrt2Pi;

        void AddWithin(double point)
        {
            if (Math.Abs(point) < Tail)
            {
                panels.Add(point);
            }
        }
    }

    private static double Square(double value) => value * value;
}
