using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Networks.Gated;

/// <summary>
/// Long short-term memory (Hochreiter &amp; Schmidhuber 1997; Gers, Schmidhuber &amp; Cummins 2000) as PyTorch's nn.LSTM: i, f, o = σ(·) and g = tanh(·) of W h₋ + drive, c = f c₋ + i g,
/// h = o tanh c. The state is (h, c). With A = [c₋ f(1−f)] W_f + [g i(1−i)] W_i + [i(1−g²)] W_g and S = o (1 − tanh² c), J = [[ [tanh c · o(1−o)] W_o + [S] A, [S f] ], [ A, [f] ]].
/// </summary>
/// <param name="weights">The blocks i, f, g, o of the recurrent weights, 4N × N.</param>
internal sealed class LstmNetwork(Matrix weights) : GatedNetwork(NetworkKind.Lstm, weights, statesPerUnit: 2), INetwork
{
    /// <summary>True: |det J_t| = Π f · Π |tanh c| o(1−o) · |det W_o|, and |det W_o| is the same at all steps.</summary>
    public bool DeterminantIsFree => true;

    public double LogDeterminant(ReadOnlySpan<double> slopes, Slopes step) => step.LogSum;

    public override Slopes Advance(Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch)
    {
        int n = Units;
        using PooledSpan memory = new(14 * n);
        Span<double> arguments = memory.Values[..(4 * n)], values = memory.Values.Slice(4 * n, 4 * n), derivatives = memory.Values.Slice(8 * n, 4 * n);
        Span<double> tanh = memory.Values.Slice(12 * n, n), tanhSlope = memory.Values[(13 * n)..], hidden = state[..n], cell = state[n..];
        Arguments(hidden, drive, arguments);
        Sigmoid(arguments[..(2 * n)], values, derivatives);
        Tanh(arguments.Slice(2 * n, n), values[(2 * n)..], derivatives[(2 * n)..]);
        Sigmoid(arguments[(3 * n)..], values[(3 * n)..], derivatives[(3 * n)..]);
        double logDeterminant = LogSlopesOfSigmoid(arguments[(3 * n)..]);
        for (int k = 0; k < n; k++)
        {
            (double i, double f, double g) = (values[k], values[n + k], values[(2 * n) + k]);
            slopes[k] = g * derivatives[k];
            slopes[n + k] = cell[k] * derivatives[n + k];
            slopes[(2 * n) + k] = i * derivatives[(2 * n) + k];
            slopes[(4 * n) + k] = f;
            cell[k] = (f * cell[k]) + (i * g);
        }

        WriteGates(slopes, arguments.Slice(n, n), values[..n], values[(3 * n)..]);
        ReadOnlySpan<double> logForget = LogKeep(slopes);
        Tanh(cell, tanh, tanhSlope);
        for (int k = 0; k < n; k++)
        {
            double o = values[(3 * n) + k];
            slopes[(3 * n) + k] = tanh[k] * derivatives[(3 * n) + k];
            slopes[(5 * n) + k] = o * tanhSlope[k];
            hidden[k] = o * tanh[k];
            logDeterminant += logForget[k] + Math.Log(Math.Abs(tanh[k]));
        }

        return new Slopes(0, 0, logDeterminant, 0);
    }
}
