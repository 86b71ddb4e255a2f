using System.Numerics;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using Matrix = RnnSweep.Core.LinearAlgebra.Matrix;

namespace RnnSweep.Core.Tests.LinearAlgebra;

public sealed class LogDeterminantTests
{
    [Fact]
    public void A_permutation_matrix_has_determinant_plus_or_minus_1()
    {
        Assert.Equal(0, LogDeterminant.Of(PlainMatrix.Permutation(2, 0, 3, 1)));
        Assert.Equal(0, LogDeterminant.Of(PlainMatrix.Permutation([.. Enumerable.Range(0, 60).Select(i => (i + 7) % 60)])));
    }

    [Fact]
    public void A_triangular_matrix_has_the_product_of_its_diagonal_beyond_the_range_of_a_double()
    {
        Matrix a = PlainMatrix.Gaussian(200, 200, 3);
        for (int i = 0; i < 200; i++)
        {
            a.Row(i)[..i].Clear();
            a[i, i] = 1e-8; // the determinant, 1e-1600, is not a double
            a.Row(i)[(i + 1)..].Clear();
            if (i + 1 < 200)
            {
                a[i, i + 1] = 1;
            }
        }

        Assert.Equal(200 * Math.Log(1e-8), LogDeterminant.Of(a), 1e-9); // 200 logarithms of 18.4, half an ulp each
    }

    // Sizes on both sides of a panel's 32 columns. Two ways of rounding differ by n² ε, times a condition number of some hundreds.
    [Theory]
    [InlineData(2)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(64)]
    [InlineData(97)]
    [InlineData(200)]
    public void A_random_matrix_agrees_with_another_factorisation(int n)
    {
        Matrix a = PlainMatrix.Gaussian(n, n, (ulong)n);
        double expected = PlainMatrix.ToMathNet(a).LU().U.Diagonal().Sum(x => Math.Log(Math.Abs(x)));
        Assert.Equal(expected, LogDeterminant.Of(a), 1e-10);
        Assert.Equal(LogDeterminant.Of(a), LogDeterminant.Of(a));
    }

    // The row with the largest entry always comes from the bottom: every pivot is a swap across the panels.
    [Fact]
    public void Rows_in_reverse_order_change_nothing()
    {
        Matrix a = PlainMatrix.Gaussian(90, 90, 4), reversed = new(90, 90);
        for (int i = 0; i < 90; i++)
        {
            a[i, i] += 40;
            a.Row(i).CopyTo(reversed.Row(89 - i));
        }

        Assert.Equal(LogDeterminant.Of(a), LogDeterminant.Of(reversed));
    }

    [Fact]
    public void An_orthogonal_matrix_has_determinant_plus_or_minus_1() =>
        Assert.Equal(0, LogDeterminant.Of(PlainMatrix.Orthogonal(100, 6)), 1e-12); // n pivots of n ε each

    // Cauchy's determinant, Π_{i<j} (x_i − x_j)² / Π (x_i + x_j − 1) of x = 1 … n; the condition of order 6 is 1.5e7.
    [Fact]
    public void A_hilbert_matrix_has_cauchys_determinant()
    {
        const int N = 6;
        var a = new Matrix(N, N, [.. Enumerable.Range(0, N * N).Select(k => 1.0 / (1 + (k / N) + (k % N)))]);
        double expected = 0;
        for (int i = 1; i <= N; i++)
        {
            for (int j = 1; j <= N; j++)
            {
                expected += (i < j ? 2 * Math.Log(j - i) : 0) - Math.Log(i + j - 1);
            }
        }

        Assert.Equal(expected, LogDeterminant.Of(a), N * 1.5e7 * Math.ScaleB(1, -52));
    }

    // Vandermonde's, in Chebyshev's polynomials, T_j = 2^(j−1) x^j + …, at their nodes: Π_{j≥1} 2^(j−1) Π_{i<j} |x_i − x_j|.
    [Fact]
    public void A_vandermonde_matrix_has_the_product_of_the_distances()
    {
        const int N = 60;
        double[] angle = [.. Enumerable.Range(0, N).Select(i => Math.PI * (i + 0.5) / N)];
        var a = new Matrix(N, N, [.. Enumerable.Range(0, N * N).Select(k => Math.Cos(k % N * angle[k / N]))]);
        double expected = 0;
        for (int j = 1; j < N; j++)
        {
            expected += (j - 1) * Math.Log(2);
            for (int i = 0; i < j; i++)
            {
                expected += Math.Log(Math.Cos(angle[i]) - Math.Cos(angle[j]));
            }
        }

        Assert.Equal(expected, LogDeterminant.Of(a), 1e-10); // 1770 differences of numbers with errors of half an ulp, the smallest 1e-3
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(1020)]
    [InlineData(-1000)]
    [InlineData(-1070)]
    public void Entries_at_the_ends_of_the_range_of_a_double_keep_their_accuracy(int exponent)
    {
        Matrix a = PlainMatrix.Map(PlainMatrix.Gaussian(70, 70, 5), x => Math.Round(4 * x) / 4);
        int shift = Math.Max(exponent, -1072); // a double has no quarters of its smallest value
        Matrix scaled = PlainMatrix.Map(a, x => Math.ScaleB(x, shift));
        Assert.All(scaled.Values, x => Assert.True(double.IsFinite(x)));

        // The shift is rounded too: 70 times 740, to half an ulp.
        Assert.Equal(LogDeterminant.Of(a) + (70 * shift * Math.Log(2)), LogDeterminant.Of(scaled), 1e-10);
    }

    [Fact]
    public void Entries_graded_over_the_whole_range_keep_their_product()
    {
        Assert.Equal(0, LogDeterminant.Of(PlainMatrix.Diagonal(1e300, 1e-300, 1e-300, 1e300)), 1e-10);
        Assert.Equal(0, LogDeterminant.Of(new Matrix(2, 2, [1e300, 1e-300, 1e300, 0])), 1e-10);
    }

    [Fact]
    public void Dependent_integer_rows_and_values_that_are_not_numbers_have_no_finite_logarithm()
    {
        Matrix equal = PlainMatrix.Map(PlainMatrix.Gaussian(50, 50, 7), x => Math.ScaleB(1, Math.ILogB(x)));
        double before = LogDeterminant.Of(equal);
        equal.Row(3).CopyTo(equal.Row(40));
        Assert.True(LogDeterminant.Of(equal) < before - 25); // at most a pivot of rounding, 1e-14
        Assert.Equal(double.NegativeInfinity, LogDeterminant.Of(PlainMatrix.Map(equal, _ => 1)));
        equal[2, 2] = double.NaN;
        Assert.True(double.IsNaN(LogDeterminant.Of(equal)));
    }

    // The pattern of zeros makes these singular, which an LU with rounded entries may miss.
    [Fact]
    public void A_structurally_singular_matrix_has_determinant_0_exactly()
    {
        Matrix zeroRow = PlainMatrix.Gaussian(6, 6, 1), zeroColumn = PlainMatrix.Gaussian(6, 6, 2), block = PlainMatrix.Gaussian(6, 6, 3);
        zeroRow.Row(4).Clear();
        for (int i = 0; i < 6; i++)
        {
            zeroColumn[i, 2] = 0;
        }

        // Three rows that share two columns (Frobenius–König).
        for (int i = 1; i <= 3; i++)
        {
            block.Row(i)[2..].Clear();
        }

        Assert.All(new[] { zeroRow, zeroColumn, block, new Matrix(1, 1) },
            a => Assert.Equal(double.NegativeInfinity, LogDeterminant.Of(a)));
        Assert.Equal([5, 5, 5], new[] { zeroRow, zeroColumn, block }.Select(LogDeterminant.StructuralRank));
    }

    [Fact]
    public void Structural_rank_is_the_largest_permanent_pattern()
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            Matrix a = PlainMatrix.Map(PlainMatrix.Gaussian(5, 5, seed), x => x > 0.6 ? 1 : 0);
            Assert.Equal(Rank(a, 0, 0), LogDeterminant.StructuralRank(a));
        }

        // All ways to assign a distinct column, or none, to each row.
        static int Rank(Matrix a, int row, int taken) => row == a.Rows ? 0
            : Enumerable.Range(0, a.Columns)
                .Where(j => a[row, j] != 0 && (taken & (1 << j)) == 0)
                .Select(j => 1 + Rank(a, row + 1, taken | (1 << j)))
                .Append(Rank(a, row + 1, taken))
                .Max();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(40)]
    public void The_determinant_is_the_product_of_the_eigenvalues(int n)
    {
        Matrix a = PlainMatrix.Gaussian(n, n, 8);

        double expected = PlainMatrix.ToMathNet(a).Evd().EigenValues.Sum(z => Math.Log(Complex.Abs(z)));

        Assert.Equal(expected, LogDeterminant.Of(a), 1e-10); // the smallest eigenvalue, about 1/n, has an error of n ulp of the norm
    }
}
