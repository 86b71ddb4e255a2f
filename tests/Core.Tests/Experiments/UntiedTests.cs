using MathNet.Numerics;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>Networks with weights of their own for each step.</summary>
public sealed class UntiedTests
{
    private static readonly CellSpec s_spec = new() { HiddenSize = 9, Tied = false, Scaling = WeightScaling.Expected, SpectralRadius = 1.2, SequenceLength = 40, Replicates = 1 };

    // ψ'(x), by its series; the rest of the sum is an integral, whose error is below 1/K³.
    private static double Trigamma(double x) => Enumerable.Range(0, 10_000).Sum(k => 1 / ((x + k) * (x + k))) + (1 / (x + 9999.5));

    // The ln R_ii are independent over steps, replicates and i, with the variance ψ'((N − i + 1)/2)/4: five standard errors.
    [Theory]
    [InlineData(StateForm.PreActivation, 1)]
    [InlineData(StateForm.PostActivation, 0.25)]
    [InlineData(StateForm.PreActivation, 1e250)]
    [InlineData(StateForm.PostActivation, 1e-250)]
    public void A_linear_gaussian_network_has_the_exponents_of_newman(StateForm state, double gain)
    {
        const int N = 4, Steps = 20_000, Replicates = 4;
        CellSpec spec = s_spec with
        {
            HiddenSize = N,
            Activation = ActivationKind.Linear,
            State = state,
            SpectralRadius = gain,
            InitialScale = 0,
            SequenceLength = Steps,
            Replicates = Replicates,
            MeasuresNorms = false,
            MeasuresLeading = true,
        };
        Reading[] readings = Cell.RunAll(spec);
        double[] published = [-0.1351814227, -0.3283286033, -0.6351814227, -1.3283286033]; // for gain 1

        for (int i = 0; i < N; i++)
        {
            double half = (N - i) / 2.0, expected = Math.Log(gain) + (0.5 * (Math.Log(2.0 / N) + SpecialFunctions.DiGamma(half))), sem = Math.Sqrt(Trigamma(half) / 4 / Steps / Replicates);
            Assert.Equal(published[i] + Math.Log(gain), expected, 1e-9 * Math.Max(1, Math.Abs(expected)));
            Assert.Equal(expected, readings.Average(reading => reading.Leading!.Exponents[i]), 5 * sem);
        }
    }

    // The mean of all exponents is that of ln |det W_t| / N, and the singular values' sum that of the determinants, to N T ε.
    [Fact]
    public void The_determinant_is_the_sum_of_those_of_the_steps()
    {
        CellSpec spec = s_spec with { HiddenSize = 12, SequenceLength = 200, MeasuresSpectrum = true, MeasuresLeading = true, Leading = 12 };
        Reading reading = Cell.Run(spec);

        Assert.Equal(0, reading.SumRuleResidual, 1e-12);
        Assert.Equal(reading.LyapunovMean, reading.LyapunovSum / 12, 1e-12);
    }

    public static TheoryData<CellSpec> Cells =>
    [
        s_spec,
        s_spec with { State = StateForm.PostActivation, InputScale = 0.3, Transient = 7, BiasScale = 0.2 },
        s_spec with { HiddenSize = 1, SequenceLength = 20 },
        s_spec with { HiddenSize = 25, Weights = WeightEnsemble.Uniform, SpectralRadius = 0.9, Transient = 3 },
        s_spec with { Weights = WeightEnsemble.Orthogonal, Activation = ActivationKind.Relu, Bias = 2, SpectralRadius = 0.8 },
        s_spec with { Weights = WeightEnsemble.Levy, Stability = 1.4, State = StateForm.PostActivation, SpectralRadius = 0.8 },
        s_spec with { Weights = WeightEnsemble.Symmetric, Activation = ActivationKind.Sigmoid, SpectralRadius = 3 },
    ];

    // T N ε of two computations, as for tied networks; none of them is chaotic over its length.
    [Theory]
    [MemberData(nameof(Cells))]
    public void It_is_the_plain_product_of_the_matrices_of_each_step(CellSpec spec)
    {
        spec = spec with { MeasuresLags = true, LagCount = 5 };
        Reading reading = Cell.Run(spec);
        var plain = new PlainReplicate(spec, 0);
        (Matrix product, double log) = plain.Product();
        var lags = plain.Lags();

        Close((Math.Log(PlainMatrix.SingularValues(product)[0]) + log) / Math.Log(10), reading.Log10SpectralNorm);
        Close(lags[^1].Frobenius, reading.Log10FrobeniusNorm);
        Close(lags[^1].Gradient, reading.Log10GradientNorm);
        Close(plain.LogAbsDeterminantByQr() / Math.Log(10), reading.Log10AbsDeterminant);
        Close(plain.Slopes.Average(slopes => slopes.Average()), reading.MeanSlope);
        Assert.All(LagGrid.Of(spec).Zip(reading.Lags!.Log10SpectralNorms.Values.ToArray()), pair => Close(lags[pair.First - 1].Spectral, pair.Second));
        Assert.Equal((double.NaN, double.NaN, double.NaN), (reading.WeightsSpectralNorm, reading.Log10PascanuBound, reading.Log10PathBound));
        Assert.Equal(ReplicateStatus.Ok, reading.Status);

        static void Close(double expected, double actual) => Assert.Equal(expected, actual, 1e-10 * Math.Max(1, Math.Abs(expected)));
    }

    [Fact]
    public void The_first_step_is_that_of_the_tied_network_and_the_second_is_not()
    {
        CellSpec one = s_spec with { SequenceLength = 1 }, two = s_spec with { SequenceLength = 2 };
        Assert.Equal(Cell.Run(one with { Tied = true }).Log10SpectralNorm, Cell.Run(one).Log10SpectralNorm, 1e-13);
        Assert.NotEqual(Cell.Run(two with { Tied = true }).Log10SpectralNorm, Cell.Run(two).Log10SpectralNorm, 1e-3);
    }

    // As N → ∞ the theory is that of the tied network; a chaotic network of 200 units with independent weights lies within some 1/N of it, and λ_1 over 400
    // steps has an error of about √(1/(2N)/400) = 2.5e-3, here of four replicates.
    [Fact]
    public void A_large_network_has_the_exponent_of_mean_field_theory()
    {
        CellSpec spec = s_spec with { HiddenSize = 200, SpectralRadius = 2, SequenceLength = 400, Transient = 100, Replicates = 4, MeasuresNorms = false, MeasuresLeading = true, Leading = 1 };
        double theory = new Theory().LyapunovMax(spec);
        Assert.Equal(0.1547242298, theory, 1e-8);
        Assert.Equal(theory, Cell.RunAll(spec).Average(reading => reading.Lyapunov1), 0.02);
    }
}
