namespace RnnSweep.Core.LinearAlgebra.Kernels;

/// <summary>
/// Operations of a kernel on a machine's vectors of doubles. It is a type argument, so that each kernel is compiled for one vector type and every
/// call below is one instruction.
/// </summary>
/// <typeparam name="TVector">The machine's vector.</typeparam>
internal interface ILanes<TVector>
    where TVector : struct
{
    /// <summary>Number of doubles in a vector.</summary>
    static abstract int Count { get; }

    /// <summary>Number of rows of a tile, 4 or 8: with three vectors per row, the sums of a tile fill all but a few registers.</summary>
    static abstract int Rows { get; }

    /// <summary>Whether <see cref="MultiplyAdd"/> rounds once.</summary>
    static abstract bool FusesAdd { get; }

    static abstract TVector Load(ref double source, nint offset);

    static abstract void Store(TVector value, ref double target, nint offset);

    static abstract TVector Broadcast(double value);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Subtract(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    static abstract TVector Divide(TVector a, TVector b);

    static abstract TVector SquareRoot(TVector a);

    /// <summary>Whether some lane is not between two limits; a NaN is not.</summary>
    static abstract bool AnyOutside(TVector a, double lower, double upper);

    /// <summary>a·b + c, rounded once where the machine can do that.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary>The larger of m and |a| in each lane; m ≥ 0.</summary>
    static abstract TVector LargerMagnitude(TVector m, TVector a);
}
