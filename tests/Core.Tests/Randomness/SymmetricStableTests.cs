using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Randomness;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Randomness;

public sealed class SymmetricStableTests
{
    public static TheoryData<double> Stabilities => [0.1, 0.5, 0.9, 1, 1.1, 1.5, 1.999, 2];

    // The smallest and the largest uniform of a stream, some near them, and random ones.
    private static double[] Uniforms()
    {
        var random = new double[400];
        new Philox(3, 4).FillUniform(random);
        double least = Math.ScaleB(1, -54);
        return [least, 3 * least, 1e-9, 0.25, 0.5, Math.BitDecrement(0.5), 0.75, 1 - 1e-9, 1 - (2 * least), .. random];
    }

    private static double Draw(double u, double v, double stability, double logScale = 0)
    {
        double[] first = [u, 0.5, 0.5, 0.5], second = [v, 0.5, 0.5, 0.5];
        SymmetricStable.Transform(first, second, stability, logScale);
        return first[0];
    }

    // sin V and tan V from w = min(u, 1 − u) and ½ − w, which are exact or nearly so. Tolerances: two ulp of each function, times the exponents' condition 1 + |ln X| < 80.
    [Fact]
    public void It_is_a_normal_number_of_variance_2_for_alpha_2_and_a_cauchy_number_for_alpha_1()
    {
        foreach (double u in Uniforms())
        {
            double w = Math.Min(u, 1 - u), sign = Math.Sign(u - 0.5);
            foreach (double v in Uniforms())
            {
                PlainMatrix.AssertRelative(sign * 2 * Math.Sin(Math.PI * (0.5 - w)) * Math.Sqrt(-Math.Log(v)), Draw(u, v, 2), 1e-13);
                PlainMatrix.AssertRelative(sign * Math.Sin(Math.PI * (0.5 - w)) / Math.Sin(Math.PI * w), Draw(u, v, 1), 1e-13);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Stabilities))]
    public void It_is_finite_odd_in_u_and_monotone_in_the_scale(double stability)
    {
        foreach (double u in Uniforms())
        {
            foreach (double v in Uniforms())
            {
                double x = Draw(u, v, stability);
                Assert.True(double.IsFinite(x), $"u = {u:R}, v = {v:R}");
                Assert.Equal(u == 0.5, x == 0);
                Assert.Equal(Math.Sign(u - 0.5), Math.Sign(x));
                PlainMatrix.AssertRelative(8 * x, Draw(u, v, stability, Math.Log(8)), 1e-12); // the exponent's rounding, up to 700 ε
            }
        }
    }

    // E cos kX = exp(−|k|^α), with the variance ½ (1 + exp(−|2k|^α)) − exp(−2|k|^α) ≤ ½: five standard errors.
    [Theory]
    [MemberData(nameof(Stabilities))]
    public void Its_characteristic_function_is_the_stretched_exponential(double stability)
    {
        const int Count = 200_000;
        double[] u = new double[Count], v = new double[Count];
        new Philox(5, 6).FillUniform(u);
        new Philox(5, 7).FillUniform(v);
        SymmetricStable.Transform(u, v, stability, 0);
        foreach (double k in new[] { 0.2, 0.7, 1, 1.8 })
        {
            Assert.Equal(Math.Exp(-Math.Pow(k, stability)), u.Average(x => Math.Cos(k * x)), 5 * Math.Sqrt(0.5 / Count));
        }
    }

    // W₀ = X / N^(1/α): √N W₀ has the variance 2 for α = 2, and N^(1/α) times its median magnitude that of X, for which P(|X| < 1) = ½ at α = 1.
    [Fact]
    public void Weights_are_divided_by_the_size_to_the_power_of_one_over_alpha()
    {
        const int N = 200;
        Matrix normal = WeightDraw.Draw(new WeightDistribution(WeightEnsemble.Levy, Stability: 2), N, 1, 0);
        Matrix cauchy = WeightDraw.Draw(new WeightDistribution(WeightEnsemble.Levy, Stability: 1), N, 1, 0);

        Assert.Equal(2, N * normal.Values.Average(w => w * w), 5 * 2 * Math.Sqrt(2.0) / N); // five standard errors of N² squares of normals
        Assert.Equal(0.5, cauchy.Values.Average(w => Math.Abs(N * w) < 1 ? 1.0 : 0), 5 * 0.5 / N); // binomial
    }
}
