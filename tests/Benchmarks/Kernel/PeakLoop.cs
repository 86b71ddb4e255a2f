using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RnnSweep.Benchmarks.Kernel;

/// <summary>
/// Fused multiply-adds on registers alone, an upper bound for every kernel. Twelve independent sums cover the latency of any processor's
/// multipliers.
/// </summary>
internal static class PeakLoop
{
    private const int Turns = 20_000, Sums = 12;

    /// <summary>Floating-point operations of one run with 256-bit vectors.</summary>
    public const double Operations256 = 2.0 * Turns * Sums * 4;

    /// <summary>Floating-point operations of one run with 512-bit vectors.</summary>
    public const double Operations512 = 2.0 * Turns * Sums * 8;

    private static double s_sink;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run256()
    {
        Vector256<double> factor = Vector256.Create(0.999), term = Vector256.Create(0.001);
        Vector256<double> s0 = term, s1 = term, s2 = term, s3 = term, s4 = term, s5 = term, s6 = term, s7 = term, s8 = term, s9 = term, s10 = term, s11 = term;
        for (int i = 0; i < Turns; i++)
        {
            s0 = Vector256.FusedMultiplyAdd(s0, factor, term);
            s1 = Vector256.FusedMultiplyAdd(s1, factor, term);
            s2 = Vector256.FusedMultiplyAdd(s2, factor, term);
            s3 = Vector256.FusedMultiplyAdd(s3, factor, term);
            s4 = Vector256.FusedMultiplyAdd(s4, factor, term);
            s5 = Vector256.FusedMultiplyAdd(s5, factor, term);
            s6 = Vector256.FusedMultiplyAdd(s6, factor, term);
            s7 = Vector256.FusedMultiplyAdd(s7, factor, term);
            s8 = Vector256.FusedMultiplyAdd(s8, factor, term);
            s9 = Vector256.FusedMultiplyAdd(s9, factor, term);
            s10 = Vector256.FusedMultiplyAdd(s10, factor, term);
            s11 = Vector256.FusedMultiplyAdd(s11, factor, term);
        }

        s_sink = Vector256.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run512()
    {
        Vector512<double> factor = Vector512.Create(0.999), term = Vector512.Create(0.001);
        Vector512<double> s0 = term, s1 = term, s2 = term, s3 = term, s4 = term, s5 = term, s6 = term, s7 = term, s8 = term, s9 = term, s10 = term, s11 = term;
        for (int i = 0; i < Turns; i++)
        {
            s0 = Vector512.FusedMultiplyAdd(s0, factor, term);
            s1 = Vector512.FusedMultiplyAdd(s1, factor, term);
            s2 = Vector512.FusedMultiplyAdd(s2, factor, term);
            s3 = Vector512.FusedMultiplyAdd(s3, factor, term);
            s4 = Vector512.FusedMultiplyAdd(s4, factor, term);
            s5 = Vector512.FusedMultiplyAdd(s5, factor, term);
            s6 = Vector512.FusedMultiplyAdd(s6, factor, term);
            s7 = Vector512.FusedMultiplyAdd(s7, factor, term);
            s8 = Vector512.FusedMultiplyAdd(s8, factor, term);
            s9 = Vector512.FusedMultiplyAdd(s9, factor, term);
            s10 = Vector512.FusedMultiplyAdd(s10, factor, term);
            s11 = Vector512.FusedMultiplyAdd(s11, factor, term);
        }

        s_sink = Vector512.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11);
    }
}
