using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Tests.LinearAlgebra;

public sealed class TridiagonalEigenvalueTests
{
    private static (double Value, double LastComponent) Largest(double[] diagonal, double[] offDiagonal) =>
        TridiagonalEigenvalue.Largest(diagonal, offDiagonal, new double[diagonal.Length]);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(60)]
    public void Agrees_with_a_dense_symmetric_solver_in_value_and_last_component(int n)
    {
        for (ulong seed = 0; seed < 10; seed++)
        {
            var stream = new Philox(seed, 77);
            double[] diagonal = new double[n], off = new double[n - 1];
            stream.FillNormal(diagonal);
            stream.FillNormal(off);
            Evd<double> dense = Matrix<double>.Build.Dense(
                n, n, (i, j) => i == j ? diagonal[i] : Math.Abs(i - j) == 1 ? off[Math.Min(i, j)] : 0).Evd(Symmetricity.Symmetric);

            (double value, double last) = Largest(diagonal, off);

            // Both are backward stable to about n ulp of a norm below 10; an eigenvector's error is that divided by the gap, which is hardly below 1e-3.
            Assert.Equal(dense.EigenValues[n - 1].Real, value, 1e-12);
            Assert.Equal(Math.Abs(dense.EigenVectors[n - 1, n - 1]), Math.Abs(last), 1e-9);
        }
    }

    // The second difference: eigenvalues 2 − 2 cos(k π/(n + 1)), the last component of the leading vector √(2/(n+1)) sin(π n n/(n+1)).
    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(50)]
    public void The_second_difference_matrix_has_its_textbook_eigenpair(int n)
    {
        (double value, double last) = Largest([.. Enumerable.Repeat(2.0, n)], [.. Enumerable.Repeat(-1.0, n - 1)]);

        Assert.Equal(2 - (2 * Math.Cos(n * Math.PI / (n + 1))), value, 1e-14 * n);
        Assert.Equal(Math.Sqrt(2.0 / (n + 1)) * Math.Sin(Math.PI / (n + 1)), Math.Abs(last), 1e-13 * n);
    }

    [Fact]
    public void A_matrix_that_decouples_is_solved_block_by_block()
    {
        Assert.Equal((5, 0), Largest([1, 5, 2], [0, 0]));
        (double value, double tail) = Largest([0, 0, 3], [2, 0]);
        Assert.Equal((3, 1), (value, Math.Abs(tail)));
    }

    // Couplings of 1e-3 after a head of 1: the vector decays by about 1e-3 per component, which no dense solver resolves.
    [Fact]
    public void A_last_component_far_below_rounding_keeps_its_digits()
    {
        const int N = 20;
        double[] diagonal = [1, .. Enumerable.Repeat(0.0, N - 1)];
        (double value, double last) = Largest(diagonal, [.. Enumerable.Repeat(1e-3, N - 1)]);

        // x_{i+1} = (λ x_i − e x_{i−1})/e has the decaying solution x_i ∝ sinh((N + 1 − i) θ), 2 cosh θ = λ/e, of the boundary x_{N+1} = 0.
        double theta = Math.Acosh(value / 2e-3);
        double expected = Math.Sinh(theta) / Math.Sqrt(Enumerable.Range(1, N).Sum(i => Math.Pow(Math.Sinh(i * theta), 2)));
        PlainMatrix.AssertRelative(expected, last, 1e-11);
        Assert.InRange(last, 1e-60, 1e-50);
    }

    // Laguerre's method converges slowly if roots agree: eigenvalues in pairs (Wilkinson's W+), and all but one equal.
    [Fact]
    public void Pairs_and_clusters_of_eigenvalues_converge()
    {
        double[] wilkinson = [.. Enumerable.Range(-10, 21).Select(i => Math.Abs((double)i))];
        var dense = Matrix<double>.Build.Dense(21, 21, (i, j) => i == j ? wilkinson[i] : Math.Abs(i - j) == 1 ? 1 : 0);
        Assert.Equal(dense.Evd(Symmetricity.Symmetric).EigenValues[20].Real, Largest(wilkinson, [.. Enumerable.Repeat(1.0, 20)]).Value, 1e-13);
        Assert.Equal(3, Largest([.. Enumerable.Repeat(3.0, 40)], [.. Enumerable.Repeat(1e-14, 39)]).Value, 1e-13);
        Assert.Equal(0, Largest([0, 0, 0], [0, 0]).Value);
    }
}
