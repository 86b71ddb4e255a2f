using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Tests.LinearAlgebra;
using Matrix = RnnSweep.Core.LinearAlgebra.Matrix;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>Slopes of saturated units may be below the range of a double but are not 0, so no result is the logarithm of an exact 0.</summary>
public sealed class VanishingSlopesTests
{
    public static TheoryData<ActivationKind> Smooth => [ActivationKind.Tanh, ActivationKind.Sigmoid, ActivationKind.Erf, ActivationKind.Softplus];

    // Published digits, of 260-digit arithmetic.
    [Theory]
    [InlineData(ActivationKind.Erf, 8, 1.5, 30, 2, 0, 0, -334.4952437644137)]
    [InlineData(ActivationKind.Tanh, 3, 200, 0, 5, 4, 1, -231.15642204358642)]
    [InlineData(ActivationKind.Tanh, 3, 200, 0, 5, 4, 2, -1117.865413802312)]
    public void A_singular_value_of_a_saturated_network_is_right_or_missing(
        ActivationKind activation, int size, double radius, double bias, int steps, int replicate, int index, double expected)
    {
        CellSpec spec = new()
        {
            HiddenSize = size,
            Activation = activation,
            SpectralRadius = radius,
            Bias = bias,
            SequenceLength = steps,
            Replicates = replicate + 1,
            MeasuresSpectrum = true,
        };

        double value = Cell.RunAll(spec)[replicate].Spectrum!.Log10SingularValues[index];

        Assert.True(index == 0 ? Math.Abs(value - expected) < 1e-8 : double.IsNaN(value) || Math.Abs(value - expected) < 1e-8, $"{value}");
    }

    // Units without connections: the σ_i are the products of each unit's gain and slopes, and any unit may have the largest.
    [Theory]
    [MemberData(nameof(Smooth))]
    public void Units_without_connections_have_the_products_of_their_own_slopes(ActivationKind activation)
    {
        CellSpec spec = new()
        {
            HiddenSize = 3,
            Activation = activation,
            Weights = WeightEnsemble.Identity,
            SpectralRadius = 0.7,
            InputScale = 3000,
            SequenceLength = 25,
            Replicates = 4,
            MeasuresSpectrum = true,
            MeasuresLags = true,
        };
        for (int replicate = 0; replicate < spec.Replicates; replicate++)
        {
            double[][] logs = LogSlopes(spec, replicate);
            double[] lossGradient = new PlainReplicate(spec, replicate).LossGradient;
            Reading result = Cell.RunAll(spec)[replicate];

            double[] expected = Log10Products(logs);
            double[] descending = [.. expected.OrderDescending()];
            Assert.Equal(ReplicateStatus.Ok, result.Status);
            AssertClose(descending[0], result.Log10SpectralNorm);
            AssertClose(Log10Norm(expected), result.Log10FrobeniusNorm);
            AssertClose(Log10Norm([.. expected.Zip(lossGradient, (log, g) => log + Math.Log10(Math.Abs(g)))]), result.Log10GradientNorm);
            AssertClose(expected.Sum(), result.Log10AbsDeterminant);
            for (int lag = 1; lag <= spec.SequenceLength; lag++)
            {
                AssertClose(Log10Products(logs[^lag..]).Max(), result.Lags!.Log10SpectralNorms[lag - 1]);
            }

            SpectrumResult spectrum = result.Spectrum!;
            AssertClose(descending[0], spectrum.Log10SingularValues[0]);
            for (int i = 1; i < descending.Length; i++)
            {
                Assert.True(double.IsNaN(spectrum.Log10SingularValues[i]) || Math.Abs(spectrum.Log10SingularValues[i] - descending[i]) < 1e-8);
            }

            Assert.False(double.IsInfinity(result.Log10MinSingularValue));
            Assert.False(double.IsInfinity(result.Log10ConditionNumber));
            Assert.False(double.IsInfinity(result.SumRuleResidual));
            Assert.Equal(descending.Count(log => log > 0) / 3.0, result.UnstableFraction);
        }

        double[] Log10Products(double[][] logs) =>
            [.. Enumerable.Range(0, spec.HiddenSize).Select(i => logs.Sum(step => (step[i] + Math.Log(spec.SpectralRadius)) / Math.Log(10)))];
    }

    // One unit saturates first and the other later: entries that underflow relative to others become the largest at the end.
    [Theory]
    [InlineData(StateForm.PreActivation)]
    [InlineData(StateForm.PostActivation)]
    public void What_was_far_below_the_range_of_a_double_may_lead_later(StateForm state)
    {
        Matrix weights = PlainMatrix.Of(new[,] { { 0.5, 0.3 }, { 0, 0.25 } });
        CellSpec spec = new()
        {
            HiddenSize = 2,
            State = state,
            Weights = WeightEnsemble.File,
            WeightsDigest = weights.Digest(),
            Scaling = WeightScaling.Expected,
            BiasScale = 2000,
            InputScale = 4000,
            SequenceLength = 40,
            Replicates = 1,
            MeasuresSpectrum = true,
        };
        for (ulong seed = 1; seed <= 6; seed++)
        {
            double[][] logs = LogSlopes(spec with { Seed = seed }, 0, weights);

            // P = [[a, c], [0, d]] in logarithms: c' = w_11 s c + w_12 s d with the slopes on their side.
            double a = 0, c = double.NegativeInfinity, d = 0;
            foreach (double[] step in logs)
            {
                bool isPre = state == StateForm.PreActivation;
                double ofC = Math.Log(0.5) + step[0] + c, ofD = Math.Log(0.3) + step[isPre ? 1 : 0] + d, top = Math.Max(ofC, ofD);
                c = top + Math.Log(Math.Exp(ofC - top) + Math.Exp(ofD - top));
                a += Math.Log(0.5) + step[0];
                d += Math.Log(0.25) + step[1];
            }

            Reading result = Cell.Run(spec with { Seed = seed }, weights);

            AssertClose(Log10Norm([a / Math.Log(10), c / Math.Log(10), d / Math.Log(10)]), result.Log10FrobeniusNorm);
            Assert.Equal(ReplicateStatus.Ok, result.Status);
            AssertClose(result.Log10SpectralNorm, result.Spectrum!.Log10SingularValues[0]);
            AssertClose((a + d) / Math.Log(10), result.Log10AbsDeterminant);
        }
    }

    // det (½ I + ½ W) = ¼ + w/2 with W_ij = w; rounding loses the ½ beside 1e300, and the factorisation has a pivot of 0. With w = −½ the determinant is 0.
    [Theory]
    [InlineData(1e300, false)]
    [InlineData(-0.5, true)]
    public void A_determinant_that_rounding_takes_to_zero_is_missing(double weight, bool isZero)
    {
        Matrix weights = PlainMatrix.Of(new[,] { { weight, weight }, { weight, weight } });
        CellSpec spec = new()
        {
            HiddenSize = 2,
            Activation = ActivationKind.Linear,
            Weights = WeightEnsemble.File,
            WeightsDigest = weights.Digest(),
            Scaling = WeightScaling.Expected,
            Leak = 0.5,
            SequenceLength = 1,
            InitialScale = 0,
        };

        Assert.Equal(isZero ? double.NegativeInfinity : double.NaN, Cell.Run(spec, weights).Log10AbsDeterminant);
    }

    private static double[][] LogSlopes(CellSpec spec, int replicate, Matrix? weights = null)
    {
        var plain = new PlainReplicate(spec, replicate, weights);
        return [.. plain.Bent.Select(x => x.Select(value => LogSlope(spec.Activation, value)).ToArray())];
    }

    // By definition, with e^−|x| so small that nothing is added to 1.
    private static double LogSlope(ActivationKind activation, double x) => activation switch
    {
        ActivationKind.Tanh => -2 * Math.Log(Math.Cosh(Math.Min(Math.Abs(x), 300))) - (2 * Math.Max(0, Math.Abs(x) - 300)),
        ActivationKind.Sigmoid => -Math.Abs(x) - (2 * Math.Log(1 + Math.Exp(-Math.Abs(x)))),
        ActivationKind.Softplus => Math.Min(0, x) - Math.Log(1 + Math.Exp(-Math.Abs(x))),
        _ => Math.Log(2 / Math.Sqrt(Math.PI)) - (x * x),
    };

    private static double Log10Norm(double[] logs) => logs.Max() + (0.5 * Math.Log10(logs.Sum(log => Math.Pow(10, 2 * (log - logs.Max())))));

    private static void AssertClose(double expected, double actual) => Assert.Equal(expected, actual, 1e-8 + (1e-12 * Math.Abs(expected)));
}
