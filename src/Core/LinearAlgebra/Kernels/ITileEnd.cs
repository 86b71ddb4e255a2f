namespace RnnSweep.Core.LinearAlgebra.Kernels;

/// <summary>How a tile stores its sums. It is a type argument, so that unused operations are not compiled.</summary>
internal interface ITileEnd
{
    /// <summary>Whether each row is multiplied by its own factor, and the largest magnitude of each column is recorded.</summary>
    static abstract bool Scales { get; }

    /// <summary>Whether the sums are subtracted from the target.</summary>
    static abstract bool Subtracts { get; }
}

/// <summary>Stores the sums unchanged.</summary>
internal readonly struct PlainEnd : ITileEnd
{
    public static bool Scales => false;

    public static bool Subtracts => false;
}

/// <summary>Stores diag(factors)·L·R and the largest magnitude of each column.</summary>
internal readonly struct ScalingEnd : ITileEnd
{
    public static bool Scales => true;

    public static bool Subtracts => false;
}

/// <summary>Subtracts the sums from the target.</summary>
internal readonly struct SubtractingEnd : ITileEnd
{
    public static bool Scales => false;

    public static bool Subtracts => true;
}
