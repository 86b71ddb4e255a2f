using System.Runtime.CompilerServices;

namespace RnnSweep.Core.LinearAlgebra.Kernels;

/// <summary>The tile of a machine's vectors.</summary>
internal static class Tile<TLanes, TVector, TEnd>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
    where TEnd : struct, ITileEnd
{
    /// <summary>A tile of <see cref="ILanes{TVector}.Rows"/> rows.</summary>
    /// <param name="vectors">Vectors of columns, 1 to 3.</param>
    /// <param name="left">A panel of L: for each of the inner index one value a row.</param>
    /// <param name="right">R from the tile's first column on.</param>
    /// <param name="rightStride">From one of R's rows to the next.</param>
    /// <param name="inner">Columns of L, rows of R.</param>
    /// <param name="target">The product from the tile's first entry on, overwritten.</param>
    /// <param name="targetStride">From one of the product's rows to the next.</param>
    /// <param name="factors">A factor for each row; not read where the end does not scale.</param>
    /// <param name="maxima">The largest magnitude of each column, brought up to date; not touched where the end does not scale.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply(
        int vectors,
        ref double left,
        ref double right,
        nint rightStride,
        nint inner,
        ref double target,
        nint targetStride,
        ref double factors,
        ref double maxima)
    {
        if (TLanes.Rows == 8)
        {
            switch (vectors)
            {
                case 3: Tile8<TLanes, TVector, TEnd>.Three(ref left, ref right, rightStride, inner, ref target, targetStride, ref factors, ref maxima); break;
                case 2: Tile8<TLanes, TVector, TEnd>.Two(ref left, ref right, rightStride, inner, ref target, targetStride, ref factors, ref maxima); break;
                default: Tile8<TLanes, TVector, TEnd>.One(ref left, ref right, rightStride, inner, ref target, targetStride, ref factors, ref maxima); break;
            }
        }
        else
        {
            switch (vectors)
            {
                case 3: Tile4<TLanes, TVector, TEnd>.Three(ref left, ref right, rightStride, inner, ref target, targetStride, ref factors, ref maxima); break;
                case 2: Tile4<TLanes, TVector, TEnd>.Two(ref left, ref right, rightStride, inner, ref target, targetStride, ref factors, ref maxima); break;
                default: Tile4<TLanes, TVector, TEnd>.One(ref left, ref right, rightStride, inner, ref target, targetStride, ref factors, ref maxima); break;
            }
        }
    }
}
