using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Tests.LinearAlgebra;

public sealed class SpectralNormTests
{
    // The iteration stops at a residual of 1e-13 of σ², and a relative error of σ² is twice that of σ; the SVD adds N ulp.
    private const double RelativeTolerance = 1e-13;

    private static double Norm(Matrix a) => SpectralNorm.Of(a.Values, a.Rows, a.Columns);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(7, 7)]
    [InlineData(50, 50)]
    [InlineData(120, 120)]
    [InlineData(30, 5)]
    [InlineData(5, 30)]
    [InlineData(1, 4)]
    [InlineData(4, 1)]
    public void A_random_matrix_has_the_norm_of_its_svd(int rows, int columns)
    {
        for (ulong seed = 0; seed < 5; seed++)
        {
            Matrix a = PlainMatrix.Gaussian(rows, columns, seed);
            PlainMatrix.AssertRelative(PlainMatrix.SingularValues(a)[0], Norm(a), RelativeTolerance);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(33)]
    public void An_orthogonal_matrix_has_norm_1(int n) => Assert.Equal(1, Norm(PlainMatrix.Orthogonal(n, 9)), RelativeTolerance);

    [Fact]
    public void A_matrix_of_rank_one_has_the_product_of_two_lengths()
    {
        double[] u = PlainMatrix.Gaussian(40, 1, 1).Values, v = PlainMatrix.Gaussian(40, 1, 2).Values;
        Matrix a = PlainMatrix.Multiply(new Matrix(40, 1, u), new Matrix(1, 40, v));

        PlainMatrix.AssertRelative(Math.Sqrt(u.Sum(x => x * x) * v.Sum(x => x * x)), Norm(a), RelativeTolerance);
    }

    // U diag(σ) Vᵀ with known σ: a Lanczos iteration converges slowest if the leading values nearly agree.
    [Theory]
    [InlineData(1e-3)]
    [InlineData(1e-6)]
    [InlineData(1e-9)]
    [InlineData(1e-12)]
    [InlineData(0)]
    public void Clustered_leading_singular_values_give_the_right_norm(double gap)
    {
        const int N = 40;
        double[] sigma = [.. Enumerable.Range(0, N).Select(i => i < 4 ? 3 - (i * gap) : 1.0 / i)];
        Matrix a = PlainMatrix.Multiply(PlainMatrix.Orthogonal(N, 1), PlainMatrix.Diagonal(sigma), PlainMatrix.Orthogonal(N, 2));

        PlainMatrix.AssertRelative(3, Norm(a), RelativeTolerance);
    }

    [Fact]
    public void Values_graded_over_400_decades_do_not_over_or_underflow()
    {
        double[] sigma = [.. Enumerable.Range(0, 41).Select(i => Math.Pow(10, 200 - (10 * i)))];
        Assert.Equal(sigma[0], Norm(PlainMatrix.Diagonal(sigma)), sigma[0] * RelativeTolerance);
        Assert.Equal(sigma[0], Norm(PlainMatrix.Diagonal([.. sigma.Reverse()])), sigma[0] * RelativeTolerance);
    }

    // σ(cA) = c σ(A) over the whole range of a double: fourth powers of the entries must not be formed unscaled.
    [Fact]
    public void Scaling_by_a_power_of_two_scales_the_norm_exactly_as_much()
    {
        Matrix a = PlainMatrix.Gaussian(12, 12, 11);
        double norm = Norm(a);
        for (int exponent = -1000; exponent <= 1000; exponent += 20)
        {
            double scaled = Norm(PlainMatrix.Map(a, x => Math.ScaleB(x, exponent)));
            PlainMatrix.AssertRelative(norm, Math.ScaleB(scaled, -exponent), RelativeTolerance);
        }
    }

    [Fact]
    public void Zero_matrices_single_entries_and_non_finite_values_have_their_norm()
    {
        Assert.Equal(0, Norm(new Matrix(5, 5)));
        Assert.Equal(2.5, Norm(new Matrix(1, 1, [-2.5])), 2.5 * RelativeTolerance);
        Assert.Equal(double.Epsilon, Norm(new Matrix(1, 1, [double.Epsilon])));
        Assert.Equal(double.PositiveInfinity, Norm(new Matrix(1, 2, [1, double.NegativeInfinity])));
        Assert.True(double.IsNaN(Norm(new Matrix(2, 2, [1, 2, double.NaN, 4]))));
    }

    // Memory is pooled: its earlier content and concurrent calls must not matter.
    [Fact]
    public void The_same_matrix_gives_the_same_bits_whatever_ran_before_and_on_any_thread()
    {
        Matrix a = PlainMatrix.Gaussian(90, 70, 7), other = PlainMatrix.Map(PlainMatrix.Gaussian(70, 70, 8), x => 1e50 * x);
        double expected = Norm(a);
        Parallel.For(0, 16, _ =>
        {
            Norm(other);
            Assert.Equal(expected, Norm(a));
        });
    }
}
