using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Tests.Networks;

public sealed class ActivationTests
{
    public static TheoryData<ActivationKind> Kinds => [.. Enum.GetValues<ActivationKind>()];

    private static IEnumerable<double> Grid(double from, double to, double step)
    {
        for (double x = from; x <= to; x += step)
        {
            yield return x;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_slope_is_the_derivative_of_the_value(ActivationKind kind)
    {
        Activation phi = Activation.Named(kind);
        const double H = 1e-3;
        foreach (double x in Grid(-6.00321, 6, 0.0137).Where(x => phi.Kinks.All(kink => Math.Abs(x - kink) > 2 * H)))
        {
            // One step of Richardson: the error h⁴ φ⁽⁵⁾/480 is below 1e-13, and rounding is ε |φ|/h, up to 1e-12.
            double Difference(double h) => (phi.Value(x + h) - phi.Value(x - h)) / (2 * h);
            Assert.Equal(((4 * Difference(H / 2)) - Difference(H)) / 3, phi.Slope(x), 5e-12);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Value_and_slope_are_those_of_the_textbook(ActivationKind kind)
    {
        Activation phi = Activation.Named(kind);
        foreach (double x in Grid(-12.00321, 12, 0.0371))
        {
            // The textbook forms lose digits if they subtract or add 1: the error of values is an absolute ulp of 1; that of slopes is relative, and
            // rounding x² in e^−x² costs x² ulp, 144 of them at the end of the grid.
            Assert.Equal(PlainActivation.Value(kind, x), phi.Value(x), 4e-16 * Math.Max(1, Math.Abs(x)));
            LinearAlgebra.PlainMatrix.AssertRelative(PlainActivation.Slope(kind, x), phi.Slope(x), 4e-14);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_logarithm_is_that_of_the_slope_until_the_slope_underflows(ActivationKind kind)
    {
        Activation phi = Activation.Named(kind);
        foreach (double x in Grid(-25.00321, 25, 0.0371))
        {
            // Three roundings of a number of this size.
            double log = Math.Log(phi.Slope(x));
            Assert.True(log.Equals(phi.LogSlope(x)) || Math.Abs(log - phi.LogSlope(x)) <= 4e-16 * (2 + Math.Abs(log)), $"at {x}");
        }
    }

    [Theory]
    [InlineData(40)]
    [InlineData(372.5)] // tanh: the slope is at the last denormal
    [InlineData(1000)]
    [InlineData(1e5)]
    public void In_deep_saturation_the_logarithm_follows_its_asymptote(double x)
    {
        // The omitted terms are e^−2x and e^−x, below an ulp from x = 37 on; one or two roundings of the sum remain.
        foreach (double signed in new[] { x, -x })
        {
            AssertUlps((2 * Math.Log(2)) - (2 * x), Activation.Named(ActivationKind.Tanh).LogSlope(signed));
            AssertUlps(-x, Activation.Named(ActivationKind.Sigmoid).LogSlope(signed));
            AssertUlps(Math.Log(2 / Math.Sqrt(Math.PI)) - (x * x), Activation.Named(ActivationKind.Erf).LogSlope(signed));
        }

        AssertUlps(-x, Activation.Named(ActivationKind.Softplus).LogSlope(-x));
        AssertUlps(-Math.Exp(-x), Activation.Named(ActivationKind.Softplus).LogSlope(x));
        AssertUlps(Math.Exp(-x), Activation.Named(ActivationKind.Softplus).Value(-x));

        static void AssertUlps(double expected, double actual) => LinearAlgebra.PlainMatrix.AssertRelative(expected, actual, 5e-16);
    }

    // e^−x² with a rounded x² would have an error of x² ulp, 700 at the end of the range.
    [Theory]
    [InlineData(ActivationKind.Tanh, 350)]
    [InlineData(ActivationKind.Sigmoid, 700)]
    [InlineData(ActivationKind.Erf, 26.3)]
    public void The_slope_keeps_its_relative_accuracy_down_to_the_end_of_the_range(ActivationKind kind, double end)
    {
        Activation phi = Activation.Named(kind);
        for (int i = 0; i < 200; i++)
        {
            double x = end * (0.1 + (0.0045 * i)), whole = Math.Floor(x * 1024) / 1024, rest = x - whole;

            // The exponent is split so that the large part is exact: e^−(w + r)² = e^−w² e^−r(2w + r), w² a multiple of 2⁻²⁰ and below 2¹⁰.
            double expected = kind switch
            {
                ActivationKind.Tanh => 4 * Math.Exp(-2 * x),
                ActivationKind.Sigmoid => Math.Exp(-x),
                _ => 2 / Math.Sqrt(Math.PI) * Math.Exp(-whole * whole) * Math.Exp(-rest * ((2 * whole) + rest)),
            };
            if (kind == ActivationKind.Erf || x > 40)
            {
                LinearAlgebra.PlainMatrix.AssertRelative(expected, phi.Slope(x), 2e-15);
            }
        }
    }

    // ln φ' near its maximum by its Taylor series: ln sech² x = −x² + x⁴/6 − 2x⁶/45 + …, and ln φ' of the logistic = −ln 4 − x²/4 + x⁴/96.
    [Theory]
    [InlineData(1e-3)]
    [InlineData(1e-6)]
    [InlineData(1e-100)]
    public void Near_0_the_logarithm_keeps_its_relative_accuracy(double x)
    {
        double tanh = Activation.Named(ActivationKind.Tanh).LogSlope(x);
        LinearAlgebra.PlainMatrix.AssertRelative((-x * x) + (x * x * x * x / 6) - (2 * Math.Pow(x, 6) / 45), tanh, 1e-15); // next: 1e-19 x²
        Assert.Equal(-Math.Log(4) - (x * x / 4), Activation.Named(ActivationKind.Sigmoid).LogSlope(x), 5e-14);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Gamma_is_the_supremum_of_the_slope(ActivationKind kind)
    {
        Activation phi = Activation.Named(kind);
        double largest = Grid(-40, 40, 0.01).Append(0.5).Append(1e-9).Max(phi.Slope);

        Assert.Equal(PlainActivation.MaximumSlope(kind), phi.MaximumSlope, 1e-16);
        Assert.True(largest <= phi.MaximumSlope * (1 + 3e-16)); // the logistic's quotient may round to one ulp above 1/4
        Assert.Equal(phi.MaximumSlope, largest, 1e-15); // softplus at 40: 1 − e^−40
    }

    [Fact]
    public void A_kink_has_slope_0()
    {
        foreach ((ActivationKind kind, double[] kinks) in new[] { (ActivationKind.Relu, new double[] { 0 }),
            (ActivationKind.Hardtanh, [-1, 1]) })
        {
            Activation phi = Activation.Named(kind);
            Assert.Equal(kinks, phi.Kinks);
            Assert.All(kinks, x => Assert.Equal((0, double.NegativeInfinity), (phi.Slope(x), phi.LogSlope(x))));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Not_a_number_stays_not_a_number(ActivationKind kind)
    {
        Activation phi = Activation.Named(kind);
        Assert.True(double.IsNaN(phi.Value(double.NaN)));
        if (!phi.SlopeIsConstant)
        {
            double[] values = new double[2], slopes = new double[2];
            Slopes sums = phi.Evaluate([0.5, double.NaN], values, slopes);
            Assert.Equal(double.NaN, values[1]);
            Assert.True(double.IsNaN(phi.Slope(double.NaN)) && double.IsNaN(phi.LogSlope(double.NaN)));
            Assert.True(double.IsNaN(slopes[1]) && double.IsNaN(sums.Sum) && double.IsNaN(sums.LogSum) && double.IsNaN(sums.LogMaximum));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_vector_is_its_components_and_the_sums_are_plain_sums(ActivationKind kind)
    {
        Activation phi = Activation.Named(kind);
        double[] x = [-3.5, -0.25, 0.125, 0.75, 2], values = new double[5], slopes = new double[5];

        Slopes sums = phi.Evaluate(x, values, slopes);

        for (int i = 0; i < 5; i++)
        {
            LinearAlgebra.PlainMatrix.AssertRelative(phi.Value(x[i]), values[i], 1e-15); // a few roundings in another order
            LinearAlgebra.PlainMatrix.AssertRelative(phi.Slope(x[i]), slopes[i], 1e-15);
        }

        Assert.Equal(0, sums.Exponent);
        Assert.Equal(slopes.Sum(), sums.Sum, 1e-15); // five terms of at most 1
        PlainMatrixAssert(x.Sum(phi.LogSlope), sums.LogSum);
        PlainMatrixAssert(Math.Log(slopes.Max()), sums.LogMaximum);

        static void PlainMatrixAssert(double expected, double actual) => LinearAlgebra.PlainMatrix.AssertRelative(expected, actual, 1e-14);
    }

    // If all slopes of a step are below the range of a double, they share a separate power of two.
    [Theory]
    [InlineData(ActivationKind.Tanh, 240)]
    [InlineData(ActivationKind.Tanh, 1e5)]
    [InlineData(ActivationKind.Sigmoid, 500)]
    [InlineData(ActivationKind.Sigmoid, 1e5)]
    [InlineData(ActivationKind.Softplus, -500)]
    [InlineData(ActivationKind.Softplus, -1e5)]
    [InlineData(ActivationKind.Erf, 25)]
    [InlineData(ActivationKind.Erf, -300)]
    public void Slopes_below_the_range_of_a_double_are_carried_with_an_exponent(ActivationKind kind, double x)
    {
        Activation phi = Activation.Named(kind);
        double[] states = [x, x * 1.0001, x * 1.00003], slopes = new double[3];

        Slopes sums = phi.Evaluate(states, new double[3], slopes);

        Assert.True(sums.Exponent < -600);
        Assert.InRange(slopes.Max(), 0.7, 1.42); // within half a power of two of 1
        for (int i = 0; i < 3; i++)
        {
            // Both sides are differences of numbers of the size of ln φ', accurate to an ulp.
            double log = phi.LogSlope(states[i]);
            Assert.Equal(log, Math.Log(slopes[i]) + (sums.Exponent * Math.Log(2)), 4e-16 * Math.Abs(log));
        }

        Assert.Equal(states.Max(phi.LogSlope), sums.LogMaximum);
    }

    [Fact]
    public void Slopes_that_are_all_exactly_0_need_no_exponent()
    {
        var slopes = new double[2];

        Slopes sums = Activation.Named(ActivationKind.Relu).Evaluate([-1, -2], new double[2], slopes);

        Assert.Equal(new Slopes(0, 0, double.NegativeInfinity, double.NegativeInfinity), sums);
        Assert.Equal([0, 0], slopes);
    }
}
