using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Randomness;
using static RnnSweep.Core.Sweeps.FieldEffects;

namespace RnnSweep.Core.Sweeps;

/// <summary>
/// The table of the sweep file's fields. Reading, writing, help and the coordinates of the CSVs follow from it. Defaults are those of
/// <see cref="CellSpec"/>.
/// </summary>
public static class SweepFields
{
    private static readonly RealLimits AnyNumber = new("", value => true);
    private static readonly RealLimits NotNegative = new(" ≥ 0", value => value >= 0);
    private static readonly RealLimits Radius = new(" ≥ 1e-300, or 0", value => value is 0 or >= 1e-300); // below 1e-300, weights lose their digits
    private static readonly RealLimits Alpha = new(" ≥ 0.1 and ≤ 2", value => value is >= SymmetricStable.LeastStability and <= 2);
    private static readonly RealLimits Fraction = new(" > 0 and ≤ 1", value => value is > 0 and <= 1);

    /// <summary>The sweep's name.</summary>
    public static SweepField Name { get; } = new NameField();

    /// <summary>What the sweep is for.</summary>
    public static SweepField Description { get; } = new DescriptionField();

    /// <summary>What axes are called in the report.</summary>
    public static SweepField Label { get; } = new LabelField();

    /// <summary>The input's length; by default that of the hidden state.</summary>
    public static SweepField InputSize { get; } = Whole(
        "input_size", 1, "length of the input", Readings | Cost, s => s.ResolvedInputSize, (s, v) => s with { InputSize = v }, "(hidden_size)");

    /// <summary>The length of the hidden state.</summary>
    public static SweepField HiddenSize { get; } = Whole(
        "hidden_size", 1, "length N of the hidden state", Readings | Cost | Draws, s => s.HiddenSize, (s, v) => s with { HiddenSize = v });

    /// <summary>The equations of a step with drawn weights, or a trained network.</summary>
    public static SweepField Network { get; } = new NetworkField();

    /// <summary>The layer of a trained network that is measured.</summary>
    public static SweepField Layer { get; } = new LayerField();

    /// <summary>The direction of a bidirectional network that is measured.</summary>
    public static SweepField Direction { get; } = new ChoiceField<Direction>(
        "direction", FieldKind.Choice, "direction of a bidirectional trained network that is measured", Readings, s => s.Direction, (s, v) => s with { Direction = v });

    internal static SweepField InitialState { get; } = new InitialStateField(AnyNumber);

    internal static SweepField InitialScale { get; } = Real(
        "initial_scale", NotNegative, "standard deviation of the initial state's drawn part", Readings, s => s.InitialScale, (s, v) => s with { InitialScale = v });

    internal static SweepField Activation { get; } = new ChoiceField<ActivationKind>(
        "activation", FieldKind.Choice, "the activation φ", Readings, s => s.Activation, (s, v) => s with { Activation = v });

    internal static SweepField Leak { get; } =
        Real("leak", Fraction, "leak a: x_t = (1 − a) x_{t−1} + a f(x_{t−1})", Readings | Cost, s => s.Leak, (s, v) => s with { Leak = v });

    internal static SweepField Diffusion { get; } = Real(
        "diffusion", NotNegative, "γ: γ I is subtracted from the scaled recurrent weights", Readings, s => s.Diffusion, (s, v) => s with { Diffusion = v });

    /// <summary>Spectral radius of the gates' weights; by default that of the candidate's.</summary>
    public static SweepField GateSpectralRadius { get; } = Real(
        "gate_spectral_radius", Radius, "spectral radius of the recurrent weights of gates", Readings,
        s => s.ResolvedGateSpectralRadius, (s, v) => s with { GateSpectralRadius = v }, "(spectral_radius)");

    internal static SweepField ConstantBias { get; } =
        Real("bias", AnyNumber, "constant part of the bias", Readings, s => s.Bias, (s, v) => s with { Bias = v });

    internal static SweepField BiasScale { get; } = Real(
        "bias_scale", NotNegative, "standard deviation of the bias' drawn part", Readings, s => s.BiasScale, (s, v) => s with { BiasScale = v });

    internal static SweepField ForgetBias { get; } = Bias("forget_bias", "an LSTM's forget gate", s => s.ForgetBias, (s, v) => s with { ForgetBias = v });

    internal static SweepField InputBias { get; } = Bias("input_bias", "an LSTM's input gate", s => s.InputBias, (s, v) => s with { InputBias = v });

    internal static SweepField OutputBias { get; } = Bias("output_bias", "an LSTM's output gate", s => s.OutputBias, (s, v) => s with { OutputBias = v });

    internal static SweepField UpdateBias { get; } =
        Bias("update_bias", "the update gate of a GRU or minimalRNN", s => s.UpdateBias, (s, v) => s with { UpdateBias = v });

    internal static SweepField ResetBias { get; } = Bias("reset_bias", "a GRU's reset gate", s => s.ResetBias, (s, v) => s with { ResetBias = v });

    internal static SweepField State { get; } = new ChoiceField<StateForm>(
        "state", FieldKind.Choice, "which form of the network's state is carried", Readings, s => s.State, (s, v) => s with { State = v });

    /// <summary>ρ.</summary>
    public static SweepField SpectralRadius { get; } = Real(
        "spectral_radius", Radius, "spectral radius ρ of the recurrent weights", Readings, s => s.SpectralRadius, (s, v) => s with { SpectralRadius = v });

    /// <summary>T.</summary>
    public static SweepField SequenceLength { get; } = Whole(
        "sequence_length", 1, "number T of Jacobians multiplied", Readings | Cost, s => s.SequenceLength, (s, v) => s with { SequenceLength = v });

    /// <summary>Steps before x_0.</summary>
    public static SweepField Transient { get; } = Whole(
        "transient", 0, "steps run before x_0, not measured", Readings | Cost, s => s.Transient, (s, v) => s with { Transient = v });

    internal static SweepField FrameTransient { get; } = Whole(
        "frame_transient", 0, "steps between transient and x_0 over which the frame of the exponents settles", Readings | Cost,
        s => s.FrameTransient, (s, v) => s with { FrameTransient = v });

    internal static SweepField Jacobian { get; } = new ChoiceField<JacobianForm>(
        "jacobian", FieldKind.Choice, "the exact Jacobian, or the form printed in 2013", Readings, s => s.Jacobian, (s, v) => s with { Jacobian = v });

    /// <summary>The Jacobians of any model, in place of a network.</summary>
    public static SweepField Jacobians { get; } = new JacobiansField();

    internal static SweepField JacobiansLayout { get; } = new ChoiceField<JacobianLayout>(
        "jacobians_layout", FieldKind.Choice, "layout of each matrix of jacobians: row = output, or its transpose", Readings,
        s => s.JacobiansLayout, (s, v) => s with { JacobiansLayout = v });

    /// <summary>What is measured.</summary>
    public static SweepField Statistics { get; } = new StatisticsField();

    /// <summary>Number of leading exponents.</summary>
    public static SweepField Leading { get; } = Whole(
        "leading", 1, "number k of leading exponents of the statistic leading; at most the length of the state", Readings | Cost, s => s.ResolvedLeading, (s, v) => s with { Leading = v },
        "(8, or all of fewer)");

    /// <summary>The loss of the gradients with respect to parameters.</summary>
    public static SweepField Loss { get; } = new ChoiceField<LossSteps>(
        "loss", FieldKind.Choice, "loss L of the statistic gradient: gᵀx_T of the last step, or the sum of gᵀx_t over every step", Readings, s => s.Loss, (s, v) => s with { Loss = v });

    /// <summary>The lags at which it is measured.</summary>
    public static SweepField Lags { get; } = new LagsField();

    /// <summary>The input from a file.</summary>
    public static SweepField Input { get; } = new InputField();

    internal static SweepField Weights { get; } = new WeightsField();

    internal static SweepField Tied { get; } = new FlagField(
        "tied", "whether all steps share one W; false draws one for each step", Readings | Cost | Draws, s => s.Tied, (s, v) => s with { Tied = v });

    internal static SweepField Scaling { get; } = new ChoiceField<WeightScaling>(
        "scaling", FieldKind.Choice, "spectral radius exact, or that expected of a gaussian", Readings, s => s.Scaling, (s, v) => s with { Scaling = v });

    internal static SweepField Seed { get; } = new WholeField(
        "seed", 0, ulong.MaxValue, "1", "first word of the key of every random stream", Readings | Draws, s => s.Seed, (s, v) => s with { Seed = v });

    internal static SweepField Density { get; } = Real(
        "density", Fraction, "fraction of weights kept by the sparse ensemble", Readings | Draws, s => s.Density, (s, v) => s with { Density = v });

    internal static SweepField Stability { get; } = Real(
        "stability", Alpha, "stability α of the levy ensemble: 2 is gaussian, less has heavier tails", Readings | Draws, s => s.Stability, (s, v) => s with { Stability = v });

    internal static SweepField Rank { get; } = Whole("rank", 1, "rank r of the structured part of low-rank weights", Readings, s => s.Rank, (s, v) => s with { Rank = v });

    internal static SweepField LowRankStrength { get; } = Real(
        "low_rank_strength", AnyNumber, "strength of that part: its eigenvalues as N → ∞", Readings, s => s.LowRankStrength, (s, v) => s with { LowRankStrength = v });

    internal static SweepField InputScale { get; } = Real(
        "input_scale", NotNegative, "standard deviation of the input as it reaches the state", Readings | Cost,
        s => s.InputScale, (s, v) => s with { InputScale = v });

    internal static SweepField Replicates { get; } = Whole(
        "replicates", 1, "number of networks drawn", Cost, s => s.Replicates, (s, v) => s with { Replicates = v });

    internal static SweepField Threshold { get; } = Real(
        "threshold", NotNegative, "log10 of the spectral norm beyond which it is exploding", None, s => s.Threshold, (s, v) => s with { Threshold = v });

    /// <summary>All fields, in the order of the help.</summary>
    public static ImmutableArray<SweepField> All { get; } =
    [
        Name,
        Description,
        Label,
        HiddenSize,
        Network,
        Layer,
        Direction,
        Activation,
        State,
        Leak,
        Weights,
        Tied,
        Scaling,
        SpectralRadius,
        GateSpectralRadius,
        Diffusion,
        SequenceLength,
        Density,
        Stability,
        Rank,
        LowRankStrength,
        InputScale,
        InputSize,
        Input,
        ConstantBias,
        ForgetBias,
        InputBias,
        OutputBias,
        UpdateBias,
        ResetBias,
        BiasScale,
        InitialState,
        InitialScale,
        Transient,
        FrameTransient,
        Replicates,
        Seed,
        Threshold,
        Jacobian,
        Jacobians,
        JacobiansLayout,
        Statistics,
        Lags,
        Leading,
        Loss,
    ];

    /// <summary>The fields that a reading depends on. They are columns of the stores beside the cell's key.</summary>
    public static ImmutableArray<SweepField> OfReadings { get; } = [.. All.Where(field => field.Affects(Readings))];

    /// <summary>The field of a name; null where there is none.</summary>
    public static SweepField? Find(string name) => All.FirstOrDefault(field => field.Name == name);

    /// <summary>Whether a cell has no value of a field of its own, but one that follows from another field.</summary>
    public static bool FollowsOther(SweepField field, CellSpec cell) => (field == InputSize && cell.InputSize is null)
        || (field == GateSpectralRadius && cell.GateSpectralRadius is null)
        || (field == Leading && cell.Leading is null);

    private static WholeField Whole(
        string name, ulong least, string description, FieldEffects effects, Func<CellSpec, int> get, Func<CellSpec, int, CellSpec> set, string? fallback = null) => new(
        name, least, int.MaxValue, fallback ?? CanonicalText.Of(get(new CellSpec())), description, effects, spec => (ulong)get(spec), (spec, value) => set(spec, (int)value));

    private static RealField Bias(string name, string gate, Func<CellSpec, double> get, Func<CellSpec, double, CellSpec> set) =>
        Real(name, AnyNumber, $"constant part of the bias of {gate}", Readings, get, set);

    private static RealField Real(
        string name, RealLimits limits, string description, FieldEffects effects, Func<CellSpec, double> get, Func<CellSpec, double, CellSpec> set, string? fallback = null) =>
        new(name, limits, fallback ?? CanonicalText.Of(get(new CellSpec())), description, effects, get, set);
}
