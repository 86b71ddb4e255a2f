using System.Runtime.CompilerServices;

namespace RnnSweep.Core.LinearAlgebra.Kernels;

/// <summary>Stores the sums of a tile.</summary>
internal static class TileEnd<TLanes, TVector, TEnd>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
    where TEnd : struct, ITileEnd
{
    /// <summary>A row's factor in all lanes; −1 where the sums are subtracted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Factor(ref double factors, nint row) =>
        TEnd.Scales ? TLanes.Broadcast(Unsafe.Add(ref factors, row)) : TEnd.Subtracts ? TLanes.Broadcast(-1) : default;

    /// <summary>The largest magnitudes of some columns so far.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Maxima(ref double maxima, nint offset) => TEnd.Scales ? TLanes.Load(ref maxima, offset) : default;

    /// <summary>Stores some sums of a row; returns the updated largest magnitudes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Put(TVector sum, TVector factor, TVector maxima, ref double target, nint offset)
    {
        if (TEnd.Subtracts)
        {
            TLanes.Store(TLanes.MultiplyAdd(sum, factor, TLanes.Load(ref target, offset)), ref target, offset);
            return maxima;
        }

        if (!TEnd.Scales)
        {
            TLanes.Store(sum, ref target, offset);
            return maxima;
        }

        TVector scaled = TLanes.Multiply(sum, factor);
        TLanes.Store(scaled, ref target, offset);
        return TLanes.LargerMagnitude(maxima, scaled);
    }

    /// <summary>Stores the largest magnitudes of some columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Note(TVector value, ref double maxima, nint offset)
    {
        if (TEnd.Scales)
        {
            TLanes.Store(value, ref maxima, offset);
        }
    }
}
