using System.Numerics.Tensors;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// The largest singular value of a dense matrix, by Lanczos iteration on AᵀA with full reorthogonalisation (Golub &amp; Van Loan,
/// Matrix Computations, § 10.1–10.3).
/// </summary>
/// <remarks>
/// The iteration stops when the residual of the leading Ritz pair is below 1e-13 of its value, when the Krylov space is
/// invariant, or when it is the whole space. The start is a fixed vector of normals, which meets the leading singular direction with
/// probability one.
/// </remarks>
public static class SpectralNorm
{
    private const double Tolerance = 1e-13;

    /// <summary>σ_max of a rows × columns matrix, row by row; allocates the basis of the iteration. NaN where A holds a NaN.</summary>
    public static double Of(ReadOnlySpan<double> a, int rows, int columns)
    {
        double magnitude = Math.Abs(TensorPrimitives.MaxMagnitude(a)); // which keeps the sign
        if (magnitude == 0 || !double.IsFinite(magnitude))
        {
            return magnitude;
        }

        // Fourth powers are formed below, the squared length of AᵀAv: values far from 1 are scaled first, by a power of two.
        int exponent = Math.ILogB(magnitude);
        if (Math.Abs(exponent) > 200)
        {
            var scaled = new double[a.Length];
            for (int i = 0; i < a.Length; i++)
            {
                scaled[i] = Math.ScaleB(a[i], -exponent);
            }

            return Math.ScaleB(Of(scaled, rows, columns), exponent);
        }

        var basis = new List<double[]>();
        var diagonal = new List<double>();
        var offDiagonal = new List<double>();
        var image = new double[rows];
        double[] v = Start(columns);
        double largest = 0;
        for (int k = 1; ; k++)
        {
            basis.Add(v);
            var next = new double[columns];
            MatrixVector.Multiply(a, v, image);
            MatrixVector.MultiplyTransposed(a, image, next);
            diagonal.Add(TensorPrimitives.SumOfSquares<double>(image));
            Orthogonalise(next, basis);
            double beta = TensorPrimitives.Norm<double>(next);
            if (k == columns || k % 4 == 0 || beta <= Tolerance * diagonal[0])
            {
                (largest, double lastComponent) = TridiagonalEigenvalue.Largest(diagonal, offDiagonal);
                if (k == columns || beta * Math.Abs(lastComponent) <= Tolerance * largest)
                {
                    return Math.Sqrt(largest);
                }
            }

            offDiagonal.Add(beta);
            TensorPrimitives.Divide(next, beta, next);
            v = next;
        }
    }

    private static double[] Start(int length)
    {
        var v = new double[length];
        new Philox(0, 0).FillNormal(v);
        TensorPrimitives.Divide(v, TensorPrimitives.Norm<double>(v), v);
        return v;
    }

    // Twice is enough: after the second pass the rest is orthogonal to working precision.
    private static void Orthogonalise(double[] vector, List<double[]> basis)
    {
        for (int pass = 0; pass < 2; pass++)
        {
            foreach (double[] direction in basis)
            {
                double component = TensorPrimitives.Dot<double>(direction, vector);
                TensorPrimitives.MultiplyAdd(direction, -component, vector, vector);
            }
        }
    }
}
