using System.Buffers;
using System.Numerics.Tensors;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>Lanczos iteration with full reorthogonalisation (Golub &amp; Van Loan, Matrix Computations, § 10.1–10.3).</summary>
/// <remarks>
/// It stops when the residual of the leading Ritz pair is below 1e-13 of its value, or when the Krylov space is invariant or the whole space. The residual
/// itself bounds the error. Its square divided by the gap would be a much smaller bound, but Ritz values do not prove a gap, and two eigenvalues that share
/// one Ritz value would be replaced by their mean. The start is a fixed vector of normals, which has a component along the leading direction with probability
/// one.
/// </remarks>
internal static class Lanczos
{
    private const double Tolerance = 1e-13;

    // Steps between two checks of convergence.
    private const int Stride = 4;

    // Orthogonalisation is repeated where it shortens a vector by more than this factor (Daniel, Gragg, Kaufman & Stewart 1976).
    private const double LossOfLength = 0.7;

    /// <summary>The largest eigenvalue of AᵀA.</summary>
    /// <param name="a">A, row by row, of magnitudes not far from 1.</param>
    /// <param name="columns">Columns of A.</param>
    public static double Largest(ReadOnlySpan<double> a, int columns)
    {
        int capacity = Math.Min(columns, 32);
        double[] basis = ArrayPool<double>.Shared.Rent(capacity * columns), scalars = ArrayPool<double>.Shared.Rent(4 * columns);
        double[] vector = ArrayPool<double>.Shared.Rent(columns);
        try
        {
            Span<double> diagonal = scalars.AsSpan(0, columns), offDiagonal = scalars.AsSpan(columns, columns);
            Span<double> components = scalars.AsSpan(2 * columns, columns), pivots = scalars.AsSpan(3 * columns, columns);
            Span<double> next = vector.AsSpan(0, columns), v = basis.AsSpan(0, columns);
            new Philox(0, 0).FillNormal(v);
            TensorPrimitives.Divide(v, TensorPrimitives.Norm<double>(v), v);
            for (int k = 1; ; k++)
            {
                v = basis.AsSpan((k - 1) * columns, columns);
                diagonal[k - 1] = RowCombination.Gram(a, v, next);

                // Subtracting the components along the last two basis vectors leaves a vector that is orthogonal to the others except for rounding.
                TensorPrimitives.MultiplyAdd(v, -diagonal[k - 1], next, next);
                if (k > 1)
                {
                    TensorPrimitives.MultiplyAdd(basis.AsSpan((k - 2) * columns, columns), -offDiagonal[k - 2], next, next);
                }

                double beta = Orthogonalise(next, basis.AsSpan(0, k * columns), components[..k]);
                if (k == columns || k % Stride == 0 || beta <= Tolerance * diagonal[0])
                {
                    (double largest, double last) = TridiagonalEigenvalue.Largest(diagonal[..k], offDiagonal[..(k - 1)], pivots);
                    if (k == columns || beta * last <= Tolerance * largest)
                    {
                        return largest;
                    }
                }

                if (k == capacity)
                {
                    capacity = Math.Min(columns, 2 * capacity);
                    double[] grown = ArrayPool<double>.Shared.Rent(capacity * columns);
                    basis.AsSpan(0, k * columns).CopyTo(grown);
                    ArrayPool<double>.Shared.Return(basis);
                    basis = grown;
                }

                offDiagonal[k - 1] = beta;
                TensorPrimitives.Divide(next, beta, basis.AsSpan(k * columns, columns));
            }
        }
        finally
        {
            ArrayPool<double>.Shared.Return(basis);
            ArrayPool<double>.Shared.Return(scalars);
            ArrayPool<double>.Shared.Return(vector);
        }
    }

    /// <summary>Subtracts all components along the basis and returns the length of the remainder.</summary>
    private static double Orthogonalise(Span<double> vector, ReadOnlySpan<double> basis, Span<double> components)
    {
        double before, after = TensorPrimitives.Norm<double>(vector);
        int pass = 0;
        do
        {
            before = after;
            MatrixVector.Multiply(basis, vector, components);
            TensorPrimitives.Negate(components, components);
            RowCombination.Add(basis, components, vector);
            after = TensorPrimitives.Norm<double>(vector);
        }
        while (after < LossOfLength * before && ++pass < 3);
        return after;
    }
}
