using RnnSweep.Core.Jacobians;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;
using RnnSweep.Core.Networks.Gated;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Networks.Gated;

/// <summary>Gated networks against digits that were computed with 260 digits, and against their fixed point at 0.</summary>
public sealed class GatedNetworkTests
{
    // The reference digits have 13 to 15 places; ten products of entries of order 1 lose the last one or two of ours.
    private const double Digits = 2e-12;

    [Theory]
    [InlineData(NetworkKind.Lstm, 1, new[] { -0.0859172624600876, -0.227278890979219, -0.372509434442686, -0.978784325880175, -1.22921668130397, -1.62828130244857 }, -10.4122619235168)]
    [InlineData(NetworkKind.Lstm, 10, new[] { -1.34574522885493, -3.52788852300673, -4.79772110394053, -8.31687712197251, -10.5796857145072, -11.8157525120841 }, -92.9868370129609)]
    [InlineData(NetworkKind.Gru, 1, new[] { -0.281998946365101, -0.508226266539048, -1.77177946249386 }, -5.89923377375251)]
    [InlineData(NetworkKind.Gru, 10, new[] { -1.32041797301477, -4.45628656841731, -8.70725393502343 }, double.NaN)]
    [InlineData(NetworkKind.Minimal, 1, new[] { -0.25500203642298, -0.319105565188971, -0.525518606577006 }, double.NaN)]
    [InlineData(NetworkKind.Minimal, 10, new[] { -2.56394391001427, -2.95613242946995, -3.3427338103559 }, double.NaN)]
    public void Singular_values_and_determinant_have_the_reference_digits(NetworkKind kind, int steps, double[] log10, double logDeterminant)
    {
        var published = new PublishedNetwork(kind);
        GatedNetwork network = published.Network;
        var spectral = new SpectralProduct(network);
        var slopes = new double[network.SlopeLength];
        double[] state = [.. published.State];
        for (int t = 1; t <= steps; t++)
        {
            network.Advance(state, published.Drive(t), slopes, new double[network.HiddenSize]);
            spectral.Advance(slopes, 0);
        }

        SingularSpectrum spectrum = spectral.Read();
        for (int i = 0; i < log10.Length; i++)
        {
            // A step's rounding, N ε of its norm, is as much more of the smallest singular value as its condition number says: 1100 for the worst of ten steps.
            Assert.Equal(log10[i], spectrum.Log10SingularValues[i], 10 * Digits);
        }

        published.Run(steps);
        Assert.Equal(double.IsNaN(logDeterminant) ? log10.Sum() * Math.Log(10) : logDeterminant, published.LogDeterminant, 10 * Digits);
        Assert.Equal(state, published.State);
    }

    [Fact]
    public void States_have_the_reference_digits()
    {
        var lstm = new PublishedNetwork(NetworkKind.Lstm);
        lstm.Run(10);
        Close([-0.3005163381182, -0.006541154498582, 0.2253373325374, -0.5017494664165, -0.009302877403356, 0.6832177644103], lstm.State);
        var gru = new PublishedNetwork(NetworkKind.Gru);
        gru.Run(10);
        Close([-0.5145744153959, -0.065818313836, 0.7177897362555], gru.State);

        static void Close(double[] expected, double[] found)
        {
            Assert.Equal(expected.Length, found.Length);
            Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-12)); // 13 digits are known
        }
    }

    [Theory]
    [InlineData(1, -0.710284374714, -0.1921554104426)]
    [InlineData(10, -1.944345214707, -1.472329878157)]
    public void Blocks_of_an_lstm_s_product_have_the_reference_digits(int steps, double hidden, double cell)
    {
        var lstm = new PublishedNetwork(NetworkKind.Lstm);
        lstm.Run(steps);
        Assert.Equal(hidden, Math.Log10(PlainMatrix.SingularValues(Block(0))[0]), Digits);
        Assert.Equal(cell, Math.Log10(PlainMatrix.SingularValues(Block(3))[0]), Digits);

        Matrix Block(int first)
        {
            var block = new Matrix(3, 3);
            for (int i = 0; i < 9; i++)
            {
                block[i / 3, i % 3] = lstm.Product[first + (i / 3), first + (i % 3)];
            }

            return block;
        }
    }

    // The determinant of an LSTM has a closed form; that of the others is factored. Both against the LU factorisation of the formed Jacobian.
    [Theory]
    [InlineData(NetworkKind.Lstm)]
    [InlineData(NetworkKind.Gru)]
    [InlineData(NetworkKind.Minimal)]
    public void The_determinant_is_that_of_the_formed_jacobian(NetworkKind kind)
    {
        var published = new PublishedNetwork(kind);
        INetwork network = published.Network;
        double common = 0;
        if (kind == NetworkKind.Lstm)
        {
            int n = published.Network.Units;
            common = PlainMatrix.ToMathNet(new Matrix(n, n, published.Network.Weights.Values[^(n * n)..])).LU().U.Diagonal().Sum(pivot => Math.Log(Math.Abs(pivot)));
        }

        double[] state = [.. published.State], slopes = new double[network.SlopeLength];
        double sum = 0;
        for (int t = 1; t <= 20; t++)
        {
            Slopes step = network.Advance(state, published.Drive(t), slopes, new double[network.HiddenSize]);
            sum += common + network.LogDeterminant(slopes, step);
        }

        published.Run(20);
        Assert.Equal(published.LogDeterminant, sum, 1e-12 * Math.Abs(sum)); // 20 determinants of small matrices
    }

    // W_n or W_g is 1.5 times a rotation by 60°, all other parameters are 0, and the state stays at 0: J is constant.
    [Fact]
    public void At_the_fixed_point_0_a_gru_grows_as_its_constant_jacobian()
    {
        double[] log10 = AtZero(NetworkKind.Gru, 100);
        Assert.All(log10, value => Assert.Equal(-0.273982585357724 * 100 / Math.Log(10), value, 1e-11));
    }

    [Fact]
    public void At_the_fixed_point_0_half_of_an_lstm_s_singular_values_are_exactly_0()
    {
        double[] log10 = AtZero(NetworkKind.Lstm, 100);
        Assert.Equal([double.NegativeInfinity, double.NegativeInfinity], log10[2..]);
        Assert.All(log10[..2], value => Assert.Equal(-11.7765566795567, value, 1e-11));
    }

    private static double[] AtZero(NetworkKind kind, int steps)
    {
        const double Angle = Math.PI / 3;
        var blocks = GateBlocks.Of(kind);
        var weights = new Matrix(blocks.Count * 2, 2);
        int candidate = 2 * blocks.DrawOrder[0];
        (weights[candidate, 0], weights[candidate, 1]) = (1.5 * Math.Cos(Angle), -1.5 * Math.Sin(Angle));
        (weights[candidate + 1, 0], weights[candidate + 1, 1]) = (1.5 * Math.Sin(Angle), 1.5 * Math.Cos(Angle));
        GatedNetwork network = kind == NetworkKind.Lstm ? new LstmNetwork(weights) : new GruNetwork(weights, new double[2]);
        var spectral = new SpectralProduct(network);
        double[] state = new double[network.HiddenSize], slopes = new double[network.SlopeLength];
        for (int t = 0; t < steps; t++)
        {
            network.Advance(state, new double[network.DriveLength], slopes, new double[network.HiddenSize]);
            spectral.Advance(slopes, 0);
        }

        Assert.All(state, value => Assert.Equal(0, value));
        return [.. spectral.Read().Log10SingularValues];
    }
}
