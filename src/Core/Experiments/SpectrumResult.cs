namespace RnnSweep.Core.Experiments;

/// <summary>All singular values of P_T of one replicate. A number that is not known is NaN.</summary>
public sealed record SpectrumResult
{
    /// <summary>log10 σ_i, length N, descending; NaN for the smallest non-zero values, which double precision cannot resolve.</summary>
    public Numbers Log10SingularValues { get; init; }

    /// <summary>
    /// Growth rates Σ ln R_ii / T of a frame that had converged before x_0, nats per step, length N, in the frame's column order; empty without
    /// <see cref="CellSpec.FrameTransient"/>.
    /// </summary>
    public Numbers FrameExponents { get; init; }
}
