using MathNet.Numerics;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Tests.Randomness;

public sealed class NormalQuantileTests
{
    // AS 241 claims 1e-16; the erf and erfc of the check add a few ulp.
    private const double RelativeTolerance = 4e-15;

    [Fact]
    public void In_the_middle_erf_inverts_the_quantile()
    {
        for (int i = -2500; i <= 2500; i++)
        {
            double probability = 0.5 + (i * 1e-4);
            double x = NormalQuantile.Of(probability);

            AssertInverts(x, (0.5 * SpecialFunctions.Erf(x / Constants.Sqrt2)) - (probability - 0.5));
        }
    }

    [Fact]
    public void In_both_tails_erfc_inverts_the_quantile()
    {
        for (double probability = 0.25; probability > 1e-300; probability *= 0.93)
        {
            double x = NormalQuantile.Of(probability);

            AssertInverts(x, (0.5 * SpecialFunctions.Erfc(-x / Constants.Sqrt2)) - probability);
            if (probability > 1e-10)
            {
                double above = 1 - probability, tail = 1 - above; // both exact by Sterbenz, so the double has this tail
                double y = NormalQuantile.Of(above);
                AssertInverts(y, tail - (0.5 * SpecialFunctions.Erfc(y / Constants.Sqrt2)));
            }
        }
    }

    [Fact]
    public void The_median_is_0_and_the_function_is_odd()
    {
        Assert.Equal(0, NormalQuantile.Of(0.5));
        for (int i = 1; i < 512; i++)
        {
            double p = i / 1024.0;
            Assert.Equal(NormalQuantile.Of(p), -NormalQuantile.Of(1 - p));
        }
    }

    // The three rational functions meet at |p − ½| = 0.425 and at p = e^−25.
    [Theory]
    [InlineData(0.075)]
    [InlineData(0.925)]
    [InlineData(1.3887943864964021e-11)]
    public void The_pieces_meet_without_a_step(double seam)
    {
        double left = NormalQuantile.Of(Math.BitDecrement(seam)), right = NormalQuantile.Of(Math.BitIncrement(seam));
        double density = Math.Exp(-0.5 * left * left) * Constants.InvSqrt2Pi;
        double expected = 2 * Math.BitIncrement(seam) - (2 * seam);

        Assert.Equal(expected / density, right - left, Math.Abs(left) * RelativeTolerance);
    }

    // An error δp of the probability is an error of δp / density in x.
    private static void AssertInverts(double x, double excess)
    {
        double density = Math.Exp(-0.5 * x * x) * Constants.InvSqrt2Pi;
        Assert.Equal(0, excess / density, (Math.Abs(x) * RelativeTolerance) + 1e-300);
    }
}
