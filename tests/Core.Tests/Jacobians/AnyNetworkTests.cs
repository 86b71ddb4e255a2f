using RnnSweep.Core.Experiments;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;
using RnnSweep.Core.Networks.Gated;
using RnnSweep.Core.Tests.LinearAlgebra;
using RnnSweep.Core.Tests.Networks;
using RnnSweep.Core.Tests.Networks.Gated;

namespace RnnSweep.Core.Tests.Jacobians;

/// <summary>Trajectories of networks whose Jacobian is not W times a diagonal, compared with Jacobians that are formed and multiplied in plain loops.</summary>
public sealed class AnyNetworkTests
{
    private const int N = 24;

    public static TheoryData<string> Names => ["gated", "gru", "lstm", "minimal", "leaky", "leaky, post-activation", "leaky, as printed", "leaky, weights of 1e150"];

    private static INetwork Network(string name)
    {
        Matrix weights = Scaled(1, 1.2);
        RecurrentNetwork Plain(StateForm state, JacobianForm form, double factor = 1) =>
            RecurrentNetwork.Of(state, form, PlainMatrix.Map(weights, w => factor * w), Activation.Named(ActivationKind.Tanh));
        return name switch
        {
            "gru" or "lstm" or "minimal" => GatedSample.Of(Kind(name), N, 4),
            "gated" => new PlainGatedNetwork(Scaled(2, 2), Scaled(3, 1.5)),
            "leaky" => new LeakyNetwork(Plain(StateForm.PreActivation, JacobianForm.Exact), 0.6, 1),
            "leaky, post-activation" => new LeakyNetwork(Plain(StateForm.PostActivation, JacobianForm.Exact), 0.6, 1),
            "leaky, as printed" => new LeakyNetwork(Plain(StateForm.PreActivation, JacobianForm.AsPrinted), 0.6, 1),
            _ => new LeakyNetwork(Plain(StateForm.PreActivation, JacobianForm.Exact, 1e150), 1e-150, 1),
        };
    }

    private static NetworkKind Kind(string name) => Enum.TryParse(name, ignoreCase: true, out NetworkKind kind) ? kind : NetworkKind.Rnn;

    private static Drive DriveOf(string name) => GatedSample.Drive(Kind(name), N);

    private static Matrix Scaled(ulong seed, double gain) => PlainMatrix.Map(PlainMatrix.Gaussian(N, N, seed), w => gain * w / Math.Sqrt(N));

    // Rounding of T steps, T N ε = 1e-12 at T = 200, and half the square of what the falling rank drops.
    [Theory]
    [MemberData(nameof(Names))]
    public void Norms_determinant_and_gradient_are_those_of_the_dense_product(string name)
    {
        INetwork network = Network(name);
        Drive drive = DriveOf(name);
        int size = network.HiddenSize;
        var trajectory = new Trajectory(network, drive, InitialState.Draw(size, 0, 1, 1, 0), 0, 0);
        double[] state = InitialState.Draw(size, 0, 1, 1, 0), step = new double[network.DriveLength], g = PlainMatrix.Gaussian(size, 1, 5).Values;
        double common = name == "lstm" ? LogDeterminantOfOutputGate((LstmNetwork)network) : 0;
        Matrix product = PlainMatrix.Identity(size);
        double log = 0, logDeterminant = 0;
        for (int t = 1; t <= 200; t++)
        {
            drive.Fill(t - 1, step);
            Matrix jacobian = JacobianCheck.Form(network, state, step);
            network.Advance(state, step, new double[network.SlopeLength], new double[size]);
            logDeterminant += PlainMatrix.ToMathNet(jacobian).LU().U.Diagonal().Sum(pivot => Math.Log(Math.Abs(pivot)));
            product = PlainMatrix.Multiply(jacobian, product);
            double scale = PlainMatrix.MaxAbs(product);
            product = PlainMatrix.Map(product, x => x / scale);
            log += Math.Log(scale);
            if (t is 1 or 2 or 30 or 200)
            {
                trajectory.AdvanceTo(t);
                ProductNorms norms = trajectory.Product.Norms();
                Assert.Equal(log + Math.Log(PlainMatrix.SingularValues(product)[0]), norms.Log10Spectral * Math.Log(10), 1e-11);
                Assert.Equal(log + Math.Log(Math.Sqrt(product.Values.Sum(x => x * x))), norms.Log10Frobenius * Math.Log(10), 1e-11);
                double[] carried = PlainMatrix.Multiply(product.Transpose(), g);
                Assert.Equal(log + Math.Log(Math.Sqrt(carried.Sum(x => x * x))), trajectory.CarryBack(g).Log10Norm * Math.Log(10), 1e-11);
                Assert.Equal(logDeterminant - (t * common), trajectory.Totals.LogDeterminantSum, 1e-11 * Math.Max(1, Math.Abs(logDeterminant)));
            }
        }

        Assert.Equal(state, trajectory.State.ToArray());

        // 1 − a is 1 beside weights of 1e150: the state drifts to where all slopes are 0, and its Jacobian is soon the identity.
        bool comesToRest = name.Contains("1e150", StringComparison.Ordinal);
        Assert.True(comesToRest || trajectory.Product.Columns < size, $"{trajectory.Product.Columns} columns: the rank has not fallen");
    }

    // Singular values of the dense product above 1e-6 of the largest have ten accurate digits; the determinant tests all of them.
    [Theory]
    [MemberData(nameof(Names))]
    public void Singular_values_are_those_of_the_dense_product(string name)
    {
        INetwork network = Network(name);
        Drive drive = DriveOf(name);
        int size = network.HiddenSize;
        double[] state = InitialState.Draw(size, 0, 1, 1, 0), step = new double[network.DriveLength], slopes = new double[network.SlopeLength];
        var spectral = new SpectralProduct(network);
        Matrix product = PlainMatrix.Identity(size);
        double log = 0, logDeterminant = 0;
        for (int t = 1; t <= 40; t++)
        {
            drive.Fill(t - 1, step);
            Matrix jacobian = JacobianCheck.Form(network, state, step);
            Slopes left = network.Advance(state, step, slopes, new double[size]);
            spectral.Advance(slopes, left.Exponent);
            logDeterminant += network.LogDeterminant(slopes, left);
            product = PlainMatrix.Multiply(jacobian, product);
            double scale = PlainMatrix.MaxAbs(product);
            product = PlainMatrix.Map(product, x => x / scale);
            log += Math.Log(scale);
            if (t is 1 or 7 or 40)
            {
                SingularSpectrum spectrum = spectral.Read();
                double[] dense = PlainMatrix.SingularValues(product);
                for (int i = 0; i < size && dense[i] > 1e-6 * dense[0]; i++)
                {
                    Assert.Equal(log + Math.Log(dense[i]), spectrum.Log10SingularValues[i] * Math.Log(10), 1e-9);
                }

                // ln |det W|, which all steps share, is left out of the determinant if it is free.
                if (!network.DeterminantIsFree)
                {
                    Assert.Equal(logDeterminant, spectrum.Log10Sum * Math.Log(10), 1e-8 * Math.Max(1, Math.Abs(logDeterminant)));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_trajectory_run_in_pieces_gives_the_same_bits(string name)
    {
        int size = Network(name).HiddenSize;
        Trajectory Start() => new(Network(name), DriveOf(name), InitialState.Draw(size, 0, 1, 1, 0), 5, 0);
        Trajectory whole = Start(), pieces = Start();
        double[] g = PlainMatrix.Gaussian(size, 1, 5).Values;
        whole.AdvanceTo(150);
        foreach (int step in new[] { 0, 1, 64, 65, 150 })
        {
            pieces.AdvanceTo(step);
            pieces.Product.Norms();
        }

        Assert.Equal(whole.Product.Norms(), pieces.Product.Norms());
        Assert.Equal((whole.Totals, whole.CarryBack(g)), (pieces.Totals, pieces.CarryBack(g)));
    }

    private static double LogDeterminantOfOutputGate(LstmNetwork network) => PlainMatrix
        .ToMathNet(new Matrix(N, N, network.Weights.Values[^(N * N)..])).LU().U.Diagonal().Sum(pivot => Math.Log(Math.Abs(pivot)));
}
