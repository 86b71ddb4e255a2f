using RnnSweep.Core.Jacobians;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Gated;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Networks.Gated;

/// <summary>
/// Networks of three units whose weights are formulas, so that other programs can compute them: W_hh[i][j] = 0.9 sin(1.3(i+1)(j+2) + 0.7i + 1),
/// W_ih[i][j] = 0.8 cos(0.9(i+1)(j+1) + 0.5), b_ih[i] = 0.3 sin(0.4i), b_hh[i] = 0.2 cos(0.7i), u_t[j] = sin(0.5t + j), h_0 = (0.1, 0.2, 0.3), c_0[k] = 0.2 cos k.
/// </summary>
internal sealed class PublishedNetwork
{
    private const int N = 3;

    private readonly NetworkKind _kind;
    private readonly int _blocks;

    public PublishedNetwork(NetworkKind kind)
    {
        (_kind, _blocks) = (kind, GateBlocks.Of(kind).Count);
        Matrix weights = Layer(kind).Recurrent;
        Network = kind switch
        {
            NetworkKind.Lstm => new LstmNetwork(weights),
            NetworkKind.Gru => new GruNetwork(weights, [.. Enumerable.Range(2 * N, N).Select(HiddenBias)]),
            _ => new MinimalNetwork(weights, InputWeights(N, N), [.. Enumerable.Range(0, N).Select(InputBias)]),
        };
        State = [0.1, 0.2, 0.3, .. kind == NetworkKind.Lstm ? Enumerable.Range(0, N).Select(k => 0.2 * Math.Cos(k)) : []];
        Product = PlainMatrix.Identity(Network.HiddenSize);
    }

    public GatedNetwork Network { get; }

    public double[] State { get; }

    /// <summary>The product of the Jacobians of the steps so far, formed and multiplied in plain loops; a few steps do not leave the range of a double.</summary>
    public Matrix Product { get; private set; }

    /// <summary>Σ_t ln |det J_t|, by LU factorisations.</summary>
    public double LogDeterminant { get; private set; }

    public void Run(int steps)
    {
        for (int t = 1; t <= steps; t++)
        {
            double[] drive = Drive(t);
            Matrix jacobian = JacobianCheck.Form(Network, State, drive);
            LogDeterminant += PlainMatrix.ToMathNet(jacobian).LU().U.Diagonal().Sum(pivot => Math.Log(Math.Abs(pivot)));
            Product = PlainMatrix.Multiply(jacobian, Product);
            Network.Advance(State, drive, new double[Network.SlopeLength], new double[Network.HiddenSize]);
        }
    }

    public double[] Drive(int t)
    {
        // Of a minimalRNN the drive is what z̃ is the tanh of.
        int size = _kind == NetworkKind.Minimal ? N : 2;
        double[] u = [.. Enumerable.Range(0, size).Select(j => Math.Sin((0.5 * t) + j))];
        if (_kind == NetworkKind.Minimal)
        {
            return u;
        }

        Matrix weights = InputWeights(_blocks * N, size);
        return [.. Enumerable.Range(0, _blocks * N).Select(i =>
            InputBias(i) + (_kind == NetworkKind.Gru && i >= 2 * N ? 0 : HiddenBias(i)) + Enumerable.Range(0, size).Sum(j => weights[i, j] * u[j]))];
    }

    /// <summary>The weights and biases of a kind, of two inputs.</summary>
    public static TrainedLayer Layer(NetworkKind kind)
    {
        int rows = GateBlocks.Of(kind).Count * N;
        return new TrainedLayer(
            Of(rows, N, (i, j) => 0.9 * Math.Sin((1.3 * (i + 1) * (j + 2)) + (0.7 * i) + 1)),
            InputWeights(rows, 2),
            [.. Enumerable.Range(0, rows).Select(InputBias)],
            [.. Enumerable.Range(0, rows).Select(HiddenBias)]);
    }

    /// <summary>A network of one layer.</summary>
    public static TrainedNetwork Trained(NetworkKind kind) => new(new TrainedShape(kind, N, 2, 1, 1), [Layer(kind)]);

    /// <summary>u_1, u_2, …, a row for each step.</summary>
    public static Matrix Inputs(int steps) => Of(steps, 2, (t, j) => Math.Sin((0.5 * (t + 1)) + j));

    private static Matrix InputWeights(int rows, int size) => Of(rows, size, (i, j) => 0.8 * Math.Cos((0.9 * (i + 1) * (j + 1)) + 0.5));

    private static double InputBias(int i) => 0.3 * Math.Sin(0.4 * i);

    private static double HiddenBias(int i) => 0.2 * Math.Cos(0.7 * i);

    private static Matrix Of(int rows, int columns, Func<int, int, double> entry)
    {
        var matrix = new Matrix(rows, columns);
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                matrix[i, j] = entry(i, j);
            }
        }

        return matrix;
    }
}
