using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>Detects numbers near the lower end of the range of a double.</summary>
internal static class SmallNumbers
{
    // 2^-400: the product of two such numbers and a weight is still in the range of a double.
    private const double Tiny = 4e-121;

    /// <summary>Whether there is a non-zero number whose product with another such number may be below the range of a double.</summary>
    public static bool Exist(ReadOnlySpan<double> values)
    {
        Vector512<double> found = default;
        ref double first = ref MemoryMarshal.GetReference(values);
        int i = 0;
        for (; i + Vector512<double>.Count <= values.Length; i += Vector512<double>.Count)
        {
            Vector512<double> magnitudes = Vector512.Abs(Vector512.LoadUnsafe(ref first, (nuint)i));
            found |= Vector512.LessThan(magnitudes, Vector512.Create(Tiny)) & Vector512.GreaterThan(magnitudes, Vector512<double>.Zero);
        }

        bool holds = found != Vector512<double>.Zero;
        for (; i < values.Length; i++)
        {
            holds |= values[i] != 0 && Math.Abs(values[i]) < Tiny;
        }

        return holds;
    }
}
