using System.Numerics.Tensors;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>Σ_t 2^{e_t} d_t f_tᵀ as a matrix and a power of two: terms may differ by any power of two, and neither they nor the sum overflow or underflow.</summary>
/// <param name="rows">Length of d.</param>
/// <param name="columns">Length of f.</param>
internal sealed class OuterProductSum(int rows, int columns)
{
    // A term of more bits than this above the scale becomes the new scale. Sums of 2^31 such terms are far within the range of a double.
    private const double MostShift = 64;

    // What is so many bits below the scale is below the smallest double.
    private const double Negligible = -1100;

    private readonly double[] _values = new double[rows * columns];
    private double _exponent;
    private bool _isZero = true;

    /// <summary>Adds 2^<paramref name="exponent"/> d fᵀ.</summary>
    /// <param name="d">Its largest magnitude is in [1, 2), or it is 0.</param>
    /// <param name="f">Likewise.</param>
    /// <param name="exponent">Any number.</param>
    public void Add(ReadOnlySpan<double> d, ReadOnlySpan<double> f, double exponent)
    {
        if (!d.ContainsAnyExcept(0) || !f.ContainsAnyExcept(0))
        {
            return;
        }

        double shift = _isZero ? 0 : exponent - _exponent;
        if (_isZero)
        {
            (_exponent, _isZero) = (exponent, false);
        }
        else if (shift > MostShift)
        {
            TensorPrimitives.Multiply(_values, PowerOfTwo.Of(-shift), _values);
            (_exponent, shift) = (exponent, 0);
        }
        else if (shift < Negligible)
        {
            return;
        }

        double scale = PowerOfTwo.Of(shift);
        for (int i = 0; i < rows; i++)
        {
            Span<double> row = _values.AsSpan(i * columns, columns);
            TensorPrimitives.MultiplyAdd(f, d[i] * scale, row, row);
        }
    }

    /// <summary>Adds the square of the Frobenius norm to a sum.</summary>
    public void AddSquareTo(ref ScaledSum sum) => sum.AddSquare(VectorNorm.Of(_values), _exponent);
}
