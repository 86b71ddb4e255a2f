using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.Tests.LinearAlgebra;

public sealed class CholeskyQrTests
{
    private static (bool IsDone, Matrix Q, Matrix R) Factor(Matrix a, ProductKernel kernel)
    {
        int height = kernel.PaddedRows(a.Rows), padded = kernel.PaddedColumns(a.Columns);
        Matrix q = new(a.Rows, a.Columns), r = new(a.Columns, a.Columns);
        Array.Fill(r.Values, double.NaN);
        double[] panels = new double[height * padded], target = new double[height * padded];
        Array.Fill(target, double.NaN);
        kernel.PackRight(a.Values, a.Rows, a.Columns, height, panels);
        double[] before = [.. panels];
        bool isDone = CholeskyQr.TryTriangularise(kernel, panels, r.Values, a.Rows, a.Columns);
        if (isDone)
        {
            CholeskyQr.Orthonormalise(kernel, panels, r.Values, target, a.Rows, a.Columns);
            kernel.UnpackRight(target, a.Rows, a.Columns, height, q.Values);
            Assert.DoesNotContain(double.NaN, target); // the padding is 0
        }

        Assert.Equal(before, panels);
        return (isDone, q, r);
    }

    // Tall gaussian matrices have condition numbers below (√2 + 1) / (√2 − 1) < 6, so every column keeps more than a sixth of its length, and with rows as long as 1000
    // R has an error of 36 times some tens of ulp.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(9, 2)]
    [InlineData(40, 8)]
    [InlineData(48, 23)]
    [InlineData(51, 24)]
    [InlineData(52, 25)]
    [InlineData(100, 49)]
    [InlineData(257, 100)]
    [InlineData(1000, 104)]
    public void R_is_that_of_reflections_and_Q_is_orthonormal(int rows, int columns)
    {
        Matrix a = PlainMatrix.Gaussian(rows, columns, (ulong)rows), reflected = new(rows, columns), expected = new(columns, columns);
        a.Values.CopyTo(reflected.Values, 0);
        ThinQr.Factor(reflected.Values, expected.Values, rows, columns, new double[ThinQr.WorkspaceLength(rows, columns)]);
        foreach (ProductKernel kernel in ProductKernel.Supported)
        {
            (bool isDone, Matrix q, Matrix r) = Factor(a, kernel);
            Assert.True(isDone);
            double length = Math.Sqrt(rows);
            PlainMatrix.AssertClose(expected, r, 1e-13 * length);
            PlainMatrix.AssertClose(reflected, q, 1e-13);
            PlainMatrix.AssertClose(PlainMatrix.Identity(columns), PlainMatrix.Multiply(q.Transpose(), q), 1e-13);
            PlainMatrix.AssertClose(a, PlainMatrix.Multiply(q, r), 1e-14 * length);
            Assert.All(Enumerable.Range(0, columns), i => Assert.True(r[i, i] > 0 && Enumerable.Range(0, i).All(j => r[i, j] == 0)));
        }
    }

    // The angle between two columns is known: the second keeps the sine of it. With a sine of s, R₂₂ has a relative error of some ulp over s².
    [Theory]
    [InlineData(1, true)]
    [InlineData(0.1, true)]
    [InlineData(0.063, true)]
    [InlineData(0.062, false)]
    [InlineData(1e-3, false)]
    [InlineData(1e-9, false)]
    [InlineData(0, false)]
    public void Columns_that_are_too_nearly_dependent_are_refused(double sine, bool isAccepted)
    {
        var a = new Matrix(5, 2);
        (a[1, 0], a[1, 1], a[3, 1]) = (3, 7 * Math.Sqrt(1 - (sine * sine)), 7 * sine);
        Assert.All(ProductKernel.Supported, kernel =>
        {
            (bool isDone, Matrix _, Matrix r) = Factor(a, kernel);
            Assert.Equal(isAccepted, isDone);
            if (isDone)
            {
                Assert.Equal(7 * sine, r[1, 1], 1e-13);
            }
        });
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1e200)]
    public void What_is_not_finite_is_refused(double value)
    {
        foreach (int column in new[] { 0, 17, 30 })
        {
            Matrix a = PlainMatrix.Gaussian(70, 31, 2);
            a[40, column] = value; // the square of 1e200 is beyond the range of a double
            Assert.All(ProductKernel.Supported, kernel => Assert.False(Factor(a, kernel).IsDone));
        }
    }

    [Fact]
    public void A_column_of_zeros_is_refused()
    {
        Matrix a = PlainMatrix.Gaussian(30, 5, 2);
        for (int i = 0; i < 30; i++)
        {
            a[i, 0] = 0;
        }

        Assert.All(ProductKernel.Supported, kernel => Assert.False(Factor(a, kernel).IsDone));
    }

    [Fact]
    public void Scaling_columns_by_powers_of_two_scales_R_alone()
    {
        Matrix a = PlainMatrix.Gaussian(90, 33, 4), scaled = new(90, 33);
        for (int i = 0; i < 90; i++)
        {
            for (int j = 0; j < 33; j++)
            {
                scaled[i, j] = Math.ScaleB(a[i, j], (j % 7) - 3);
            }
        }

        foreach (ProductKernel kernel in ProductKernel.Supported)
        {
            (bool _, Matrix q, Matrix r) = Factor(a, kernel);
            (bool _, Matrix sameQ, Matrix scaledR) = Factor(scaled, kernel);
            Assert.Equal(q.Values, sameQ.Values);
            Assert.All(Enumerable.Range(0, 33 * 33), at => Assert.Equal(Math.ScaleB(r.Values[at], (at % 33 % 7) - 3), scaledR.Values[at]));
        }
    }

    [Theory]
    [InlineData(28, 11)]
    [InlineData(130, 61)]
    public void Kernels_that_fuse_agree_bit_for_bit(int rows, int columns)
    {
        Matrix a = PlainMatrix.Gaussian(rows, columns, 1);
        (bool _, Matrix q, Matrix r) = Factor(a, ProductKernel.Best);
        foreach (ProductKernel kernel in ProductKernel.Supported.Where(kernel => kernel.Name != "portable"))
        {
            (bool _, Matrix otherQ, Matrix otherR) = Factor(a, kernel);
            Assert.Equal(r.Values, otherR.Values);
            Assert.Equal(q.Values, otherQ.Values);
        }
    }
}
