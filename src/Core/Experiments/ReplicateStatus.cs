namespace RnnSweep.Core.Experiments;

/// <summary>Whether all numbers of a replicate are known, or why some are missing. CSV files contain its text.</summary>
public enum ReplicateStatus
{
    /// <summary>Every number is known.</summary>
    Ok,

    /// <summary>The state left the range of a double at the step given; numbers that depend on it are missing from there on.</summary>
    StateOverflow,

    /// <summary>The spectral radius of W₀ is 0, so it cannot be scaled; every number is missing.</summary>
    ZeroRadius,

    /// <summary>The loss gradient, propagated back, is exactly 0 at the step given, so its ratio of norms and omega are undefined.</summary>
    ZeroGradient,

    /// <summary>An eigenvalue or singular value iteration did not converge; every number is missing.</summary>
    NoConvergence,

    /// <summary>
    /// Double precision does not determine every number, as the smallest singular values of a long product; the others are known. Stores do not contain it: it
    /// follows from the numbers (<see cref="Results.ReadingStatus"/>).
    /// </summary>
    Unresolved,
}
