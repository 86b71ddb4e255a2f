using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Tests.LinearAlgebra;

public sealed class TridiagonalEigenvalueTests
{
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

            (double value, double last) = TridiagonalEigenvalue.Largest(diagonal, off);

            // Both are backward stable to about n ulp of a norm below 10; an eigenvector loses that over the gap, hardly below 1e-3.
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
        (double value, double last) = TridiagonalEigenvalue.Largest([.. Enumerable.Repeat(2.0, n)], [.. Enumerable.Repeat(-1.0, n - 1)]);

        Assert.Equal(2 - (2 * Math.Cos(n * Math.PI / (n + 1))), value, 1e-14 * n);
        Assert.Equal(Math.Sqrt(2.0 / (n + 1)) * Math.Sin(Math.PI / (n + 1)), Math.Abs(last), 1e-13 * n);
    }

    [Fact]
    public void A_matrix_that_decouples_is_solved_block_by_block()
    {
        Assert.Equal((5, 0), TridiagonalEigenvalue.Largest([1, 5, 2], [0, 0]));
        (double value, double tail) = TridiagonalEigenvalue.Largest([0, 0, 3], [2, 0]);
        Assert.Equal((3, 1), (value, Math.Abs(tail)));
    }
}
