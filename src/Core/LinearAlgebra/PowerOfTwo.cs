using System.Numerics.Tensors;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>Scaling by powers of two, which is exact.</summary>
internal static class PowerOfTwo
{
    /// <summary>log10 2.</summary>
    public static readonly double Log10 = Math.Log10(2);

    /// <summary>2^e, exact for whole e; several times as fast as a power function for whole e of normal results.</summary>
    public static double Of(double exponent) =>
        exponent is >= -1022 and <= 1023 && exponent == Math.Truncate(exponent)
            ? BitConverter.Int64BitsToDouble(((long)exponent + 1023) << 52)
            : double.Exp2(exponent);

    /// <summary>Divides values by 2^e such that the largest magnitude is in [1, 2), and returns e; 0 where all are 0.</summary>
    public static int Extract(Span<double> values)
    {
        double magnitude = Math.Abs(TensorPrimitives.MaxMagnitude<double>(values)); // MaxMagnitude returns a signed value
        if (magnitude == 0 || !double.IsFinite(magnitude))
        {
            return 0;
        }

        // In two steps, because 2^1074, which scales the smallest double to 1, is not a double.
        int exponent = Math.ILogB(magnitude), half = exponent / 2;
        TensorPrimitives.Multiply(values, Math.ScaleB(1, -half), values);
        TensorPrimitives.Multiply(values, Math.ScaleB(1, -(exponent - half)), values);
        return exponent;
    }
}
