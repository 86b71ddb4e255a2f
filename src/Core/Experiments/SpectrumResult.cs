namespace RnnSweep.Core.Experiments;

/// <summary>All singular values of P_T of one replicate, and what they tell together. A number that is not known is NaN.</summary>
public sealed record SpectrumResult
{
    /// <summary>log10 σ_i, length N, descending; NaN, after all others, where double precision cannot say.</summary>
    public Numbers Log10SingularValues { get; init; }

    /// <summary>
    /// Growth rates of a frame that had settled before x_0, Σ ln R_ii / T, nats per step, length N, by the place in the frame; empty without
    /// <see cref="CellSpec.FrameTransient"/>.
    /// </summary>
    public Numbers FrameExponents { get; init; }

    /// <summary>log10 σ_min.</summary>
    public double Log10MinSingularValue { get; init; } = double.NaN;

    /// <summary>log10 (σ_max / σ_min).</summary>
    public double Log10ConditionNumber { get; init; } = double.NaN;

    /// <summary>The share of exponents above 0.</summary>
    public double UnstableFraction { get; init; } = double.NaN;

    /// <summary>Σ of the exponents above 0, nats per step.</summary>
    public double EntropyRate { get; init; } = double.NaN;

    /// <summary>The dimension of Kaplan and Yorke.</summary>
    public double KaplanYorkeDimension { get; init; } = double.NaN;

    /// <summary>(Σ ln σ_i − ln |det P_T|) / (N·T).</summary>
    public double SumRuleResidual { get; init; } = double.NaN;
}
