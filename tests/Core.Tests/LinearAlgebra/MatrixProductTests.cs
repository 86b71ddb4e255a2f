using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Tests.LinearAlgebra;

public sealed class MatrixProductTests
{
    private const int Largest = 40;

    // Only rows and columns are cut into tiles. Small integers have exact products and sums, so every order of summation must give the same
    // numbers.
    [Fact]
    public void Every_shape_gives_the_exact_product_of_integers_and_writes_nothing_else()
    {
        Matrix a = PlainMatrix.Map(PlainMatrix.Gaussian(Largest, Largest, 1), x => Math.Round(8 * x));
        Matrix b = PlainMatrix.Map(PlainMatrix.Gaussian(Largest, Largest, 2), x => Math.Round(8 * x));
        var c = new double[(Largest * Largest) + 8];
        for (int rows = 1; rows <= Largest; rows++)
        {
            foreach (int inner in new[] { 1, 2, 3, 7, Largest })
            {
                for (int columns = 1; columns <= Largest; columns++)
                {
                    Array.Fill(c, double.NaN);
                    MatrixProduct.Multiply(a.Values, b.Values, c, rows, inner, columns);
                    AssertExact(a.Values, b.Values, c, rows, inner, columns);
                }
            }
        }
    }

    private static void AssertExact(double[] a, double[] b, double[] c, int rows, int inner, int columns)
    {
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                double sum = 0;
                for (int k = 0; k < inner; k++)
                {
                    sum += a[(i * inner) + k] * b[(k * columns) + j];
                }

                if (sum != c[(i * columns) + j])
                {
                    Assert.Fail($"{rows} × {inner} × {columns}: entry {i}, {j} is {c[(i * columns) + j]}, not {sum}");
                }
            }
        }

        Assert.True(double.IsNaN(c[rows * columns]), $"{rows} × {inner} × {columns}: wrote beyond the end");
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 5, 7)]
    [InlineData(4, 64, 12)]
    [InlineData(33, 17, 29)]
    [InlineData(64, 64, 64)]
    [InlineData(101, 97, 103)]
    public void Real_numbers_agree_with_the_plain_loops_within_rounding(int rows, int inner, int columns)
    {
        Matrix a = PlainMatrix.Gaussian(rows, inner, 3), b = PlainMatrix.Gaussian(inner, columns, 4), c = new(rows, columns);

        MatrixProduct.Multiply(a.Values, b.Values, c.Values, rows, inner, columns);

        // Higham, § 3.5: the error of each summation order is at most γ_k |A| |B|, γ_k = k u / (1 − k u), u = 2⁻⁵³, so two orders differ by twice that at most.
        Matrix plain = PlainMatrix.Multiply(a, b), bound = PlainMatrix.Multiply(PlainMatrix.Map(a, Math.Abs), PlainMatrix.Map(b, Math.Abs));
        double gamma = inner * Math.Pow(2, -53) / (1 - (inner * Math.Pow(2, -53)));
        for (int i = 0; i < c.Values.Length; i++)
        {
            Assert.InRange(c.Values[i], plain.Values[i] - (2 * gamma * bound.Values[i]), plain.Values[i] + (2 * gamma * bound.Values[i]));
        }
    }

    [Fact]
    public void Spans_too_short_for_the_shape_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => MatrixProduct.Multiply(new double[5], new double[6], new double[4], 2, 3, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => MatrixProduct.Multiply(new double[6], new double[5], new double[4], 2, 3, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => MatrixProduct.Multiply(new double[6], new double[6], new double[3], 2, 3, 2));
    }

    [Fact]
    public void Vectors_are_multiplied_by_a_matrix_and_by_its_transpose()
    {
        for (int rows = 1; rows <= Largest; rows++)
        {
            for (int columns = 1; columns <= Largest; columns += 3)
            {
                Matrix a = PlainMatrix.Gaussian(rows, columns, 5);
                double[] x = PlainMatrix.Gaussian(columns, 1, 6).Values, z = PlainMatrix.Gaussian(rows, 1, 7).Values;
                double[] y = new double[rows], w = new double[columns];

                MatrixVector.Multiply(a.Values, x, y);
                MatrixVector.MultiplyTransposed(a.Values, z, w);

                // Forty products of normals (below 5 each): 2 γ_40 · 40 · 25 ≈ 1e-11 is never reached; 1e-12 is enough.
                PlainMatrix.AssertClose(new Matrix(rows, 1, PlainMatrix.Multiply(a, x)), new Matrix(rows, 1, y), 1e-12);
                PlainMatrix.AssertClose(new Matrix(columns, 1, PlainMatrix.Multiply(a.Transpose(), z)), new Matrix(columns, 1, w), 1e-12);
            }
        }
    }
}
