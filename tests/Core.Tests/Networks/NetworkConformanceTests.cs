using RnnSweep.Core.Experiments;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;
using RnnSweep.Core.Networks.Gated;
using RnnSweep.Core.Randomness;
using RnnSweep.Core.Tests.LinearAlgebra;
using RnnSweep.Core.Tests.Networks.Gated;

namespace RnnSweep.Core.Tests.Networks;

/// <summary>Tests that every network must pass: its Jacobian is that of its step, for every way in which it is applied.</summary>
public sealed class NetworkConformanceTests
{
    private const int N = 7;

    public static TheoryData<ActivationKind, StateForm, WeightEnsemble, bool> Networks
    {
        get
        {
            var data = new TheoryData<ActivationKind, StateForm, WeightEnsemble, bool>();
            foreach (ActivationKind activation in Enum.GetValues<ActivationKind>())
            {
                foreach (StateForm state in Enum.GetValues<StateForm>())
                {
                    foreach (WeightEnsemble ensemble in Enum.GetValues<WeightEnsemble>().Where(e => e != WeightEnsemble.File))
                    {
                        data.Add(activation, state, ensemble, false);
                        data.Add(activation, state, ensemble, true);
                    }
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void The_jacobian_is_the_derivative_of_the_step(ActivationKind activation, StateForm state, WeightEnsemble ensemble, bool driven)
    {
        Matrix weights = PlainMatrix.Map(WeightDraw.Draw(ensemble, N, 0.4, 1, 0), w => 1.3 * w);
        RecurrentNetwork network = RecurrentNetwork.Of(state, JacobianForm.Exact, weights, Activation.Named(activation));
        Drive source = Drive.Of(N, 3, driven ? 0.7 : 0, driven ? 0.1 : 0, driven ? 0.3 : 0, 1, 0, null);
        var drive = new double[N];
        var random = new Philox((ulong)activation, (ulong)ensemble);
        for (int trial = 0; trial < 3; trial++)
        {
            source.Fill(trial, drive);
            double[] x;
            do
            {
                x = new double[N];
                random.FillNormal(x);
            }
            while (NearKink(x));

            Matrix jacobian = JacobianCheck.Form(network, x, drive);

            // After Richardson the truncation is h⁴ φ⁽⁵⁾ |W|⁵ / 480 < 1e-11 where |W| < 3, as for all but Lévy weights (φ⁽⁵⁾ ≤ 16), and rounding ε |x| / h < 5e-12.
            double size = Math.Max(1, PlainMatrix.MaxAbs(weights) / 3);
            PlainMatrix.AssertClose(JacobianCheck.CentralDifferences(network, x, drive), jacobian, 3e-11 * Math.Pow(size, 5));
            AssertAppliedAlike(network, x, drive, jacobian, random);
        }

        // The differences use points at a distance of h = 1e-3 on either side.
        bool NearKink(double[] x)
        {
            double[] bent = state == StateForm.PreActivation ? x : [.. PlainMatrix.Multiply(weights, x).Zip(drive, (a, b) => a + b)];
            return bent.Any(value => Activation.Named(activation).Kinks.Any(kink => Math.Abs(value - kink) < 0.01));
        }
    }

    public static TheoryData<ActivationKind, StateForm, double> LeakyNetworks
    {
        get
        {
            var data = new TheoryData<ActivationKind, StateForm, double>();
            foreach (ActivationKind activation in Enum.GetValues<ActivationKind>())
            {
                foreach (StateForm state in Enum.GetValues<StateForm>())
                {
                    data.Add(activation, state, 0.05);
                    data.Add(activation, state, 0.6);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(LeakyNetworks))]
    public void The_jacobian_with_a_leak_is_the_derivative_of_the_step(ActivationKind activation, StateForm state, double leak)
    {
        Matrix weights = PlainMatrix.Map(PlainMatrix.Gaussian(N, N, 31), w => 1.3 * w / Math.Sqrt(N));
        RecurrentNetwork plain = RecurrentNetwork.Of(state, JacobianForm.Exact, weights, Activation.Named(activation));
        double[] drive = PlainMatrix.Gaussian(N, 1, 33).Values;
        double[] x = Enumerable.Range(34, 100).Select(seed => PlainMatrix.Gaussian(N, 1, (ulong)seed).Values).First(state =>
            !plain.ArgumentOfActivation(state, drive).Any(value => Activation.Named(activation).Kinks.Any(kink => Math.Abs(value - kink) < 0.01)));

        AssertConforms(new LeakyNetwork(plain, leak, double.NaN), x, drive);
    }

    // Code that multiplies Jacobians needs to know nothing beyond the interface, even if the Jacobian is not W times a diagonal.
    [Fact]
    public void The_jacobian_of_a_gated_unit_is_the_derivative_of_the_step() => AssertConforms(
        new PlainGatedNetwork(PlainMatrix.Map(PlainMatrix.Gaussian(N, N, 41), w => w / 2), PlainMatrix.Map(PlainMatrix.Gaussian(N, N, 42), w => w / 2)),
        PlainMatrix.Gaussian(N, 1, 43).Values,
        PlainMatrix.Gaussian(N, 1, 44).Values);

    [Theory]
    [InlineData(NetworkKind.Gru)]
    [InlineData(NetworkKind.Lstm)]
    [InlineData(NetworkKind.Minimal)]
    public void The_jacobian_of_a_gated_network_is_the_derivative_of_the_step(NetworkKind kind)
    {
        GatedNetwork network = GatedSample.Of(kind, N, 51);
        AssertConforms(network, PlainMatrix.Gaussian(network.HiddenSize, 1, 53).Values, PlainMatrix.Gaussian(network.DriveLength, 1, 54).Values);
    }

    [Theory]
    [InlineData(NetworkKind.Rnn, 2)]
    [InlineData(NetworkKind.Gru, 2)]
    [InlineData(NetworkKind.Lstm, 2)]
    [InlineData(NetworkKind.Gru, 3)]
    [InlineData(NetworkKind.Lstm, 3)]
    public void The_jacobian_of_a_stack_of_layers_is_the_derivative_of_the_step(NetworkKind kind, int layers)
    {
        StackedNetwork network = GatedSample.Stack(kind, N, layers, 61);
        double[] x = PlainMatrix.Gaussian(network.HiddenSize, 1, 63).Values, drive = PlainMatrix.Gaussian(network.DriveLength, 1, 64).Values;
        AssertConforms(network, x, drive);
        AssertConforms(new UpperLayer(network), x, drive);
    }

    private static void AssertConforms(INetwork network, double[] x, double[] drive)
    {
        Matrix jacobian = JacobianCheck.Form(network, x, drive);
        PlainMatrix.AssertClose(JacobianCheck.CentralDifferences(network, x, drive), jacobian, 3e-11); // as above
        AssertAppliedAlike(network, x, drive, jacobian, new Philox(5, 6));
        PlainMatrix.AssertClose(jacobian, Panels(network, network.Jacobian, x, drive), 1e-13); // N terms of order 1
        PlainMatrix.AssertClose(jacobian.Transpose(), Panels(network, network.TransposedJacobian(), x, drive), 1e-13);
    }

    // The Jacobian as it is applied to columns in panels: to those of the identity.
    private static Matrix Panels(INetwork network, BlockJacobian block, double[] x, double[] drive)
    {
        var slopes = new double[network.SlopeLength];
        network.Advance([.. x], drive, slopes, new double[network.HiddenSize]);
        var columns = PropagatedColumns.Identity(block);
        columns.Advance(slopes, 0);
        return columns.WithOneExponent(columns.Read(complete: true), network.HiddenSize) is var (values, exponent)
            ? PlainMatrix.Map(values, value => value * Math.Pow(2, exponent))
            : throw new InvalidOperationException();
    }

    // Products of the formed matrix, in the same arithmetic except for the order: N terms of order 1.
    private static void AssertAppliedAlike(INetwork network, double[] x, double[] drive, Matrix jacobian, Philox random)
    {
        int n = network.HiddenSize;
        var slopes = new double[network.SlopeLength];
        Assert.Equal(0, network.Advance([.. x], drive, slopes, new double[n]).Exponent);

        foreach (int columns in new[] { 1, 5, 13 })
        {
            Matrix block = new(n, columns), result = new(n, columns);
            random.FillNormal(block.Values);
            Matrix expected = PlainMatrix.Multiply(jacobian, block);
            network.MultiplyJacobian(slopes, block.Values, result.Values, columns);
            PlainMatrix.AssertClose(expected, result, 1e-13);
        }

        double[] vector = new double[n], carried = new double[n];
        random.FillNormal(vector);
        double[] transposed = PlainMatrix.Multiply(jacobian.Transpose(), vector);
        network.MultiplyJacobianTransposed(slopes, vector, carried);
        PlainMatrix.AssertClose(new Matrix(n, 1, transposed), new Matrix(n, 1, carried), 1e-13);
    }

    [Theory]
    [InlineData(ActivationKind.Linear)]
    [InlineData(ActivationKind.Tanh)]
    [InlineData(ActivationKind.Sigmoid)]
    [InlineData(ActivationKind.Relu)]
    [InlineData(ActivationKind.Hardtanh)]
    [InlineData(ActivationKind.Softplus)]
    [InlineData(ActivationKind.Erf)]
    public void As_printed_multiplies_the_transposed_weights_by_the_slopes_of_the_same_step(ActivationKind activation)
    {
        Matrix weights = PlainMatrix.Gaussian(N, N, 3);
        double[] x = PlainMatrix.Gaussian(N, 1, 4).Values, drive = PlainMatrix.Gaussian(N, 1, 5).Values;
        RecurrentNetwork printed = RecurrentNetwork.Of(StateForm.PreActivation, JacobianForm.AsPrinted, weights,
            Activation.Named(activation));
        RecurrentNetwork exact = RecurrentNetwork.Of(StateForm.PreActivation, JacobianForm.Exact, weights, Activation.Named(activation));

        Matrix form = JacobianCheck.Form(printed, x, drive);

        Matrix expected = PlainMatrix.Multiply(weights.Transpose(),
            PlainMatrix.Diagonal([.. x.Select(v => PlainActivation.Slope(activation, v))]));
        PlainMatrix.AssertClose(expected, form, 1e-14); // one product of numbers below 4
        AssertAppliedAlike(printed, x, drive, form, new Philox(1, 2));

        // The state itself is the same; only the multiplied matrix differs.
        double[] one = [.. x], two = [.. x];
        printed.Advance(one, drive, new double[N], new double[N]);
        exact.Advance(two, drive, new double[N], new double[N]);
        Assert.Equal(two, one);
    }

    [Fact]
    public void As_printed_is_refused_for_the_post_activation_state() => Assert.Throws<ArgumentException>(
        () => RecurrentNetwork.Of(StateForm.PostActivation, JacobianForm.AsPrinted, new Matrix(2, 2),
            Activation.Named(ActivationKind.Tanh)));

    // The first question of the project: of W diag φ', its transpose and the printed Wᵀ diag φ', central differences agree with the first only.
    [Fact]
    public void Differences_tell_the_jacobian_from_its_transpose_and_from_the_printed_form()
    {
        Matrix weights = PlainMatrix.Gaussian(N, N, 6);
        double[] x = PlainMatrix.Gaussian(N, 1, 7).Values, drive = new double[N];
        RecurrentNetwork exact = RecurrentNetwork.Of(StateForm.PreActivation, JacobianForm.Exact, weights,
            Activation.Named(ActivationKind.Tanh));
        RecurrentNetwork printed = RecurrentNetwork.Of(StateForm.PreActivation, JacobianForm.AsPrinted, weights,
            Activation.Named(ActivationKind.Tanh));
        Matrix differences = JacobianCheck.CentralDifferences(exact, x, drive), formed = JacobianCheck.Form(exact, x, drive);

        Assert.True(JacobianCheck.LargestDeviation(formed, differences) < 1e-10); // as in the conformance test, at larger weights
        Assert.True(JacobianCheck.LargestDeviation(formed.Transpose(), differences) > 0.1);
        Assert.True(JacobianCheck.LargestDeviation(JacobianCheck.Form(printed, x, drive), differences) > 0.1);
    }
}
