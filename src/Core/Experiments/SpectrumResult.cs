namespace RnnSweep.Core.Experiments;

/// <summary>All singular values of P_T of one replicate. A number that is not known is NaN.</summary>
public sealed record SpectrumResult
{
    /// <summary>log10 σ_i, length N, descending; NaN where double precision cannot say: the smallest of those that are not exactly 0.</summary>
    public Numbers Log10SingularValues { get; init; }

    /// <summary>
    /// Growth rates of a frame that had settled before x_0, Σ ln R_ii / T, nats per step, length N, by the place in the frame; empty without
    /// <see cref="CellSpec.FrameTransient"/>.
    /// </summary>
    public Numbers FrameExponents { get; init; }
}
