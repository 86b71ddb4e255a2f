using RnnSweep.Core.Jacobians;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Experiments;

/// <summary>
/// Everything that determines the result of one cell: one network ensemble at one spectral radius and one sequence length. Immutable. Values are
/// checked where they enter the program, and named as in the sweep file.
/// </summary>
public sealed record CellSpec
{
    /// <summary>Length N of the hidden state, ≥ 1.</summary>
    public int HiddenSize { get; init; } = 64;

    /// <summary>The equations of the network's step. Fields of other equations have no effect.</summary>
    public NetworkKind Network { get; init; } = NetworkKind.Rnn;

    /// <summary>
    /// With a trained network: its digest (<see cref="Networks.Gated.TrainedNetwork.Pack"/>); its layers have <see cref="HiddenSize"/> units and the first has <see cref="InputSize"/> inputs. Otherwise null.
    /// </summary>
    public string? NetworkDigest { get; init; }

    /// <summary>With a trained network: number of its layers; otherwise 1.</summary>
    public int NetworkLayers { get; init; } = 1;

    /// <summary>With a trained network: the layer that is measured, from 0, with the layers below as its input; null measures all layers as one state.</summary>
    public int? Layer { get; init; }

    /// <summary>With a bidirectional trained network: which of its directions is measured.</summary>
    public Direction Direction { get; init; }

    /// <summary>
    /// With Jacobians that the user gives: the digest of the matrices, one below the other (<see cref="LinearAlgebra.MatrixDigest"/>); otherwise null. Then the fields of the
    /// network have no effect, and <see cref="HiddenSize"/> is the size of a Jacobian.
    /// </summary>
    public string? JacobiansDigest { get; init; }

    /// <summary>With <see cref="JacobiansDigest"/>: the layout of each matrix.</summary>
    public JacobianLayout JacobiansLayout { get; init; } = JacobianLayout.Numerator;

    /// <summary>With <see cref="JacobiansDigest"/>: number of sequences, of which replicate r takes that with index r; 0 where all replicates share one.</summary>
    public int JacobianSequences { get; init; }

    /// <summary>The activation φ.</summary>
    public ActivationKind Activation { get; init; } = ActivationKind.Tanh;

    /// <summary>Which form of the network's state is used.</summary>
    public StateForm State { get; init; } = StateForm.PreActivation;

    /// <summary>Leak a of the integration, in (0, 1]: x_t = (1 − a) x_{t−1} + a f(x_{t−1}). With 1 the network has no leak.</summary>
    public double Leak { get; init; } = 1;

    /// <summary>The ensemble from which the unscaled recurrent weights W₀ are drawn.</summary>
    public WeightEnsemble Weights { get; init; } = WeightEnsemble.Gaussian;

    /// <summary>With <see cref="WeightEnsemble.File"/>: the digest of the matrix (<see cref="LinearAlgebra.Matrix.Digest"/>); otherwise null.</summary>
    public string? WeightsDigest { get; init; }

    /// <summary>Whether all steps share one W. If not, each draws its own; this needs a plain network without leak and diffusion, and expected scaling.</summary>
    public bool Tied { get; init; } = true;

    /// <summary>How W₀ is scaled to W.</summary>
    public WeightScaling Scaling { get; init; } = WeightScaling.Exact;

    /// <summary>Fraction of non-zero weights of the sparse ensemble, in (0, 1].</summary>
    public double Density { get; init; } = 0.1;

    /// <summary>Stability α of the Lévy ensemble, from 0.1 to 2.</summary>
    public double Stability { get; init; } = WeightDistribution.DefaultStability;

    /// <summary>Rank r ≥ 1 of the structured part of low-rank weights (<see cref="LowRankPart"/>).</summary>
    public int Rank { get; init; } = 1;

    /// <summary>Strength s of the structured part of low-rank weights: the eigenvalues of that part as N → ∞.</summary>
    public double LowRankStrength { get; init; } = 1;

    /// <summary>Spectral radius ρ of W (exact scaling), or the factor on W₀ (expected scaling), ≥ 0.</summary>
    public double SpectralRadius { get; init; } = 1;

    /// <summary>The same as <see cref="SpectralRadius"/> for the recurrent weights of the gates of a GRU or LSTM; null means the same number.</summary>
    public double? GateSpectralRadius { get; init; }

    /// <summary>Diffusion γ ≥ 0: γ I is subtracted from the scaled W.</summary>
    public double Diffusion { get; init; }

    /// <summary>Sequence length T: the number of Jacobians multiplied, ≥ 1.</summary>
    public int SequenceLength { get; init; } = 100;

    /// <summary>Standard deviation of every component of W_in u_t, ≥ 0; with 0 the network is autonomous.</summary>
    public double InputScale { get; init; }

    /// <summary>Length of u_t, ≥ 1; null means N.</summary>
    public int? InputSize { get; init; }

    /// <summary>The digest of the matrix whose rows are the input (<see cref="LinearAlgebra.Matrix.Digest"/>); null draws u_t standard normal.</summary>
    public string? InputDigest { get; init; }

    /// <summary>With <see cref="InputDigest"/>: number of sequences that lie one below the other in the matrix, replicate s takes sequence s; 0 where all replicates share all rows.</summary>
    public int InputSequences { get; init; }

    /// <summary>Constant part of every component of b.</summary>
    public double Bias { get; init; }

    /// <summary>Constant part of the bias of an LSTM's forget gate.</summary>
    public double ForgetBias { get; init; }

    /// <summary>Constant part of the bias of an LSTM's input gate.</summary>
    public double InputBias { get; init; }

    /// <summary>Constant part of the bias of an LSTM's output gate.</summary>
    public double OutputBias { get; init; }

    /// <summary>Constant part of the bias of the update gate of a GRU (z) or minimalRNN (u), which multiplies the old state.</summary>
    public double UpdateBias { get; init; }

    /// <summary>Constant part of the bias of a GRU's reset gate.</summary>
    public double ResetBias { get; init; }

    /// <summary>Standard deviation of the drawn part of b, ≥ 0.</summary>
    public double BiasScale { get; init; }

    /// <summary>Constant part of every component of the initial state.</summary>
    public double InitialState { get; init; }

    /// <summary>The digest of the matrix with the initial states in place of <see cref="InitialState"/> (<see cref="Networks.InitialState.Of"/>); otherwise null.</summary>
    public string? InitialStateDigest { get; init; }

    /// <summary>Standard deviation of the drawn part of the initial state, ≥ 0.</summary>
    public double InitialScale { get; init; } = 1;

    /// <summary>Steps run before x_0, not measured, ≥ 0.</summary>
    public int Transient { get; init; }

    /// <summary>
    /// With <see cref="MeasuresSpectrum"/> or <see cref="MeasuresLeading"/>: steps run after the transient and before x_0, in which the frame of the exponents converges, ≥ 0.
    /// </summary>
    public int FrameTransient { get; init; }

    /// <summary>Number of independently drawn networks, ≥ 1.</summary>
    public int Replicates { get; init; } = 16;

    /// <summary>First word of the key of every random stream.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>|log10 of the spectral norm| beyond which the outcome is vanishing or exploding, ≥ 0.</summary>
    public double Threshold { get; init; } = 3;

    /// <summary>Which Jacobian is multiplied: the exact one, or the one printed in the 2013 paper.</summary>
    public JacobianForm Jacobian { get; init; } = JacobianForm.Exact;

    /// <summary>Whether P_T is multiplied, for its norms and what else is measured with them. Spectrum and lags need it.</summary>
    public bool MeasuresNorms { get; init; } = true;

    /// <summary>Whether the leading Lyapunov exponents are measured.</summary>
    public bool MeasuresLeading { get; init; }

    /// <summary>With <see cref="MeasuresLeading"/>: number k of exponents, from 1 to the length of the state; null means 8, or all of fewer.</summary>
    public int? Leading { get; init; }

    /// <summary>Whether all singular values of P_T are measured.</summary>
    public bool MeasuresSpectrum { get; init; }

    /// <summary>Whether the gradients of a loss with respect to the parameters are measured.</summary>
    public bool MeasuresGradient { get; init; }

    /// <summary>With <see cref="MeasuresGradient"/>: the steps that the loss depends on.</summary>
    public LossSteps Loss { get; init; }

    /// <summary>Whether ∂x_T/∂x_{T−k} is measured over the lags k.</summary>
    public bool MeasuresLags { get; init; }

    /// <summary>With <see cref="MeasuresLags"/>: number of lags, log-spaced, ≥ 2; null means every one from 1 to T.</summary>
    public int? LagCount { get; init; }

    /// <summary>Whether variance, autocorrelation time and participation ratio of the states are measured.</summary>
    public bool MeasuresActivity { get; init; }

    /// <summary>Steps run before x_0: the transient plus the frame transient.</summary>
    public long AllTransient => (long)Transient + FrameTransient;

    /// <summary>Number of layers whose states are measured.</summary>
    public int MeasuredLayers => Layer is null ? NetworkLayers : 1;

    /// <summary>Number of layers that run: the measured ones and those below.</summary>
    public int RunningLayers => Layer is { } layer ? layer + 1 : NetworkLayers;

    /// <summary>Length of the measured state: N for each layer, or 2N for a layer of an LSTM, whose state is (h, c).</summary>
    public int StateSize => checked(MeasuredLayers * LayerStateSize);

    /// <summary>Length of the state that runs.</summary>
    public int RunningStateSize => checked(RunningLayers * LayerStateSize);

    private int LayerStateSize => Network == NetworkKind.Lstm && JacobiansDigest is null ? checked(2 * HiddenSize) : HiddenSize;

    /// <summary>Number k of leading exponents, with the default applied.</summary>
    public int ResolvedLeading => Math.Min(Leading ?? 8, StateSize);

    /// <summary>Whether statistics of the exponents, such as the dimension, are measured.</summary>
    public bool MeasuresExponents => MeasuresSpectrum || MeasuresLeading;

    /// <summary>What W₀ is drawn from.</summary>
    public WeightDistribution WeightDistribution => new(Weights, Density, Stability);

    /// <summary>Spectral radius of the gates' recurrent weights, with the default applied.</summary>
    public double ResolvedGateSpectralRadius => GateSpectralRadius ?? SpectralRadius;

    /// <summary>Length of u_t, with the default N applied.</summary>
    public int ResolvedInputSize => InputSize ?? HiddenSize;
}
