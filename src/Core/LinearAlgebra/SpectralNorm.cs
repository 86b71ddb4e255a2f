using System.Numerics.Tensors;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>The largest singular value of a dense matrix, by Lanczos iteration on AᵀA to a residual of 1e-13 of σ².</summary>
public static class SpectralNorm
{
    // Fourth powers of the entries are formed, the squared length of AᵀAv.
    private const int SafeExponent = 200;

    // A product's σ² below this in factors of magnitudes near 1: what is summed in between may not be seen any more.
    private const double SmallestSquare = 1e-60;

    /// <summary>σ_max of a rows × columns matrix, row by row; works in pooled memory. NaN where A holds a NaN.</summary>
    public static double Of(ReadOnlySpan<double> a, int rows, int columns)
    {
        a = a[..(rows * columns)];
        double magnitude = Math.Abs(TensorPrimitives.MaxMagnitude(a)); // which keeps the sign
        if (magnitude == 0 || !double.IsFinite(magnitude))
        {
            return magnitude;
        }

        int exponent = Math.ILogB(magnitude);
        return Math.Abs(exponent) > SafeExponent
            ? Math.ScaleB(Of(Scaled(a, -exponent), rows, columns), exponent)
            : Math.Sqrt(Lanczos.Largest(new OneMatrix(a), columns));
    }

    /// <summary>
    /// σ_max(A·B), of a product that is not formed unless that is cheaper. NaN where the product holds a NaN. The error is 1e-13 of σ_max(A·B)
    /// and rounding of the product's own, ε ‖A‖ ‖B‖.
    /// </summary>
    /// <param name="a">A, rows × inner, row by row.</param>
    /// <param name="b">B, inner × columns, row by row.</param>
    /// <param name="rows">Rows of A.</param>
    /// <param name="inner">Columns of A, rows of B.</param>
    /// <param name="columns">Columns of B.</param>
    public static double OfProduct(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int rows, int inner, int columns)
    {
        a = a[..(rows * inner)];
        b = b[..(inner * columns)];
        double left = Math.Abs(TensorPrimitives.MaxMagnitude(a)), right = Math.Abs(TensorPrimitives.MaxMagnitude(b));
        if (!double.IsFinite(left) || !double.IsFinite(right))
        {
            return Formed(a, b, rows, inner, columns);
        }

        if (left == 0 || right == 0)
        {
            return 0;
        }

        int exponentOfA = Math.ILogB(left), exponentOfB = Math.ILogB(right), limit = SafeExponent / 4;
        if (Math.Abs(exponentOfA) > limit || Math.Abs(exponentOfB) > limit)
        {
            double scaled = OfProduct(Scaled(a, -exponentOfA), Scaled(b, -exponentOfB), rows, inner, columns);
            return Math.ScaleB(scaled, exponentOfA + exponentOfB);
        }

        // An iteration reads both factors, or the product, twice.
        if ((long)inner * (rows + columns) > (long)rows * columns)
        {
            return Formed(a, b, rows, inner, columns);
        }

        double square = Lanczos.Largest(new TwoFactors(a, b, new double[2 * inner]), columns);
        return square < SmallestSquare * left * left * right * right ? Formed(a, b, rows, inner, columns) : Math.Sqrt(square);
    }

    private static double Formed(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int rows, int inner, int columns)
    {
        var product = new double[rows * columns];
        MatrixProduct.Multiply(a, b, product, rows, inner, columns);
        return Of(product, rows, columns);
    }

    private static double[] Scaled(ReadOnlySpan<double> a, int exponent)
    {
        var scaled = new double[a.Length];
        TensorPrimitives.Multiply(a, Math.ScaleB(1, exponent / 2), scaled); // in two steps: 2^1074 is not a double
        TensorPrimitives.Multiply(scaled, Math.ScaleB(1, exponent - (exponent / 2)), scaled);
        return scaled;
    }

    private readonly ref struct OneMatrix(ReadOnlySpan<double> a) : INormalOperator
    {
        private readonly ReadOnlySpan<double> _a = a;

        public double Apply(ReadOnlySpan<double> x, Span<double> y) => RowCombination.Gram(_a, x, y);
    }

    private readonly ref struct TwoFactors(ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> workspace) : INormalOperator
    {
        private readonly ReadOnlySpan<double> _a = a;
        private readonly ReadOnlySpan<double> _b = b;
        private readonly Span<double> _workspace = workspace;

        public double Apply(ReadOnlySpan<double> x, Span<double> y)
        {
            int inner = _workspace.Length / 2;
            RowCombination.Dots(_b, x, _workspace[..inner]);
            double squares = RowCombination.Gram(_a, _workspace[..inner], _workspace[inner..]);
            y.Clear();
            RowCombination.Add(_b, _workspace[inner..], y);
            return squares;
        }
    }
}
