using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>Numbers that are near the lower end of the range of a double.</summary>
internal static class SmallNumbers
{
    // 2^-400: two such numbers and a weight make a product that a double holds.
    private const double Tiny = 4e-121;

    /// <summary>Whether there is a number, not 0, whose product with another such one may be too small for a double.</summary>
    public static bool Exist(ReadOnlySpan<double> values)
    {
        Vector256<double> found = default;
        ref double first = ref MemoryMarshal.GetReference(values);
        int i = 0;
        for (; i + Vector256<double>.Count <= values.Length; i += Vector256<double>.Count)
        {
            Vector256<double> magnitudes = Vector256.Abs(Vector256.LoadUnsafe(ref first, (nuint)i));
            found |= Vector256.LessThan(magnitudes, Vector256.Create(Tiny)) & Vector256.GreaterThan(magnitudes, Vector256<double>.Zero);
        }

        bool holds = found != Vector256<double>.Zero;
        for (; i < values.Length; i++)
        {
            holds |= values[i] != 0 && Math.Abs(values[i]) < Tiny;
        }

        return holds;
    }
}
