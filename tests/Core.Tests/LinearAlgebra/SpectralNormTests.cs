using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Tests.LinearAlgebra;

public sealed class SpectralNormTests
{
    // The iteration stops at a residual of 1e-13 of σ², and half of a relative error of σ² is one of σ; the SVD brings N ulp.
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

    // U diag(σ) Vᵀ with σ known: a Lanczos iteration is at its worst where the leading values all but agree.
    [Theory]
    [InlineData(1e-3)]
    [InlineData(1e-6)]
    [InlineData(1e-9)]
    [InlineData(1e-12)]
    [InlineData(0)]
    public void Clustered_leading_singular_values_do_not_deceive(double gap)
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

    // σ(cA) = c σ(A), over the whole range of a double: fourth powers of the entries must not be formed unscaled.
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
    public void Zero_one_by_one_and_values_that_are_not_finite()
    {
        Assert.Equal(0, Norm(new Matrix(5, 5)));
        Assert.Equal(2.5, Norm(new Matrix(1, 1, [-2.5])), 2.5 * RelativeTolerance);
        Assert.Equal(double.Epsilon, Norm(new Matrix(1, 1, [double.Epsilon])));
        Assert.Equal(double.PositiveInfinity, Norm(new Matrix(1, 2, [1, double.NegativeInfinity])));
        Assert.True(double.IsNaN(Norm(new Matrix(2, 2, [1, 2, double.NaN, 4]))));
    }

    private static double NormOfProduct(Matrix a, Matrix b) => SpectralNorm.OfProduct(a.Values, b.Values, a.Rows, a.Columns, b.Columns);

    // Shapes whose product is formed, and shapes whose is not.
    [Theory]
    [InlineData(60, 5, 60)]
    [InlineData(60, 1, 40)]
    [InlineData(33, 16, 50)]
    [InlineData(40, 40, 40)]
    [InlineData(7, 30, 9)]
    [InlineData(1, 1, 1)]
    public void A_product_has_the_norm_of_its_svd(int rows, int inner, int columns)
    {
        for (ulong seed = 0; seed < 5; seed++)
        {
            Matrix a = PlainMatrix.Gaussian(rows, inner, seed), b = PlainMatrix.Gaussian(inner, columns, seed + 10);
            PlainMatrix.AssertRelative(PlainMatrix.SingularValues(PlainMatrix.Multiply(a, b))[0], NormOfProduct(a, b), RelativeTolerance);
        }
    }

    // U diag(σ) times Vᵀ, with r columns and rows.
    [Theory]
    [InlineData(1e-3)]
    [InlineData(1e-8)]
    [InlineData(1e-12)]
    [InlineData(0)]
    public void Clustered_leading_singular_values_of_a_product_do_not_deceive(double gap)
    {
        const int N = 40, Rank = 9;
        double[] sigma = [.. Enumerable.Range(0, N).Select(i => i < 4 ? 3 - (i * gap) : i < Rank ? 1.0 / i : 0)];
        Matrix left = PlainMatrix.Multiply(PlainMatrix.Orthogonal(N, 1), PlainMatrix.Diagonal(sigma)), right = PlainMatrix.Orthogonal(N, 2);
        Matrix a = new(N, Rank, [.. Enumerable.Range(0, N).SelectMany(i => left.Row(i)[..Rank].ToArray())]);

        PlainMatrix.AssertRelative(3, NormOfProduct(a, new Matrix(Rank, N, right.Values[..(Rank * N)])), RelativeTolerance);
    }

    [Fact]
    public void Factors_at_the_ends_of_the_range_of_a_double_meet_in_the_middle()
    {
        Matrix a = PlainMatrix.Gaussian(30, 4, 3), b = PlainMatrix.Gaussian(4, 30, 4);
        double norm = NormOfProduct(a, b);
        foreach ((int left, int right) in new[] { (900, -900), (-1000, 1000), (500, 500), (-500, -490), (-60, 60), (40, 40) })
        {
            double scaled = NormOfProduct(PlainMatrix.Map(a, x => Math.ScaleB(x, left)), PlainMatrix.Map(b, x => Math.ScaleB(x, right)));
            PlainMatrix.AssertRelative(norm, Math.ScaleB(scaled, -left - right), RelativeTolerance);
        }

        // Factors of magnitude 1 whose product is far smaller: A's large column meets B's small row, and the other way round.
        Matrix thin = new(30, 2), flat = new(2, 30);
        for (int i = 0; i < 30; i++)
        {
            (thin[i, 0], thin[i, 1], flat[0, i], flat[1, i]) = (a[i, 0], 1e-90 * a[i, 1], 1e-90 * b[0, i], b[1, i]);
        }

        double expected = PlainMatrix.SingularValues(PlainMatrix.Map(PlainMatrix.Multiply(thin, flat), x => 1e90 * x))[0];
        PlainMatrix.AssertRelative(expected, 1e90 * NormOfProduct(thin, flat), RelativeTolerance);
    }

    [Fact]
    public void Products_of_zeros_and_of_values_that_are_not_finite()
    {
        Matrix a = PlainMatrix.Gaussian(12, 2, 5), b = PlainMatrix.Gaussian(2, 12, 6);
        Assert.Equal(0, NormOfProduct(a, new Matrix(2, 12)));
        Assert.Equal(0, NormOfProduct(new Matrix(12, 2), b));
        Matrix left = new(12, 2), right = new(2, 12);
        for (int i = 0; i < 12; i++)
        {
            (left[i, 0], right[1, i]) = (1, 1);
        }

        Assert.Equal(0, NormOfProduct(left, right));
        a[3, 1] = double.NaN;
        Assert.True(double.IsNaN(NormOfProduct(a, b)));
        a[3, 1] = double.PositiveInfinity;
        Assert.Equal(double.PositiveInfinity, NormOfProduct(a, b));
    }

    // Memory is pooled: what another call left in it must not matter, nor what runs beside it.
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
