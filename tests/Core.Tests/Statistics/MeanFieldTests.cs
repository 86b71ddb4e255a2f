using MathNet.Numerics;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;
using RnnSweep.Core.Statistics;
using RnnSweep.Core.Tests.Networks;

namespace RnnSweep.Core.Tests.Statistics;

public sealed class MeanFieldTests
{
    private static double Theory(ActivationKind activation, double gain, double drive = 0, double bias = 0) =>
        new MeanField(Activation.Named(activation), gain, drive, bias).LyapunovMax();

    [Theory]
    [InlineData(1.2, 0, 0.0164762596)]
    [InlineData(1.5, 0, 0.0652172119)]
    [InlineData(2, 0, 0.1547242298)]
    [InlineData(3, 0, 0.3102493151)]
    [InlineData(2, 1, 0.0459750442)]
    [InlineData(1.5, 1, -0.1418250493)]
    public void Tanh_networks_have_the_published_exponents(double gain, double drive, double published) =>
        Assert.Equal(published, Theory(ActivationKind.Tanh, gain, drive), 5.001e-11); // half of the last printed digit

    // Without input the state dies out at g ≤ 1, and χ = g² φ'(0)².
    [Theory]
    [InlineData(ActivationKind.Tanh, 0.3)]
    [InlineData(ActivationKind.Tanh, 0.999)]
    [InlineData(ActivationKind.Tanh, 1)]
    [InlineData(ActivationKind.Hardtanh, 0.7)]
    public void A_network_that_dies_out_has_the_logarithm_of_its_gain(ActivationKind activation, double gain) =>
        Assert.Equal(Math.Log(gain), Theory(activation, gain), 1e-14);

    // Just above: tanh² = x² − 2x⁴/3 + …, so q = (g² − 1)/2 + … and χ = g² (1 − 2q + …) = 1 + O((g − 1)²): flat, and not negative.
    [Fact]
    public void The_exponent_has_zero_slope_at_criticality()
    {
        foreach (double excess in new[] { 1e-2, 1e-3, 1e-4 })
        {
            double q = new MeanField(Activation.Named(ActivationKind.Tanh), 1 + excess, 0, 0).Outermost()!.Variance;
            Assert.Equal(excess, q, 5 * excess * excess); // q = (g² − 1)/2 to first order; the next term is of order q²
            Assert.InRange(Theory(ActivationKind.Tanh, 1 + excess), 0, 5 * excess * excess);
        }
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(4)]
    public void A_linear_network_has_the_logarithm_of_its_gain_whatever_its_drive(double gain) =>
        Assert.Equal(Math.Log(gain), Theory(ActivationKind.Linear, gain, 0.7, 0.1), 1e-15);

    // φ' is 1 on one half of the line for any q > 0, so χ = g²/2, with input and without.
    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(0.5, 1)]
    [InlineData(1.2, 0)]
    [InlineData(1.4, 0.3)]
    public void A_relu_network_has_half_its_squared_gain(double gain, double drive) =>
        Assert.Equal(0.5 * Math.Log(gain * gain / 2), Theory(ActivationKind.Relu, gain, drive), 1e-12);

    [Theory]
    [InlineData(1e200, 0, 0)]
    [InlineData(1, 1e308, 0)]
    [InlineData(1, double.PositiveInfinity, 0)]
    [InlineData(1, 0, 1e300)]
    public void If_squares_overflow_or_underflow_a_double_there_is_no_theory(double gain, double drive, double bias) =>
        Assert.All(Enum.GetValues<ActivationKind>().Where(kind => kind != ActivationKind.Linear), kind => Assert.Equal(double.NaN, Theory(kind, gain, drive, bias)));

    [Fact]
    public void A_relu_network_whose_state_grows_without_bound_has_no_fixed_point() =>
        Assert.Null(new MeanField(Activation.Named(ActivationKind.Relu), 1.5, 1, 0).Outermost());

    // E erf²(√q z) = (2/π) asin(2q/(1 + 2q)) and E erf'² = (4/π)/√(1 + 4q) (Williams 1998).
    [Theory]
    [InlineData(0.5, 0.2)]
    [InlineData(1.5, 0)]
    [InlineData(50, 0.1)]
    public void Erf_networks_have_the_closed_form(double gain, double drive)
    {
        double q = FixedPoint(q => (gain * gain * 2 / Math.PI * Math.Asin(2 * q / (1 + (2 * q)))) + drive);

        AssertExponent(gain * gain * 4 / Math.PI / Math.Sqrt(1 + (4 * q)), Theory(ActivationKind.Erf, gain, drive));
    }

    // With a = 1/√q: E φ² = q (erf(a/√2) − √(2/π) a e^−a²/2) + erfc(a/√2), E φ'² = erf(a/√2).
    [Theory]
    [InlineData(1.5, 0)]
    [InlineData(0.8, 0.5)]
    [InlineData(50, 0)]
    public void Hardtanh_networks_have_the_closed_form(double gain, double drive)
    {
        double q = FixedPoint(q =>
        {
            double a = 1 / Math.Sqrt(q), inside = SpecialFunctions.Erf(a / Constants.Sqrt2);
            return (gain * gain * ((q * (inside - (Math.Sqrt(2 / Math.PI) * a * Math.Exp(-a * a / 2)))) + 1 - inside)) + drive;
        });

        AssertExponent(gain * gain * SpecialFunctions.Erf(1 / Math.Sqrt(2 * q)), Theory(ActivationKind.Hardtanh, gain, drive));
    }

    // Smooth activations by the trapezoid rule, which converges faster than any power of its step for analytic functions.
    [Theory]
    [InlineData(ActivationKind.Tanh, 1.3, 0, 0)]
    [InlineData(ActivationKind.Tanh, 2, 0.5, 0.7)]
    [InlineData(ActivationKind.Tanh, 50, 0, 0)]
    [InlineData(ActivationKind.Tanh, 0.6, 0.01, -0.2)]
    [InlineData(ActivationKind.Sigmoid, 1, 0, 0)]
    [InlineData(ActivationKind.Sigmoid, 50, 0.3, -2)]
    [InlineData(ActivationKind.Softplus, 0.9, 0, 0)]
    [InlineData(ActivationKind.Softplus, 1.2, 1, 0.5)]
    [InlineData(ActivationKind.Erf, 3, 0.1, 1)]
    [InlineData(ActivationKind.Softplus, 1.2, 0, -3)] // a state that hardly varies, far from where φ bends
    [InlineData(ActivationKind.Tanh, 0.02, 0, 1)]
    [InlineData(ActivationKind.Sigmoid, 0.5, 0, -3)]
    [InlineData(ActivationKind.Sigmoid, 12, 0, -4)] // several fixed points, of which the largest is taken
    [InlineData(ActivationKind.Sigmoid, 11.43125, 0, -4)] // two of them differ by less than a tenth
    [InlineData(ActivationKind.Sigmoid, 20, 0, -6)]
    [InlineData(ActivationKind.Sigmoid, 30, 0, -10)]
    public void Smooth_networks_agree_with_a_plain_trapezoid_rule(ActivationKind activation, double gain, double drive, double bias)
    {
        // 1e-3 steps resolve the narrowest slope here, 1/50 of a standard deviation: the error is e^(−2π · 0.03/1e-3).
        double Mean(double q, Func<double, double> f)
        {
            const double Step = 1e-3;
            double sum = 0;
            for (int i = -10_000; i <= 10_000; i++)
            {
                double z = i * Step;
                sum += Math.Exp(-z * z / 2) * f((Math.Sqrt(q) * z) + bias);
            }

            return sum * Step * Constants.InvSqrt2Pi;
        }

        double q = FixedPoint(q => (gain * gain * Mean(q, x => Math.Pow(PlainActivation.Value(activation, x), 2))) + drive);

        AssertExponent(gain * gain * Mean(q, x => Math.Pow(PlainActivation.Slope(activation, x), 2)),
            Theory(activation, gain, drive, bias));
    }

    // φ(0) = 0: below criticality the state dies out and gradients with it; above, the origin is unstable and another fixed point is stable.
    [Theory]
    [InlineData(ActivationKind.Tanh, 0.8, true)]
    [InlineData(ActivationKind.Tanh, 1.3, false)]
    [InlineData(ActivationKind.Hardtanh, 1.3, false)]
    [InlineData(ActivationKind.Erf, 0.8, true)] // 0.8 · 2/√π < 1
    [InlineData(ActivationKind.Erf, 1, false)]
    public void The_origin_is_stable_where_gradients_vanish(ActivationKind activation, double gain, bool isStable)
    {
        var network = new MeanField(Activation.Named(activation), gain, 0, 0);
        MeanFieldPoint origin = network.Origin()!, outermost = network.Outermost()!;

        Assert.Equal(Math.Pow(gain * PlainActivation.Slope(activation, 0), 2), Math.Exp(2 * origin.LyapunovMax), 1e-13);
        Assert.Equal((0, isStable), (origin.Variance, origin.IsStable));
        Assert.True(outermost.IsStable);
        Assert.Equal(isStable, outermost.Variance == 0);
    }

    // dq'/dq = g² (4/π) / ((1 + 2q) √(1 + 4q)) for erf, the derivative of the arcsine: below 1 at the chaotic fixed point although χ is above.
    [Fact]
    public void A_chaotic_state_has_a_stable_variance()
    {
        MeanFieldPoint point = new MeanField(Activation.Named(ActivationKind.Erf), 2, 0, 0).Outermost()!;

        Assert.InRange(4 * 4 / Math.PI / ((1 + (2 * point.Variance)) * Math.Sqrt(1 + (4 * point.Variance))), 0, 1);
        Assert.True(point.IsStable && point.LyapunovMax > 0);
    }

    [Theory]
    [InlineData(ActivationKind.Sigmoid, 2, 0, 0)]
    [InlineData(ActivationKind.Tanh, 2, 0.1, 0)]
    [InlineData(ActivationKind.Tanh, 2, 0, 0.1)]
    public void Networks_with_input_or_bias_have_no_fixed_point_at_the_origin(ActivationKind activation, double gain, double drive, double bias) =>
        Assert.Null(new MeanField(Activation.Named(activation), gain, drive, bias).Origin());

    // Twice the nodes per panel give the same. An exponent has an error of (rounding of q') / (1 − dq'/dq) and of the 1e-13 that the iteration neglects.
    [Theory]
    [InlineData(ActivationKind.Tanh)]
    [InlineData(ActivationKind.Sigmoid)]
    [InlineData(ActivationKind.Relu)]
    [InlineData(ActivationKind.Hardtanh)]
    [InlineData(ActivationKind.Softplus)]
    [InlineData(ActivationKind.Erf)]
    public void Twice_the_nodes_give_the_same_exponent(ActivationKind activation)
    {
        foreach (double gain in new[] { 0.3, 0.9, 1.01, 1.3, 4, 60 })
        {
            foreach ((double drive, double bias) in new[] { (0.0, 0.0), (0.3, 0), (0, 0.4), (1, -2) })
            {
                Assert.Equal(
                    new MeanField(Activation.Named(activation), gain, drive, bias, 24).LyapunovMax(), Theory(activation, gain, drive, bias), 1e-11);
            }
        }
    }

    // A bias that saturates all but rare states: E erf'² = (4/π) e^(−2b²/(1 + 4q)) / √(1 + 4q), mostly from states 2b standard
    // deviations away; and one where the slope itself is below the range of a double: tanh'² is 16 e^−4x, with mean 16 e^(−4b + 8q).
    [Fact]
    public void A_large_bias_has_the_closed_form()
    {
        MeanFieldPoint erf = new MeanField(Activation.Named(ActivationKind.Erf), 1, 1, 30).Outermost()!;
        Assert.Equal(2, erf.Variance, 1e-12);
        Assert.Equal(0.5 * (Math.Log(4 / Math.PI / 3) - (2 * 900 / 9.0)), erf.LyapunovMax, 1e-10);

        Assert.Equal(0.5 * (Math.Log(16) - (4 * 400) + 16), Theory(ActivationKind.Tanh, 1, 1, 400), 1e-9);
    }

    // Both find q to about 1e-13 of its value, and the quadratures have that accuracy.
    private static void AssertExponent(double growth, double actual) => Assert.Equal(0.5 * Math.Log(growth), actual, 1e-11);

    // Fixed-point iteration from above; Aitken's formula extrapolates slow convergence.
    private static double FixedPoint(Func<double, double> next)
    {
        double q = 1e4;
        for (int i = 0; i < 400; i++)
        {
            double one = next(q), two = next(one), bend = two - (2 * one) + q;
            double better = bend == 0 ? two : two - ((two - one) * (two - one) / bend);
            if (Math.Abs(better - q) <= 1e-15 * q)
            {
                return better;
            }

            q = better > 0 && i > 3 ? better : two;
        }

        return q;
    }
}
