using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Tests.LinearAlgebra;

public sealed class GramSchmidtTests
{
    private static (bool IsDone, Matrix Q, Matrix R) Factor(Matrix a)
    {
        Matrix turned = a.Transpose();
        var r = new Matrix(a.Columns, a.Columns);
        Array.Fill(r.Values, double.NaN);
        bool isDone = GramSchmidt.Factor(turned.Values, r.Values, a.Rows, a.Columns);
        return (isDone, turned.Transpose(), r);
    }

    // Columns that keep a millionth of their length: A = Q·R still holds to a few ulp, and Q is orthogonal to an ulp times a million times the
    // condition number of a gaussian matrix, some hundreds.
    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(7, 7, 0)]
    [InlineData(16, 16, 0)]
    [InlineData(17, 17, 0)]
    [InlineData(40, 33, 0)]
    [InlineData(130, 130, 0)]
    [InlineData(64, 64, 4)]
    [InlineData(97, 70, 6)]
    public void A_matrix_is_the_product_of_its_factors(int rows, int columns, int decades)
    {
        Matrix a = PlainMatrix.Gaussian(rows, columns, (ulong)(rows + columns));
        Matrix leading = PlainMatrix.Gaussian(rows, 1, 5);
        for (int i = 0; decades > 0 && i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                a[i, j] = leading[i, 0] + (a[i, j] * Math.Pow(10, -decades * (double)j / columns));
            }
        }

        (bool isDone, Matrix q, Matrix r) = Factor(a);

        Assert.True(isDone);
        PlainMatrix.AssertClose(PlainMatrix.Identity(columns), PlainMatrix.Multiply(q.Transpose(), q), 1e-13 * Math.Pow(10, decades));
        PlainMatrix.AssertClose(a, PlainMatrix.Multiply(q, r), 1e-14 * PlainMatrix.MaxAbs(a));
        for (int i = 0; i < columns; i++)
        {
            Assert.True(r[i, i] > 0);
            Assert.All(Enumerable.Range(0, i), j => Assert.Equal(0, r[i, j]));
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

        Assert.False(Factor(a).IsDone);
    }
}
