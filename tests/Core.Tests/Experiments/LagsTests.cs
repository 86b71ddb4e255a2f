using FsCheck;
using FsCheck.Fluent;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>∂x_T/∂x_{T−k} over the lags k, and the lags at which the gradient passes the threshold.</summary>
public sealed class LagsTests
{
    private static readonly CellSpec s_spec = new() { MeasuresLags = true, Replicates = 1 };

    public static TheoryData<CellSpec> Plain =>
    [
        s_spec with { HiddenSize = 8, SpectralRadius = 0.9, SequenceLength = 60 },
        s_spec with { HiddenSize = 8, SpectralRadius = 1.1, SequenceLength = 40, State = StateForm.PostActivation, InputScale = 0.5 },
        s_spec with { HiddenSize = 8, SpectralRadius = 1, SequenceLength = 40, Jacobian = JacobianForm.AsPrinted, BiasScale = 0.2 },
        s_spec with { HiddenSize = 8, Activation = ActivationKind.Linear, SpectralRadius = 1.3, SequenceLength = 50 },
        s_spec with { HiddenSize = 30, SpectralRadius = 1, SequenceLength = 160 },
        s_spec with { HiddenSize = 30, SpectralRadius = 1, SequenceLength = 160, State = StateForm.PostActivation, Transient = 3 },
    ];

    // T N ε of the products, as for the norms of P_T; the larger networks drop columns in the reverse product.
    [Theory]
    [MemberData(nameof(Plain))]
    public void Every_lag_is_that_of_the_plain_product(CellSpec spec)
    {
        (double Spectral, double Frobenius, double Gradient)[] plain = new PlainReplicate(spec, 0).Lags();

        Reading reading = Cell.Run(spec with { Threshold = 0.5 });
        LagsResult lags = reading.Lags!;

        Assert.Equal(spec.SequenceLength, lags.Log10SpectralNorms.Count);
        for (int i = 0; i < plain.Length; i++)
        {
            Assert.Equal(plain[i].Spectral, lags.Log10SpectralNorms[i], 1e-10);
            Assert.Equal(plain[i].Frobenius, lags.Log10FrobeniusNorms[i], 1e-10);
        }

        int vanishing = Array.FindIndex(plain, lag => lag.Gradient < -0.5), exploding = Array.FindIndex(plain, lag => lag.Gradient > 0.5);
        Assert.Equal((vanishing < 0 ? null : vanishing + 1, exploding < 0 ? null : exploding + 1), (reading.VanishingLag, reading.ExplodingLag));
        int halving = Array.FindIndex(plain, lag => Math.Pow(10, lag.Gradient) < 0.5);
        Assert.Equal(halving < 0 ? null : halving + 1, reading.HalvingLag);
    }

    [Theory]
    [MemberData(nameof(Plain))]
    public void The_longest_lag_is_the_whole_product_and_a_few_lags_are_those_of_all(CellSpec spec)
    {
        Reading all = Cell.Run(spec), few = Cell.Run(spec with { LagCount = 7 });

        Assert.Equal(all.Log10SpectralNorm, all.Lags!.Log10SpectralNorms[^1], 1e-10);
        Assert.Equal(all.Log10FrobeniusNorm, all.Lags.Log10FrobeniusNorms[^1], 1e-10);
        int[] lags = LagGrid.Of(spec with { LagCount = 7 });
        Assert.Equal(lags.Select(lag => all.Lags.Log10SpectralNorms[lag - 1]), few.Lags!.Log10SpectralNorms.Values.ToArray()); // bit for bit
        Assert.Equal(lags.Select(lag => all.Lags.Log10FrobeniusNorms[lag - 1]), few.Lags.Log10FrobeniusNorms.Values.ToArray());
    }

    [Theory]
    [InlineData(StateForm.PreActivation)]
    [InlineData(StateForm.PostActivation)]
    public void The_lags_of_one_unit_are_sums_of_logarithms_of_slopes(StateForm state)
    {
        CellSpec spec = s_spec with
        {
            HiddenSize = 1,
            Weights = WeightEnsemble.Identity,
            Activation = ActivationKind.Sigmoid,
            SpectralRadius = 5,
            Bias = -2.4,
            SequenceLength = 300,
            State = state,
        };
        double[] slopes = [.. new PlainReplicate(spec, 0).Slopes.Select(step => step[0])];

        LagsResult lags = Cell.Run(spec).Lags!;

        double log = 0;
        for (int lag = 1; lag <= 300; lag++)
        {
            log += Math.Log10(5 * slopes[300 - lag]);
            Assert.Equal(log, lags.Log10SpectralNorms[lag - 1], 1e-12); // T roundings of either sum
            Assert.Equal(log, lags.Log10FrobeniusNorms[lag - 1], 1e-12);
        }
    }

    // The gradient at lag k has the length ρ^k, so it passes 10^±3 at the first k with k |log10 ρ| > 3.
    [Theory]
    [InlineData(0.5, 10, null)]
    [InlineData(2, null, 10)]
    [InlineData(1, null, null)]
    [InlineData(0.99, null, null)]
    public void The_lags_of_an_orthogonal_linear_network_are_powers_of_the_radius(double radius, int? vanishing, int? exploding)
    {
        Reading reading = Cell.Run(s_spec with
        {
            HiddenSize = 10,
            Activation = ActivationKind.Linear,
            Weights = WeightEnsemble.Orthogonal,
            SpectralRadius = radius,
            SequenceLength = 200,
            InitialScale = 0,
        });
        LagsResult lags = reading.Lags!;

        for (int lag = 1; lag <= 200; lag++)
        {
            Assert.Equal(lag * Math.Log10(radius), lags.Log10SpectralNorms[lag - 1], 1e-12);
            Assert.Equal((lag * Math.Log10(radius)) + 0.5, lags.Log10FrobeniusNorms[lag - 1], 1e-12);
        }

        Assert.Equal((vanishing, exploding), (reading.VanishingLag, reading.ExplodingLag));
    }

    // One relu unit whose state decreases, x = 2.5, 1.5, 0.5, −0.5, …: J_1 = J_2 = J_3 = 1, and 0 from then on.
    [Fact]
    public void A_gradient_that_is_exactly_0_has_vanished()
    {
        CellSpec spec = s_spec with
        {
            HiddenSize = 1,
            Activation = ActivationKind.Relu,
            Weights = WeightEnsemble.Identity,
            Bias = -1,
            InitialState = 2.5,
            InitialScale = 0,
            SequenceLength = 3,
        };
        Assert.Equal([0, 0, 0], Cell.Run(spec).Lags!.Log10SpectralNorms.Values.ToArray());
        Reading dead = Cell.Run(spec with { SequenceLength = 5 });
        Assert.Equal(Enumerable.Repeat(double.NegativeInfinity, 5), dead.Lags!.Log10SpectralNorms.Values.ToArray());
        Assert.Equal((1, null), (dead.VanishingLag, dead.ExplodingLag));
    }

    [Fact]
    public void If_a_jacobian_is_unknown_all_lags_are_unknown()
    {
        CellSpec spec = s_spec with
        {
            HiddenSize = 3,
            Activation = ActivationKind.Relu,
            Weights = WeightEnsemble.Identity,
            SpectralRadius = 1e10,
            InitialState = 1,
            InitialScale = 0,
            SequenceLength = 50,
            MeasuresSpectrum = true,
        };
        Reading result = Cell.Run(spec);
        Assert.Equal((ReplicateStatus.StateOverflow, null, null), (result.Status, result.Lags, result.Spectrum));
    }

    [Fact]
    public void Lags_are_distinct_ascending_and_include_both_ends() => Prop.ForAll(
        Gen.Choose(1, 5000).Zip(Gen.Choose(2, 300)).ToArbitrary(),
        both =>
        {
            (int steps, int count) = both;
            int[] lags = LagGrid.Of(new CellSpec { SequenceLength = steps, LagCount = count });
            return lags[0] == 1 && lags[^1] == steps && lags.Length <= count && lags.Length <= LagGrid.MostOf(new CellSpec { SequenceLength = steps, LagCount = count })
                && lags.Zip(lags.Skip(1)).All(pair => pair.First < pair.Second)
                && (count < steps || lags.Length == steps);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Lags_are_logarithmically_spaced() =>
        Assert.Equal([1, 10, 100, 1000], LagGrid.Of(new CellSpec { SequenceLength = 1000, LagCount = 4 }));
}
