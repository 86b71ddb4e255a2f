using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>Identity weights: N units without connections, whose parts of the product differ by unbounded factors.</summary>
public sealed class DecoupledNetworkTests
{
    // In these replicates the unit that leads at the end was hundreds of decades smaller before.
    [Theory]
    [InlineData(42)]
    [InlineData(149)]
    [InlineData(384)]
    [InlineData(0)]
    public void The_unit_that_leads_in_the_end_is_the_norm(int replicate)
    {
        var spec = new CellSpec { HiddenSize = 2, Weights = WeightEnsemble.Identity, InputScale = 10, SequenceLength = 3000 };
        DrawnWeights drawn = new WeightsCache(0).Find(spec, replicate, null!);
        ReplicateTrajectory running = ReplicateTrajectory.Start(spec, replicate, _ => drawn, null!)!;
        running.Trajectory.AdvanceTo(spec.SequenceLength);
        Reading result = running.Complete([running.Read(spec, null, CancellationToken.None)], CancellationToken.None)[0];

        // J_t is diagonal, so σ_max of the product is the larger of two products of slopes.
        Drive drive = Drive.Of(2, 2, 10, 0, 0, 1, replicate, null);
        double[] x = InitialState.Draw(2, 0, 1, 1, replicate), step = new double[2], logs = new double[2];
        for (int t = 0; t < spec.SequenceLength; t++)
        {
            drive.Fill(t, step);
            for (int i = 0; i < 2; i++)
            {
                logs[i] += Activation.Named(ActivationKind.Tanh).LogSlope(x[i]) / Math.Log(10);
                x[i] = Math.Tanh(x[i]) + step[i];
            }
        }

        Assert.Equal(1, result.Log10SpectralNorm / logs.Max(), 1e-12); // T roundings of a sum of T terms of one sign
        Assert.True(result.Log10SpectralNorm >= result.Log10AbsDeterminant / 2);
        Assert.Equal(1, result.Log10AbsDeterminant / logs.Sum(), 1e-12);
    }

    [Fact]
    public void Slopes_far_below_the_range_of_a_double_are_handled_exactly()
    {
        // φ'(x) = e^−x for a logistic unit at x = 1e17, so the product falls by 1e17 nats per step; W's contribution to x is below its last digit.
        Reading result = Cell.Run(new CellSpec
        {
            HiddenSize = 3,
            Activation = ActivationKind.Sigmoid,
            Bias = 1e17,
            InitialState = 1e17,
            SequenceLength = 200,
        });

        Assert.Equal(1, result.Log10SpectralNorm / (-200 * 1e17 / Math.Log(10)), 1e-12);
        Assert.InRange(result.Log10SpectralNorm / result.Log10PathBound, 1 - 1e-12, double.PositiveInfinity); // below the bound, except for rounding
        Assert.Equal((Outcome.Vanishing, ReplicateStatus.Ok), (result.Outcome, result.Status));
    }
}
