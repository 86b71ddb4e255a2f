namespace RnnSweep.Core.LinearAlgebra.Kernels;

/// <summary>What becomes of a tile's sums: a type argument, so that what is not wanted is not compiled.</summary>
internal interface ITileEnd
{
    /// <summary>Whether each row is multiplied by a factor of its own, and the largest magnitude of each column noted.</summary>
    static abstract bool Scales { get; }
}

/// <summary>The sums are stored as they are.</summary>
internal readonly struct PlainEnd : ITileEnd
{
    public static bool Scales => false;
}

/// <summary>diag(factors)·L·R, with the largest magnitude of each column.</summary>
internal readonly struct ScalingEnd : ITileEnd
{
    public static bool Scales => true;
}
