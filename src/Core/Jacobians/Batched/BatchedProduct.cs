using System.Runtime.CompilerServices;
using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.Jacobians.Batched;

/// <summary>
/// Products of small matrices, one for each lane of a vector register: element (i, j) of all matrices is one vector. Every sum is taken in the order of
/// the inner index, so a lane's result does not depend on the other lanes or on their number.
/// </summary>
/// <typeparam name="TLanes">Operations on the vectors.</typeparam>
/// <typeparam name="TVector">The vector.</typeparam>
internal static class BatchedProduct<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    // Rows of a tile; its columns are as many as its sums fit into the registers.
    private const int TileRows = 4;

    private static int TileColumns => TLanes.Rows == 8 ? 4 : 2;

    /// <summary>target = diag(factors)·left·right, all N × N.</summary>
    /// <param name="left">Left matrices.</param>
    /// <param name="right">Right matrices.</param>
    /// <param name="target">Overwritten; not one of the operands.</param>
    /// <param name="factors">N vectors.</param>
    /// <param name="n">N.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(ref double left, ref double right, ref double target, ref double factors, int n)
    {
        nint lanes = TLanes.Count, row = n * lanes;
        if (n < TileRows)
        {
            Entries(ref left, ref right, ref target, ref factors, n);
            return;
        }

        // The last tiles overlap the ones before, and write the same numbers again.
        for (int start = 0; start < n; start += TileRows)
        {
            nint i = Math.Min(start, n - TileRows);
            for (int begin = 0; begin < n; begin += TileColumns)
            {
                nint column = Math.Min(begin, n - TileColumns) * lanes, place = (i * row) + column;
                if (TLanes.Rows == 8)
                {
                    FourColumns(
                        ref Unsafe.Add(ref left, i * row), row, lanes, ref Unsafe.Add(ref right, column), row, lanes, ref Unsafe.Add(ref target, place), row, lanes, ref Unsafe.Add(ref factors, i * lanes), n);
                }
                else
                {
                    TwoColumns(ref Unsafe.Add(ref left, i * row), ref Unsafe.Add(ref right, column), ref Unsafe.Add(ref target, place), ref Unsafe.Add(ref factors, i * lanes), n);
                }
            }
        }
    }

    /// <summary>y = A x for the matrices A[i, k] at i·<paramref name="outer"/> + k·<paramref name="inner"/> vectors, so that Aᵀ is A with the strides exchanged.</summary>
    /// <param name="a">The matrices, N × N.</param>
    /// <param name="outer">Vectors between A[i, k] and A[i + 1, k].</param>
    /// <param name="inner">Vectors between A[i, k] and A[i, k + 1].</param>
    /// <param name="x">N vectors.</param>
    /// <param name="y">N vectors, overwritten; not x.</param>
    /// <param name="n">N.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyVector(ref double a, int outer, int inner, ref double x, ref double y, int n)
    {
        nint lanes = TLanes.Count, down = outer * lanes, along = inner * lanes;
        const int Sums = 8;
        if (n < Sums)
        {
            for (nint i = 0; i < n; i++)
            {
                TVector sum = default;
                for (nint k = 0; k < n; k++)
                {
                    sum = TLanes.MultiplyAdd(TLanes.Load(ref a, (i * down) + (k * along)), TLanes.Load(ref x, k * lanes), sum);
                }

                TLanes.Store(sum, ref y, i * lanes);
            }

            return;
        }

        for (int start = 0; start < n; start += Sums)
        {
            nint i = Math.Min(start, n - Sums);
            ref double a0 = ref Unsafe.Add(ref a, i * down);
            TVector s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
            for (nint k = 0; k < n; k++)
            {
                TVector v = TLanes.Load(ref x, k * lanes);
                s0 = TLanes.MultiplyAdd(TLanes.Load(ref a0, 0), v, s0);
                s1 = TLanes.MultiplyAdd(TLanes.Load(ref a0, down), v, s1);
                s2 = TLanes.MultiplyAdd(TLanes.Load(ref a0, 2 * down), v, s2);
                s3 = TLanes.MultiplyAdd(TLanes.Load(ref a0, 3 * down), v, s3);
                s4 = TLanes.MultiplyAdd(TLanes.Load(ref a0, 4 * down), v, s4);
                s5 = TLanes.MultiplyAdd(TLanes.Load(ref a0, 5 * down), v, s5);
                s6 = TLanes.MultiplyAdd(TLanes.Load(ref a0, 6 * down), v, s6);
                s7 = TLanes.MultiplyAdd(TLanes.Load(ref a0, 7 * down), v, s7);
                a0 = ref Unsafe.Add(ref a0, along);
            }

            TLanes.Store(s0, ref y, i * lanes);
            TLanes.Store(s1, ref y, (i + 1) * lanes);
            TLanes.Store(s2, ref y, (i + 2) * lanes);
            TLanes.Store(s3, ref y, (i + 3) * lanes);
            TLanes.Store(s4, ref y, (i + 4) * lanes);
            TLanes.Store(s5, ref y, (i + 5) * lanes);
            TLanes.Store(s6, ref y, (i + 6) * lanes);
            TLanes.Store(s7, ref y, (i + 7) * lanes);
        }
    }

    /// <summary>y = diag(factors)·A·x for four vectors x, each as <see cref="MultiplyVector"/> gives it; N ≥ 4.</summary>
    /// <param name="a">As of <see cref="MultiplyVector"/>.</param>
    /// <param name="outer">As of <see cref="MultiplyVector"/>.</param>
    /// <param name="inner">As of <see cref="MultiplyVector"/>.</param>
    /// <param name="x">Four times N vectors, one after the other.</param>
    /// <param name="y">As many, overwritten.</param>
    /// <param name="factors">N vectors.</param>
    /// <param name="n">N.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyFourVectors(ref double a, int outer, int inner, ref double x, ref double y, ref double factors, int n)
    {
        nint lanes = TLanes.Count, length = n * lanes;
        for (int start = 0; start < n; start += TileRows)
        {
            nint i = Math.Min(start, n - TileRows);
            FourColumns(
                ref Unsafe.Add(ref a, i * outer * lanes), outer * lanes, inner * lanes, ref x, lanes, length, ref Unsafe.Add(ref y, i * lanes), lanes, length, ref Unsafe.Add(ref factors, i * lanes), n);
        }
    }

    /// <summary>Σ x_i² of each lane.</summary>
    /// <param name="x">Vectors.</param>
    /// <param name="count">Their number.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static TVector SumSquares(ref double x, int count)
    {
        nint lanes = TLanes.Count, i = 0;
        TVector s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        for (; i + 8 <= count; i += 8)
        {
            TVector x0 = TLanes.Load(ref x, i * lanes), x1 = TLanes.Load(ref x, (i + 1) * lanes);
            TVector x2 = TLanes.Load(ref x, (i + 2) * lanes), x3 = TLanes.Load(ref x, (i + 3) * lanes);
            TVector x4 = TLanes.Load(ref x, (i + 4) * lanes), x5 = TLanes.Load(ref x, (i + 5) * lanes);
            TVector x6 = TLanes.Load(ref x, (i + 6) * lanes), x7 = TLanes.Load(ref x, (i + 7) * lanes);
            s0 = TLanes.MultiplyAdd(x0, x0, s0);
            s1 = TLanes.MultiplyAdd(x1, x1, s1);
            s2 = TLanes.MultiplyAdd(x2, x2, s2);
            s3 = TLanes.MultiplyAdd(x3, x3, s3);
            s4 = TLanes.MultiplyAdd(x4, x4, s4);
            s5 = TLanes.MultiplyAdd(x5, x5, s5);
            s6 = TLanes.MultiplyAdd(x6, x6, s6);
            s7 = TLanes.MultiplyAdd(x7, x7, s7);
        }

        for (; i < count; i++)
        {
            TVector last = TLanes.Load(ref x, i * lanes);
            s0 = TLanes.MultiplyAdd(last, last, s0);
        }

        return TLanes.Add(
            TLanes.Add(TLanes.Add(s0, s1), TLanes.Add(s2, s3)),
            TLanes.Add(TLanes.Add(s4, s5), TLanes.Add(s6, s7)));
    }

    // Four rows and four columns: 16 sums. Strides are in doubles.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourColumns(
        ref double left, nint leftDown, nint leftAlong, ref double right, nint rightDown, nint rightAlong, ref double target, nint targetDown, nint targetAlong, ref double factors, int n)
    {
        nint lanes = TLanes.Count;
        TVector s00 = default, s01 = default, s02 = default, s03 = default;
        TVector s10 = default, s11 = default, s12 = default, s13 = default;
        TVector s20 = default, s21 = default, s22 = default, s23 = default;
        TVector s30 = default, s31 = default, s32 = default, s33 = default;
        ref double left2 = ref Unsafe.Add(ref left, 2 * leftDown);
        ref double right2 = ref Unsafe.Add(ref right, 2 * rightAlong);
        for (nint k = 0; k < n; k++)
        {
            TVector r0 = TLanes.Load(ref right, 0), r1 = TLanes.Load(ref right, rightAlong);
            TVector r2 = TLanes.Load(ref right2, 0), r3 = TLanes.Load(ref right2, rightAlong);
            TVector l0 = TLanes.Load(ref left, 0);
            s00 = TLanes.MultiplyAdd(l0, r0, s00);
            s01 = TLanes.MultiplyAdd(l0, r1, s01);
            s02 = TLanes.MultiplyAdd(l0, r2, s02);
            s03 = TLanes.MultiplyAdd(l0, r3, s03);
            TVector l1 = TLanes.Load(ref left, leftDown);
            s10 = TLanes.MultiplyAdd(l1, r0, s10);
            s11 = TLanes.MultiplyAdd(l1, r1, s11);
            s12 = TLanes.MultiplyAdd(l1, r2, s12);
            s13 = TLanes.MultiplyAdd(l1, r3, s13);
            TVector l2 = TLanes.Load(ref left2, 0);
            s20 = TLanes.MultiplyAdd(l2, r0, s20);
            s21 = TLanes.MultiplyAdd(l2, r1, s21);
            s22 = TLanes.MultiplyAdd(l2, r2, s22);
            s23 = TLanes.MultiplyAdd(l2, r3, s23);
            TVector l3 = TLanes.Load(ref left2, leftDown);
            s30 = TLanes.MultiplyAdd(l3, r0, s30);
            s31 = TLanes.MultiplyAdd(l3, r1, s31);
            s32 = TLanes.MultiplyAdd(l3, r2, s32);
            s33 = TLanes.MultiplyAdd(l3, r3, s33);
            left = ref Unsafe.Add(ref left, leftAlong);
            left2 = ref Unsafe.Add(ref left2, leftAlong);
            right = ref Unsafe.Add(ref right, rightDown);
            right2 = ref Unsafe.Add(ref right2, rightDown);
        }

        PutRow(s00, s01, s02, s03, ref factors, 0, ref Unsafe.Add(ref target, 0), targetAlong);
        PutRow(s10, s11, s12, s13, ref factors, lanes, ref Unsafe.Add(ref target, targetDown), targetAlong);
        PutRow(s20, s21, s22, s23, ref factors, 2 * lanes, ref Unsafe.Add(ref target, 2 * targetDown), targetAlong);
        PutRow(s30, s31, s32, s33, ref factors, 3 * lanes, ref Unsafe.Add(ref target, 3 * targetDown), targetAlong);
    }

    // Stores four sums of a row times the row's factor.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutRow(TVector s0, TVector s1, TVector s2, TVector s3, ref double factors, nint place, ref double target, nint along)
    {
        TVector factor = TLanes.Load(ref factors, place);
        TLanes.Store(TLanes.Multiply(s0, factor), ref target, 0);
        TLanes.Store(TLanes.Multiply(s1, factor), ref target, along);
        TLanes.Store(TLanes.Multiply(s2, factor), ref target, 2 * along);
        TLanes.Store(TLanes.Multiply(s3, factor), ref target, 3 * along);
    }

    // Four rows and two columns: 8 sums, for machines with 16 registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoColumns(ref double left, ref double right, ref double target, ref double factors, int n)
    {
        nint lanes = TLanes.Count, row = n * lanes;
        TVector s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default, s30 = default, s31 = default;
        ref double left2 = ref Unsafe.Add(ref left, 2 * row);
        for (nint k = 0; k < n; k++)
        {
            TVector r0 = TLanes.Load(ref right, 0), r1 = TLanes.Load(ref right, lanes);
            TVector l0 = TLanes.Load(ref left, 0), l1 = TLanes.Load(ref left, row);
            s00 = TLanes.MultiplyAdd(l0, r0, s00);
            s01 = TLanes.MultiplyAdd(l0, r1, s01);
            s10 = TLanes.MultiplyAdd(l1, r0, s10);
            s11 = TLanes.MultiplyAdd(l1, r1, s11);
            TVector l2 = TLanes.Load(ref left2, 0), l3 = TLanes.Load(ref left2, row);
            s20 = TLanes.MultiplyAdd(l2, r0, s20);
            s21 = TLanes.MultiplyAdd(l2, r1, s21);
            s30 = TLanes.MultiplyAdd(l3, r0, s30);
            s31 = TLanes.MultiplyAdd(l3, r1, s31);
            left = ref Unsafe.Add(ref left, lanes);
            left2 = ref Unsafe.Add(ref left2, lanes);
            right = ref Unsafe.Add(ref right, row);
        }

        TVector factor = TLanes.Load(ref factors, 0);
        TLanes.Store(TLanes.Multiply(s00, factor), ref target, 0);
        TLanes.Store(TLanes.Multiply(s01, factor), ref target, lanes);
        factor = TLanes.Load(ref factors, lanes);
        TLanes.Store(TLanes.Multiply(s10, factor), ref target, row);
        TLanes.Store(TLanes.Multiply(s11, factor), ref target, row + lanes);
        factor = TLanes.Load(ref factors, 2 * lanes);
        TLanes.Store(TLanes.Multiply(s20, factor), ref target, 2 * row);
        TLanes.Store(TLanes.Multiply(s21, factor), ref target, (2 * row) + lanes);
        factor = TLanes.Load(ref factors, 3 * lanes);
        TLanes.Store(TLanes.Multiply(s30, factor), ref target, 3 * row);
        TLanes.Store(TLanes.Multiply(s31, factor), ref target, (3 * row) + lanes);
    }

    private static void Entries(ref double left, ref double right, ref double target, ref double factors, int n)
    {
        nint lanes = TLanes.Count, row = n * lanes;
        for (nint i = 0; i < n; i++)
        {
            for (nint j = 0; j < n; j++)
            {
                TVector sum = default;
                for (nint k = 0; k < n; k++)
                {
                    sum = TLanes.MultiplyAdd(TLanes.Load(ref left, (i * row) + (k * lanes)), TLanes.Load(ref right, (k * row) + (j * lanes)), sum);
                }

                TLanes.Store(TLanes.Multiply(sum, TLanes.Load(ref factors, i * lanes)), ref target, (i * row) + (j * lanes));
            }
        }
    }
}
