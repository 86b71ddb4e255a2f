using System.Numerics;
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

    // Pattern alone makes these singular, which an LU with rounded entries may miss.
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

        // All ways to give row after row a column of its own, or none.
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

        Assert.Equal(expected, LogDeterminant.Of(a), 1e-10); // the smallest eigenvalue, about 1/n, is known to n ulp of the norm
    }
}
