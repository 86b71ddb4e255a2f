using System.Runtime.CompilerServices;

namespace RnnSweep.Core.LinearAlgebra.Kernels;

/// <summary>
/// y = Aᵀ·x for a row-by-row matrix: some vectors of y stay in registers while the rows of A are read. Each sum is taken in the order of the rows.
/// </summary>
internal static class VectorTile<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>Computes the components of y from a column on that fill whole vectors; returns the first remaining column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nint Multiply(ref double a, nint stride, ref double x, nint rows, ref double y, nint column, nint columns)
    {
        for (; column + (8 * TLanes.Count) <= columns; column += 8 * TLanes.Count)
        {
            TVector s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
            ref double row = ref Unsafe.Add(ref a, column);
            for (nint i = 0; i < rows; i++)
            {
                TVector factor = TLanes.Broadcast(Unsafe.Add(ref x, i));
                s0 = TLanes.MultiplyAdd(factor, TLanes.Load(ref row, 0), s0);
                s1 = TLanes.MultiplyAdd(factor, TLanes.Load(ref row, TLanes.Count), s1);
                s2 = TLanes.MultiplyAdd(factor, TLanes.Load(ref row, 2 * TLanes.Count), s2);
                s3 = TLanes.MultiplyAdd(factor, TLanes.Load(ref row, 3 * TLanes.Count), s3);
                s4 = TLanes.MultiplyAdd(factor, TLanes.Load(ref row, 4 * TLanes.Count), s4);
                s5 = TLanes.MultiplyAdd(factor, TLanes.Load(ref row, 5 * TLanes.Count), s5);
                s6 = TLanes.MultiplyAdd(factor, TLanes.Load(ref row, 6 * TLanes.Count), s6);
                s7 = TLanes.MultiplyAdd(factor, TLanes.Load(ref row, 7 * TLanes.Count), s7);
                row = ref Unsafe.Add(ref row, stride);
            }

            TLanes.Store(s0, ref y, column);
            TLanes.Store(s1, ref y, column + TLanes.Count);
            TLanes.Store(s2, ref y, column + (2 * TLanes.Count));
            TLanes.Store(s3, ref y, column + (3 * TLanes.Count));
            TLanes.Store(s4, ref y, column + (4 * TLanes.Count));
            TLanes.Store(s5, ref y, column + (5 * TLanes.Count));
            TLanes.Store(s6, ref y, column + (6 * TLanes.Count));
            TLanes.Store(s7, ref y, column + (7 * TLanes.Count));
        }

        if (column + (4 * TLanes.Count) <= columns)
        {
            TVector s0 = default, s1 = default, s2 = default, s3 = default;
            ref double row = ref Unsafe.Add(ref a, column);
            for (nint i = 0; i < rows; i++)
            {
                TVector factor = TLanes.Broadcast(Unsafe.Add(ref x, i));
                s0 = TLanes.MultiplyAdd(factor, TLanes.Load(ref row, 0), s0);
                s1 = TLanes.MultiplyAdd(factor, TLanes.Load(ref row, TLanes.Count), s1);
                s2 = TLanes.MultiplyAdd(factor, TLanes.Load(ref row, 2 * TLanes.Count), s2);
                s3 = TLanes.MultiplyAdd(factor, TLanes.Load(ref row, 3 * TLanes.Count), s3);
                row = ref Unsafe.Add(ref row, stride);
            }

            TLanes.Store(s0, ref y, column);
            TLanes.Store(s1, ref y, column + TLanes.Count);
            TLanes.Store(s2, ref y, column + (2 * TLanes.Count));
            TLanes.Store(s3, ref y, column + (3 * TLanes.Count));
            column += 4 * TLanes.Count;
        }

        if (column + (2 * TLanes.Count) <= columns)
        {
            TVector s0 = default, s1 = default;
            ref double row = ref Unsafe.Add(ref a, column);
            for (nint i = 0; i < rows; i++)
            {
                TVector factor = TLanes.Broadcast(Unsafe.Add(ref x, i));
                s0 = TLanes.MultiplyAdd(factor, TLanes.Load(ref row, 0), s0);
                s1 = TLanes.MultiplyAdd(factor, TLanes.Load(ref row, TLanes.Count), s1);
                row = ref Unsafe.Add(ref row, stride);
            }

            TLanes.Store(s0, ref y, column);
            TLanes.Store(s1, ref y, column + TLanes.Count);
            column += 2 * TLanes.Count;
        }

        if (column + (1 * TLanes.Count) <= columns)
        {
            TVector s0 = default;
            ref double row = ref Unsafe.Add(ref a, column);
            for (nint i = 0; i < rows; i++)
            {
                TVector factor = TLanes.Broadcast(Unsafe.Add(ref x, i));
                s0 = TLanes.MultiplyAdd(factor, TLanes.Load(ref row, 0), s0);
                row = ref Unsafe.Add(ref row, stride);
            }

            TLanes.Store(s0, ref y, column);
            column += TLanes.Count;
        }

        return column;
    }
}
