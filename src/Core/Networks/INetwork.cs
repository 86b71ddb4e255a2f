using System.Collections.Immutable;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Networks;

/// <summary>
/// A recurrent network: a step of its state, and the step's Jacobian as a linear operator on a block of vectors. A step stores what its Jacobian
/// needs in one vector, the slopes, of any length; the Jacobian itself need not be formed. A network must define its step and the application of its
/// Jacobian. The other members have defaults, which a network with a faster method overrides. Implementations are stateless and may be shared between
/// threads.
/// </summary>
internal interface INetwork
{
    /// <summary>N: the length of the state whose Jacobian is multiplied.</summary>
    int HiddenSize { get; }

    /// <summary>Length of the vector that a step advances: N, or more where the layers below one layer run with it; its own state is the last N values then.</summary>
    int StateLength => HiddenSize;

    /// <summary>Length of the slopes.</summary>
    int SlopeLength => HiddenSize;

    /// <summary>Length of what drives a step from outside, W_in u_t + b of every block of weights.</summary>
    int DriveLength => HiddenSize;

    /// <summary>The gates of a unit, in the order of their indices; none by default.</summary>
    ImmutableArray<GateKind> Gates => [];

    /// <summary>Number of layers that have the gates.</summary>
    int GatedLayers => 0;

    /// <summary>Whether the Jacobian is the same at every state.</summary>
    bool JacobianIsConstant { get; }

    /// <summary>Its Jacobians, applied to columns in panels.</summary>
    BlockJacobian Jacobian { get; }

    /// <summary>The transposes of its Jacobians, applied to columns in panels; a new object at each call.</summary>
    BlockJacobian TransposedJacobian() => new TransposedAppliedJacobian(this);

    /// <summary>Bytes held.</summary>
    long Bytes { get; }

    /// <summary>A bound on ‖J_t‖₂ at any state, from ‖W‖₂: γ ‖W‖₂ with γ = sup |φ'|, where J_t is W and a diagonal.</summary>
    double NormBound(double weightsNorm);

    /// <summary>One step: overwrites x_{t−1} in <paramref name="state"/> with x_t and writes to <paramref name="slopes"/> what J_t needs.</summary>
    /// <param name="state">Length <see cref="StateLength"/>, overwritten.</param>
    /// <param name="drive">W_in u_t + b, length <see cref="DriveLength"/>.</param>
    /// <param name="slopes">Length <see cref="SlopeLength"/>, overwritten; J_t is 2^e times the Jacobian of the slopes, e the exponent returned.</param>
    /// <param name="scratch">Length N, overwritten.</param>
    Slopes Advance(Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch);

    /// <summary>
    /// One step of the state and, where that saves time, of columns: columns ← 2^−e J_t · columns without a pending factor, e the slopes' exponent. Returns whether the columns
    /// were advanced. They are not where J_t is unknown, or slopes are below the normal range of a double without being 0. The state has the same bits as without columns.
    /// </summary>
    /// <param name="columns">N × k.</param>
    /// <param name="state">As of <see cref="Advance"/>.</param>
    /// <param name="drive">As there.</param>
    /// <param name="slopes">As there.</param>
    /// <param name="scratch">As there.</param>
    /// <param name="step">What <see cref="Advance"/> returns.</param>
    bool AdvanceWith(ColumnPanels columns, Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch, out Slopes step)
    {
        step = Advance(state, drive, slopes, scratch);
        return false;
    }

    /// <summary><paramref name="result"/> = 2^−e J_t · <paramref name="block"/>, e the slopes' exponent.</summary>
    /// <param name="slopes">Slopes of the step.</param>
    /// <param name="block">N × columns, row by row; overwritten.</param>
    /// <param name="result">N × columns, row by row; overwritten.</param>
    /// <param name="columns">Number of vectors in the block.</param>
    void MultiplyJacobian(ReadOnlySpan<double> slopes, Span<double> block, Span<double> result, int columns);

    /// <summary><paramref name="result"/> = 2^−e J_tᵀ · <paramref name="vector"/>, e the slopes' exponent; length N each, vector overwritten.</summary>
    void MultiplyJacobianTransposed(ReadOnlySpan<double> slopes, Span<double> vector, Span<double> result);

    /// <summary>The values of a gate at a step, one for each unit of a layer.</summary>
    /// <param name="slopes">Slopes of the step.</param>
    /// <param name="layer">The layer, from 0.</param>
    /// <param name="gate">Index of the gate in <see cref="Gates"/>.</param>
    ReadOnlySpan<double> Gate(ReadOnlySpan<double> slopes, int layer, int gate) => [];

    /// <summary>The logarithms of the gate by which a layer's units keep their state (LSTM: forget, others: update), finite where the gate is below the range of a double.</summary>
    /// <param name="slopes">Slopes of the step.</param>
    /// <param name="layer">The layer, from 0.</param>
    ReadOnlySpan<double> LogKeep(ReadOnlySpan<double> slopes, int layer) => [];

    /// <summary>As <see cref="MultiplyJacobianTransposed"/> for several vectors, with the same bits as one by one.</summary>
    /// <param name="slopes">Slopes of the step.</param>
    /// <param name="vectors">Vectors of length N, one after the other; overwritten.</param>
    /// <param name="results">As many; overwritten.</param>
    /// <param name="count">Number of vectors.</param>
    void MultiplyEachTransposed(ReadOnlySpan<double> slopes, Span<double> vectors, Span<double> results, int count) => MultiplyOneByOne(this, slopes, vectors, results, count);

    /// <summary><see cref="MultiplyEachTransposed"/> by <see cref="MultiplyJacobianTransposed"/>.</summary>
    protected static void MultiplyOneByOne(INetwork network, ReadOnlySpan<double> slopes, Span<double> vectors, Span<double> results, int count)
    {
        int n = network.HiddenSize;
        for (int i = 0; i < count; i++)
        {
            network.MultiplyJacobianTransposed(slopes, vectors.Slice(i * n, n), results.Slice(i * n, n));
        }
    }

    /// <summary>Whether a slope may be exactly 0. If not, a slope of 0 is one below the range of a double.</summary>
    bool SlopesCanBeZero => true;

    /// <summary>How a step depends on the parameters; null where the network has none.</summary>
    /// <param name="inputs">Length of the input; 0 for none.</param>
    IParameters? Parameters(int inputs) => null;

    /// <summary>The parts of the Jacobians; null where they are not W and a diagonal.</summary>
    JacobianParts? Parts => null;

    /// <summary>Whether <see cref="Advance"/> returns sums over one slope for each unit, whose means are known then.</summary>
    bool HasSlopes => Parts is not null;

    /// <summary>Whether <see cref="LogDeterminant"/> costs nothing, so that caching it is useless.</summary>
    bool DeterminantIsFree => false;

    /// <summary>
    /// ln |det J_t| without the part that is the same at all steps: Σ ln φ' where J_t is W and a diagonal, and ln |det W| is that part. In general
    /// there is no common part, and the Jacobian is formed and factored: (2/3) N³ operations and a product of full width.
    /// </summary>
    /// <param name="slopes">Slopes of the step.</param>
    /// <param name="step">The result of <see cref="Advance"/> for them.</param>
    double LogDeterminant(ReadOnlySpan<double> slopes, Slopes step)
    {
        int n = HiddenSize;
        var jacobian = new Matrix(n, n);
        MultiplyJacobian(slopes, Matrix.Identity(n).Values, jacobian.Values, n);
        return LinearAlgebra.LogDeterminant.Of(jacobian) + (n * step.Exponent * Math.Log(2));
    }

    /// <summary>ln of a bound on ‖J_t‖₂ without the factor that is the same at all steps, from ln max φ' of the step.</summary>
    double LogNormBound(double logMaximumSlope);
}
