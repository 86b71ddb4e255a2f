using MathNet.Numerics;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Tests.LinearAlgebra;

/// <summary>Rows that differ by hundreds of decades, and their singular values.</summary>
public sealed class GradedRowsTests
{
    [Fact]
    public void Orthogonal_rows_have_their_lengths_for_singular_values()
    {
        int[] exponents = [700, -3000, 0, 5, 4, 40_000];
        GradedRows rows = Of(PlainMatrix.Orthogonal(6, 2), exponents);

        (double[] log2, double[] errors) = GradedSingularValues.Of(rows);

        Assert.Equal([40_000, 700, 5, 4, 0, -3000], log2.Select(value => Math.Round(value, 12)));
        Assert.All(errors, error => Assert.InRange(error, 0, 1e-13));
    }

    // [[1, 1], [0, 2^-e]]: σ_1 → √2, σ_2 → 2^-e / √2.
    [Theory]
    [InlineData(60)]
    [InlineData(1000)]
    [InlineData(50_000)]
    public void A_row_far_shorter_than_another_counts_by_its_orthogonal_part(int bits)
    {
        GradedRows rows = Of(PlainMatrix.Of(new double[,] { { 1, 1 }, { 0, 1 } }), [0, -bits]);

        (double[] log2, _) = GradedSingularValues.Of(rows);

        Assert.Equal(0.5, log2[0], 1e-15);
        Assert.Equal(-bits - 0.5, log2[1], 1e-15 * bits);
    }

    [Fact]
    public void Rows_of_one_size_have_the_singular_values_of_their_matrix()
    {
        Matrix matrix = PlainMatrix.Gaussian(40, 40, 3);
        for (int i = 0; i < 40; i++)
        {
            for (int j = 0; j < i; j++)
            {
                matrix[i, j] = 0;
            }
        }

        (double[] log2, double[] errors) = GradedSingularValues.Of(Of(matrix, new int[40]));

        double[] expected = PlainMatrix.SingularValues(matrix);
        for (int i = 0; i < 40; i++)
        {
            // MathNet's errors are a few ulp of the largest.
            Assert.Equal(expected[i], Math.Pow(2, log2[i]), (1e-13 * expected[0]) + (errors[i] * expected[i]));
        }
    }

    // Two rows that differ only in their last bits do not determine their orthogonal parts.
    [Fact]
    public void The_error_estimate_grows_for_nearly_parallel_rows()
    {
        GradedRows rows = Of(PlainMatrix.Of(new[,] { { 1, 1 }, { 1, 1 + 1e-12 } }), [0, -100]);

        (_, double[] errors) = GradedSingularValues.Of(rows);

        Assert.InRange(errors[0], 0, 1e-14);
        Assert.InRange(errors[1], 1e-4, 1e-2); // 2^-53 over 7e-13, with a margin of some ulp
    }

    // If R_ii is 0, the row comes from lower rows, however small they are.
    [Fact]
    public void A_row_with_a_zero_diagonal_comes_from_much_smaller_rows()
    {
        GradedRows rows = Of(PlainMatrix.Identity(3), [0, -3000, -6000]);

        rows.Multiply([0, 0, 1, 0, 1, 0, 0, 0, 0], 3, new double[3]);

        Assert.Equal([-6000, -3000], rows.Exponents[..2].ToArray());
        Assert.Equal([0, 0, 1, 0, 1, 0, 0, 0, 0], rows.Values.ToArray());
        Assert.Equal((false, false, true), (rows.IsZero(0), rows.IsZero(1), rows.IsZero(2)));
    }

    // Rows that are a few bits apart are multiplied as matrices, those far apart as sums of a few. Either way each row has its own digits.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(3, 900)]
    [InlineData(40, -900)]
    [InlineData(300, 0)]
    public void Each_row_of_a_product_keeps_its_digits(int bitsApart, int shift)
    {
        const int N = 75;
        Matrix values = PlainMatrix.Gaussian(N, N, 8), r = PlainMatrix.Gaussian(N, N, 9);
        double[] exponents = [.. Enumerable.Range(0, N).Select(i => -(double)bitsApart * i)], columns = [.. Enumerable.Range(0, N).Select(i => (double)(i % 3) + shift)];
        for (int i = 0; i < N; i++)
        {
            r.Row(i)[..i].Clear();
        }

        GradedRows rows = GradedRows.Of(values, exponents);

        rows.Multiply(r.Values, N, columns);

        for (int i = 0; i < N; i++)
        {
            var expected = new double[N];
            double bound = 0;
            for (int j = i; j < N; j++)
            {
                double factor = r[i, j] * Math.Pow(2, exponents[j] - exponents[i] + columns[j] - columns[i]);
                bound += Math.Abs(factor) * 4; // a gaussian entry
                for (int k = 0; k < N; k++)
                {
                    expected[k] += factor * values[j, k];
                }
            }

            double scale = Math.Pow(2, rows.Exponents[i] - exponents[i] - columns[i]), largest = 0;
            for (int k = 0; k < N; k++)
            {
                double value = rows.Values[(i * N) + k];
                Assert.Equal(expected[k], value * scale, 1e-14 * bound); // some tens of ulp of a sum of N terms
                largest = Math.Max(largest, Math.Abs(value));
            }

            Assert.InRange(largest, 0.25, 4);
            Assert.False(rows.IsZero(i));
        }
    }

    // Newman 1986: λ_i = ½ [ln(2/N) + ψ((N − i + 1)/2)], with per-step variances ψ'((N − i + 1)/2)/4.
    [Theory]
    [InlineData(4)]
    [InlineData(20)]
    public void Fresh_gaussian_matrices_have_the_exponents_of_Newman(int n)
    {
        const int Steps = 1500;
        var rows = new GradedRows(n);
        Matrix q = PlainMatrix.Identity(n);
        var r = new double[n * n];
        for (int t = 0; t < Steps; t++)
        {
            Matrix step = PlainMatrix.Map(PlainMatrix.Gaussian(n, n, (ulong)(1000 + t)), z => z / Math.Sqrt(n));
            q = PlainMatrix.Multiply(step, q);
            ThinQr.Factor(q.Values, r, n, n, new double[ThinQr.WorkspaceLength(n, n)]);
            rows.Multiply(r, n, new double[n]);
        }

        (double[] log2, _) = GradedSingularValues.Of(rows);

        for (int i = 1; i <= n; i++)
        {
            double half = (n - i + 1) / 2.0, expected = 0.5 * (Math.Log(2.0 / n) + SpecialFunctions.DiGamma(half));
            double variance = (SpecialFunctions.DiGamma(half + 1e-4) - SpecialFunctions.DiGamma(half - 1e-4)) / 2e-4 / 4;

            // Five standard deviations, and the finite-time error, of relative order 1/T.
            Assert.Equal(expected, log2[i - 1] * Math.Log(2) / Steps, (5 * Math.Sqrt(variance / Steps)) + (3.0 / Steps));
        }
    }

    private static GradedRows Of(Matrix matrix, int[] exponents) => GradedRows.Of(matrix, [.. exponents.Select(e => (double)e)]);
}
