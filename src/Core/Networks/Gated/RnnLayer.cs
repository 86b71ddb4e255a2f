using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Networks.Gated;

/// <summary>
/// A layer of PyTorch's nn.RNN in a stack, where it is one block without gates: h = φ(W h₋ + drive), J = [φ'] W. A network of one such layer is a <see cref="PostActivationNetwork"/>, which
/// knows more about its Jacobian.
/// </summary>
/// <param name="weights">W, N × N.</param>
/// <param name="activation">φ.</param>
internal sealed class RnnLayer(Matrix weights, Activation activation) : GatedNetwork(NetworkKind.Rnn, weights, statesPerUnit: 1), INetwork
{
    /// <summary>True: |det J_t| = Π φ' · |det W|, and |det W| is the same at all steps.</summary>
    public bool DeterminantIsFree => true;

    /// <inheritdoc/>
    /// <remarks>Where φ has no kink, a slope of 0 is one below the range of a double.</remarks>
    public override int RankBound(ReadOnlySpan<double> slopes) => activation.Kinks.Count > 0 ? Units - Factor(slopes, 0).Count(0) : Units;

    public double LogDeterminant(ReadOnlySpan<double> slopes, Slopes step) => step.LogSum;

    public override Slopes Advance(Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch)
    {
        int n = Units;
        using PooledSpan memory = new(2 * n);
        Span<double> arguments = memory.Values[..n], values = memory.Values[n..];
        Arguments(state, drive, arguments);
        double logSum = Evaluate(activation, arguments, values, slopes);
        slopes.Slice(n, n).Clear();
        values.CopyTo(state);
        return new Slopes(0, 0, logSum, 0);
    }
}
