using RnnSweep.Core.Jacobians;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;

namespace RnnSweep.Benchmarks.Kernel;

/// <summary>
/// The project's own step as in a trajectory: columns times W and slopes, with the largest magnitudes recorded and the columns rescaled
/// if necessary.
/// </summary>
internal sealed class KernelStep : IProductStep
{
    private double[] _slopes = [];
    private PropagatedColumns? _columns, _untouched;

    public string Name => "rnnsweep";

    public void Prepare(ReadOnlySpan<double> weights, ReadOnlySpan<double> block, int hiddenSize, int columns)
    {
        var jacobian = new RecurrentJacobian(new PackedMatrix(weights, hiddenSize), slopesComeFirst: false);
        _columns = new PropagatedColumns(jacobian, block, new double[columns], hasPendingFactor: false);
        _untouched = _columns.Copy();
        _slopes = [.. Enumerable.Repeat(1.0, hiddenSize)];
    }

    public void Step() => _columns!.Advance(_slopes, 0);

    public double[] Result()
    {
        PropagatedColumns once = _untouched!.Copy();
        once.Advance(_slopes, 0);
        Matrix product = once.Read(complete: true);
        for (int i = 0; i < product.Values.Length; i++)
        {
            product.Values[i] *= double.Exp2(once.Exponents[i % product.Columns]);
        }

        return product.Values;
    }
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
