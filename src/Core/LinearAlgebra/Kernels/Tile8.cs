using System.Runtime.CompilerServices;

namespace RnnSweep.Core.LinearAlgebra.Kernels;

// Generated, and compared with what generates it, by tests/Core.Tests/LinearAlgebra/TileSourceTests.cs.

/// <summary>
/// A tile of 8 rows and one to three vectors of columns of a product L·R, its sums held in registers while L's panel and R's rows stream by.
/// Each sum is taken in the order of the inner index, so an entry does not depend on the tile it falls in.
/// </summary>
internal static class Tile8<TLanes, TVector, TEnd>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
    where TEnd : struct, ITileEnd
{
    /// <summary>8 rows and three vectors of columns; the parameters are those of <see cref="Tile{TLanes,TVector,TEnd}"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Three(ref double left, ref double right, nint rightStride, nint inner, ref double target, nint targetStride, ref double factors, ref double maxima)
    {
        TVector s00 = default, s01 = default, s02 = default;
        TVector s10 = default, s11 = default, s12 = default;
        TVector s20 = default, s21 = default, s22 = default;
        TVector s30 = default, s31 = default, s32 = default;
        TVector s40 = default, s41 = default, s42 = default;
        TVector s50 = default, s51 = default, s52 = default;
        TVector s60 = default, s61 = default, s62 = default;
        TVector s70 = default, s71 = default, s72 = default;
        for (nint k = 0; k < inner; k++)
        {
            TVector r0 = TLanes.Load(ref right, 0);
            TVector r1 = TLanes.Load(ref right, TLanes.Count);
            TVector r2 = TLanes.Load(ref right, 2 * TLanes.Count);
            TVector l0 = TLanes.Broadcast(Unsafe.Add(ref left, 0));
            s00 = TLanes.MultiplyAdd(l0, r0, s00);
            s01 = TLanes.MultiplyAdd(l0, r1, s01);
            s02 = TLanes.MultiplyAdd(l0, r2, s02);
            TVector l1 = TLanes.Broadcast(Unsafe.Add(ref left, 1));
            s10 = TLanes.MultiplyAdd(l1, r0, s10);
            s11 = TLanes.MultiplyAdd(l1, r1, s11);
            s12 = TLanes.MultiplyAdd(l1, r2, s12);
            TVector l2 = TLanes.Broadcast(Unsafe.Add(ref left, 2));
            s20 = TLanes.MultiplyAdd(l2, r0, s20);
            s21 = TLanes.MultiplyAdd(l2, r1, s21);
            s22 = TLanes.MultiplyAdd(l2, r2, s22);
            TVector l3 = TLanes.Broadcast(Unsafe.Add(ref left, 3));
            s30 = TLanes.MultiplyAdd(l3, r0, s30);
            s31 = TLanes.MultiplyAdd(l3, r1, s31);
            s32 = TLanes.MultiplyAdd(l3, r2, s32);
            TVector l4 = TLanes.Broadcast(Unsafe.Add(ref left, 4));
            s40 = TLanes.MultiplyAdd(l4, r0, s40);
            s41 = TLanes.MultiplyAdd(l4, r1, s41);
            s42 = TLanes.MultiplyAdd(l4, r2, s42);
            TVector l5 = TLanes.Broadcast(Unsafe.Add(ref left, 5));
            s50 = TLanes.MultiplyAdd(l5, r0, s50);
            s51 = TLanes.MultiplyAdd(l5, r1, s51);
            s52 = TLanes.MultiplyAdd(l5, r2, s52);
            TVector l6 = TLanes.Broadcast(Unsafe.Add(ref left, 6));
            s60 = TLanes.MultiplyAdd(l6, r0, s60);
            s61 = TLanes.MultiplyAdd(l6, r1, s61);
            s62 = TLanes.MultiplyAdd(l6, r2, s62);
            TVector l7 = TLanes.Broadcast(Unsafe.Add(ref left, 7));
            s70 = TLanes.MultiplyAdd(l7, r0, s70);
            s71 = TLanes.MultiplyAdd(l7, r1, s71);
            s72 = TLanes.MultiplyAdd(l7, r2, s72);
            left = ref Unsafe.Add(ref left, 8);
            right = ref Unsafe.Add(ref right, rightStride);
        }

        TVector m0 = TileEnd<TLanes, TVector, TEnd>.Maxima(ref maxima, 0), m1 = TileEnd<TLanes, TVector, TEnd>.Maxima(ref maxima, TLanes.Count), m2 = TileEnd<TLanes, TVector, TEnd>.Maxima(ref maxima, 2 * TLanes.Count);
        TVector factor;
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 0);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s00, factor, m0, ref target, 0);
        m1 = TileEnd<TLanes, TVector, TEnd>.Put(s01, factor, m1, ref target, TLanes.Count);
        m2 = TileEnd<TLanes, TVector, TEnd>.Put(s02, factor, m2, ref target, 2 * TLanes.Count);
        target = ref Unsafe.Add(ref target, targetStride);
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 1);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s10, factor, m0, ref target, 0);
        m1 = TileEnd<TLanes, TVector, TEnd>.Put(s11, factor, m1, ref target, TLanes.Count);
        m2 = TileEnd<TLanes, TVector, TEnd>.Put(s12, factor, m2, ref target, 2 * TLanes.Count);
        target = ref Unsafe.Add(ref target, targetStride);
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 2);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s20, factor, m0, ref target, 0);
        m1 = TileEnd<TLanes, TVector, TEnd>.Put(s21, factor, m1, ref target, TLanes.Count);
        m2 = TileEnd<TLanes, TVector, TEnd>.Put(s22, factor, m2, ref target, 2 * TLanes.Count);
        target = ref Unsafe.Add(ref target, targetStride);
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 3);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s30, factor, m0, ref target, 0);
        m1 = TileEnd<TLanes, TVector, TEnd>.Put(s31, factor, m1, ref target, TLanes.Count);
        m2 = TileEnd<TLanes, TVector, TEnd>.Put(s32, factor, m2, ref target, 2 * TLanes.Count);
        target = ref Unsafe.Add(ref target, targetStride);
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 4);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s40, factor, m0, ref target, 0);
        m1 = TileEnd<TLanes, TVector, TEnd>.Put(s41, factor, m1, ref target, TLanes.Count);
        m2 = TileEnd<TLanes, TVector, TEnd>.Put(s42, factor, m2, ref target, 2 * TLanes.Count);
        target = ref Unsafe.Add(ref target, targetStride);
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 5);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s50, factor, m0, ref target, 0);
        m1 = TileEnd<TLanes, TVector, TEnd>.Put(s51, factor, m1, ref target, TLanes.Count);
        m2 = TileEnd<TLanes, TVector, TEnd>.Put(s52, factor, m2, ref target, 2 * TLanes.Count);
        target = ref Unsafe.Add(ref target, targetStride);
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 6);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s60, factor, m0, ref target, 0);
        m1 = TileEnd<TLanes, TVector, TEnd>.Put(s61, factor, m1, ref target, TLanes.Count);
        m2 = TileEnd<TLanes, TVector, TEnd>.Put(s62, factor, m2, ref target, 2 * TLanes.Count);
        target = ref Unsafe.Add(ref target, targetStride);
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 7);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s70, factor, m0, ref target, 0);
        m1 = TileEnd<TLanes, TVector, TEnd>.Put(s71, factor, m1, ref target, TLanes.Count);
        m2 = TileEnd<TLanes, TVector, TEnd>.Put(s72, factor, m2, ref target, 2 * TLanes.Count);
        TileEnd<TLanes, TVector, TEnd>.Note(m0, ref maxima, 0);
        TileEnd<TLanes, TVector, TEnd>.Note(m1, ref maxima, TLanes.Count);
        TileEnd<TLanes, TVector, TEnd>.Note(m2, ref maxima, 2 * TLanes.Count);
    }

    /// <summary>8 rows and two vectors of columns; the parameters are those of <see cref="Tile{TLanes,TVector,TEnd}"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Two(ref double left, ref double right, nint rightStride, nint inner, ref double target, nint targetStride, ref double factors, ref double maxima)
    {
        TVector s00 = default, s01 = default;
        TVector s10 = default, s11 = default;
        TVector s20 = default, s21 = default;
        TVector s30 = default, s31 = default;
        TVector s40 = default, s41 = default;
        TVector s50 = default, s51 = default;
        TVector s60 = default, s61 = default;
        TVector s70 = default, s71 = default;
        for (nint k = 0; k < inner; k++)
        {
            TVector r0 = TLanes.Load(ref right, 0);
            TVector r1 = TLanes.Load(ref right, TLanes.Count);
            TVector l0 = TLanes.Broadcast(Unsafe.Add(ref left, 0));
            s00 = TLanes.MultiplyAdd(l0, r0, s00);
            s01 = TLanes.MultiplyAdd(l0, r1, s01);
            TVector l1 = TLanes.Broadcast(Unsafe.Add(ref left, 1));
            s10 = TLanes.MultiplyAdd(l1, r0, s10);
            s11 = TLanes.MultiplyAdd(l1, r1, s11);
            TVector l2 = TLanes.Broadcast(Unsafe.Add(ref left, 2));
            s20 = TLanes.MultiplyAdd(l2, r0, s20);
            s21 = TLanes.MultiplyAdd(l2, r1, s21);
            TVector l3 = TLanes.Broadcast(Unsafe.Add(ref left, 3));
            s30 = TLanes.MultiplyAdd(l3, r0, s30);
            s31 = TLanes.MultiplyAdd(l3, r1, s31);
            TVector l4 = TLanes.Broadcast(Unsafe.Add(ref left, 4));
            s40 = TLanes.MultiplyAdd(l4, r0, s40);
            s41 = TLanes.MultiplyAdd(l4, r1, s41);
            TVector l5 = TLanes.Broadcast(Unsafe.Add(ref left, 5));
            s50 = TLanes.MultiplyAdd(l5, r0, s50);
            s51 = TLanes.MultiplyAdd(l5, r1, s51);
            TVector l6 = TLanes.Broadcast(Unsafe.Add(ref left, 6));
            s60 = TLanes.MultiplyAdd(l6, r0, s60);
            s61 = TLanes.MultiplyAdd(l6, r1, s61);
            TVector l7 = TLanes.Broadcast(Unsafe.Add(ref left, 7));
            s70 = TLanes.MultiplyAdd(l7, r0, s70);
            s71 = TLanes.MultiplyAdd(l7, r1, s71);
            left = ref Unsafe.Add(ref left, 8);
            right = ref Unsafe.Add(ref right, rightStride);
        }

        TVector m0 = TileEnd<TLanes, TVector, TEnd>.Maxima(ref maxima, 0), m1 = TileEnd<TLanes, TVector, TEnd>.Maxima(ref maxima, TLanes.Count);
        TVector factor;
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 0);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s00, factor, m0, ref target, 0);
        m1 = TileEnd<TLanes, TVector, TEnd>.Put(s01, factor, m1, ref target, TLanes.Count);
        target = ref Unsafe.Add(ref target, targetStride);
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 1);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s10, factor, m0, ref target, 0);
        m1 = TileEnd<TLanes, TVector, TEnd>.Put(s11, factor, m1, ref target, TLanes.Count);
        target = ref Unsafe.Add(ref target, targetStride);
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 2);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s20, factor, m0, ref target, 0);
        m1 = TileEnd<TLanes, TVector, TEnd>.Put(s21, factor, m1, ref target, TLanes.Count);
        target = ref Unsafe.Add(ref target, targetStride);
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 3);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s30, factor, m0, ref target, 0);
        m1 = TileEnd<TLanes, TVector, TEnd>.Put(s31, factor, m1, ref target, TLanes.Count);
        target = ref Unsafe.Add(ref target, targetStride);
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 4);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s40, factor, m0, ref target, 0);
        m1 = TileEnd<TLanes, TVector, TEnd>.Put(s41, factor, m1, ref target, TLanes.Count);
        target = ref Unsafe.Add(ref target, targetStride);
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 5);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s50, factor, m0, ref target, 0);
        m1 = TileEnd<TLanes, TVector, TEnd>.Put(s51, factor, m1, ref target, TLanes.Count);
        target = ref Unsafe.Add(ref target, targetStride);
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 6);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s60, factor, m0, ref target, 0);
        m1 = TileEnd<TLanes, TVector, TEnd>.Put(s61, factor, m1, ref target, TLanes.Count);
        target = ref Unsafe.Add(ref target, targetStride);
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 7);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s70, factor, m0, ref target, 0);
        m1 = TileEnd<TLanes, TVector, TEnd>.Put(s71, factor, m1, ref target, TLanes.Count);
        TileEnd<TLanes, TVector, TEnd>.Note(m0, ref maxima, 0);
        TileEnd<TLanes, TVector, TEnd>.Note(m1, ref maxima, TLanes.Count);
    }

    /// <summary>8 rows and one vector of columns; the parameters are those of <see cref="Tile{TLanes,TVector,TEnd}"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void One(ref double left, ref double right, nint rightStride, nint inner, ref double target, nint targetStride, ref double factors, ref double maxima)
    {
        TVector s00 = default;
        TVector s10 = default;
        TVector s20 = default;
        TVector s30 = default;
        TVector s40 = default;
        TVector s50 = default;
        TVector s60 = default;
        TVector s70 = default;
        for (nint k = 0; k < inner; k++)
        {
            TVector r0 = TLanes.Load(ref right, 0);
            TVector l0 = TLanes.Broadcast(Unsafe.Add(ref left, 0));
            s00 = TLanes.MultiplyAdd(l0, r0, s00);
            TVector l1 = TLanes.Broadcast(Unsafe.Add(ref left, 1));
            s10 = TLanes.MultiplyAdd(l1, r0, s10);
            TVector l2 = TLanes.Broadcast(Unsafe.Add(ref left, 2));
            s20 = TLanes.MultiplyAdd(l2, r0, s20);
            TVector l3 = TLanes.Broadcast(Unsafe.Add(ref left, 3));
            s30 = TLanes.MultiplyAdd(l3, r0, s30);
            TVector l4 = TLanes.Broadcast(Unsafe.Add(ref left, 4));
            s40 = TLanes.MultiplyAdd(l4, r0, s40);
            TVector l5 = TLanes.Broadcast(Unsafe.Add(ref left, 5));
            s50 = TLanes.MultiplyAdd(l5, r0, s50);
            TVector l6 = TLanes.Broadcast(Unsafe.Add(ref left, 6));
            s60 = TLanes.MultiplyAdd(l6, r0, s60);
            TVector l7 = TLanes.Broadcast(Unsafe.Add(ref left, 7));
            s70 = TLanes.MultiplyAdd(l7, r0, s70);
            left = ref Unsafe.Add(ref left, 8);
            right = ref Unsafe.Add(ref right, rightStride);
        }

        TVector m0 = TileEnd<TLanes, TVector, TEnd>.Maxima(ref maxima, 0);
        TVector factor;
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 0);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s00, factor, m0, ref target, 0);
        target = ref Unsafe.Add(ref target, targetStride);
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 1);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s10, factor, m0, ref target, 0);
        target = ref Unsafe.Add(ref target, targetStride);
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 2);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s20, factor, m0, ref target, 0);
        target = ref Unsafe.Add(ref target, targetStride);
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 3);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s30, factor, m0, ref target, 0);
        target = ref Unsafe.Add(ref target, targetStride);
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 4);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s40, factor, m0, ref target, 0);
        target = ref Unsafe.Add(ref target, targetStride);
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 5);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s50, factor, m0, ref target, 0);
        target = ref Unsafe.Add(ref target, targetStride);
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 6);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s60, factor, m0, ref target, 0);
        target = ref Unsafe.Add(ref target, targetStride);
        factor = TileEnd<TLanes, TVector, TEnd>.Factor(ref factors, 7);
        m0 = TileEnd<TLanes, TVector, TEnd>.Put(s70, factor, m0, ref target, 0);
        TileEnd<TLanes, TVector, TEnd>.Note(m0, ref maxima, 0);
    }
}
