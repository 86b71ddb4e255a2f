using RnnSweep.Core.Jacobians;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;
using RnnSweep.Core.Networks.Gated;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Jacobians;

/// <summary>A parameter of a network: blocks of N rows, one for each gate or candidate.</summary>
internal sealed record TunableParameter(ParameterKind Kind, GateKind?[] Gates, Matrix Values);

/// <summary>A small network with input, which can be built again with other parameters, and the gradients of its loss by central differences of the loss.</summary>
internal sealed class TunableNetwork
{
    public const int Units = 3, Inputs = 2, Steps = 6;

    // With Richardson extrapolation the truncation is of order h⁴ = 1e-16 and rounding of order ε/h = 2e-12.
    private const double Displacement = 1e-4;

    private readonly Func<Matrix[], (INetwork Network, Matrix InputWeights, double[] Bias)> _build;
    private readonly Matrix _inputs = PlainMatrix.Gaussian(Steps, Inputs, 77);

    private TunableNetwork(string name, TunableParameter[] parameters, Func<Matrix[], (INetwork Network, Matrix InputWeights, double[] Bias)> build)
    {
        (Name, Parameters, _build) = (name, parameters, build);
        INetwork network = Build(Parameters.Select(parameter => parameter.Values)).Network;
        Start = PlainMatrix.Gaussian(network.StateLength, 1, 78).Values;
        LossGradient = PlainMatrix.Gaussian(network.HiddenSize, 1, 79).Values;
    }

    public string Name { get; }

    public TunableParameter[] Parameters { get; }

    public double[] Start { get; }

    public double[] LossGradient { get; }

    public static IEnumerable<TunableNetwork> All
    {
        get
        {
            foreach (ActivationKind activation in Enum.GetValues<ActivationKind>())
            {
                yield return Plain(activation, StateForm.PreActivation, 1);
                yield return Plain(activation, StateForm.PostActivation, 1);
            }

            yield return Plain(ActivationKind.Tanh, StateForm.PreActivation, 0.3);
            yield return Plain(ActivationKind.Softplus, StateForm.PostActivation, 0.3);
            foreach (NetworkKind kind in new[] { NetworkKind.Gru, NetworkKind.Lstm, NetworkKind.Rnn })
            {
                yield return Layers(kind, 1, isUpper: false);
                yield return Layers(kind, 3, isUpper: false);
                yield return Layers(kind, 2, isUpper: true);
            }

            yield return Minimal();
        }
    }

    public ParameterTrajectory Trajectory()
    {
        (INetwork network, Drive drive) = Build(Parameters.Select(parameter => parameter.Values));
        return new ParameterTrajectory(network, drive, Start, 0);
    }

    /// <summary>The network with the recurrent weights and those between layers, and without biases and input.</summary>
    public INetwork Autonomous() => Build(Parameters.Select(parameter => parameter.Kind == ParameterKind.Bias ? PlainMatrix.Map(parameter.Values, _ => 0) : parameter.Values)).Network;

    /// <summary>∂L/∂Θ of each parameter, where Θ varies in the steps after the first <paramref name="fixedSteps"/> up to <paramref name="lastStep"/>.</summary>
    public Matrix[] Differences(LossSteps loss, int fixedSteps = 0, int lastStep = Steps)
    {
        var result = new Matrix[Parameters.Length];
        for (int p = 0; p < result.Length; p++)
        {
            Matrix values = Parameters[p].Values;
            result[p] = new Matrix(values.Rows, values.Columns);
            for (int i = 0; i < values.Values.Length; i++)
            {
                result[p].Values[i] = ((4 * Difference(p, i, Displacement / 2)) - Difference(p, i, Displacement)) / 3;
            }
        }

        return result;

        double Difference(int parameter, int entry, double h) => (Loss(parameter, entry, h) - Loss(parameter, entry, -h)) / (2 * h);

        double Loss(int parameter, int entry, double h)
        {
            Matrix[] displaced = [.. Parameters.Select((other, place) => place == parameter ? PlainMatrix.Map(other.Values, value => value) : other.Values)];
            displaced[parameter].Values[entry] += h;
            (INetwork Network, Drive Drive) moved = Build(displaced), original = Build(Parameters.Select(other => other.Values));
            double[] state = [.. Start], drive = new double[moved.Network.DriveLength];
            double sum = 0;
            for (int t = 1; t <= Steps; t++)
            {
                (INetwork network, Drive source) = t > fixedSteps && t <= lastStep ? moved : original;
                source.Fill(t - 1, drive);
                network.Advance(state, drive, new double[network.SlopeLength], new double[network.HiddenSize]);
                sum += t == Steps || loss == LossSteps.Every ? state[^LossGradient.Length..].Zip(LossGradient, (x, g) => x * g).Sum() : 0;
            }

            return sum;
        }
    }

    public override string ToString() => Name;

    private (INetwork Network, Drive Drive) Build(IEnumerable<Matrix> parameters)
    {
        (INetwork network, Matrix inputWeights, double[] bias) = _build([.. parameters]);
        return (network, Drive.Of(inputWeights, bias, 1, 1, 0, InputRows.Of(_inputs)));
    }

    private static TunableNetwork Plain(ActivationKind activation, StateForm state, double leak) => new(
        $"{activation} {state} {leak}",
        [.. Layer([null], Inputs, 1)],
        parameters =>
        {
            var network = RecurrentNetwork.Of(state, JacobianForm.Exact, parameters[0], Activation.Named(activation));
            return (leak == 1 ? network : new LeakyNetwork(network, leak, 1), parameters[1], parameters[2].Values);
        });

    private static TunableNetwork Layers(NetworkKind kind, int count, bool isUpper)
    {
        GateKind?[] gates = kind switch
        {
            NetworkKind.Gru => [GateKind.Reset, GateKind.Update, null],
            NetworkKind.Lstm => [GateKind.Input, GateKind.Forget, null, GateKind.Output],
            _ => [null],
        };
        TunableParameter[] all = [.. Enumerable.Range(0, count).SelectMany(layer => Layer(gates, layer == 0 ? Inputs : Units, 10 * (ulong)(layer + 1)))];
        int below = isUpper ? all.Length - 3 : 0;
        return new TunableNetwork($"{kind} {count} {isUpper}", all[below..], parameters =>
        {
            Matrix[] whole = [.. all[..below].Select(parameter => parameter.Values), .. parameters];
            GatedNetwork[] layers = [.. Enumerable.Range(0, count).Select(layer => Network(whole[3 * layer], isAutonomous: whole[(3 * layer) + 2].Values.All(bias => bias == 0)))];
            var stack = new StackedNetwork(layers[0], [.. Enumerable.Range(1, count - 1).Select(layer => new LayerAbove(layers[layer], whole[(3 * layer) + 1], whole[(3 * layer) + 2].Values))]);
            return (isUpper ? new UpperLayer(stack) : count == 1 ? layers[0] : stack, whole[1], whole[2].Values);
        });

        GatedNetwork Network(Matrix weights, bool isAutonomous) => kind switch
        {
            NetworkKind.Gru => new GruNetwork(weights, isAutonomous ? new double[Units] : [0.3, -0.2, 0.1]),
            NetworkKind.Lstm => new LstmNetwork(weights),
            _ => new RnnLayer(weights, Activation.Named(ActivationKind.Tanh)),
        };
    }

    private static TunableNetwork Minimal() => new(
        "Minimal",
        [.. Layer([GateKind.Update], Units, 1), .. Layer([null], Inputs, 10).Skip(1)],
        parameters => (new MinimalNetwork(parameters[0], parameters[1], parameters[2].Values), parameters[3], parameters[4].Values));

    private static IEnumerable<TunableParameter> Layer(GateKind?[] gates, int inputs, ulong seed)
    {
        int rows = gates.Length * Units;
        yield return new TunableParameter(ParameterKind.RecurrentWeights, gates, PlainMatrix.Map(PlainMatrix.Gaussian(rows, Units, seed), w => 0.8 * w));
        yield return new TunableParameter(ParameterKind.InputWeights, gates, PlainMatrix.Gaussian(rows, inputs, seed + 1));
        yield return new TunableParameter(ParameterKind.Bias, gates, PlainMatrix.Map(PlainMatrix.Gaussian(rows, 1, seed + 2), b => 0.5 * b));
    }
}
