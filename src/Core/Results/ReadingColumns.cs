using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Gated;

namespace RnnSweep.Core.Results;

/// <summary>
/// The columns of a reading, each declared once. <c>replicates.csv</c>, <c>summary.csv</c>, the tables of the stores and the documentation follow
/// from this list. A new column needs an entry here and a property of <see cref="Reading"/>.
/// </summary>
public static class ReadingColumns
{
    /// <summary>Where rates of growth and their errors are undefined.</summary>
    internal const string GrowthIsUndefined = "where T is below 8 or the product is 0";

    /// <summary>Where gradients with respect to parameters are undefined.</summary>
    internal const string GradientIsUndefined = "where the network lacks the parameter, a state overflows or the gradient is 0";

    private const string SecondIsUndefined = "where there is one exponent, T is below 8 or the product is 0", LagIsUndefined = "where the sequence ends before",
        BoundIsUndefined = "where the network is gated, has several layers or is given by its Jacobians", RatioIsUndefined = "where the product is singular",
        GateIsUndefined = "where the network lacks the gate", ActivityIsUndefined = "where the sequence is too short, or the state overflows or does not vary";

    /// <summary>All columns, in the order of the tables. Outcome and status are texts and follow them.</summary>
    public static ImmutableArray<ReadingColumn> All { get; } =
    [
        Norms(nameof(Reading.Log10SpectralNorm), "log10", "log10 σ_max(P_T)", ColumnSummary.Full),
        Norms(nameof(Reading.Log10FrobeniusNorm), "log10", "log10 ‖P_T‖_F"),
        Norms(nameof(Reading.Log10GradientNorm), "log10", "log10 ‖P_Tᵀ g‖₂, g a random unit vector: the loss gradient at step T", ColumnSummary.Full),
        Norms(nameof(Reading.Log10AbsDeterminant), "log10", "log10 of the absolute value of det P_T, from T·log det W and the slopes; with a leak, and of given Jacobians, from each J_t"),
        Norms(nameof(Reading.LyapunovMax), "nats per step", "ln σ_max(P_T) / T; with leading alone `lyapunov_1`", ColumnSummary.Full),
        Norms(nameof(Reading.LyapunovMean), "nats per step", "ln of the absolute value of det P_T, over T and the length of the state"),
        Norms(nameof(Reading.LyapunovMaxSlope), "nats per step", "least-squares slope of ln ‖P_t‖_F over the second half of the sequence, T/2 ≤ t ≤ T; with leading alone of ln ‖P_t q‖, q the first column of the frame at x_0", ColumnSummary.Few, undefined: GrowthIsUndefined),
        Norms(nameof(Reading.LyapunovMaxWithinSem), "nats per step", "standard error of the growth rate within the trajectory, by batch means over the same half", ColumnSummary.Mean, undefined: GrowthIsUndefined),
        Norms(nameof(Reading.Converged), "", "`true` where the growth rates of the third and the last quarter agree within 3 of their standard errors, or to 1e-6; else `false`", ColumnSummary.Fraction, undefined: GrowthIsUndefined),
        Norms(nameof(Reading.Log10PascanuBound), "log10", "T·log10(γ ‖W‖₂), γ = sup φ'; with a leak a, T·log10(1 − a + a γ ‖W‖₂)", undefined: BoundIsUndefined),
        Norms(nameof(Reading.Log10PathBound), "log10", "Σ_t log10(‖W‖₂ max_i φ'); with a leak a, Σ_t log10(1 − a + a ‖W‖₂ max_i φ')", undefined: BoundIsUndefined),
        Norms(nameof(Reading.MeanSlope), "", "mean of φ' over hidden state and steps; empty for gated networks and given Jacobians, like the bounds", undefined: BoundIsUndefined),
        Norms(nameof(Reading.MeanLogSlope), "nats", "mean of ln φ' over hidden state and steps", undefined: BoundIsUndefined),
        Norms(nameof(Reading.Omega), "", "mean over t of (‖J_tᵀ g_t‖ / ‖g_t‖ − 1)², the regulariser of the 2013 paper"),
        Norms(nameof(Reading.WeightsSpectralNorm), "", "‖W‖₂; of a gated network that of the candidate's recurrent weights, of layers the largest of theirs; empty for given Jacobians", undefined: BoundIsUndefined),
        Spectrum(nameof(Reading.Log10MinSingularValue), "log10", "log10 σ_min"),
        Spectrum(nameof(Reading.Log10ConditionNumber), "log10", "log10 of σ_max / σ_min", undefined: RatioIsUndefined),
        Exponents(nameof(Reading.UnstableFraction), "", "the share of λ_i = ln σ_i / T above 0; without spectrum of the leading λ_i, where the last is below 0"),
        Exponents(nameof(Reading.EntropyRate), "nats per step", "the sum of the λ_i above 0; without spectrum likewise"),
        Exponents(nameof(Reading.KaplanYorkeDimension), "", "j + Σ_{i≤j} λ_i / \\|λ_{j+1}\\|, j the most exponents whose sum is not below 0; without spectrum of the leading λ_i, empty where their sum is not below 0"),
        Spectrum(nameof(Reading.SumRuleResidual), "nats per step", "(Σ ln σ_i − ln of the absolute value of det P_T) / (N·T): two ways to one number, which must agree", undefined: RatioIsUndefined),
        Leading(nameof(Reading.Lyapunov1), "λ_1 = Σ_t ln (R_t)_11 / T of the frame Q_t R_t = J_t Q_{t−1}", ColumnSummary.Few),
        Leading(nameof(Reading.Lyapunov1WithinSem), "standard error of λ_1 within the trajectory, by batch means over its second half", ColumnSummary.Mean, undefined: GrowthIsUndefined),
        Leading(nameof(Reading.Lyapunov2), "λ_2; empty with one exponent", ColumnSummary.Few, undefined: SecondIsUndefined),
        Leading(nameof(Reading.Lyapunov2WithinSem), "standard error of λ_2 within the trajectory; empty with one exponent", ColumnSummary.Mean, undefined: SecondIsUndefined),
        Leading(nameof(Reading.LyapunovSum), "λ_1 + … + λ_k: the growth rate of volumes of k dimensions", ColumnSummary.Few),
        Lags(nameof(Reading.VanishingLag), "steps", "the first lag k at which log10 ‖J_{T−k+1}ᵀ ⋯ J_Tᵀ g‖₂ is < −threshold; empty where none is", undefined: LagIsUndefined),
        Lags(nameof(Reading.ExplodingLag), "steps", "the first lag k at which log10 ‖J_{T−k+1}ᵀ ⋯ J_Tᵀ g‖₂ is > threshold; empty where none is", undefined: LagIsUndefined),
        Lags(nameof(Reading.HalvingLag), "steps", "the first lag k at which ‖J_{T−k+1}ᵀ ⋯ J_Tᵀ g‖₂ is < 1/2; empty where none is", undefined: LagIsUndefined),
        Gradient(nameof(Reading.Log10WeightsGradient), "log10", "log10 ‖∂L/∂W‖_F, over all blocks and measured layers", ColumnSummary.Full),
        Gradient(nameof(Reading.Log10InputWeightsGradient), "log10", "log10 ‖∂L/∂W_in‖_F likewise; empty without an input", ColumnSummary.Few),
        Gradient(nameof(Reading.Log10BiasGradient), "log10", "log10 ‖∂L/∂b‖₂ likewise", ColumnSummary.Few),
        Gradient(nameof(Reading.GradientMeanLag), "steps", "Σ_k k n_k / Σ_k n_k, n_k the norm of the term of ∂L/∂W of lag k, the k-th last use of W", ColumnSummary.Few),
        .. GradientOf(GateKind.Input, "i of an LSTM"),
        .. GradientOf(GateKind.Forget, "f of an LSTM"),
        .. GradientOf(GateKind.Output, "o of an LSTM"),
        .. GradientOf(GateKind.Reset, "r of a GRU"),
        .. GradientOf(GateKind.Update, "z of a GRU or v of a minimalRNN"),
        .. GradientOf(null, "n of a GRU, g of an LSTM or z̃ of a minimalRNN"),
        Activity(nameof(Reading.ActivityVariance), "", "variance of the state x_1 … x_T over the steps, averaged over the units"),
        Activity(nameof(Reading.AutocorrelationTime), "steps", "1 + 2 Σ_{k≥1} ρ_k, ρ_k the autocorrelation of the state at lag k, averaged over the units; empty where T is too short for it, or the state does not vary"),
        Activity(nameof(Reading.ParticipationRatio), "", "(tr C)² / tr C², C the covariance of the state over the steps, from pairs of blocks of the sequence; empty below T = 16, or where the state does not vary"),
        .. Gate(GateKind.Input, "i of an LSTM"),
        .. Gate(GateKind.Forget, "f of an LSTM"),
        .. Gate(GateKind.Output, "o of an LSTM"),
        .. Gate(GateKind.Reset, "r of a GRU"),
        .. Gate(GateKind.Update, "z of a GRU or v of a minimalRNN"),
        Gates(nameof(Reading.SaturatedFraction), "", "the share of gate slopes σ' = g (1 − g) below 1e-3, over all gates, units and steps"),
        Gates(nameof(Reading.Log10MemoryPath), "log10", "log10 ‖Π_t diag(k_t)‖₂ = max_i Σ_t log10 k_{t,i}, k the forget gate of an LSTM or the update gate of the others: the memory that the gate alone would keep"),
    ];

    static ReadingColumns()
    {
        for (int i = 0; i < All.Length; i++)
        {
            All[i].Index = i;
        }
    }

    /// <summary>The column of σ_max(P_T).</summary>
    public static ReadingColumn Log10SpectralNorm { get; } = Find(nameof(Reading.Log10SpectralNorm));

    /// <summary>The column of ‖∂L/∂W‖.</summary>
    public static ReadingColumn Log10WeightsGradient { get; } = Find(nameof(Reading.Log10WeightsGradient));

    internal static ReadingColumn Lyapunov1 { get; } = Find(nameof(Reading.Lyapunov1));

    /// <summary>The column of the largest exponent.</summary>
    public static ReadingColumn LyapunovMax { get; } = Find(nameof(Reading.LyapunovMax));

    /// <summary>The columns that a cell measures.</summary>
    public static IEnumerable<ReadingColumn> Of(CellSpec spec) => All.Where(column => IsMeasured(column, spec));

    /// <summary>The columns that any cell of a table measures.</summary>
    public static IEnumerable<ReadingColumn> Of(ICellTable table)
    {
        CellSpec[] kinds = [.. table.Networks.Select(network => table.Fixed with { Network = network })];
        return All.Where(column => kinds.Any(kind => IsMeasured(column, kind)));
    }

    /// <summary>Whether a cell measures a statistic.</summary>
    public static bool IsMeasured(ColumnGroup group, CellSpec spec) => group switch
    {
        ColumnGroup.Spectrum => spec.MeasuresSpectrum,
        ColumnGroup.Exponents => spec.MeasuresExponents,
        ColumnGroup.Leading => spec.MeasuresLeading,
        ColumnGroup.Lags => spec.MeasuresLags,
        ColumnGroup.Gradient => spec.MeasuresGradient,
        ColumnGroup.Activity => spec.MeasuresActivity,
        ColumnGroup.Gates => !GateBlocks.Of(spec.Network).Gates.IsEmpty,
        _ => true,
    };

    private static bool IsMeasured(ReadingColumn column, CellSpec spec)
    {
        var blocks = GateBlocks.Of(spec.Network);
        return IsMeasured(column.Group, spec) && (column.Gate is not { } gate || blocks.Gates.Contains(gate))
            && (column.CandidateWeights is not { } ofWeights || (!blocks.Gates.IsEmpty && (!ofWeights || blocks.Count > blocks.Gates.Length)));
    }

    private static ReadingColumn Find(string property) => All.First(column => column.Property == property);

    private static ReadingColumn Norms(string property, string unit, string meaning, ColumnSummary summary = ColumnSummary.None, string? undefined = null) =>
        new(property, ColumnGroup.Norms, unit, meaning, summary) { UndefinedWhere = undefined };

    private static ReadingColumn Spectrum(string property, string unit, string meaning, string? undefined = null) =>
        new(property, ColumnGroup.Spectrum, unit, meaning, ColumnSummary.Few) { UndefinedWhere = undefined };

    private static ReadingColumn Exponents(string property, string unit, string meaning) => new(property, ColumnGroup.Exponents, unit, meaning, ColumnSummary.Few);

    private static ReadingColumn Leading(string property, string meaning, ColumnSummary summary, string? undefined = null) =>
        new(property, ColumnGroup.Leading, "nats per step", meaning, summary) { UndefinedWhere = undefined };

    private static ReadingColumn Lags(string property, string unit, string meaning, string undefined) =>
        new(property, ColumnGroup.Lags, unit, meaning, ColumnSummary.Censored) { UndefinedWhere = undefined };

    private static ReadingColumn Activity(string property, string unit, string meaning) =>
        new(property, ColumnGroup.Activity, unit, meaning, ColumnSummary.Few) { UndefinedWhere = ActivityIsUndefined };

    private static ReadingColumn Gates(string property, string unit, string meaning) =>
        new(property, ColumnGroup.Gates, unit, meaning, ColumnSummary.Few) { UndefinedWhere = GateIsUndefined };

    private static ReadingColumn Gradient(string property, string unit, string meaning, ColumnSummary summary) =>
        new(property, ColumnGroup.Gradient, unit, meaning, summary) { UndefinedWhere = GradientIsUndefined };

    // The parts of the gradients of a gate's rows are the properties Log10InputGateWeightsGradient and so on; those of the candidate's for null.
    private static IEnumerable<ReadingColumn> GradientOf(GateKind? gate, string symbol)
    {
        (string part, string name) = gate is { } kind ? ($"{kind}Gate", $"{CanonicalText.Of(kind)} gate") : ("Candidate", "candidate");
        yield return Part("Weights", "W", isOfWeights: true, $", {symbol}");
        yield return Part("InputWeights", "W_in", isOfWeights: false, "");
        yield return Part("Bias", "b", isOfWeights: false, "");

        ReadingColumn Part(string parameter, string letter, bool isOfWeights, string which) => new(
            $"Log10{part}{parameter}Gradient", ColumnGroup.Gradient, "log10", $"the part of log10 ‖∂L/∂{letter}‖ of the rows of the {name}{which}", ColumnSummary.Few)
        {
            UndefinedWhere = GradientIsUndefined,
            Gate = gate,
            CandidateWeights = gate is null ? isOfWeights : null,
        };
    }

    // The columns of a gate are the properties InputGateMean, InputGateP05 and InputGateP95, and so on.
    private static IEnumerable<ReadingColumn> Gate(GateKind gate, string symbol)
    {
        string name = $"{CanonicalText.Of(gate)} gate over units and steps";
        yield return new($"{gate}GateMean", ColumnGroup.Gates, "", $"mean of the {name}, {symbol}", ColumnSummary.Few) { Gate = gate, UndefinedWhere = GateIsUndefined };
        yield return new($"{gate}GateP05", ColumnGroup.Gates, "", $"5 % quantile of the {name}, within 1e-4", ColumnSummary.Mean) { Gate = gate, UndefinedWhere = GateIsUndefined };
        yield return new($"{gate}GateP95", ColumnGroup.Gates, "", $"95 % quantile of the {name}, within 1e-4", ColumnSummary.Mean) { Gate = gate, UndefinedWhere = GateIsUndefined };
    }
}
