using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.Tests.LinearAlgebra;

public sealed class GramSchmidtTests
{
    private static (bool IsDone, Matrix Q, Matrix R, double[] Maxima) Factor(Matrix a, ProductKernel kernel)
    {
        int height = kernel.PaddedRows(a.Rows), padded = kernel.PaddedColumns(a.Columns);
        var q = new Matrix(a.Rows, a.Columns);
        var r = new Matrix(a.Columns, a.Columns);
        Array.Fill(r.Values, double.NaN);
        double[] panels = new double[height * padded], maxima = new double[padded];
        kernel.PackRight(a.Values, a.Rows, a.Columns, height, panels);
        bool isDone = GramSchmidt.Factor(kernel, panels, r.Values, a.Rows, a.Columns, maxima, out _);
        kernel.UnpackRight(panels, a.Rows, a.Columns, height, q.Values);
        return (isDone, q, r, maxima);
    }

    private static Matrix NearlyDependent(int rows, int columns, int decades)
    {
        Matrix a = PlainMatrix.Gaussian(rows, columns, (ulong)(rows + columns)), leading = PlainMatrix.Gaussian(rows, 1, 5);
        for (int i = 0; decades > 0 && i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                a[i, j] = leading[i, 0] + (a[i, j] * Math.Pow(10, -decades * (double)j / columns));
            }
        }

        return a;
    }

    // Columns that keep a millionth of their length: A = Q·R still holds to a few ulp, and Q is orthogonal to an ulp times a million times the
    // condition number of a gaussian matrix, some hundreds.
    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(7, 7, 0)]
    [InlineData(16, 16, 0)]
    [InlineData(17, 17, 0)]
    [InlineData(24, 24, 0)]
    [InlineData(25, 25, 0)]
    [InlineData(28, 28, 0)]
    [InlineData(40, 33, 0)]
    [InlineData(50, 48, 0)]
    [InlineData(130, 130, 0)]
    [InlineData(64, 64, 4)]
    [InlineData(97, 70, 6)]
    public void A_matrix_is_the_product_of_its_factors(int rows, int columns, int decades)
    {
        Matrix a = NearlyDependent(rows, columns, decades);

        (bool isDone, Matrix q, Matrix r, double[] maxima) = Factor(a, ProductKernel.Best);

        Assert.True(isDone);
        PlainMatrix.AssertClose(PlainMatrix.Identity(columns), PlainMatrix.Multiply(q.Transpose(), q), 1e-13 * Math.Pow(10, decades));
        PlainMatrix.AssertClose(a, PlainMatrix.Multiply(q, r), 1e-14 * PlainMatrix.MaxAbs(a));
        for (int i = 0; i < columns; i++)
        {
            Assert.True(r[i, i] > 0);
            Assert.All(Enumerable.Range(0, i), j => Assert.Equal(0, r[i, j]));
            Assert.Equal(Enumerable.Range(0, rows).Max(k => Math.Abs(q[k, i])), maxima[i]);
        }

        Assert.All(maxima[columns..], maximum => Assert.Equal(0, maximum));
    }

    // The blocks of columns do not depend on the panels of a kernel, and sums are taken in the same order.
    [Theory]
    [InlineData(23, 23)]
    [InlineData(28, 28)]
    [InlineData(60, 57)]
    [InlineData(130, 130)]
    public void Kernels_that_fuse_agree_bit_for_bit(int rows, int columns)
    {
        Matrix a = NearlyDependent(rows, columns, 2);
        (bool IsDone, Matrix Q, Matrix R, double[] Maxima)[] results = [.. ProductKernel.Supported.Select(kernel => Factor(a, kernel))];

        foreach ((ProductKernel kernel, (bool isDone, Matrix q, Matrix r, _)) in ProductKernel.Supported.Zip(results))
        {
            Assert.True(isDone);
            if (kernel.Name != "portable")
            {
                Assert.Equal(results[0].Q.Values, q.Values);
                Assert.Equal(results[0].R.Values, r.Values);
            }

            // Rounding of the portable kernel, which does not fuse, amplified by the columns' condition number of some thousands.
            PlainMatrix.AssertClose(results[0].Q, q, 1e-10);
        }
    }

    [Theory]
    [InlineData(1e-9)]
    [InlineData(0)]
    [InlineData(double.NaN)]
    public void Nearly_dependent_columns_are_refused(double difference)
    {
        Matrix a = PlainMatrix.Gaussian(40, 40, 1);
        for (int i = 0; i < 40; i++)
        {
            a[i, 30] = a[i, 3] + (a[i, 30] * difference);
        }

        Assert.All(ProductKernel.Supported, kernel => Assert.False(Factor(a, kernel).IsDone));
    }
}
