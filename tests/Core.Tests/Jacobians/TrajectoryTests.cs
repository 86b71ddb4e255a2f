using RnnSweep.Core.Experiments;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Jacobians;

public sealed class TrajectoryTests
{
    private static Trajectory Start(int n, double gain, ActivationKind activation, StateForm state, double inputScale, int transient)
    {
        Matrix weights = PlainMatrix.Map(WeightDraw.Draw(WeightEnsemble.Gaussian, n, 1, 1, 0), w => gain * w);
        return new Trajectory(
            RecurrentNetwork.Of(state, JacobianForm.Exact, weights, Activation.Named(activation)),
            Drive.Of(n, 3, inputScale, 0, 0.1, 1, 0, null),
            InitialState.Draw(n, 0, 1, 1, 0),
            transient);
    }

    // The sizes fill vectors and tiles of any machine, or do not; the gains let gradients vanish beyond the range of a double, grow, and become 0.
    [Theory]
    [InlineData(5, ActivationKind.Tanh, StateForm.PreActivation, 0.01)]
    [InlineData(16, ActivationKind.Tanh, StateForm.PostActivation, 3)]
    [InlineData(17, ActivationKind.Erf, StateForm.PreActivation, 1)]
    [InlineData(33, ActivationKind.Relu, StateForm.PostActivation, 0.9)]
    [InlineData(64, ActivationKind.Linear, StateForm.PreActivation, 30)]
    public void One_pass_back_from_many_steps_has_the_bits_of_one_pass_from_each(int n, ActivationKind activation, StateForm state, double gain)
    {
        double[] g = PlainMatrix.Gaussian(n, 1, 5).Values;
        int[] steps = [1, 2, 50, 100, 150, 200, 201, 250, 300, 400];
        Trajectory trajectory = Start(n, gain, activation, state, 0, 0);
        trajectory.AdvanceTo(steps[^1]);
        double[][] together = [.. steps.Select(step => new double[step])];
        GradientFlow[] flows = trajectory.CarryBackFrom(steps, g, together);
        Trajectory again = Start(n, gain, activation, state, 0, 0);
        for (int i = 0; i < steps.Length; i++)
        {
            again.AdvanceTo(steps[i]);
            var alone = new double[steps[i]];
            Assert.Equal(again.CarryBack(g, alone), flows[i]);
            Assert.Equal(alone, together[i]);
        }
    }

    [Theory]
    [InlineData(ActivationKind.Tanh, StateForm.PreActivation, 3)]
    [InlineData(ActivationKind.Erf, StateForm.PostActivation, 3)]
    [InlineData(ActivationKind.Relu, StateForm.PreActivation, 1.2)]
    [InlineData(ActivationKind.Linear, StateForm.PreActivation, 0.5)]
    public void Running_in_pieces_or_reading_on_the_way_does_not_change_the_bits(ActivationKind activation, StateForm state, double gain)
    {
        double[] g = PlainMatrix.Gaussian(9, 1, 5).Values;
        foreach (int transient in new[] { 0, 13 })
        {
            Trajectory whole = Start(9, gain, activation, state, 0.5, transient),
                pieces = Start(9, gain, activation, state, 0.5, transient);

            whole.AdvanceTo(300);
            foreach (int step in new[] { 0, 1, 2, 63, 64, 65, 65, 200, 299, 300 })
            {
                pieces.AdvanceTo(step);
                pieces.Product.Norms();
                if (step > 0)
                {
                    pieces.CarryBack(g);
                }
            }

            AssertSameBits(whole, pieces);
            Assert.Equal(whole.State.ToArray(), pieces.State.ToArray());
            Assert.Equal((whole.Totals, whole.Step), (pieces.Totals, pieces.Step));
            Assert.Equal(whole.CarryBack(g), pieces.CarryBack(g));
        }
    }

    // The gradient propagated backwards step by step, compared with the product formed and applied at once.
    [Theory]
    [InlineData(ActivationKind.Tanh, StateForm.PreActivation, 3)]
    [InlineData(ActivationKind.Sigmoid, StateForm.PostActivation, 5)]
    [InlineData(ActivationKind.Linear, StateForm.PreActivation, 0.01)]
    [InlineData(ActivationKind.Linear, StateForm.PostActivation, 100)]
    public void The_gradient_carried_back_is_that_of_the_product(ActivationKind activation, StateForm state, double gain)
    {
        Trajectory trajectory = Start(9, gain, activation, state, 0.5, 0);
        double[] g = PlainMatrix.Gaussian(9, 1, 5).Values;
        foreach (int step in new[] { 1, 2, 50, 500 })
        {
            trajectory.AdvanceTo(step);
            (Matrix product, double exponent) = trajectory.Product.Form();
            double norm = Math.Sqrt(PlainMatrix.Multiply(product.Transpose(), g).Sum(x => x * x));

            // Each computation has an error of a few ulp per step, which after 500 steps of a norm of 10^±1000 is below 1e-12 of the norm.
            Assert.Equal(Math.Log10(norm) + (exponent * Math.Log10(2)), trajectory.CarryBack(g).Log10Norm, 1e-12 * Math.Max(1, step / 100.0));
        }
    }

    [Fact]
    public void A_trajectory_does_not_go_back()
    {
        Trajectory trajectory = Start(3, 1, ActivationKind.Tanh, StateForm.PreActivation, 0, 0);
        trajectory.AdvanceTo(5);
        Assert.Throws<ArgumentOutOfRangeException>(() => trajectory.AdvanceTo(4));
    }

    [Fact]
    public void A_cancelled_trajectory_goes_on_to_the_same_bits()
    {
        Trajectory whole = Start(40, 2, ActivationKind.Tanh, StateForm.PreActivation, 0, 0);
        Trajectory stopped = Start(40, 2, ActivationKind.Tanh, StateForm.PreActivation, 0, 0);
        using var cancellation = new CancellationTokenSource();
        whole.AdvanceTo(150);

        stopped.AdvanceTo(70, cancellation.Token);
        cancellation.Cancel();
        Assert.Throws<OperationCanceledException>(() => stopped.AdvanceTo(150, cancellation.Token));
        stopped.AdvanceTo(150);

        AssertSameBits(whole, stopped);
    }

    private static void AssertSameBits(Trajectory one, Trajectory other)
    {
        (Matrix values, double exponent) = one.Product.Form();
        (Matrix otherValues, double otherExponent) = other.Product.Form();
        Assert.Equal(values.Values, otherValues.Values);
        Assert.Equal(exponent, otherExponent);
        Assert.Equal(one.Product.Columns, other.Product.Columns);
    }

    // 540,000 steps of 8 slopes are 34.6 MB, more than the budget of 32 MiB (33.6 MB): the oldest segments are computed again in the backward pass.
    [Fact]
    public void Omega_of_a_trajectory_beyond_the_memory_budget_is_that_of_a_plain_backward_pass()
    {
        const int N = 8, Steps = 540_000, Transient = 5;
        Trajectory trajectory = Start(N, 1.5, ActivationKind.Tanh, StateForm.PreActivation, 0.3, Transient);
        double[] g = PlainMatrix.Gaussian(N, 1, 5).Values;
        trajectory.AdvanceTo(Steps);

        // All slopes at once, from the network's own steps, because this test is about the backward pass.
        Drive drive = Drive.Of(N, 3, 0.3, 0, 0.1, 1, 0, null);
        double[] state = InitialState.Draw(N, 0, 1, 1, 0), step = new double[N], scratch = new double[N];
        double[] slopes = new double[Steps * N];
        for (int t = -Transient; t < Steps; t++)
        {
            drive.Fill(t + Transient, step);
            trajectory.Network.Advance(state, step, slopes.AsSpan(Math.Max(t, 0) * N, N), scratch);
        }

        Matrix weights = PlainMatrix.Map(WeightDraw.Draw(WeightEnsemble.Gaussian, N, 1, 1, 0), w => 1.5 * w);
        double sum = 0;
        double[] gradient = [.. g];
        for (int t = Steps - 1; t >= 0; t--)
        {
            var carried = new double[N];
            double before = 0, after = 0;
            for (int j = 0; j < N; j++)
            {
                for (int i = 0; i < N; i++)
                {
                    carried[j] += weights[i, j] * gradient[i];
                }

                carried[j] *= slopes[(t * N) + j];
                before += gradient[j] * gradient[j];
                after += carried[j] * carried[j];
            }

            double ratio = Math.Sqrt(after / before);
            sum += (ratio - 1) * (ratio - 1);
            for (int j = 0; j < N; j++)
            {
                gradient[j] = carried[j] / Math.Sqrt(after);
            }
        }

        // A mean of terms of order 1, each accurate to a few ulp: the direction of a propagated gradient converges.
        Assert.Equal(sum / Steps, trajectory.CarryBack(g).Omega, 1e-11);
        Assert.Equal(trajectory.CarryBack(g), trajectory.CarryBack(g));
    }

    [Fact]
    public void The_history_gives_the_same_bits_from_memory_and_from_running_again()
    {
        const int N = 64, Steps = 66_500, Transient = 3; // 34 MB
        Matrix weights = PlainMatrix.Map(WeightDraw.Draw(WeightEnsemble.Gaussian, N, 1, 1, 0), w => 2 * w);
        RecurrentNetwork network = RecurrentNetwork.Of(StateForm.PreActivation, JacobianForm.Exact, weights,
            Activation.Named(ActivationKind.Tanh));
        Drive drive = Drive.Of(N, 1, 0.2, 0, 0, 1, 0, null);
        var history = new SlopeHistory(new NetworkSteps(network, drive, Transient));
        double[] state = InitialState.Draw(N, 0, 1, 1, 0), step = new double[N], scratch = new double[N];
        var first = new double[Steps];
        for (int t = 0; t < Steps; t++)
        {
            drive.Fill(t + Transient, step);
            Span<double> slopes = history.Next(state);
            network.Advance(state, step, slopes, scratch);
            first[t] = System.Numerics.Tensors.TensorPrimitives.Sum<double>(slopes);
            history.Commit(t);
        }

        // First backwards, as omega reads, then at random: sums of 64 slopes that differ in one bit are almost never equal.
        foreach (int t in Enumerable.Range(0, Steps).Reverse().Concat([0, Steps - 1, 700, 1, 699]))
        {
            double sum = System.Numerics.Tensors.TensorPrimitives.Sum(history.At(t, out double exponent));
            Assert.Equal((first[t], (double)t), (sum, exponent));
        }

        Assert.InRange(history.Bytes, 1, 37L << 20); // the budget, and the first states of the segments
    }
}
