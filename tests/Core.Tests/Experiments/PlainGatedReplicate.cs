using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Randomness;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>
/// One replicate of a gated network in plain loops, unit by unit, with every Jacobian formed from the equations' derivatives. It shares the random words and
/// their normals with the product (tested by themselves) and nothing else. Weights are gaussian.
/// </summary>
internal sealed class PlainGatedReplicate
{
    private readonly CellSpec _spec;
    private readonly int _n;
    private readonly Matrix[] _recurrent;
    private readonly Matrix[] _input;
    private readonly double[][] _bias;

    public PlainGatedReplicate(CellSpec spec, int replicate)
    {
        (_spec, _n) = (spec, spec.HiddenSize);
        int n = _n, m = spec.ResolvedInputSize;

        // In the order of drawing: the candidate's block, then the gates' in PyTorch's order.
        double[] constants = spec.Network switch
        {
            NetworkKind.Gru => [spec.Bias, spec.ResetBias, spec.UpdateBias],
            NetworkKind.Lstm => [spec.Bias, spec.InputBias, spec.ForgetBias, spec.OutputBias],
            _ => [spec.Bias, spec.UpdateBias],
        };
        bool isMinimal = spec.Network == NetworkKind.Minimal;
        int blocks = isMinimal ? 1 : constants.Length;
        double[] weights = Normals(spec, replicate, StreamRole.RecurrentWeights, blocks * n * n);
        _recurrent = [.. Enumerable.Range(0, blocks).Select(k => Scaled(
            new Matrix(n, n, [.. weights.Skip(k * n * n).Take(n * n).Select(z => z / Math.Sqrt(n))]), k == 0 ? spec.SpectralRadius : spec.GateSpectralRadius ?? spec.SpectralRadius))];
        double[] input = Normals(spec, replicate, StreamRole.InputWeights, (blocks * n * m) + (n * n));
        _input = isMinimal
            ? [Part(0, n, m), Part(n * m, n, n)]
            : [.. Enumerable.Range(0, blocks).Select(k => Part(k * n * m, n, m))];
        double[] drawn = Normals(spec, replicate, StreamRole.Bias, constants.Length * n);
        _bias = [.. constants.Select((constant, k) => drawn.Skip(k * n).Take(n).Select(z => constant + (spec.BiasScale * z)).ToArray())];
        double[] u = Normals(spec, replicate, StreamRole.Input, (spec.Transient + spec.SequenceLength) * m);
        double[] state = [.. Normals(spec, replicate, StreamRole.InitialState, spec.StateSize).Select(z => spec.InitialState + (spec.InitialScale * z))];
        Product = PlainMatrix.Identity(spec.StateSize);
        for (int t = 0; t < spec.Transient + spec.SequenceLength; t++)
        {
            Matrix jacobian;
            (state, jacobian) = Step(state, u[(t * m)..((t + 1) * m)]);
            if (t < spec.Transient)
            {
                Gates.Clear();
            }
            else
            {
                Product = PlainMatrix.Multiply(jacobian, Product);
                LogDeterminant += PlainMatrix.ToMathNet(jacobian).LU().U.Diagonal().Sum(pivot => Math.Log(Math.Abs(pivot)));
            }
        }

        double[] g = Normals(spec, replicate, StreamRole.LossGradient, spec.StateSize);
        double length = Math.Sqrt(g.Sum(x => x * x));
        Gradient = PlainMatrix.Multiply(Product.Transpose(), [.. g.Select(x => x / length)]);

        Matrix Part(int start, int rows, int columns) =>
            new(rows, columns, [.. input.Skip(start).Take(rows * columns).Select(z => z * spec.InputScale / Math.Sqrt(columns))]);
    }

    public Matrix Product { get; }

    public double LogDeterminant { get; }

    public double[] Gradient { get; }

    /// <summary>The values of each gate at steps 1 to T.</summary>
    public Dictionary<GateKind, List<double[]>> Gates { get; } = [];

    private (double[] State, Matrix Jacobian) Step(double[] state, double[] u) => _spec.Network switch
    {
        NetworkKind.Gru => Gru(state, u),
        NetworkKind.Lstm => Lstm(state, u),
        _ => Minimal(state, u),
    };

    private (double[] State, Matrix Jacobian) Lstm(double[] state, double[] u)
    {
        double[] h = state[.._n], c = state[_n..], g = [.. Argument(0, h, u).Select(Math.Tanh)], i = [.. Argument(1, h, u).Select(Sigma)],
            f = [.. Argument(2, h, u).Select(Sigma)], o = [.. Argument(3, h, u).Select(Sigma)];
        Note(GateKind.Input, i);
        Note(GateKind.Forget, f);
        Note(GateKind.Output, o);
        var next = new double[2 * _n];
        var jacobian = new Matrix(2 * _n, 2 * _n);
        for (int k = 0; k < _n; k++)
        {
            double cell = (f[k] * c[k]) + (i[k] * g[k]), tanh = Math.Tanh(cell);
            (next[k], next[_n + k]) = (o[k] * tanh, cell);
            for (int j = 0; j < _n; j++)
            {
                // ∂c/∂h, then ∂h/∂h by way of o and of c.
                jacobian[_n + k, j] = (c[k] * f[k] * (1 - f[k]) * _recurrent[2][k, j]) + (g[k] * i[k] * (1 - i[k]) * _recurrent[1][k, j])
                    + (i[k] * (1 - (g[k] * g[k])) * _recurrent[0][k, j]);
                jacobian[k, j] = (tanh * o[k] * (1 - o[k]) * _recurrent[3][k, j]) + (o[k] * (1 - (tanh * tanh)) * jacobian[_n + k, j]);
            }

            jacobian[_n + k, _n + k] = f[k];
            jacobian[k, _n + k] = o[k] * (1 - (tanh * tanh)) * f[k];
        }

        return (next, jacobian);
    }

    private (double[] State, Matrix Jacobian) Gru(double[] h, double[] u)
    {
        double[] r = [.. Argument(1, h, u).Select(Sigma)], z = [.. Argument(2, h, u).Select(Sigma)], q = PlainMatrix.Multiply(_recurrent[0], h), input = PlainMatrix.Multiply(_input[0], u);
        Note(GateKind.Reset, r);
        Note(GateKind.Update, z);
        var next = new double[_n];
        var jacobian = new Matrix(_n, _n);
        for (int k = 0; k < _n; k++)
        {
            double n = Math.Tanh(input[k] + _bias[0][k] + (r[k] * q[k]));
            next[k] = ((1 - z[k]) * n) + (z[k] * h[k]);
            for (int j = 0; j < _n; j++)
            {
                double candidate = (1 - (n * n)) * ((r[k] * _recurrent[0][k, j]) + (q[k] * r[k] * (1 - r[k]) * _recurrent[1][k, j]));
                jacobian[k, j] = ((h[k] - n) * z[k] * (1 - z[k]) * _recurrent[2][k, j]) + ((1 - z[k]) * candidate) + (j == k ? z[k] : 0);
            }
        }

        return (next, jacobian);
    }

    private (double[] State, Matrix Jacobian) Minimal(double[] h, double[] u)
    {
        double[] z = [.. PlainMatrix.Multiply(_input[0], u).Zip(_bias[0], (a, b) => Math.Tanh(a + b))];
        double[] recurrent = PlainMatrix.Multiply(_recurrent[0], h), input = PlainMatrix.Multiply(_input[1], z);
        double[] update = [.. Enumerable.Range(0, _n).Select(k => Sigma(recurrent[k] + input[k] + _bias[1][k]))];
        Note(GateKind.Update, update);
        var next = new double[_n];
        var jacobian = new Matrix(_n, _n);
        for (int k = 0; k < _n; k++)
        {
            double gate = update[k];
            next[k] = (gate * h[k]) + ((1 - gate) * z[k]);
            for (int j = 0; j < _n; j++)
            {
                jacobian[k, j] = ((h[k] - z[k]) * gate * (1 - gate) * _recurrent[0][k, j]) + (j == k ? gate : 0);
            }
        }

        return (next, jacobian);
    }

    private void Note(GateKind gate, double[] values)
    {
        if (!Gates.TryGetValue(gate, out List<double[]>? steps))
        {
            Gates[gate] = steps = [];
        }

        steps.Add(values);
    }

    private double[] Argument(int block, double[] h, double[] u)
    {
        double[] recurrent = PlainMatrix.Multiply(_recurrent[block], h), input = PlainMatrix.Multiply(_input[block], u);
        return [.. Enumerable.Range(0, _n).Select(k => recurrent[k] + input[k] + _bias[block][k])];
    }

    private Matrix Scaled(Matrix drawn, double radius)
    {
        double found = _spec.Scaling == WeightScaling.Expected ? 1 : PlainMatrix.SpectralRadiusByPowers(drawn);
        return PlainMatrix.Map(drawn, w => w * radius / found);
    }

    private static double Sigma(double a) => 1 / (1 + Math.Exp(-a));

    private static double[] Normals(CellSpec spec, int replicate, StreamRole role, int count)
    {
        var stream = Philox.For(spec.Seed, replicate, role);
        return [.. Enumerable.Range(0, count).Select(_ => stream.NextNormal())];
    }
}
