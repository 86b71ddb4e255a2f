using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// P_t = J_t ⋯ J_1 as M · diag(2^e): M is N × N with columns of a largest magnitude near 1, e one exponent a column, without bounds. The
/// columns of a product are propagated each by itself, so one that falls hundreds of decades behind is still there when it comes to lead.
/// Scaling by powers of two is exact, so the logarithms of P_t are as good at 10^±100000 as they are at 1.
/// </summary>
public sealed class JacobianProduct
{
    // Rescaling is exact whenever it is done; a band around 1 saves it at most steps.
    private const int Band = 16;

    private static readonly double s_log10Of2 = Math.Log10(2);

    private readonly double[] _exponents;
    private readonly double[] _magnitudes;
    private double[] _mantissa;
    private double[] _spare;

    /// <summary>P_0, the identity.</summary>
    public JacobianProduct(int hiddenSize)
    {
        HiddenSize = hiddenSize;
        _exponents = new double[hiddenSize];
        _magnitudes = new double[hiddenSize];
        _mantissa = new double[checked(hiddenSize * hiddenSize)];
        _spare = new double[_mantissa.Length];
        for (int i = 0; i < hiddenSize; i++)
        {
            _mantissa[i * (hiddenSize + 1)] = 1;
        }
    }

    /// <summary>N.</summary>
    public int HiddenSize { get; }

    /// <summary>M, N × N, row by row.</summary>
    public ReadOnlySpan<double> Mantissa => _mantissa;

    /// <summary>e, one for each column: of the base 2, and whole as long as no step's slopes are below the range of a double.</summary>
    public ReadOnlySpan<double> Exponents => _exponents;

    /// <summary>Whether P_t is exactly 0, from which it cannot recover.</summary>
    public bool IsZero { get; private set; }

    /// <summary>Bytes held.</summary>
    public long Bytes => sizeof(double) * (_mantissa.LongLength + _spare.LongLength + (2L * HiddenSize));

    /// <summary>P_t = J_t P_{t−1}.</summary>
    /// <param name="network">Whose Jacobian it is.</param>
    /// <param name="slopes">Of the step, length N.</param>
    /// <param name="exponent">The power of two that the Jacobian lacks.</param>
    public void Advance(INetwork network, ReadOnlySpan<double> slopes, double exponent)
    {
        if (IsZero)
        {
            return;
        }

        network.MultiplyJacobian(slopes, _mantissa, _spare, HiddenSize);
        (_mantissa, _spare) = (_spare, _mantissa);
        if (exponent != 0)
        {
            TensorPrimitives.Add(_exponents, exponent, _exponents);
        }

        Rescale();
    }

    /// <summary>log10 σ_max(P_t); −∞ where P_t is 0.</summary>
    public double Log10SpectralNorm() => WithOneExponent((m, n) => SpectralNorm.Of(m, n, n));

    /// <summary>log10 ‖P_t‖_F; −∞ where P_t is 0.</summary>
    public double Log10FrobeniusNorm() => WithOneExponent((m, _) => TensorPrimitives.Norm<double>(m));

    /// <summary>log10 ‖P_tᵀ v‖₂ for a vector of length N; −∞ where it is 0.</summary>
    public double Log10TransposedImageNorm(ReadOnlySpan<double> vector)
    {
        // A component of the image belongs to a column of P, so it takes that column's exponent.
        var image = new double[HiddenSize];
        MatrixVector.MultiplyTransposed(_mantissa, vector, image);
        double largest = double.NegativeInfinity;
        for (int j = 0; j < HiddenSize; j++)
        {
            largest = image[j] == 0 ? largest : Math.Max(largest, _exponents[j] + Math.ILogB(image[j]));
        }

        if (double.IsNegativeInfinity(largest))
        {
            return largest;
        }

        for (int j = 0; j < HiddenSize; j++)
        {
            image[j] *= double.Exp2(_exponents[j] - largest);
        }

        return Math.Log10(VectorNorm.Of(image)) + (largest * s_log10Of2);
    }

    private void Rescale()
    {
        int n = HiddenSize;
        _magnitudes.AsSpan().Clear();
        for (int i = 0; i < n; i++)
        {
            TensorPrimitives.MaxMagnitude(_mantissa.AsSpan(i * n, n), _magnitudes, _magnitudes);
        }

        bool isZero = true, isWithinBand = true;
        for (int j = 0; j < n; j++)
        {
            double magnitude = Math.Abs(_magnitudes[j]); // the largest comes with its sign
            int shift = magnitude == 0 ? 0 : Math.Max(Math.ILogB(magnitude), -1000); // 2^1000 is a double, 2^1074 is not
            shift = Math.Abs(shift) > Band ? shift : 0;
            isZero &= magnitude == 0;
            isWithinBand &= shift == 0;
            _exponents[j] += shift;
            _magnitudes[j] = Math.ScaleB(1, -shift);
        }

        IsZero = isZero;
        for (int i = 0; i < n && !isWithinBand; i++)
        {
            Span<double> row = _mantissa.AsSpan(i * n, n);
            TensorPrimitives.Multiply(row, _magnitudes, row);
        }
    }

    /// <summary>The logarithm of a norm, of M with all columns brought to the largest exponent; what underflows on the way is far below it.</summary>
    private double WithOneExponent(Func<double[], int, double> norm)
    {
        if (IsZero)
        {
            return double.NegativeInfinity;
        }

        // A column of zeros keeps whatever exponent it had; it has no say.
        double largest = double.NegativeInfinity;
        bool areEqual = true;
        for (int j = 0; j < HiddenSize; j++)
        {
            areEqual &= _exponents[j] == _exponents[0];
            bool isZero = true;
            for (int i = 0; i < HiddenSize && isZero; i++)
            {
                isZero = _mantissa[(i * HiddenSize) + j] == 0;
            }

            largest = isZero ? largest : Math.Max(largest, _exponents[j]);
        }

        double[] scaled = _mantissa;
        if (!areEqual)
        {
            double[] factors = [.. _exponents.Select(exponent => double.Exp2(Math.Min(exponent - largest, 0)))];
            scaled = new double[_mantissa.Length];
            for (int i = 0; i < HiddenSize; i++)
            {
                TensorPrimitives.Multiply(_mantissa.AsSpan(i * HiddenSize, HiddenSize), factors, scaled.AsSpan(i * HiddenSize, HiddenSize));
            }
        }

        return Math.Log10(norm(scaled, HiddenSize)) + (largest * s_log10Of2);
    }
}
