using System.Numerics;
using System.Numerics.Tensors;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// The largest absolute eigenvalue of a square matrix. The matrix is first split into the strongly connected components of its graph,
/// which is a permutation to block triangular form: triangular and nilpotent matrices, of which rounding would make something else,
/// come out exactly. A block that is one cycle has a closed form, and one that is symmetric or antisymmetric its spectral norm; any other is balanced (Parlett
/// &amp; Reinsch 1969). Its eigenvalues are found by matrix products where the leading ones can be told apart and are well conditioned
/// (<see cref="DominantEigenvalue"/>), otherwise by the QR algorithm, which is exact to rounding times the condition of the
/// eigenvalue: all digits for anything drawn, but few for a dense matrix close to a defective one.
/// </summary>
public static class SpectralRadius
{
    // Below it the QR algorithm is as fast.
    private const int SmallestForProducts = 20;

    /// <summary>ρ(A) of an n × n matrix; 0 if and only if A is nilpotent by its pattern of zeros, or numerically zero.</summary>
    /// <exception cref="MathNet.Numerics.NonConvergenceException">The eigenvalue iteration did not converge.</exception>
    public static double Of(LinearAlgebra.Matrix a)
    {
        double radius = 0;
        foreach (int[] component in StronglyConnectedComponents.Of(a))
        {
            radius = Math.Max(radius, component.Length == 1 ? Math.Abs(a[component[0], component[0]]) : OfBlock(Block(a, component)));
        }

        return radius;
    }

    /// <summary>The same by the QR algorithm alone, of a block that is balanced and of magnitudes near 1.</summary>
    internal static double ByQrAlgorithm(LinearAlgebra.Matrix block) =>
        Matrix<double>.Build.Dense(block.Rows, block.Rows, (i, j) => block[i, j]).Evd().EigenValues.Max(Complex.Abs);

    private static LinearAlgebra.Matrix Block(LinearAlgebra.Matrix a, int[] indices)
    {
        var block = new LinearAlgebra.Matrix(indices.Length, indices.Length);
        for (int i = 0; i < indices.Length; i++)
        {
            ReadOnlySpan<double> from = a.Row(indices[i]);
            Span<double> to = block.Row(i);
            for (int j = 0; j < to.Length; j++)
            {
                to[j] = from[indices[j]];
            }
        }

        return block;
    }

    private static double OfBlock(LinearAlgebra.Matrix block)
    {
        int n = block.Rows;
        if (CycleMean(block) is { } mean)
        {
            return mean;
        }

        if (Symmetry.IsSymmetric(block) || Symmetry.IsAntisymmetric(block))
        {
            return SpectralNorm.Of(block.Values, n, n); // |λ| are its singular values
        }

        Balancing.Apply(block);

        // Squares are formed: the largest entry goes to 1 by a power of two, in two steps, as 2^1074 is not a double.
        int exponent = Math.ILogB(TensorPrimitives.MaxMagnitude<double>(block.Values));
        foreach (int part in (ReadOnlySpan<int>)[exponent / 2, exponent - (exponent / 2)])
        {
            TensorPrimitives.Multiply(block.Values, Math.ScaleB(1, -part), block.Values);
        }

        double? radius = n < SmallestForProducts ? null : DominantEigenvalue.Modulus(block);
        return Math.ScaleB(radius ?? ByQrAlgorithm(block), exponent);
    }

    /// <summary>
    /// The geometric mean of the weights, where a connected block is one cycle and nothing else; otherwise null. A long cycle of graded
    /// weights is as far from normal as a matrix can be, and beyond what local balancing can mend.
    /// </summary>
    private static double? CycleMean(LinearAlgebra.Matrix block)
    {
        int n = block.Rows;
        if (block.Values.Length - block.Values.AsSpan().Count(0) != n)
        {
            return null;
        }

        double logSum = 0;
        foreach (double value in block.Values)
        {
            logSum += value == 0 ? 0 : Math.Log(Math.Abs(value));
        }

        return Math.Exp(logSum / n); // connected with n edges: each row has one
    }
}
