using System.Numerics;
using System.Numerics.Tensors;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// The largest absolute eigenvalue of a square matrix. The matrix is first split into the strongly connected components of its graph, which is a
/// permutation to block triangular form. So the result is exact for triangular and nilpotent matrices, whose eigenvalues rounding would change. A
/// block that is one cycle has a closed form; the radius of a symmetric or antisymmetric block is its spectral norm. Any other block is balanced
/// (Parlett &amp; Reinsch 1969). Its eigenvalues come from matrix products where the leading ones are separated and well conditioned
/// (<see cref="DominantEigenvalue"/>), otherwise from the QR algorithm, whose error is rounding times the condition of the eigenvalue: random
/// matrices get all digits, dense matrices close to a defective one only few.
/// </summary>
public static class SpectralRadius
{
    // Below this size, the QR algorithm is as fast.
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

    /// <summary>The radius by the QR algorithm alone, of a balanced block of magnitudes near 1.</summary>
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

        // Squares are formed, so the largest entry is scaled to 1 by a power of two, in two steps, because 2^1074 is not a double.
        int exponent = Math.ILogB(TensorPrimitives.MaxMagnitude<double>(block.Values));
        foreach (int part in (ReadOnlySpan<int>)[exponent / 2, exponent - (exponent / 2)])
        {
            TensorPrimitives.Multiply(block.Values, Math.ScaleB(1, -part), block.Values);
        }

        double? radius = n < SmallestForProducts ? null : DominantEigenvalue.Modulus(block);
        return Math.ScaleB(radius ?? ByQrAlgorithm(block), exponent);
    }

    /// <summary>
    /// The geometric mean of the magnitudes of the weights, where a connected block is a single cycle; otherwise null. A long cycle of graded weights
    /// is extremely non-normal, and balancing does not help.
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

        return Math.Exp(logSum / n); // connected with n edges, so each row has one
    }
}
