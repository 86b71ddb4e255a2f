using RnnSweep.Core.Jacobians;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Experiments;

/// <summary>A replicate's trajectory for the gradients of a loss with respect to its parameters. It runs beside those of the other statistics.</summary>
internal sealed class GradientReplicate
{
    private readonly ReplicateStart _start;
    private readonly ParameterTrajectory _trajectory;
    private readonly bool _hasGates;

    /// <summary>Creates the trajectory at step 0.</summary>
    /// <param name="spec">The cell.</param>
    /// <param name="start">What the replicate starts from; its state is copied.</param>
    public GradientReplicate(CellSpec spec, ReplicateStart start)
    {
        _start = start;
        INetwork network = start.Running.Network;
        _trajectory = new ParameterTrajectory(network, start.Running.Drive, start.State, checked((int)spec.AllTransient));
        _hasGates = !network.Gates.IsEmpty;
    }

    /// <summary>Number of steps done.</summary>
    public int Step => _trajectory.Step;

    /// <summary>Advances to the cell's sequence length and adds the gradients to a reading, where they are known.</summary>
    public OpenReading Add(OpenReading open, CellSpec spec, CancellationToken cancellation)
    {
        _trajectory.AdvanceTo(spec.SequenceLength, cancellation);
        if (!_trajectory.IsKnown)
        {
            return open;
        }

        ParameterGradient gradient = _trajectory.Read(_start.LossGradient, spec.Loss, spec.MeasuresLags ? LagGrid.Of(spec) : [], cancellation);
        Reading reading = open.Reading with
        {
            Log10WeightsGradient = gradient.Log10Norm(ParameterKind.RecurrentWeights),
            Log10InputWeightsGradient = gradient.Log10Norm(ParameterKind.InputWeights),
            Log10BiasGradient = gradient.Log10Norm(ParameterKind.Bias),
            GradientMeanLag = gradient.MeanLag,
            GradientLags = spec.MeasuresLags ? new GradientLagsResult { Log10Terms = new([.. gradient.Log10Terms]), Log10PartialSums = new([.. gradient.Log10PartialSums]) } : null,
        };
        return open with { Reading = _hasGates ? WithBlocks(reading, gradient) : reading };
    }

    private static Reading WithBlocks(Reading reading, ParameterGradient gradient)
    {
        foreach (GateKind? gate in gradient.Squares.Select(square => square.Block.Gate).Distinct())
        {
            (double w, double input, double bias) = (
                gradient.Log10Norm(ParameterKind.RecurrentWeights, gate), gradient.Log10Norm(ParameterKind.InputWeights, gate), gradient.Log10Norm(ParameterKind.Bias, gate));
            reading = gate switch
            {
                GateKind.Input => reading with { Log10InputGateWeightsGradient = w, Log10InputGateInputWeightsGradient = input, Log10InputGateBiasGradient = bias },
                GateKind.Forget => reading with { Log10ForgetGateWeightsGradient = w, Log10ForgetGateInputWeightsGradient = input, Log10ForgetGateBiasGradient = bias },
                GateKind.Output => reading with { Log10OutputGateWeightsGradient = w, Log10OutputGateInputWeightsGradient = input, Log10OutputGateBiasGradient = bias },
                GateKind.Reset => reading with { Log10ResetGateWeightsGradient = w, Log10ResetGateInputWeightsGradient = input, Log10ResetGateBiasGradient = bias },
                GateKind.Update => reading with { Log10UpdateGateWeightsGradient = w, Log10UpdateGateInputWeightsGradient = input, Log10UpdateGateBiasGradient = bias },
                _ => reading with { Log10CandidateWeightsGradient = w, Log10CandidateInputWeightsGradient = input, Log10CandidateBiasGradient = bias },
            };
        }

        return reading;
    }
}
