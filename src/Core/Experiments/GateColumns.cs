using RnnSweep.Core.Jacobians;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Experiments;

/// <summary>The columns of gates.</summary>
internal static class GateColumns
{
    private static readonly double s_ln10 = Math.Log(10);

    /// <summary>The reading with the numbers of the gates, where the network has any.</summary>
    public static Reading Add(Reading reading, INetwork network, GateTotals? gates)
    {
        if (gates is not { } totals)
        {
            return reading;
        }

        reading = reading with { SaturatedFraction = totals.SaturatedFraction, Log10MemoryPath = totals.LogMemoryPath / s_ln10 };
        for (int gate = 0; gate < network.Gates.Length; gate++)
        {
            (double mean, double p05, double p95) = totals.Of(gate);
            reading = network.Gates[gate] switch
            {
                GateKind.Input => reading with { InputGateMean = mean, InputGateP05 = p05, InputGateP95 = p95 },
                GateKind.Forget => reading with { ForgetGateMean = mean, ForgetGateP05 = p05, ForgetGateP95 = p95 },
                GateKind.Output => reading with { OutputGateMean = mean, OutputGateP05 = p05, OutputGateP95 = p95 },
                GateKind.Reset => reading with { ResetGateMean = mean, ResetGateP05 = p05, ResetGateP95 = p95 },
                _ => reading with { UpdateGateMean = mean, UpdateGateP05 = p05, UpdateGateP95 = p95 },
            };
        }

        return reading;
    }
}
