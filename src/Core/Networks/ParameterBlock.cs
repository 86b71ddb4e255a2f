using System.Collections.Immutable;

namespace RnnSweep.Core.Networks;

/// <summary>The kind of a parameter.</summary>
internal enum ParameterKind
{
    /// <summary>W, which multiplies φ(x_{t−1}) or h_{t−1}.</summary>
    RecurrentWeights,

    /// <summary>W_in, which multiplies the input; of a layer above the first the hidden state of the layer below.</summary>
    InputWeights,

    /// <summary>b.</summary>
    Bias,
}

/// <summary>
/// A block of a parameter: the rows that lead to one gate or to the candidate. In a step it enters as Θ f, with a factor f of known value, so that the step contributes the outer product
/// d fᵀ to ∂L/∂Θ, where d = ∂L/∂(Θ f). Of a bias f is the number 1.
/// </summary>
/// <param name="Kind">The parameter.</param>
/// <param name="Gate">The gate that it leads to; null for the candidate, and in a network without gates.</param>
/// <param name="Rows">The place of d in <see cref="IParameters.Write"/>'s deltas.</param>
/// <param name="Columns">The place of f in its factors.</param>
internal sealed record ParameterBlock(ParameterKind Kind, GateKind? Gate, Place Rows, Place Columns)
{
    /// <summary>
    /// The power with which d fᵀ grows with the state where that is small: 1 for the f of weights, which is the state, or that of the layer below, and 1 for the d of a gate, which multiplies the
    /// state or the candidate.
    /// </summary>
    public int Degree => (Kind == ParameterKind.Bias ? 0 : 1) + (Gate is null ? 0 : 1);
}

/// <summary>A part of a vector.</summary>
/// <param name="Start">Index of its first element.</param>
/// <param name="Length">Number of elements.</param>
internal readonly record struct Place(int Start, int Length)
{
    /// <summary>Index after its last element.</summary>
    public int End => Start + Length;

    /// <summary>The part of a vector.</summary>
    public Span<double> Of(Span<double> vector) => vector.Slice(Start, Length);
}

/// <summary>A step of a network, for the derivatives with respect to its parameters.</summary>
/// <param name="slopes">The slopes of the step.</param>
/// <param name="exponent">Base-2 exponent of the slopes.</param>
/// <param name="before">2^s times the state before the step, length <see cref="INetwork.StateLength"/>.</param>
/// <param name="after">2^s times the state after it.</param>
/// <param name="scale">s, which is not 0 only where the state is so small that the step is linear in it, and there is no input.</param>
/// <param name="input">The vector that W_in multiplies; empty without an input.</param>
/// <param name="drive">W_in u_t + b; empty unless <see cref="IParameters.NeedsDrive"/>.</param>
internal readonly ref struct RecordedStep(
    ReadOnlySpan<double> slopes, double exponent, ReadOnlySpan<double> before, ReadOnlySpan<double> after, double scale, ReadOnlySpan<double> input, ReadOnlySpan<double> drive)
{
    /// <summary>The slopes.</summary>
    public ReadOnlySpan<double> Slopes { get; } = slopes;

    /// <summary>Base-2 exponent of the slopes.</summary>
    public double Exponent { get; } = exponent;

    /// <summary>2^s times the state before the step.</summary>
    public ReadOnlySpan<double> Before { get; } = before;

    /// <summary>2^s times the state after it.</summary>
    public ReadOnlySpan<double> After { get; } = after;

    /// <summary>s.</summary>
    public double Scale { get; } = scale;

    /// <summary>The vector that W_in multiplies.</summary>
    public ReadOnlySpan<double> Input { get; } = input;

    /// <summary>W_in u_t + b.</summary>
    public ReadOnlySpan<double> Drive { get; } = drive;
}

/// <summary>How a step of a network depends on its parameters.</summary>
internal interface IParameters
{
    /// <summary>The blocks of the parameters.</summary>
    ImmutableArray<ParameterBlock> Blocks { get; }

    /// <summary>Length of the deltas of a step.</summary>
    int DeltaLength => Blocks.Max(block => block.Rows.End);

    /// <summary>Length of the factors of a step.</summary>
    int FactorLength => Blocks.Max(block => block.Columns.End);

    /// <summary>Whether <see cref="Write"/> needs the drive of the step.</summary>
    bool NeedsDrive => false;

    /// <summary>Writes what each block of the parameters contributes in a step, from δ = ∂L/∂x_t.</summary>
    /// <param name="step">The step.</param>
    /// <param name="gradient">δ, of the measured state, length <see cref="INetwork.HiddenSize"/>.</param>
    /// <param name="deltas">Receives 2^−e d of all blocks.</param>
    /// <param name="factors">Receives f of all blocks.</param>
    /// <returns>e, a whole number unless slopes are below the range of a double.</returns>
    double Write(RecordedStep step, ReadOnlySpan<double> gradient, Span<double> deltas, Span<double> factors);
}
