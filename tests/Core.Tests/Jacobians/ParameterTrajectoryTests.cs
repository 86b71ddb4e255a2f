using RnnSweep.Core.Jacobians;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Tests.Jacobians;

/// <summary>The gradients of a loss with respect to parameters, on their own.</summary>
public sealed class ParameterTrajectoryTests
{
    // Relative to the largest entry of a gradient, differences are accurate to some 1e-11; the norm of a block may be a thousandth of it.
    private const double DifferencesError = 1e-8;

    private static readonly Dictionary<string, TunableNetwork> s_networks = TunableNetwork.All.ToDictionary(network => network.Name);

    public static TheoryData<string, LossSteps> Networks
    {
        get
        {
            var data = new TheoryData<string, LossSteps>();
            foreach (string name in s_networks.Keys)
            {
                data.Add(name, LossSteps.Last);
                data.Add(name, LossSteps.Every);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Gradients_are_the_central_differences_of_the_loss(string name, LossSteps loss)
    {
        TunableNetwork network = s_networks[name];
        ParameterGradient gradient = Read(network, loss, []);
        Matrix[] differences = network.Differences(loss);
        foreach (ParameterKind kind in Enum.GetValues<ParameterKind>())
        {
            AssertClose(Norm(network, differences, kind, _ => true), gradient.Log10Norm(kind), kind);
            foreach (GateKind? gate in network.Parameters.Where(parameter => parameter.Kind == kind).SelectMany(parameter => parameter.Gates).Distinct())
            {
                AssertClose(Norm(network, differences, kind, other => other == gate), gradient.Log10Norm(kind, gate), (kind, gate));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void The_terms_are_those_of_weights_that_differ_in_one_step_and_the_partial_sums_of_weights_that_differ_in_the_last_steps(string name, LossSteps loss)
    {
        TunableNetwork network = s_networks[name];
        int[] lags = [1, 2, 4, 6];
        ParameterGradient gradient = Read(network, loss, lags);
        for (int i = 0; i < lags.Length; i++)
        {
            int before = TunableNetwork.Steps - lags[i];
            AssertClose(Norm(network, network.Differences(loss, before, before + 1), ParameterKind.RecurrentWeights, _ => true), gradient.Log10Terms[i], lags[i]);
            AssertClose(Norm(network, network.Differences(loss, before), ParameterKind.RecurrentWeights, _ => true), gradient.Log10PartialSums[i], lags[i]);
        }

        Assert.Equal(gradient.Log10Norm(ParameterKind.RecurrentWeights), gradient.Log10PartialSums[^1]);
        double[] all = [.. Read(network, loss, [1, 2, 3, 4, 5, 6]).Log10Terms.Select(term => Math.Pow(10, term))];
        Assert.Equal(all.Select((norm, i) => (i + 1) * norm).Sum() / all.Sum(), gradient.MeanLag, 1e-12); // sums of six numbers
    }

    [Fact]
    public void A_shorter_reading_is_the_same_before_and_after_longer_ones()
    {
        foreach (TunableNetwork network in s_networks.Values)
        {
            ParameterTrajectory short3 = network.Trajectory(), both = network.Trajectory();
            short3.AdvanceTo(3);
            both.AdvanceTo(2);
            _ = both.Read(network.LossGradient, LossSteps.Every, []);
            both.AdvanceTo(3);
            ParameterGradient expected = short3.Read(network.LossGradient, LossSteps.Last, [1, 3]), actual = both.Read(network.LossGradient, LossSteps.Last, [1, 3]);
            Assert.All(Enum.GetValues<ParameterKind>(), kind => Assert.Equal(expected.Log10Norm(kind), actual.Log10Norm(kind))); // bit for bit
            Assert.Equal(expected.Log10Terms, actual.Log10Terms);
            Assert.Equal(expected.Log10PartialSums, actual.Log10PartialSums);
        }
    }

    // W[i][j] = 0.9 sin(1.3(i+1)(j+2) + 0.7i + 1), x_0 = (.1, .2, .3), g = (1, 2, 2)/3, computed with 50 digits.
    [Theory]
    [InlineData(1, -0.4368469931854)]
    [InlineData(10, -0.1803086228610)]
    public void A_network_of_three_units_has_the_published_digits(int steps, double expected)
    {
        var weights = new Matrix(3, 3);
        for (int i = 0; i < 9; i++)
        {
            weights.Values[i] = 0.9 * Math.Sin((1.3 * ((i / 3) + 1) * ((i % 3) + 2)) + (0.7 * (i / 3)) + 1);
        }

        var network = RecurrentNetwork.Of(StateForm.PreActivation, JacobianForm.Exact, weights, Activation.Named(ActivationKind.Tanh));
        var trajectory = new ParameterTrajectory(network, Drive.Of(new Matrix(3, 1), new double[3], 0, 1, 0, null), [0.1, 0.2, 0.3], 0);
        trajectory.AdvanceTo(steps);
        ParameterGradient gradient = trajectory.Read([1 / 3.0, 2 / 3.0, 2 / 3.0], LossSteps.Last, []);
        Assert.Equal(expected, gradient.Log10Norm(ParameterKind.RecurrentWeights), 1e-12); // the digits given
        Assert.Equal(double.NaN, gradient.Log10Norm(ParameterKind.InputWeights));
    }

    // Zucchet & Orvieto 2024: of h_t = λ h_{t−1} + ξ_t with white noise, E (∂h/∂λ)² = (1 + λ²)/(1 − λ²)³. ∂h/∂λ is normal, so the mean of n squares has the relative error √(2/n).
    [Fact]
    public void The_sensitivity_of_a_scalar_process_has_the_variance_of_theory()
    {
        const double lambda = 0.9;
        const int runs = 5000;
        double sum = 0;
        for (int replicate = 0; replicate < runs; replicate++)
        {
            var network = RecurrentNetwork.Of(StateForm.PostActivation, JacobianForm.Exact, new Matrix(1, 1, [lambda]), Activation.Named(ActivationKind.Linear));
            var trajectory = new ParameterTrajectory(network, Drive.Of(new Matrix(1, 1, [1.0]), [0.0], 1, 1, replicate, null), [0.0], 0);
            trajectory.AdvanceTo(150); // 0.9^150 = 1e-7
            sum += Math.Pow(10, 2 * trajectory.Read([1.0], LossSteps.Last, []).Log10Norm(ParameterKind.RecurrentWeights));
        }

        double expected = (1 + (lambda * lambda)) / Math.Pow(1 - (lambda * lambda), 3);
        Assert.Equal(263.886863974340, expected, 1e-11);
        Assert.InRange(sum / runs / expected, 1 - (4 * Math.Sqrt(2.0 / runs)), 1 + (4 * Math.Sqrt(2.0 / runs)));
    }

    // At a state this small a step is linear: W of the candidate and the biases of gates have gradients proportional to the state, W of gates to its square. Both runs cross the state at which the
    // scale of the recorded state changes, at different steps.
    [Theory]
    [InlineData("Gru 1 False")]
    [InlineData("Gru 3 False")]
    [InlineData("Lstm 2 True")]
    [InlineData("Lstm 1 False")]
    [InlineData("Lstm 3 False")]
    [InlineData("Minimal")]
    public void Gradients_of_a_decaying_gated_network_are_proportional_to_powers_of_its_state(string name)
    {
        (double[] small, double[] smaller) = (Decaying(258), Decaying(261));
        for (int i = 0; i < small.Length; i++)
        {
            double degree = Math.Round((small[i] - smaller[i]) / 3);
            Assert.InRange(degree, 0, 2);
            Assert.Equal(small[i] - (3 * degree), smaller[i], 1e-10); // logarithms of up to 600, and rounding of 10^−3
        }

        Assert.InRange(small.Min(), -2000, -400); // beyond the range of a double
        Assert.Equal([0, 1, 2], small.Zip(smaller, (one, other) => Math.Round((one - other) / 3)).Distinct().Order());

        double[] Decaying(int digits)
        {
            TunableNetwork tunable = s_networks[name];
            INetwork network = tunable.Autonomous();
            var trajectory = new ParameterTrajectory(
                network, Drive.Of(new Matrix(network.DriveLength, 1), new double[network.DriveLength], 0, 1, 0, null), [.. tunable.Start.Select(x => x * double.Parse($"1e-{digits}"))], 0);
            trajectory.AdvanceTo(400);
            ParameterGradient gradient = trajectory.Read(tunable.LossGradient, LossSteps.Last, []);
            return
            [
                .. gradient.Squares.Select(square => (square.Block.Kind, square.Block.Gate)).Distinct().Select(block => gradient.Log10Norm(block.Kind, block.Gate)).Where(double.IsFinite), // V z̃ of a minimalRNN is 0
            ];
        }
    }

    [Fact]
    public void Given_jacobians_have_no_parameters() => Assert.Null(((INetwork)new GivenJacobians(new MatrixRows(new Matrix(2, 2)), 0, 1, JacobianLayout.Numerator)).Parameters(0));

    private static ParameterGradient Read(TunableNetwork network, LossSteps loss, int[] lags)
    {
        ParameterTrajectory trajectory = network.Trajectory();
        trajectory.AdvanceTo(TunableNetwork.Steps);
        return trajectory.Read(network.LossGradient, loss, lags);
    }

    private static double Norm(TunableNetwork network, Matrix[] gradients, ParameterKind kind, Predicate<GateKind?> isOf)
    {
        double square = 0;
        for (int p = 0; p < gradients.Length; p++)
        {
            TunableParameter parameter = network.Parameters[p];
            for (int row = 0; row < gradients[p].Rows; row++)
            {
                if (parameter.Kind == kind && isOf(parameter.Gates[row / TunableNetwork.Units]))
                {
                    square += gradients[p].Row(row).ToArray().Sum(entry => entry * entry);
                }
            }
        }

        return Math.Sqrt(square);
    }

    private static void AssertClose(double expected, double log10, object what) => Assert.True(
        Math.Abs(Math.Pow(10, log10) - expected) <= DifferencesError * (1 + expected), $"{what}: {Math.Pow(10, log10):R}, but by differences {expected:R}");
}
