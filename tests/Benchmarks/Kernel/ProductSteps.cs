using RnnSweep.Core.Jacobians;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Benchmarks.Kernel;

/// <summary>The project's own kernel.</summary>
internal sealed class KernelStep : IProductStep
{
    private double[] _weights = [], _block = [], _result = [];
    private int _n, _columns;

    public string Name => "rnnsweep";

    public void Prepare(ReadOnlySpan<double> weights, ReadOnlySpan<double> block, int hiddenSize, int columns) =>
        (_weights, _block, _result, _n, _columns) = (weights.ToArray(), block.ToArray(), new double[block.Length], hiddenSize, columns);

    public void Step() => MatrixProduct.Multiply(_weights, _block, _result, _n, _n, _columns);

    public double[] Result() => _result;
}

/// <summary>OpenBLAS' product of the same shape.</summary>
internal sealed class OpenBlasStep(OpenBlas library) : IProductStep
{
    private double[] _weights = [], _block = [], _result = [];
    private int _n, _columns;

    public string Name => "OpenBLAS";

    public void Prepare(ReadOnlySpan<double> weights, ReadOnlySpan<double> block, int hiddenSize, int columns) =>
        (_weights, _block, _result, _n, _columns) = (weights.ToArray(), block.ToArray(), new double[block.Length], hiddenSize, columns);

    public void Step() => library.Multiply(_weights, _block, _result, _n, _n, _columns);

    public double[] Result() => _result;
}

/// <summary>The whole step P_t = J_t P_{t−1} of a trajectory, with the slopes and the rescaling; the block is the product itself, so r = N.</summary>
internal sealed class JacobianStep : IProductStep
{
    private JacobianProduct _product = new(1);
    private RecurrentNetwork? _network;
    private double[] _slopes = [];

    public string Name => "rnnsweep, whole step";

    public void Prepare(ReadOnlySpan<double> weights, ReadOnlySpan<double> block, int hiddenSize, int columns)
    {
        _network = RecurrentNetwork.Of(
            StateForm.PreActivation, JacobianForm.Exact, new Matrix(hiddenSize, hiddenSize, weights.ToArray()), Activation.Named(ActivationKind.Tanh));
        _product = new JacobianProduct(hiddenSize);
        _slopes = [.. Enumerable.Range(0, hiddenSize).Select(i => 0.5 + (0.4 * Math.Sin(i)))];
    }

    public void Step() => _product.Advance(_network!, _slopes, 0);

    public double[]? Result() => null;
}
