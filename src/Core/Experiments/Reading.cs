namespace RnnSweep.Core.Experiments;

/// <summary>
/// The numbers of one trajectory at one sequence length T. A missing number is NaN, and <see cref="Status"/> gives the reason. The logarithm of an
/// exact 0 is −∞. Logarithms are of base 10 unless their name says otherwise.
/// </summary>
public sealed record Reading
{
    /// <summary>Index of the replicate, from 0.</summary>
    public int Replicate { get; init; }

    /// <summary>log10 σ_max(P_T).</summary>
    public double Log10SpectralNorm { get; init; } = double.NaN;

    /// <summary>log10 ‖P_T‖_F.</summary>
    public double Log10FrobeniusNorm { get; init; } = double.NaN;

    /// <summary>log10 ‖P_Tᵀ g‖₂ for the unit-length loss gradient g.</summary>
    public double Log10GradientNorm { get; init; } = double.NaN;

    /// <summary>log10 |det P_T| = T log10 |det W| + Σ log10 φ'; with a leak, Σ_t log10 |det J_t|.</summary>
    public double Log10AbsDeterminant { get; init; } = double.NaN;

    /// <summary>ln σ_max(P_T) / T, nats per step.</summary>
    public double LyapunovMax { get; init; } = double.NaN;

    /// <summary>ln |det P_T| / (N T), nats per step.</summary>
    public double LyapunovMean { get; init; } = double.NaN;

    /// <summary>
    /// The least-squares slope of ln ‖P_t‖_F over t from T/2 to T, nats per step. It avoids the bias of ln ‖P_T‖ / T; see
    /// <see cref="Jacobians.ProductGrowth"/>.
    /// </summary>
    public double LyapunovMaxSlope { get; init; } = double.NaN;

    /// <summary>The standard error of the growth rate within the trajectory, by batch means over the same steps, nats per step.</summary>
    public double LyapunovMaxWithinSem { get; init; } = double.NaN;

    /// <summary>
    /// Whether the growth rates of the third and the last quarter of the sequence agree within their errors; null where it cannot be determined.
    /// </summary>
    public bool? Converged { get; init; }

    /// <summary>T log10(γ ‖W‖₂), γ = sup |φ'| (Pascanu, Mikolov &amp; Bengio 2013, § 2.1); with a leak a, T log10(1 − a + a γ ‖W‖₂).</summary>
    public double Log10PascanuBound { get; init; } = double.NaN;

    /// <summary>Σ_t log10(‖W‖₂ max_i |φ'|) (CS224d lecture 8, step by step); with a leak a, Σ_t log10(1 − a + a ‖W‖₂ max_i |φ'|).</summary>
    public double Log10PathBound { get; init; } = double.NaN;

    /// <summary>Mean of φ' over hidden state and steps.</summary>
    public double MeanSlope { get; init; } = double.NaN;

    /// <summary>Mean of ln φ' over hidden state and steps.</summary>
    public double MeanLogSlope { get; init; } = double.NaN;

    /// <summary>Mean over t of (‖J_tᵀ g_t‖ / ‖g_t‖ − 1)² (Pascanu, Mikolov &amp; Bengio 2013, eq. 9).</summary>
    public double Omega { get; init; } = double.NaN;

    /// <summary>‖W‖₂ of the scaled recurrent weights.</summary>
    public double WeightsSpectralNorm { get; init; } = double.NaN;

    /// <summary>With the spectrum: log10 σ_min.</summary>
    public double Log10MinSingularValue { get; init; } = double.NaN;

    /// <summary>With the spectrum: log10 (σ_max / σ_min); +∞ where σ_min alone is 0.</summary>
    public double Log10ConditionNumber { get; init; } = double.NaN;

    /// <summary>With the spectrum or leading exponents: the share of exponents above 0.</summary>
    public double UnstableFraction { get; init; } = double.NaN;

    /// <summary>With the spectrum or leading exponents: Σ of the exponents above 0, nats per step (Pesin's formula).</summary>
    public double EntropyRate { get; init; } = double.NaN;

    /// <summary>With the spectrum or leading exponents: the dimension of Kaplan and Yorke; see <see cref="Statistics.SpectrumStatistics"/>.</summary>
    public double KaplanYorkeDimension { get; init; } = double.NaN;

    /// <summary>With the spectrum: (Σ ln σ_i − ln |det P_T|) / (N·T).</summary>
    public double SumRuleResidual { get; init; } = double.NaN;

    /// <summary>With leading exponents: λ_1 of the frame, nats per step.</summary>
    public double Lyapunov1 { get; init; } = double.NaN;

    /// <summary>With leading exponents: the standard error of λ_1 within the trajectory.</summary>
    public double Lyapunov1WithinSem { get; init; } = double.NaN;

    /// <summary>With two leading exponents or more: λ_2 of the frame, nats per step.</summary>
    public double Lyapunov2 { get; init; } = double.NaN;

    /// <summary>With two leading exponents or more: the standard error of λ_2 within the trajectory.</summary>
    public double Lyapunov2WithinSem { get; init; } = double.NaN;

    /// <summary>With leading exponents: λ_1 + … + λ_k, the growth rate of volumes of k dimensions, nats per step.</summary>
    public double LyapunovSum { get; init; } = double.NaN;

    /// <summary>With lags: the first k ≤ T with log10 ‖J_{T−k+1}ᵀ ⋯ J_Tᵀ g‖₂ below −threshold; null where there is none.</summary>
    public int? VanishingLag { get; init; }

    /// <summary>With lags: the first k ≤ T with log10 ‖J_{T−k+1}ᵀ ⋯ J_Tᵀ g‖₂ above threshold; null where there is none.</summary>
    public int? ExplodingLag { get; init; }

    /// <summary>With lags: the first k ≤ T with ‖J_{T−k+1}ᵀ ⋯ J_Tᵀ g‖₂ below 1/2; null where there is none.</summary>
    public int? HalvingLag { get; init; }

    /// <summary>With gradient: log10 ‖∂L/∂W‖_F, W of all blocks and measured layers.</summary>
    public double Log10WeightsGradient { get; init; } = double.NaN;

    /// <summary>With gradient: log10 ‖∂L/∂W_in‖_F likewise; NaN without an input.</summary>
    public double Log10InputWeightsGradient { get; init; } = double.NaN;

    /// <summary>With gradient: log10 ‖∂L/∂b‖₂ likewise.</summary>
    public double Log10BiasGradient { get; init; } = double.NaN;

    /// <summary>With gradient: Σ_k k n_k / Σ_k n_k, n_k the norm of the term of ∂L/∂W of lag k; NaN where every term is 0.</summary>
    public double GradientMeanLag { get; init; } = double.NaN;

    /// <summary>With gradient: the part of <see cref="Log10WeightsGradient"/> of the input gate, i of an LSTM.</summary>
    public double Log10InputGateWeightsGradient { get; init; } = double.NaN;

    /// <summary>The same part of <see cref="Log10InputWeightsGradient"/>.</summary>
    public double Log10InputGateInputWeightsGradient { get; init; } = double.NaN;

    /// <summary>The same part of <see cref="Log10BiasGradient"/>.</summary>
    public double Log10InputGateBiasGradient { get; init; } = double.NaN;

    /// <summary>With gradient: the part of <see cref="Log10WeightsGradient"/> of the forget gate, f of an LSTM.</summary>
    public double Log10ForgetGateWeightsGradient { get; init; } = double.NaN;

    /// <summary>The same part of <see cref="Log10InputWeightsGradient"/>.</summary>
    public double Log10ForgetGateInputWeightsGradient { get; init; } = double.NaN;

    /// <summary>The same part of <see cref="Log10BiasGradient"/>.</summary>
    public double Log10ForgetGateBiasGradient { get; init; } = double.NaN;

    /// <summary>With gradient: the part of <see cref="Log10WeightsGradient"/> of the output gate, o of an LSTM.</summary>
    public double Log10OutputGateWeightsGradient { get; init; } = double.NaN;

    /// <summary>The same part of <see cref="Log10InputWeightsGradient"/>.</summary>
    public double Log10OutputGateInputWeightsGradient { get; init; } = double.NaN;

    /// <summary>The same part of <see cref="Log10BiasGradient"/>.</summary>
    public double Log10OutputGateBiasGradient { get; init; } = double.NaN;

    /// <summary>With gradient: the part of <see cref="Log10WeightsGradient"/> of the reset gate, r of a GRU.</summary>
    public double Log10ResetGateWeightsGradient { get; init; } = double.NaN;

    /// <summary>The same part of <see cref="Log10InputWeightsGradient"/>.</summary>
    public double Log10ResetGateInputWeightsGradient { get; init; } = double.NaN;

    /// <summary>The same part of <see cref="Log10BiasGradient"/>.</summary>
    public double Log10ResetGateBiasGradient { get; init; } = double.NaN;

    /// <summary>With gradient: the part of <see cref="Log10WeightsGradient"/> of the update gate, z of a GRU or u of a minimalRNN.</summary>
    public double Log10UpdateGateWeightsGradient { get; init; } = double.NaN;

    /// <summary>The same part of <see cref="Log10InputWeightsGradient"/>.</summary>
    public double Log10UpdateGateInputWeightsGradient { get; init; } = double.NaN;

    /// <summary>The same part of <see cref="Log10BiasGradient"/>.</summary>
    public double Log10UpdateGateBiasGradient { get; init; } = double.NaN;

    /// <summary>With gradient: the part of <see cref="Log10WeightsGradient"/> of the candidate, n of a GRU, g of an LSTM or z̃ of a minimalRNN.</summary>
    public double Log10CandidateWeightsGradient { get; init; } = double.NaN;

    /// <summary>The same part of <see cref="Log10InputWeightsGradient"/>.</summary>
    public double Log10CandidateInputWeightsGradient { get; init; } = double.NaN;

    /// <summary>The same part of <see cref="Log10BiasGradient"/>.</summary>
    public double Log10CandidateBiasGradient { get; init; } = double.NaN;

    /// <summary>With activity: the variance of the state over the steps 1 to T, averaged over the units.</summary>
    public double ActivityVariance { get; init; } = double.NaN;

    /// <summary>With activity: the state's integrated autocorrelation time, steps; see <see cref="Statistics.AutocorrelationTime"/>.</summary>
    public double AutocorrelationTime { get; init; } = double.NaN;

    /// <summary>With activity: (tr C)² / tr C², C the state's covariance over the steps; see <see cref="Statistics.ParticipationRatio"/>.</summary>
    public double ParticipationRatio { get; init; } = double.NaN;

    /// <summary>With an input gate, i of an LSTM: its mean over units and steps.</summary>
    public double InputGateMean { get; init; } = double.NaN;

    /// <summary>Its 5 % quantile over units and steps, within 1e-4.</summary>
    public double InputGateP05 { get; init; } = double.NaN;

    /// <summary>Its 95 % quantile over units and steps, within 1e-4.</summary>
    public double InputGateP95 { get; init; } = double.NaN;

    /// <summary>With a forget gate, f of an LSTM: its mean over units and steps.</summary>
    public double ForgetGateMean { get; init; } = double.NaN;

    /// <summary>Its 5 % quantile over units and steps, within 1e-4.</summary>
    public double ForgetGateP05 { get; init; } = double.NaN;

    /// <summary>Its 95 % quantile over units and steps, within 1e-4.</summary>
    public double ForgetGateP95 { get; init; } = double.NaN;

    /// <summary>With an output gate, o of an LSTM: its mean over units and steps.</summary>
    public double OutputGateMean { get; init; } = double.NaN;

    /// <summary>Its 5 % quantile over units and steps, within 1e-4.</summary>
    public double OutputGateP05 { get; init; } = double.NaN;

    /// <summary>Its 95 % quantile over units and steps, within 1e-4.</summary>
    public double OutputGateP95 { get; init; } = double.NaN;

    /// <summary>With a reset gate, r of a GRU: its mean over units and steps.</summary>
    public double ResetGateMean { get; init; } = double.NaN;

    /// <summary>Its 5 % quantile over units and steps, within 1e-4.</summary>
    public double ResetGateP05 { get; init; } = double.NaN;

    /// <summary>Its 95 % quantile over units and steps, within 1e-4.</summary>
    public double ResetGateP95 { get; init; } = double.NaN;

    /// <summary>With an update gate, z of a GRU or v of a minimalRNN: its mean over units and steps.</summary>
    public double UpdateGateMean { get; init; } = double.NaN;

    /// <summary>Its 5 % quantile over units and steps, within 1e-4.</summary>
    public double UpdateGateP05 { get; init; } = double.NaN;

    /// <summary>Its 95 % quantile over units and steps, within 1e-4.</summary>
    public double UpdateGateP95 { get; init; } = double.NaN;

    /// <summary>With gates: the share of gate slopes σ' = g (1−g) below 1e-3, over all gates, units and steps.</summary>
    public double SaturatedFraction { get; init; } = double.NaN;

    /// <summary>With gates: log10 ‖Π_t diag(k_t)‖₂ = max_i Σ_t log10 k_{t,i}, k the forget gate of an LSTM or the update gate of the others.</summary>
    public double Log10MemoryPath { get; init; } = double.NaN;

    /// <summary>All singular values; null where they are not measured or not known.</summary>
    public SpectrumResult? Spectrum { get; init; }

    /// <summary>The dependence over lags; null where it is not measured or not known.</summary>
    public LagsResult? Lags { get; init; }

    /// <summary>The leading exponents; null where they are not measured or not known.</summary>
    public LeadingResult? Leading { get; init; }

    /// <summary>With gradient and lags: the terms of ∂L/∂W over lags; null where they are not measured or not known.</summary>
    public GradientLagsResult? GradientLags { get; init; }

    /// <summary>
    /// Vanishing, stable or exploding by a cell's threshold. It is not stored, because cells with different thresholds share the reading
    /// (<see cref="CellResult.Of"/>).
    /// </summary>
    public Outcome Outcome { get; init; }

    /// <summary>Whether every number is known, or why some are missing.</summary>
    public ReplicateStatus Status { get; init; }

    /// <summary>The step t at which <see cref="Status"/> arose (x_0 is step 0, transient steps are negative); null where the status has no step.</summary>
    public int? StatusStep { get; init; }
}
