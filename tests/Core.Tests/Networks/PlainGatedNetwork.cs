using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Networks;

/// <summary>
/// A unit with one gate: z = σ(W_z h + d), n = tanh(W_n h + d), h' = z h + (1 − z) n, in plain loops. Its Jacobian has three terms, and its slopes are
/// three vectors, so it is not W times a diagonal.
/// </summary>
internal sealed class PlainGatedNetwork(Matrix gate, Matrix candidate) : INetwork
{
    public int HiddenSize => gate.Rows;

    public int SlopeLength => 3 * HiddenSize;

    public bool JacobianIsConstant => false;

    public BlockJacobian Jacobian => new AppliedJacobian(this);

    public long Bytes => sizeof(double) * 2L * gate.Values.Length;

    public double NormBound(double weightsNorm) => double.NaN;

    public double LogNormBound(double logMaximumSlope) => double.NaN;

    public Slopes Advance(Span<double> state, ReadOnlySpan<double> drive, Span<double> slopes, Span<double> scratch)
    {
        int n = HiddenSize;
        double[] h = state.ToArray(), forGate = PlainMatrix.Multiply(gate, h), forCandidate = PlainMatrix.Multiply(candidate, h);
        for (int i = 0; i < n; i++)
        {
            double z = 1 / (1 + Math.Exp(-forGate[i] - drive[i])), value = Math.Tanh(forCandidate[i] + drive[i]);
            state[i] = (z * h[i]) + ((1 - z) * value);
            (slopes[i], slopes[n + i], slopes[(2 * n) + i]) = (z, (1 - z) * (1 - (value * value)), (h[i] - value) * z * (1 - z));
        }

        return new Slopes(0, 0, 0, 0);
    }

    public void MultiplyJacobian(ReadOnlySpan<double> slopes, Span<double> block, Span<double> result, int columns)
    {
        var vectors = new Matrix(HiddenSize, columns, block.ToArray());
        PlainMatrix.Multiply(Form(slopes), vectors).Values.CopyTo(result);
        block.Clear();
    }

    public void MultiplyJacobianTransposed(ReadOnlySpan<double> slopes, Span<double> vector, Span<double> result) =>
        PlainMatrix.Multiply(Form(slopes).Transpose(), vector.ToArray()).CopyTo(result);

    private Matrix Form(ReadOnlySpan<double> slopes)
    {
        int n = HiddenSize;
        var jacobian = new Matrix(n, n);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                jacobian[i, j] = (i == j ? slopes[i] : 0) + (slopes[n + i] * candidate[i, j]) + (slopes[(2 * n) + i] * gate[i, j]);
            }
        }

        return jacobian;
    }
}
