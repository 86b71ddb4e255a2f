namespace RnnSweep.Core.LinearAlgebra.Kernels;

/// <summary>How a tile stores its sums. It is a type argument, so that unused operations are not compiled.</summary>
internal interface ITileEnd
{
    /// <summary>Whether each row is multiplied by its own factor, and the largest magnitude of each column is recorded.</summary>
    static abstract bool Scales { get; }
}

/// <summary>Stores the sums unchanged.</summary>
internal readonly struct PlainEnd : ITileEnd
{
    public static bool Scales => false;
}

/// <summary>Stores diag(factors)·L·R and the largest magnitude of each column.</summary>
internal readonly struct ScalingEnd : ITileEnd
{
    public static bool Scales => true;
}
