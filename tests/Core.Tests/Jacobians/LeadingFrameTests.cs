using RnnSweep.Core.Jacobians;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;
using RnnSweep.Core.Tests.LinearAlgebra;
using Matrix = RnnSweep.Core.LinearAlgebra.Matrix;

namespace RnnSweep.Core.Tests.Jacobians;

/// <summary>The frame of the leading exponents, alone and beside the state.</summary>
public sealed class LeadingFrameTests
{
    [Fact]
    public void Few_steps_of_a_long_trajectory_are_factored()
    {
        int Blocks(double least)
        {
            Matrix weights = PlainMatrix.Diagonal([.. Enumerable.Range(0, 16).Select(i => i == 3 ? least : 1.1)]);
            var network = RecurrentNetwork.Of(StateForm.PostActivation, JacobianForm.Exact, weights, Activation.Named(ActivationKind.Linear));
            var frame = new LeadingFrame(network, 16);
            frame.Begin();
            var ones = new double[16];
            Array.Fill(ones, 1);
            for (int t = 0; t < 4096; t++)
            {
                frame.Advance(ones, 0, slopesAreRaised: false);
            }

            return frame.Blocks;
        }

        // Blocks of 1 to 16 steps, then of 16: samples do not end them.
        Assert.Equal(16 + ((4096 - (16 * 17 / 2)) / 16), Blocks(1.1));

        // A direction that shrinks by a million a step leaves nothing but rounding of it after three steps.
        Assert.InRange(Blocks(1e-6), 4096 / 2, 4096);
    }

    // The product of the columns and that of the state share a pass over W; the trajectory of the product has a state of its own.
    [Theory]
    [InlineData(StateForm.PreActivation, ActivationKind.Tanh)]
    [InlineData(StateForm.PostActivation, ActivationKind.Tanh)]
    [InlineData(StateForm.PreActivation, ActivationKind.Relu)]
    [InlineData(StateForm.PostActivation, ActivationKind.Softplus)]
    public void The_state_is_that_of_the_trajectory_of_the_product_bit_for_bit(StateForm state, ActivationKind activation)
    {
        const int n = 45;
        Matrix weights = PlainMatrix.Gaussian(n, n, 7);
        for (int i = 0; i < weights.Values.Length; i++)
        {
            weights.Values[i] *= 1.4 / Math.Sqrt(n);
        }

        var network = RecurrentNetwork.Of(state, JacobianForm.Exact, weights, Activation.Named(activation));
        double[] start = InitialState.Draw(n, 0, 1, 1, 0);
        var product = new Trajectory(network, Drive.Of(n, 2, 0.3, 0, 0, 1, 0, null), [.. start], 20);
        var leading = new LeadingTrajectory(network, Drive.Of(n, 2, 0.3, 0, 0, 1, 0, null), [.. start], 20, 7);
        foreach (int step in new[] { 1, 3, 40, 150 })
        {
            product.AdvanceTo(step);
            leading.AdvanceTo(step);
            Assert.Equal(product.State.ToArray(), leading.State.ToArray());
            Assert.Equal(product.Totals.LogSum, leading.Totals.LogSum);
        }
    }

    // The frame of a trajectory takes the state along; this one gets the slopes alone, and so does everything in other blocks.
    [Theory]
    [InlineData(StateForm.PreActivation, 1.4)]
    [InlineData(StateForm.PostActivation, 1.4)]
    [InlineData(StateForm.PreActivation, 1e-60)]
    public void Columns_that_are_multiplied_beside_the_state_grow_as_alone(StateForm state, double radius)
    {
        const int n = 30;
        Matrix weights = PlainMatrix.Gaussian(n, n, 7);
        for (int i = 0; i < weights.Values.Length; i++)
        {
            weights.Values[i] *= radius / Math.Sqrt(n);
        }

        var network = RecurrentNetwork.Of(state, JacobianForm.Exact, weights, Activation.Named(ActivationKind.Tanh));
        var drive = Drive.Of(n, 2, 0.3, 0, 0, 1, 0, null);
        double[] start = InitialState.Draw(n, 0, 1, 1, 0), slopes = new double[n], input = new double[n], scratch = new double[n], x = [.. start];
        var together = new LeadingTrajectory(network, drive, [.. start], 0, 9);
        together.AdvanceTo(200);
        var alone = new LeadingFrame(network, 9);
        alone.Begin();
        for (int t = 0; t < 200; t++)
        {
            drive.Fill(t, input);
            Slopes step = network.Advance(x, input, slopes, scratch);
            alone.Advance(slopes, step.Exponent, slopesAreRaised: false);
        }

        LeadingExponents expected = alone.Read(), actual = together.Frame.Read();
        Assert.All(expected.Exponents.Zip(actual.Exponents), pair => Assert.Equal(pair.First, pair.Second, 1e-12)); // some ulp times the condition of a block
        Assert.All(expected.History.Zip(actual.History), pair => Assert.Equal(pair.First, pair.Second, 1e-11)); // of fewer steps
    }
}
