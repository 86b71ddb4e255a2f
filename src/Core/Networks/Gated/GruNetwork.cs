using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Networks.Gated;

/// <summary>
/// Gated recurrent unit (Cho et al. 2014) as PyTorch's nn.GRU: r, z = σ(W h₋ + drive), q = W_n h₋ + b_hn, n = tanh(drive + r q), h = (1−z) n + z h₋, so
/// J = [z] + [(h₋−n) z(1−z)] W_z + [(1−z)(1−n²)] ([r] W_n + [q r(1−r)] W_r).
/// </summary>
/// <param name="weights">The blocks r, z, n of the recurrent weights, 3N × N.</param>
/// <param name="candidateBias">b_hn, which the reset gate multiplies; length N.</param>
internal sealed class GruNetwork(Matrix weights, double[] candidateBias) : GatedNetwork(NetworkKind.Gru, weights, statesPerUnit: 1)
{
    private const int Candidate = 2;

    /// <inheritdoc/>
    /// <remarks>The last of its vectors is (1−z)(1−n²), by which the drive of the candidate's block reaches h: the reset gate does not multiply it.</remarks>
    public override int JacobianLength => base.JacobianLength + Units;

    /// <inheritdoc/>
    public override ReadOnlySpan<double> DriveFactor(ReadOnlySpan<double> slopes, int block) => block == Candidate ? slopes.Slice(base.JacobianLength, Units) : base.DriveFactor(slopes, block);

    public override Slopes Advance(Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch)
    {
        int n = Units;
        using PooledSpan memory = new(11 * n);
        Span<double> products = memory.Values[..(3 * n)], gates = memory.Values.Slice(3 * n, 2 * n), gateSlopes = memory.Values.Slice(5 * n, 2 * n);
        Span<double> q = memory.Values.Slice(7 * n, n), argument = memory.Values.Slice(8 * n, n), candidate = memory.Values.Slice(9 * n, n), candidateSlope = memory.Values[(10 * n)..];
        Products(state, products);
        for (int k = 0; k < 2 * n; k++)
        {
            products[k] += drive[k];
        }

        Sigmoid(products[..(2 * n)], gates, gateSlopes);
        for (int k = 0; k < n; k++)
        {
            q[k] = products[(2 * n) + k] + candidateBias[k];
            argument[k] = drive[(2 * n) + k] + (gates[k] * q[k]);
        }

        Tanh(argument, candidate, candidateSlope);
        for (int k = 0; k < n; k++)
        {
            double r = gates[k], z = gates[n + k], open = OneMinus(z, gateSlopes[n + k]), slope = open * candidateSlope[k];
            slopes[k] = slope * q[k] * gateSlopes[k];
            slopes[n + k] = (state[k] - candidate[k]) * gateSlopes[n + k];
            slopes[(2 * n) + k] = slope * r;
            slopes[(3 * n) + k] = z;
            slopes[(4 * n) + k] = slope;
            state[k] = (open * candidate[k]) + (z * state[k]);
        }

        WriteGates(slopes, products.Slice(n, n), gates[..n], []);
        return new Slopes(0, 0, 0, 0);
    }
}
