using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Tests.LinearAlgebra;

public sealed class SpectralRadiusTests
{
    // The documented accuracy for every ensemble.
    private const double RelativeTolerance = 1e-10;

    [Fact]
    public void A_triangular_matrix_has_its_largest_diagonal_entry_exactly()
    {
        Matrix a = PlainMatrix.Map(PlainMatrix.Gaussian(80, 80, 1), x => 1000 * x);
        for (int i = 0; i < 80; i++)
        {
            a.Row(i)[..i].Clear();
            a[i, i] = i == 37 ? -0.75 : 0.5;
        }

        Assert.Equal(0.75, SpectralRadius.Of(a));
        Assert.Equal(0.75, SpectralRadius.Of(a.Transpose()));
    }

    // Rounding would split one eigenvalue of multiplicity n into a circle of radius ε^(1/n).
    [Fact]
    public void A_jordan_block_has_its_one_eigenvalue_exactly()
    {
        var a = new Matrix(50, 50);
        for (int i = 0; i < 50; i++)
        {
            a[i, i] = 0.9;
            a[i, Math.Min(i + 1, 49)] = i < 49 ? 1 : 0.9;
        }

        Assert.Equal(0.9, SpectralRadius.Of(a));
    }

    [Fact]
    public void A_nilpotent_matrix_has_radius_0_exactly_in_any_order_of_its_rows()
    {
        Matrix strictlyUpper = PlainMatrix.Gaussian(60, 60, 2);
        for (int i = 0; i < 60; i++)
        {
            strictlyUpper.Row(i)[..(i + 1)].Clear();
        }

        Matrix order = PlainMatrix.Permutation([.. Enumerable.Range(0, 60).Select(i => (i * 23) % 60)]);
        Assert.Equal(0, SpectralRadius.Of(strictlyUpper));
        Assert.Equal(0, SpectralRadius.Of(PlainMatrix.Multiply(order, strictlyUpper, order.Transpose())));
        Assert.Equal(0, SpectralRadius.Of(new Matrix(4, 4)));
    }

    // The eigenvalues of one cycle are the n-th roots of the product of its weights.
    [Theory]
    [InlineData(2, 3)]
    [InlineData(7, 2)]
    [InlineData(30, 1)]
    [InlineData(100, 0.5)]
    public void A_cycle_has_the_geometric_mean_of_its_weights(int n, double decades)
    {
        var a = new Matrix(n, n);
        double log = 0;
        for (int i = 0; i < n; i++)
        {
            a[i, (i + 1) % n] = Math.Pow(10, decades * (i - (n / 3.0)) * (i % 2 == 0 ? 1 : -0.5));
            log += Math.Log(a[i, (i + 1) % n]) / n;
        }

        PlainMatrix.AssertRelative(Math.Exp(log), SpectralRadius.Of(a), RelativeTolerance);
    }

    // D A D⁻¹ has the eigenvalues of A; without balancing, entries of 10^±60 would dominate the rest.
    [Fact]
    public void Badly_scaled_coordinates_do_not_change_the_radius()
    {
        Matrix a = PlainMatrix.Gaussian(20, 20, 4);
        double radius = PlainMatrix.SpectralRadiusByPowers(a);
        var scaled = new Matrix(20, 20);
        for (int i = 0; i < 20; i++)
        {
            for (int j = 0; j < 20; j++)
            {
                scaled[i, j] = a[i, j] * Math.Pow(10, 6 * (i - j));
            }
        }

        PlainMatrix.AssertRelative(radius, SpectralRadius.Of(scaled), RelativeTolerance);
        PlainMatrix.AssertRelative(radius, Math.ScaleB(SpectralRadius.Of(PlainMatrix.Map(a, x => Math.ScaleB(x, 900))), -900),
            RelativeTolerance);
        PlainMatrix.AssertRelative(radius, Math.ScaleB(SpectralRadius.Of(PlainMatrix.Map(a, x => Math.ScaleB(x, -900))), 900),
            RelativeTolerance);
    }

    // V diag(λ) V⁻¹ with 2 × 2 blocks for the complex pairs; V is a product of an orthogonal and a diagonal matrix of condition 100.
    [Fact]
    public void Known_eigenvalues_are_found_through_a_similarity()
    {
        const int N = 12;
        var blocks = new Matrix(N, N);
        for (int i = 0; i < N; i += 2)
        {
            double modulus = 1.7 - (0.1 * i), angle = 0.3 + i;
            (blocks[i, i], blocks[i, i + 1]) = (modulus * Math.Cos(angle), -modulus * Math.Sin(angle));
            (blocks[i + 1, i], blocks[i + 1, i + 1]) = (modulus * Math.Sin(angle), modulus * Math.Cos(angle));
        }

        double[] d = [.. Enumerable.Range(0, N).Select(i => Math.Pow(100, i / (N - 1.0)))];
        Matrix u = PlainMatrix.Orthogonal(N, 5), w = PlainMatrix.Orthogonal(N, 6);
        Matrix v = PlainMatrix.Multiply(u, PlainMatrix.Diagonal(d), w);
        Matrix inverse = PlainMatrix.Multiply(w.Transpose(), PlainMatrix.Diagonal([.. d.Select(x => 1 / x)]), u.Transpose());

        Assert.Equal(1.7, SpectralRadius.Of(PlainMatrix.Multiply(v, blocks, inverse)), 1.7 * RelativeTolerance);
    }

    [Theory]
    [InlineData(WeightEnsemble.Gaussian, 2)]
    [InlineData(WeightEnsemble.Gaussian, 33)]
    [InlineData(WeightEnsemble.Gaussian, 64)]
    [InlineData(WeightEnsemble.Uniform, 40)]
    [InlineData(WeightEnsemble.Symmetric, 40)]
    [InlineData(WeightEnsemble.Orthogonal, 40)]
    [InlineData(WeightEnsemble.Sparse, 40)]
    public void Every_ensemble_agrees_with_repeated_squaring(WeightEnsemble ensemble, int n)
    {
        for (int replicate = 0; replicate < 4; replicate++)
        {
            Matrix a = WeightDraw.Draw(ensemble, n, 0.1, 1, replicate);
            PlainMatrix.AssertRelative(PlainMatrix.SpectralRadiusByPowers(a), SpectralRadius.Of(a), RelativeTolerance);
        }
    }

    // With at most two entries per row, a sparse matrix consists mostly of nilpotent parts, which only repeated squaring treats exactly.
    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(1.5)]
    [InlineData(2)]
    public void Very_sparse_matrices_agree_with_repeated_squaring(double entriesPerRow)
    {
        for (int replicate = 0; replicate < 12; replicate++)
        {
            Matrix a = WeightDraw.Draw(WeightEnsemble.Sparse, 36, entriesPerRow / 36, 2, replicate);
            PlainMatrix.AssertRelative(PlainMatrix.SpectralRadiusByPowers(a), SpectralRadius.Of(a), RelativeTolerance);
        }
    }
}
