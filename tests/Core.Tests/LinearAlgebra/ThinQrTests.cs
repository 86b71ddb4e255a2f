using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Tests.LinearAlgebra;

public sealed class ThinQrTests
{
    // Householder (Higham, Accuracy and Stability, § 19.3): at most a modest multiple of rows·columns·2⁻⁵³, in practice of its square root.
    private const double Rounding = 1e-14;

    private static (Matrix Q, Matrix R) Factor(Matrix a)
    {
        var q = new Matrix(a.Rows, a.Columns, [.. a.Values]);
        var r = new Matrix(a.Columns, a.Columns);
        var workspace = new double[ThinQr.WorkspaceLength(a.Rows, a.Columns)];
        Array.Fill(workspace, double.NaN); // its earlier content must not matter
        Array.Fill(r.Values, double.NaN);
        ThinQr.Factor(q.Values, r.Values, a.Rows, a.Columns, workspace);
        return (q, r);
    }

    // QᵀQ = I; R is upper triangular with a diagonal ≥ 0; and each column of QR agrees with A's to rounding of its own length.
    private static (Matrix Q, Matrix R) AssertFactors(Matrix a)
    {
        (Matrix q, Matrix r) = Factor(a);
        PlainMatrix.AssertClose(PlainMatrix.Identity(a.Columns), PlainMatrix.Multiply(q.Transpose(), q), Rounding);
        for (int j = 0; j < a.Columns; j++)
        {
            double magnitude = Enumerable.Range(0, a.Rows).Max(i => Math.Abs(a[i, j]));
            double scale = magnitude == 0 ? 1 : magnitude; // the sum of squares may underflow, a sum of quotients does not
            double length = Math.Sqrt(Enumerable.Range(0, a.Rows).Sum(i => (a[i, j] / scale) * (a[i, j] / scale)));
            Assert.InRange(r[j, j], 0, double.MaxValue);
            for (int i = j + 1; i < a.Columns; i++)
            {
                Assert.Equal(0, r[i, j]);
            }

            for (int i = 0; i < a.Rows; i++)
            {
                double product = Enumerable.Range(0, j + 1).Sum(k => q[i, k] * (r[k, j] / scale));
                Assert.Equal(a[i, j] / scale, product, Rounding * length);
            }
        }

        return (q, r);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(7, 7)]
    [InlineData(33, 5)]
    [InlineData(31, 31)]
    [InlineData(32, 32)]
    [InlineData(33, 33)]
    [InlineData(64, 64)]
    [InlineData(97, 70)]
    [InlineData(150, 101)]
    [InlineData(512, 40)]
    public void A_random_matrix_is_the_product_of_its_factors(int rows, int columns) =>
        AssertFactors(PlainMatrix.Gaussian(rows, columns, (ulong)(rows + columns)));

    // With diag R > 0 the factors are unique; the condition of a gaussian matrix of 40 columns, some hundreds, multiplies the rounding.
    [Fact]
    public void The_factors_are_those_of_gram_and_schmidt()
    {
        Matrix a = PlainMatrix.Gaussian(70, 70, 3);
        PlainMatrix.AssertClose(PlainMatrix.GramSchmidt(a), Factor(a).Q, 1e-12);
    }

    [Fact]
    public void A_triangular_matrix_with_a_positive_diagonal_is_its_own_r_exactly()
    {
        Matrix a = PlainMatrix.Gaussian(50, 50, 4);
        for (int i = 0; i < 50; i++)
        {
            a.Row(i)[..i].Clear();
            a[i, i] = Math.Pow(10, -6 * i); // down to 1e-294
        }

        (Matrix q, Matrix r) = Factor(a);

        Assert.Equal(a.Values, r.Values);
        Assert.Equal(PlainMatrix.Identity(50).Values, q.Values);
    }

    // Multiplying a column by a power of two is exact, and must be exact in Q and in R's column, over the whole range of a double.
    [Fact]
    public void Scaling_columns_by_powers_of_two_down_to_1e_minus_300_keeps_the_bits()
    {
        Matrix a = PlainMatrix.Gaussian(90, 60, 5), graded = new(90, 60, [.. a.Values]);
        int[] exponents = [.. Enumerable.Range(0, 60).Select(j => ((j * 37) % 60 * -16) + 10)];
        for (int i = 0; i < 90; i++)
        {
            for (int j = 0; j < 60; j++)
            {
                graded[i, j] = Math.ScaleB(a[i, j], exponents[j]);
            }
        }

        (Matrix q, Matrix r) = AssertFactors(graded);
        (Matrix qOfA, Matrix rOfA) = Factor(a);

        Assert.Equal(qOfA.Values, q.Values);
        for (int j = 0; j < 60; j++)
        {
            Assert.Equal(Math.ScaleB(rOfA[j, j], exponents[j]), r[j, j]);
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(20)]
    [InlineData(40)]
    public void Q_is_orthonormal_for_a_matrix_of_lower_rank(int rank)
    {
        Matrix a = PlainMatrix.Multiply(PlainMatrix.Gaussian(80, rank, 6), PlainMatrix.Gaussian(rank, 50, 7));
        AssertFactors(a);
        AssertFactors(PlainMatrix.Map(a, Math.Round)); // small integers: ties and exact cancellation
    }

    [Fact]
    public void Zero_and_equal_columns_leave_q_orthonormal()
    {
        Matrix a = PlainMatrix.Gaussian(60, 45, 8);
        for (int i = 0; i < 60; i++)
        {
            (a[i, 0], a[i, 17], a[i, 44], a[i, 33]) = (0, 0, 0, a[i, 5]);
        }

        (_, Matrix r) = AssertFactors(a);
        Assert.Equal([0, 0, 0], new[] { r[0, 0], r[17, 17], r[44, 44] });
        AssertFactors(new Matrix(40, 35));
        AssertFactors(PlainMatrix.Map(a, _ => 1));
    }

    // The rest of a column below R's diagonal may be far smaller than the column, and its squares below the range of a double.
    [Fact]
    public void Rows_graded_over_600_decades_and_the_smallest_doubles_keep_accuracy()
    {
        Matrix a = PlainMatrix.Gaussian(60, 40, 9);
        Matrix rows = new(60, 40, [.. a.Values.Select((x, i) => x * Math.Pow(10, -5 * (i / 40)))]);
        Matrix heads = new(60, 40, [.. a.Values.Select((x, i) => i / 40 <= i % 40 ? x : x * 1e-170)]);
        AssertFactors(rows);
        AssertFactors(PlainMatrix.Map(rows, x => x * 1e300));
        AssertFactors(heads);
        AssertFactors(PlainMatrix.Map(a, x => x * 1e306));

        // Multiples of the smallest double act like integers in Q; R, in the same range, cannot have more digits than they have.
        Matrix integers = PlainMatrix.Map(a, x => Math.Round(8 * x));
        Assert.Equal(Factor(integers).Q.Values, Factor(PlainMatrix.Map(integers, x => Math.ScaleB(x, -1074))).Q.Values);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_value_that_is_not_finite_makes_both_factors_nan(double value)
    {
        Matrix a = PlainMatrix.Gaussian(6, 4, 10);
        a[3, 2] = value;
        (Matrix q, Matrix r) = Factor(a);
        Assert.All(q.Values.Concat(r.Values), x => Assert.True(double.IsNaN(x)));
    }

    [Fact]
    public void Nothing_is_allocated_and_the_bits_are_the_same_each_time()
    {
        Matrix a = PlainMatrix.Gaussian(100, 70, 11);
        (Matrix expected, _) = Factor(a);
        double[] q = [.. a.Values], r = new double[70 * 70], workspace = new double[ThinQr.WorkspaceLength(100, 70)];

        long before = GC.GetAllocatedBytesForCurrentThread();
        ThinQr.Factor(q, r, 100, 70, workspace);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(expected.Values, q);
    }

    [Fact]
    public void Memory_too_small_and_wide_matrices_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ThinQr.Factor(new double[6], new double[9], 2, 3, new double[9999]));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            ThinQr.Factor(new double[6], new double[4], 3, 2, new double[ThinQr.WorkspaceLength(3, 2) - 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => ThinQr.Factor(new double[5], new double[4], 3, 2, new double[9999]));
    }
}
