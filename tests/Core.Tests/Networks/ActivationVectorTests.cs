using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;
using RnnSweep.Core.Randomness;
using RnnSweep.Core.Tests.ElementaryFunctions;

namespace RnnSweep.Core.Tests.Networks;

/// <summary>φ, φ' and ln φ' of whole vectors, compared with 256 bits and with the scalar functions that define them.</summary>
public sealed class ActivationVectorTests
{
    public static TheoryData<ActivationKind> Smooth =>
        [ActivationKind.Tanh, ActivationKind.Sigmoid, ActivationKind.Softplus, ActivationKind.Erf];

    public static TheoryData<ActivationKind> All => [.. Enum.GetValues<ActivationKind>()];

    // No number passes more than eight roundings of half an ulp each; polynomials and constants add hundredths.
    private const double Ulps = 4;

    [Theory]
    [MemberData(nameof(Smooth))]
    public void Each_number_is_within_a_few_ulp_of_256_bits(ActivationKind kind)
    {
        foreach (double x in Points(kind))
        {
            (double value, double slope, double log) = Single(kind, x);
            BigReal exactLog = ExactActivation.LogSlope(kind, x);

            // ln φ' of erf is ln 2/√π − x² and crosses 0, where its error is measured in ulp of the terms.
            double cancelled = kind == ActivationKind.Erf ? Math.Min(1, Math.Abs(log) / Math.Max(0.12, x * x)) : 1;
            Assert.True(ExactActivation.Value(kind, x).UlpsTo(value) <= Ulps, $"value at {x:R}");
            Assert.True(ExactActivation.Slope(kind, x).UlpsTo(slope) <= Ulps, $"slope at {x:R}");
            Assert.True(exactLog.UlpsTo(log) * cancelled <= Ulps, $"logarithm at {x:R}");
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Networks_side_by_side_have_the_values_and_sums_of_each_alone(ActivationKind kind)
    {
        Activation phi = Activation.Named(kind);
        foreach (int lanes in (int[])[2, 4, 8])
        {
            foreach (int n in (int[])[4, 5, 17])
            {
                // The last lane holds saturated units, some of whose slopes are below the range of a double, next to lanes without any.
                double[] x = new double[n * lanes], values = new double[x.Length], slopes = new double[x.Length], sums = new double[3 * lanes];
                Philox.For(3, n, StreamRole.InitialState).FillNormal(x);
                for (int i = 0; i < n; i++)
                {
                    x[(i * lanes) + lanes - 1] *= 300;
                }

                phi.EvaluateSideBySide(x, lanes, values, slopes, sums);

                for (int lane = 0; lane < lanes; lane++)
                {
                    double[] own = [.. Enumerable.Range(0, n).Select(i => x[(i * lanes) + lane])], ownValues = new double[n], ownSlopes = new double[n];
                    Slopes expected = phi.Evaluate(own, ownValues, ownSlopes);
                    Assert.Equal(ownValues, Enumerable.Range(0, n).Select(i => values[(i * lanes) + lane]));
                    if (expected.Exponent == 0)
                    {
                        Assert.Equal(ownSlopes, Enumerable.Range(0, n).Select(i => slopes[(i * lanes) + lane]));
                    }

                    // Each of N terms rounds once, and so does each factor of a product of slopes.
                    double rounding = 3e-16 * n;
                    Assert.Equal(expected.Sum, sums[lane], rounding * expected.Sum);
                    AssertLog(expected.LogSum, sums[lanes + lane]);
                    AssertLog(expected.LogMaximum, sums[(2 * lanes) + lane]);

                    void AssertLog(double one, double other) =>
                        Assert.True(one.Equals(other) || Math.Abs(one - other) <= rounding * (1 + Math.Abs(one)), $"{one:R} {other:R}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Special_numbers_agree_with_the_scalar_functions(ActivationKind kind)
    {
        Activation phi = Activation.Named(kind);
        double[] special =
        [
            0, -0.0, 1, -1, 0.5, -0.5, double.Epsilon, -double.Epsilon, 1e-310, 6, -6, 372.5, -372.7, 745.1, -745.2, 1e4, 1e155,
            double.MaxValue, double.MinValue, double.PositiveInfinity, double.NegativeInfinity, double.NaN,
        ];
        foreach (double x in special)
        {
            (double value, double slope, double log) = Single(kind, x);

            // The scalar functions have errors of a few ulp; at the smallest double an ulp is the number itself.
            AssertClose(phi.Value(x), value);
            AssertClose(phi.SlopeIsConstant || !double.IsNaN(x) ? phi.Slope(x) : double.NaN, slope);
            AssertClose(phi.LogSlope(x), log);
            Assert.True(
                value != 0 || x != 0 || double.IsNegative(value) == (double.IsNegative(x) && kind != ActivationKind.Relu), "odd as φ is");
        }

        static void AssertClose(double expected, double actual) => Assert.True(
            expected.Equals(actual) || Math.Abs(expected - actual) <= (1e-15 * Math.Abs(expected)) + (2 * double.Epsilon),
            $"{expected:R}, {actual:R}");
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_number_does_not_depend_on_its_place_and_nothing_beyond_the_vector_is_touched(ActivationKind kind)
    {
        Activation phi = Activation.Named(kind);
        var x = new double[43];
        new Philox(5, 6).FillNormal(x);
        (double Value, double Slope, double Log)[] singles = [.. x.Select(value => Single(kind, value))];
        for (int n = 1; n <= 40; n++)
        {
            for (int start = 0; start < 4; start++)
            {
                double[] values = [.. Enumerable.Repeat(7.0, n + 5)], slopes = [.. values];

                phi.Evaluate(x.AsSpan(start, n), values.AsSpan(start, n), slopes.AsSpan(start, n));

                Assert.Equal(singles[start..(start + n)].Select(s => s.Value), values[start..(start + n)]);
                Assert.Equal(singles[start..(start + n)].Select(s => s.Slope), slopes[start..(start + n)]);
                Assert.All([.. values[..start], .. values[(start + n)..], .. slopes[..start], .. slopes[(start + n)..]], v => Assert.Equal(7, v));
            }
        }
    }

    // Σ: 4 ulp per term, and half an ulp of the whole for each of its up to n/4 + 2 additions.
    [Theory]
    [MemberData(nameof(All))]
    public void Sums_are_exact_to_a_few_ulp_of_the_magnitudes_and_each_component_counts_once(ActivationKind kind)
    {
        Activation phi = Activation.Named(kind);
        foreach (double size in new[] { 1e-7, 0.2, 1, 30 })
        {
            double[] x = new double[40], slopeOf = new double[40], logOf = new double[40];
            new Philox(5, 7).FillNormal(x);
            for (int i = 0; i < 40; i++)
            {
                x[i] *= size;
                (_, slopeOf[i], logOf[i]) = Single(kind, x[i]);
            }

            for (int n = 1; n <= 40; n++)
            {
                Slopes sums = phi.Evaluate(x.AsSpan(0, n), new double[n], new double[n]);

                double tolerance = (4 + ((n + 8) / 8)) * Math.Pow(2, -52);
                double magnitudes = logOf[..n].Sum(Math.Abs);
                Assert.Equal(slopeOf[..n].Sum(), sums.Sum, tolerance * Math.Max(slopeOf[..n].Sum(), double.Epsilon));
                if (double.IsFinite(magnitudes))
                {
                    BigReal exact = logOf[..n].Aggregate((BigReal)0, (sum, log) => sum + log);
                    Assert.Equal(0, (double)(exact - sums.LogSum), tolerance * Math.Max(magnitudes, double.Epsilon));
                }
                else
                {
                    Assert.Equal(logOf[..n].Sum(), sums.LogSum);
                }

                // If the slopes have an exponent, it is that of the scalar functions.
                Assert.Equal(logOf[..n].Max(), sums.LogMaximum, 1e-15 * Math.Abs(logOf[..n].Max()));
            }
        }
    }

    // The definition of the scalar functions: e = log₂ of the largest slope, and the slopes divided by it.
    [Theory]
    [InlineData(ActivationKind.Tanh, 240)]
    [InlineData(ActivationKind.Sigmoid, -500)]
    [InlineData(ActivationKind.Softplus, -1e5)]
    [InlineData(ActivationKind.Erf, 25)]
    public void The_exponent_of_saturated_slopes_is_that_of_the_definition_at_every_length(ActivationKind kind, double x)
    {
        Activation phi = Activation.Named(kind);
        for (int n = 1; n <= 40; n++)
        {
            double[] states = [.. Enumerable.Range(0, n).Select(i => x * (1 + (((i * 7) % 11) * 1e-5)))];
            double[] values = new double[n], slopes = new double[n];

            Slopes sums = phi.Evaluate(states, values, slopes);

            double largest = states.Max(phi.LogSlope);
            Assert.Equal((largest, largest / Math.Log(2)), (sums.LogMaximum, sums.Exponent));
            Assert.Equal(states.Select(state => Math.Exp(phi.LogSlope(state) - largest)), slopes);
            Assert.Equal(states.Sum(phi.LogSlope), sums.LogSum, n * 2e-16 * Math.Abs(largest) * n); // n roundings of a sum of n terms
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Not_a_number_is_detected_at_every_index_of_every_length(ActivationKind kind)
    {
        Activation phi = Activation.Named(kind);
        for (int n = 1; n <= 9; n++)
        {
            for (int place = 0; place < n; place++)
            {
                double[] x = new double[n], values = new double[n], slopes = new double[n];
                x[place] = double.NaN;

                Slopes sums = phi.Evaluate(x, values, slopes);

                Assert.Equal(double.NaN, values[place]);
                Assert.Equal(1, values.Count(double.IsNaN));
                Assert.Equal(
                    phi.SlopeIsConstant ? new Slopes(0, n, 0, 0) : new Slopes(double.NaN, double.NaN, double.NaN, double.NaN), sums);
                Assert.Equal(!phi.SlopeIsConstant, double.IsNaN(slopes[place]));
            }
        }
    }

    [Fact]
    public void Lengths_that_differ_are_refused()
    {
        Activation phi = Activation.Named(ActivationKind.Tanh);

        Assert.Throws<ArgumentException>(() => phi.Evaluate(new double[4], new double[3], new double[4]));
        Assert.Throws<ArgumentException>(() => phi.Evaluate(new double[4], new double[4], new double[5]));
    }

    private static IEnumerable<double> Points(ActivationKind kind)
    {
        double end = kind switch { ActivationKind.Tanh => 370, ActivationKind.Erf => 27, _ => 744 };
        for (int i = 0; i < 80; i++)
        {
            foreach (double a in new[] { 2.5 * (i + 0.4321) / 80, 45 * (i + 0.1234) / 80, end * (i + 0.77) / 80, Math.Pow(10, -3.8 * i) })
            {
                if (a <= end)
                {
                    yield return a;
                    yield return -a;
                }
            }
        }
    }

    // φ, φ' and ln φ' of one number; beside an x with a slope of about 1, the slopes never need an exponent.
    private static (double Value, double Slope, double Log) Single(ActivationKind kind, double x)
    {
        Activation phi = Activation.Named(kind);
        double[] values = new double[2], slopes = new double[2], alone = new double[1];
        phi.Evaluate([x, 1e-300], values, slopes);
        return (values[0], slopes[0], phi.Evaluate([x], alone, new double[1]).LogSum);
    }
}
