using System.Runtime.CompilerServices;

namespace RnnSweep.Core.LinearAlgebra.Kernels;

/// <summary>Selects the tile for a machine's vectors.</summary>
internal static class Tile<TLanes, TVector, TEnd>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
    where TEnd : struct, ITileEnd
{
    /// <summary>Computes a tile of <see cref="ILanes{TVector}.Rows"/> rows.</summary>
    /// <param name="vectors">Vectors of columns, 1 to 3.</param>
    /// <param name="left">A panel of L: one value per row for each inner index.</param>
    /// <param name="right">R from the tile's first column on.</param>
    /// <param name="rightStride">Distance between R's rows.</param>
    /// <param name="inner">Columns of L, rows of R.</param>
    /// <param name="target">The product from the tile's first entry on, overwritten.</param>
    /// <param name="targetStride">Distance between the product's rows.</param>
    /// <param name="factors">A factor per row; not read where the end does not scale.</param>
    /// <param name="maxima">The largest magnitude of each column, updated; not used where the end does not scale.</param>
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
