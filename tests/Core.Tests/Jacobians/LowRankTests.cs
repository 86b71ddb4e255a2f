using RnnSweep.Core.Experiments;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Jacobians;

/// <summary>
/// Products at a falling rank compared with the same products with all columns. The dropped part is 3e-8 of the kept part, some tens of times,
/// and changes a norm by half its square, 4.5e-16; a thousand steps add rounding to both. The tolerance, 1e-12 of a norm or 4.3e-13 of its logarithm,
/// covers these errors and no others.
/// </summary>
public sealed class LowRankTests
{
    private const int N = 64;
    private const double Tolerance = 5e-13;

    public static TheoryData<bool> Sides => [true, false];

    [Theory]
    [MemberData(nameof(Sides))]
    public void Norms_are_those_of_the_dense_product_at_a_fraction_of_its_columns(bool slopesComeFirst)
    {
        var steps = new ScriptedSlopes(Gaussian(1.3), slopesComeFirst, Drawn(1000, (_, _) => 1, 0.4));

        JacobianProduct product = steps.Product();

        AssertSame(steps.Dense(), product);
        Assert.True(product.Columns <= 16, $"{product.Columns} columns");
        Assert.Null(product.RedoneAt);
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public void Every_step_on_the_way_can_be_read(bool slopesComeFirst)
    {
        double[][] slopes = Drawn(160, (_, _) => 1, 0.2);
        for (int step = 1; step <= slopes.Length; step += step < 24 ? 1 : 7)
        {
            var steps = new ScriptedSlopes(Gaussian(1), slopesComeFirst, slopes[..step]);
            AssertSame(steps.Dense(), steps.Product());
        }
    }

    // A product of orthogonal matrices drops nothing: it is never factored, and gives the same bits.
    [Theory]
    [MemberData(nameof(Sides))]
    public void A_product_that_drops_nothing_is_the_dense_one(bool slopesComeFirst)
    {
        Matrix weights = WeightDraw.Draw(WeightEnsemble.Orthogonal, N, 1, 1, 0);
        var steps = new ScriptedSlopes(weights, slopesComeFirst, Drawn(500, (_, _) => 1, 0));

        JacobianProduct product = steps.Product();

        Assert.Equal(N, product.Columns);
        Assert.Equal(steps.Dense().Form().Values.Values, product.Form().Values.Values);
    }

    // Two networks side by side: the leading one dies out at one step, long after the other was dropped.
    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 0)]
    [InlineData(true, 1e-80)]
    [InlineData(false, 1e-80)]
    public void Dropped_directions_are_recovered_when_the_leading_units_die(bool slopesComeFirst, double slopeOfTheDead)
    {
        Matrix weights = Blocks(2, 1);
        var steps = new ScriptedSlopes(weights, slopesComeFirst, Drawn(200, (t, i) => i < N / 2 && t == 150 ? slopeOfTheDead : 1, 0.3));

        JacobianProduct product = steps.Product();

        AssertSame(steps.Dense(), product);
        Assert.InRange(product.RedoneAt!.Value, 151, 200);
    }

    // The same gradually: the leading network decays by a factor of two per step, the dropped one does not.
    [Theory]
    [MemberData(nameof(Sides))]
    public void Dropped_directions_are_recovered_when_the_leading_units_decay(bool slopesComeFirst)
    {
        var steps = new ScriptedSlopes(Blocks(1, 1), slopesComeFirst, Drawn(600, (t, i) => t < 150 == i < N / 2 ? 1 : 0.5, 0.1));

        JacobianProduct product = steps.Product();

        AssertSame(steps.Dense(), product);
        Assert.NotNull(product.RedoneAt);
    }

    // Cycles of units with individual gains, some of which go to 0: a product of monomial matrices, so every column is one number.
    [Theory]
    [MemberData(nameof(Sides))]
    public void Permutations_with_gains_that_vanish_are_exact(bool slopesComeFirst)
    {
        Matrix weights = new(N, N);
        for (int i = 0; i < N; i++)
        {
            weights[i, (i / 8 * 8) + ((i + 1) % 8)] = 1; // eight cycles of eight
        }

        double[][] slopes = [.. Enumerable.Range(0, 300).Select(t => Enumerable.Range(0, N).Select(i =>
        {
            int cycle = i / 8;
            return t == 120 + (20 * cycle) && cycle < 6 ? 0 : Math.ScaleB(1, -cycle);
        }).ToArray())];
        var steps = new ScriptedSlopes(weights, slopesComeFirst, slopes);

        JacobianProduct product = steps.Product();

        // Cycles 0 to 5 die one after the other; the seventh loses 6 bits per step for 300 steps.
        ProductNorms norms = product.Norms();
        Assert.Equal(-6 * 300 * Math.Log10(2), norms.Log10Spectral, Tolerance * 600);
        AssertSame(steps.Dense(), product);
    }

    // Projections onto one half of the units and onto the other, with a rotation between them.
    [Theory]
    [MemberData(nameof(Sides))]
    public void Alternating_projections_agree_with_the_dense_product(bool slopesComeFirst)
    {
        Matrix weights = WeightDraw.Draw(WeightEnsemble.Orthogonal, N, 1, 2, 0);
        var steps = new ScriptedSlopes(weights, slopesComeFirst, Drawn(300, (t, i) => (t / 7 % 2 == 0) == i < N / 2 ? 1 : 0, 0));

        AssertSame(steps.Dense(), steps.Product());
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public void A_product_that_becomes_zero_is_zero(bool slopesComeFirst)
    {
        var steps = new ScriptedSlopes(Gaussian(1), slopesComeFirst, Drawn(120, (t, _) => t == 100 ? 0 : 1, 0.2));

        Assert.Equal(double.NegativeInfinity, steps.Product().Norms().Log10Spectral);
    }

    private static Matrix Gaussian(double gain) => PlainMatrix.Map(PlainMatrix.Gaussian(N, N, 1), w => gain * w / Math.Sqrt(N));

    private static Matrix Blocks(double first, double second)
    {
        Matrix weights = Gaussian(Math.Sqrt(2));
        for (int i = 0; i < N; i++)
        {
            for (int j = 0; j < N; j++)
            {
                weights[i, j] *= i < N / 2 != j < N / 2 ? 0 : i < N / 2 ? first : second;
            }
        }

        return weights;
    }

    // Slopes chosen by step and unit, times random factors in [1 − spread, 1].
    private static double[][] Drawn(int steps, Func<int, int, double> slope, double spread)
    {
        var stream = new Core.Randomness.Philox(7, 7);
        return [.. Enumerable.Range(0, steps).Select(t => Enumerable.Range(0, N).Select(i => slope(t, i) * (1 - (spread * stream.NextUniform()))).ToArray())];
    }

    private static void AssertSame(JacobianProduct expected, JacobianProduct actual)
    {
        Assert.Equal(N, expected.Columns);
        ProductNorms dense = expected.Norms(), norms = actual.Norms();
        Assert.Equal(dense.Log10Spectral, norms.Log10Spectral, Tolerance * Math.Max(1, Math.Abs(dense.Log10Spectral) / 1000));
        Assert.Equal(dense.Log10Frobenius, norms.Log10Frobenius, Tolerance * Math.Max(1, Math.Abs(dense.Log10Frobenius) / 1000));
        GrowthRate whole = expected.Growth, growth = actual.Growth;
        Assert.Equal(whole.Slope, growth.Slope, 1e-11); // slopes of logarithms that differ by about 1e-12, over tens of steps
        Assert.Equal(whole.WithinSem, growth.WithinSem, 1e-11);
        Assert.Equal(whole.Converged, growth.Converged);
    }
}
