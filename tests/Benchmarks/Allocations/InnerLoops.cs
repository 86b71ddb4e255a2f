using BenchmarkDotNet.Attributes;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Benchmarks.Allocations;

/// <summary>The code that runs once per step; BenchmarkDotNet requires a public class that is not sealed.</summary>
public class InnerLoops
{
    internal const int HiddenSize = 64;

    private readonly double[] _drive = new double[HiddenSize], _slopes = new double[HiddenSize], _scratch = new double[HiddenSize], _carried = new double[HiddenSize];
    private double[] _state = [], _gradient = [];
    private RecurrentNetwork? _network;
    private JacobianProduct? _product;
    private SpectralProduct? _spectral;
    private Drive? _input;

    [Params(StateForm.PreActivation, StateForm.PostActivation)]
    public StateForm State { get; set; }

    [GlobalSetup]
    public void Draw()
    {
        Matrix weights = WeightDraw.Draw(WeightEnsemble.Orthogonal, HiddenSize, 1, 1, 0);
        _network = RecurrentNetwork.Of(State, JacobianForm.Exact, weights, Activation.Named(ActivationKind.Tanh));
        _state = InitialState.Draw(HiddenSize, 0, 1, 1, 0);
        _gradient = InitialState.Draw(HiddenSize, 0, 1, 1, 1);
        _input = Drive.Of(HiddenSize, HiddenSize, 0.1, 0, 0, 1, 0, null);
        _network.Advance(_state, _drive, _slopes, _scratch);
        _product = new JacobianProduct(_network, new ConstantSlopes(_slopes));
        _spectral = new SpectralProduct(_network);
    }

    [Benchmark(Description = "input of a step")]
    public void Input() => _input!.Fill(7, _drive);

    [Benchmark(Description = "network step")]
    public double Step() => _network!.Advance(_state, _drive, _slopes, _scratch).Sum;

    [Benchmark(Description = "product step")]
    public void Product() => _product!.Advance(_slopes, 0, 0);

    [Benchmark(Description = "product step for all singular values")]
    public void Spectral() => _spectral!.Advance(_slopes, 0);

    [Benchmark(Description = "step back of the loss gradient")]
    public void Back()
    {
        // The same vector each time, because a repeatedly multiplied one would become subnormal, which is slow.
        _gradient.CopyTo(_scratch, 0);
        _network!.MultiplyJacobianTransposed(_slopes, _scratch, _carried);
    }
}
