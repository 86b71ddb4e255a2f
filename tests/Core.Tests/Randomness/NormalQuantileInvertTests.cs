using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Tests.Randomness;

public sealed class NormalQuantileInvertTests
{
    // The middle, the tails to the smallest normal double and to the largest below 1, the boundaries of the formulas, and random ones.
    private static double[] Probabilities()
    {
        var random = new double[2000];
        new Philox(8, 9).FillUniform(random);
        IEnumerable<double> seams = new[] { 0.075, 0.925, 1.3887943864964021e-11, 1 - 1.3887943864964021e-11, 0.5 }
            .SelectMany(seam => new[] { Math.BitDecrement(seam), seam, Math.BitIncrement(seam) });
        IEnumerable<double> low = Enumerable.Range(0, 400).Select(i => 0.1 * Math.Pow(10, -0.7654 * i));
        return [.. random, .. seams, .. low, .. low.Where(p => p > 1e-16).Select(p => 1 - p), Math.BitDecrement(1)];
    }

    [Fact]
    public void Vector_quantiles_equal_scalar_ones_to_the_bit_in_the_middle_and_to_two_ulp_in_the_tails()
    {
        double[] probabilities = Probabilities(), quantiles = [.. probabilities];

        NormalQuantile.Invert(quantiles);

        for (int i = 0; i < quantiles.Length; i++)
        {
            // Two logarithms with an error of an ulp each, halved by the root; the tails' functions have a relative condition of at most 3.
            double tolerance = Math.Abs(probabilities[i] - 0.5) <= 0.425 ? 0 : 5e-16;
            LinearAlgebra.PlainMatrix.AssertRelative(NormalQuantile.Of(probabilities[i]), quantiles[i], tolerance);
        }
    }

    [Fact]
    public void A_quantile_does_not_depend_on_its_place_and_nothing_beyond_the_span_is_touched()
    {
        double[] probabilities = [.. Probabilities().Where((_, i) => i % 13 == 0)], single = [.. probabilities];
        for (int i = 0; i < single.Length; i++)
        {
            NormalQuantile.Invert(single.AsSpan(i, 1));
        }

        for (int length = 0; length <= 40; length++)
        {
            for (int start = 0; start < probabilities.Length - length; start += 1 + length)
            {
                double[] many = [.. probabilities];
                NormalQuantile.Invert(many.AsSpan(start, length));
                Assert.Equal([.. probabilities[..start], .. single[start..(start + length)], .. probabilities[(start + length)..]], many);
            }
        }

        // All are in the tails: as many as fit into a piece.
        double[] tails = [.. Enumerable.Repeat(0.01, 1000)];
        double[] one = [0.01];
        NormalQuantile.Invert(one);
        NormalQuantile.Invert(tails);
        Assert.All(tails, z => Assert.Equal(one[0], z));
    }
}
