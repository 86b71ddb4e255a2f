using System.Numerics;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using Matrix = RnnSweep.Core.LinearAlgebra.Matrix;

namespace RnnSweep.Core.Tests.LinearAlgebra;

public sealed class DominantEigenvalueTests
{
    private const double Tolerance = DominantEigenvalue.Tolerance;

    private const int N = 48;

    // V B V⁻¹ with V of condition 10: a product of an orthogonal, a diagonal and an orthogonal matrix.
    private static Matrix Similar(Matrix b, double condition = 10)
    {
        int n = b.Rows;
        double[] d = [.. Enumerable.Range(0, n).Select(i => Math.Pow(condition, i / (n - 1.0)))];
        Matrix u = PlainMatrix.Orthogonal(n, 5), w = PlainMatrix.Orthogonal(n, 6);
        Matrix inverse = PlainMatrix.Multiply(w.Transpose(), PlainMatrix.Diagonal([.. d.Select(x => 1 / x)]), u.Transpose());
        return PlainMatrix.Multiply(u, PlainMatrix.Diagonal(d), w, b, inverse);
    }

    private static Matrix Rotations(params double[] moduli)
    {
        var blocks = new Matrix(2 * moduli.Length, 2 * moduli.Length);
        for (int i = 0; i < moduli.Length; i++)
        {
            (double sine, double cosine) = Math.SinCos(0.3 + i);
            (blocks[2 * i, 2 * i], blocks[2 * i, (2 * i) + 1]) = (moduli[i] * cosine, -moduli[i] * sine);
            (blocks[(2 * i) + 1, 2 * i], blocks[(2 * i) + 1, (2 * i) + 1]) = (moduli[i] * sine, moduli[i] * cosine);
        }

        return blocks;
    }

    private static void AssertNullOrClose(double expected, Matrix a, double tolerance)
    {
        if (DominantEigenvalue.Modulus(a) is { } modulus)
        {
            PlainMatrix.AssertRelative(expected, modulus, tolerance);
        }
    }

    // The error of both is rounding times a condition number, which is some tens for these.
    [Theory]
    [InlineData(WeightEnsemble.Gaussian, 20)]
    [InlineData(WeightEnsemble.Gaussian, 47)]
    [InlineData(WeightEnsemble.Gaussian, 64)]
    [InlineData(WeightEnsemble.Gaussian, 131)]
    [InlineData(WeightEnsemble.Uniform, 50)]
    [InlineData(WeightEnsemble.Sparse, 70)]
    public void Drawn_matrices_have_an_answer_that_agrees_with_the_qr_algorithm(WeightEnsemble ensemble, int n)
    {
        for (int replicate = 0; replicate < 5; replicate++)
        {
            Matrix a = WeightDraw.Draw(ensemble, n, 0.3, 1, replicate);
            double? modulus = DominantEigenvalue.Modulus(a);
            PlainMatrix.AssertRelative(SpectralRadius.ByQrAlgorithm(a), Assert.NotNull(modulus), Tolerance);
            Assert.Equal(modulus, DominantEigenvalue.Modulus(a));
        }
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(1e-3)]
    [InlineData(1e-6)]
    [InlineData(1e-9)]
    [InlineData(1e-12)]
    [InlineData(0)]
    public void Near_ties_of_modulus_are_resolved_or_not_answered(double gap)
    {
        double[] opposite = [.. Enumerable.Range(0, N).Select(i => i switch { 0 => 1 - gap, 1 => -1, _ => 0.9 / i })];
        double[] equal = [.. Enumerable.Range(0, N).Select(i => i switch { 0 => 1 - gap, 1 => 1, _ => 0.9 / i })];
        double[] moduli = [.. Enumerable.Range(0, N / 2).Select(i => i switch { 0 => 1 - gap, 1 => 1, _ => 0.9 / i })];
        foreach (Matrix a in new[] { PlainMatrix.Diagonal(opposite), PlainMatrix.Diagonal(equal), Rotations(moduli) })
        {
            Matrix similar = Similar(a), rotated = Similar(a, 1);
            AssertNullOrClose(1, similar, Tolerance);
            AssertNullOrClose(1, rotated, Tolerance);
            PlainMatrix.AssertRelative(1, SpectralRadius.Of(similar), Tolerance);
            PlainMatrix.AssertRelative(1, SpectralRadius.Of(rotated), Tolerance);
        }

        // Eigenvalues that are far apart in the plane have separate condition numbers; if their moduli differ as well, there must be an answer.
        if (gap > 0.01)
        {
            Assert.NotNull(DominantEigenvalue.Modulus(Similar(PlainMatrix.Diagonal(opposite))));
            Assert.NotNull(DominantEigenvalue.Modulus(Similar(Rotations(moduli))));
        }
    }

    // The eigenvalues of an n × n circulant are the discrete Fourier transform of its first row.
    [Fact]
    public void A_circulant_has_the_largest_fourier_coefficient_of_its_row()
    {
        double[] row = PlainMatrix.Gaussian(60, 1, 1).Values;
        var a = new Matrix(60, 60, [.. Enumerable.Range(0, 3600).Select(k => row[((k % 60) - (k / 60) + 60) % 60])]);
        double expected = Enumerable.Range(0, 60)
            .Max(j => Complex.Abs(row.Select((x, k) => x * Complex.FromPolarCoordinates(1, 2 * Math.PI * j * k / 60)).Aggregate((x, y) => x + y)));

        PlainMatrix.AssertRelative(expected, Assert.NotNull(DominantEigenvalue.Modulus(a)), Tolerance);
    }

    // (x − 2)(x^(n−1) − 1): 2, and the roots of unity.
    [Fact]
    public void A_companion_matrix_has_the_largest_root()
    {
        var a = new Matrix(N, N);
        (a[0, 0], a[0, N - 2], a[0, N - 1]) = (2, 1, -2);
        for (int i = 1; i < N; i++)
        {
            a[i, i - 1] = 1;
        }

        PlainMatrix.AssertRelative(2, Assert.NotNull(DominantEigenvalue.Modulus(a)), Tolerance);
        PlainMatrix.AssertRelative(2, SpectralRadius.Of(a), Tolerance);
    }

    [Theory]
    [InlineData(900)]
    [InlineData(-900)]
    public void Squares_that_overflow_or_underflow_a_double_are_handled(int exponent)
    {
        Matrix a = PlainMatrix.Gaussian(40, 40, 2);
        double radius = SpectralRadius.Of(a);
        Assert.Equal(radius, Math.ScaleB(SpectralRadius.Of(PlainMatrix.Map(a, x => Math.ScaleB(x, exponent))), -exponent));
        PlainMatrix.AssertRelative(1e-90 * radius, Assert.NotNull(DominantEigenvalue.Modulus(PlainMatrix.Map(a, x => 1e-90 * x))), Tolerance);
    }

    [Fact]
    public void Too_many_eigenvalues_of_one_modulus_are_left_to_the_qr_algorithm()
    {
        Matrix cycles = PlainMatrix.Permutation([.. Enumerable.Range(0, N).Select(i => (i + 1) % N)]);
        Matrix rotations = Rotations([.. Enumerable.Range(0, N / 2).Select(i => i < 10 ? 1 : 0.5)]);
        foreach (Matrix a in new[] { PlainMatrix.Orthogonal(N, 3), Similar(cycles, 1), Similar(rotations) })
        {
            Assert.Null(DominantEigenvalue.Modulus(a));
            PlainMatrix.AssertRelative(1, SpectralRadius.Of(a), Tolerance);
        }
    }

    // One eigenvalue of multiplicity 2 with one eigenvector: rounding splits it into two that are wrong by √ε, with tiny residuals.
    [Theory]
    [InlineData(0)]
    [InlineData(1e-12)]
    [InlineData(1e-9)]
    [InlineData(1e-6)]
    public void A_defective_leading_eigenvalue_is_not_answered(double gap)
    {
        Matrix b = PlainMatrix.Diagonal([.. Enumerable.Range(0, N).Select(i => i switch { 0 => 1, 1 => 1 - gap, _ => 0.8 / i })]);
        b[0, 1] = 1;
        Assert.Null(DominantEigenvalue.Modulus(Similar(b)));
    }

    // Grcar's matrix, a Jordan block with a little noise, a Toeplitz matrix of condition 4^n: their powers grow before they decay.
    [Theory]
    [InlineData("grcar")]
    [InlineData("jordan")]
    [InlineData("toeplitz")]
    public void Strongly_non_normal_matrices_are_not_answered(string kind)
    {
        const int Size = 100;
        Matrix a = PlainMatrix.Map(PlainMatrix.Gaussian(Size, Size, 7), x => 1e-14 * x);
        for (int i = 0; i < Size; i++)
        {
            for (int j = 0; j < Size; j++)
            {
                a[i, j] += kind switch
                {
                    "grcar" => j == i - 1 ? -1 : j >= i && j <= i + 3 ? 1 : 0,
                    "jordan" => j == i ? 0.9 : j == i + 1 ? 1 : 0,
                    _ => j == i - 1 ? 0.125 : j == i + 1 ? 2 : 0,
                };
            }
        }

        Assert.Null(DominantEigenvalue.Modulus(a));
    }

    // Well conditioned eigenvalues of modulus 0.9 beside a block with a larger eigenvalue, whose condition is 1e13 and more.
    [Theory]
    [InlineData(1)]
    [InlineData(1e-20)]
    public void A_larger_ill_conditioned_eigenvalue_is_not_missed(double coupling)
    {
        const int Size = 60;
        Matrix a = PlainMatrix.Gaussian(Size, Size, 8), random = PlainMatrix.Gaussian(30, 30, 9);
        double radius = PlainMatrix.SpectralRadiusByPowers(random);
        a = PlainMatrix.Map(a, x => 1e-20 * coupling * x);
        for (int i = 0; i < 30; i++)
        {
            for (int j = 0; j < 30; j++)
            {
                a[i, j] = 0.9 * random[i, j] / radius;
            }

            a[30 + i, 30 + i] = i == 0 ? 1 : 0.5;
            for (int j = i + 1; j < Math.Min(i + 3, 30); j++)
            {
                a[30 + i, 30 + j] = 2;
            }
        }

        Assert.Null(DominantEigenvalue.Modulus(a));
    }

    // The leading eigenvalue 1 is perfectly conditioned and has no residual, because zeros keep the rounding errors of such powers away from it; but those
    // errors may hide other eigenvalues.
    [Fact]
    public void An_answer_is_withheld_where_the_powers_are_far_larger_than_their_eigenvalues()
    {
        Matrix b = PlainMatrix.Diagonal([.. Enumerable.Range(0, N).Select(i => i < 20 ? 1 - (0.02 * i) : 0.1)]);
        Assert.NotNull(DominantEigenvalue.Modulus(b));
        b[30, 31] = 2000;
        Assert.Null(DominantEigenvalue.Modulus(b));
    }

    [Fact]
    public void Graded_matrices_agree_with_the_qr_algorithm()
    {
        Matrix a = PlainMatrix.Gaussian(N, N, 10);
        var graded = new Matrix(N, N, [.. a.Values.Select((x, k) => x * Math.Pow(10, -0.2 * ((k / N) + (k % N))))]);
        PlainMatrix.AssertRelative(SpectralRadius.ByQrAlgorithm(graded), SpectralRadius.Of(graded), Tolerance);
    }

    [Fact]
    public void Zeros_nilpotent_matrices_and_values_that_are_not_finite_are_not_answered()
    {
        Matrix nilpotent = PlainMatrix.Map(PlainMatrix.Diagonal(new double[N]), _ => 1);
        for (int i = N / 2; i < N; i++)
        {
            nilpotent.Row(i).Fill(-1); // u vᵀ with vᵀu = 0
        }

        Matrix overflow = PlainMatrix.Gaussian(N, N, 11);
        overflow[2, 3] = double.PositiveInfinity;
        Assert.All(new[] { new Matrix(N, N), nilpotent, overflow }, a => Assert.Null(DominantEigenvalue.Modulus(a)));
    }

    [Fact]
    public void A_symmetric_matrix_has_its_spectral_norm()
    {
        Matrix q = PlainMatrix.Orthogonal(N, 12);
        foreach (double largest in new[] { -1, 1 })
        {
            double[] values = [.. Enumerable.Range(0, N).Select(i => i switch { 0 => largest, 1 => -largest * (1 - 1e-9), _ => 0.9 / i })];
            Matrix a = PlainMatrix.Multiply(q, PlainMatrix.Diagonal(values), q.Transpose());
            for (int i = 0; i < N; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    a[i, j] = a[j, i];
                }
            }

            PlainMatrix.AssertRelative(1, SpectralRadius.Of(a), Tolerance);
        }
    }
}
