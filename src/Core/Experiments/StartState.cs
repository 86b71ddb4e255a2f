using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Experiments;

/// <summary>The state of a replicate before its transient.</summary>
internal static class StartState
{
    /// <summary>The given state, or a drawn one; 0 for given Jacobians, whose state counts their steps.</summary>
    public static double[] Of(CellSpec spec, int replicate, IMatrixSource matrices) => spec.JacobiansDigest is not null ? new double[spec.StateSize]
        : spec.InitialStateDigest is { } digest
        ? InitialState.Of(matrices.Find(digest), spec.RunningStateSize, spec.InitialScale, spec.Seed, replicate)
        : InitialState.Draw(spec.RunningStateSize, spec.InitialState, spec.InitialScale, spec.Seed, replicate);
}
