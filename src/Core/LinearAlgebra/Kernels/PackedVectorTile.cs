using System.Runtime.CompilerServices;

namespace RnnSweep.Core.LinearAlgebra.Kernels;

/// <summary>y = L·x for panels of a packed left operand: the rows of a panel fill whole vectors. Each sum is taken in the order of the inner index, as in a tile.</summary>
internal static class PackedVectorTile<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    // Sums of this many panels are taken side by side, because each addition waits for the one before.
    private const int Side = 4;

    /// <summary>Computes the rows of some panels.</summary>
    /// <param name="left">The first panel of L: one value per row for each inner index.</param>
    /// <param name="inner">Columns of L, length of x.</param>
    /// <param name="panels">Number of panels.</param>
    /// <param name="x">Length inner.</param>
    /// <param name="y">The rows of all panels, overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(ref double left, nint inner, nint panels, ref double x, ref double y)
    {
        nint rows = TLanes.Rows, stride = rows * inner, panel = 0;
        for (; panel + Side <= panels; panel += Side)
        {
            for (nint offset = 0; offset < rows; offset += TLanes.Count)
            {
                TVector s0 = default, s1 = default, s2 = default, s3 = default;
                ref double a = ref Unsafe.Add(ref left, (panel * stride) + offset);
                for (nint k = 0; k < inner; k++)
                {
                    TVector factor = TLanes.Broadcast(Unsafe.Add(ref x, k));
                    s0 = TLanes.MultiplyAdd(factor, TLanes.Load(ref a, 0), s0);
                    s1 = TLanes.MultiplyAdd(factor, TLanes.Load(ref a, stride), s1);
                    s2 = TLanes.MultiplyAdd(factor, TLanes.Load(ref a, 2 * stride), s2);
                    s3 = TLanes.MultiplyAdd(factor, TLanes.Load(ref a, 3 * stride), s3);
                    a = ref Unsafe.Add(ref a, rows);
                }

                TLanes.Store(s0, ref y, (panel * rows) + offset);
                TLanes.Store(s1, ref y, ((panel + 1) * rows) + offset);
                TLanes.Store(s2, ref y, ((panel + 2) * rows) + offset);
                TLanes.Store(s3, ref y, ((panel + 3) * rows) + offset);
            }
        }

        for (; panel < panels; panel++)
        {
            for (nint offset = 0; offset < rows; offset += TLanes.Count)
            {
                TVector sum = default;
                ref double a = ref Unsafe.Add(ref left, (panel * stride) + offset);
                for (nint k = 0; k < inner; k++)
                {
                    sum = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref x, k)), TLanes.Load(ref a, 0), sum);
                    a = ref Unsafe.Add(ref a, rows);
                }

                TLanes.Store(sum, ref y, (panel * rows) + offset);
            }
        }
    }
}
