using System.Security.Cryptography;
using System.Text;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>A key identifies results that are stored for years, so these tests fix its text, character by character.</summary>
public sealed class CellKeyTests
{
    private static readonly CellSpec s_unusual = new()
    {
        HiddenSize = int.MaxValue,
        Weights = WeightEnsemble.File,
        WeightsDigest = new string('f', 64),
        InputDigest = new string('ρ', 900),
        SpectralRadius = 1.7976931348623157E+308,
        Density = 2.2250738585072014E-308,
        InputScale = 2.2250738585072014E-308,
        InputSize = int.MaxValue,
        Bias = -2.2250738585072014E-308,
        BiasScale = 2.2250738585072014E-308,
        InitialState = -2.2250738585072014E-308,
        InitialScale = 2.2250738585072014E-308,
        Transient = int.MaxValue,
        Replicates = int.MaxValue,
        Seed = ulong.MaxValue,
        Leak = 2.2250738585072014E-308,
        Diffusion = 2.2250738585072014E-308,
        SequenceLength = int.MaxValue,
        Threshold = 2.2250738585072014E-308,
        FrameTransient = int.MaxValue,
        MeasuresSpectrum = true,
        MeasuresLags = true,
        MeasuresLeading = true,
        MeasuresActivity = true,
        Stability = 1.2345678901234567,
        Leading = int.MaxValue,
        LagCount = int.MaxValue,
    };

    [Fact]
    public void The_default_cell_has_this_text() => Assert.Equal(
        """
        numerics: 1
        hidden_size: 64
        activation: tanh
        state: pre-activation
        weights: gaussian
        scaling: exact
        density: 0.1
        spectral_radius: 1
        input: normal
        input_scale: 0
        input_size: 64
        bias: 0
        bias_scale: 0
        initial_state: 0
        initial_scale: 1
        transient: 0
        seed: 1
        jacobian: exact
        sequence_length: 100
        statistics: norms

        """.Replace("numerics: 1\n", $"numerics: {CellText.NumericsVersion}\n", StringComparison.Ordinal),
        CellText.Of(new CellSpec()));

    [Fact]
    public void Fields_that_are_newer_than_stored_results_are_in_the_text_only_if_used() => Assert.Contains(
        "jacobian: exact\nleak: 0.5\ndiffusion: 0.1\nsequence_length: ", CellText.Of(new CellSpec { Leak = 0.5, Diffusion = 0.1 }), StringComparison.Ordinal);

    [Fact]
    public void Statistics_have_lines_in_the_text_only_if_measured()
    {
        string usual = CellText.Of(new CellSpec());
        Assert.Equal(usual, CellText.Of(new CellSpec { LagCount = 5 })); // lags are not measured
        Assert.Equal(
            usual.Replace("statistics: norms\n", "statistics: norms, lags\nthreshold: 3\nlags: 5\n", StringComparison.Ordinal),
            CellText.Of(new CellSpec { MeasuresLags = true, LagCount = 5 }));
        Assert.Equal(CellText.OfTrajectory(new CellSpec()), CellText.OfTrajectory(new CellSpec { MeasuresLags = true })); // lags need a second product
        Assert.Equal(
            usual.Replace("jacobian: exact\n", "jacobian: exact\nframe_transient: 7\nproduct: spectrum\n", StringComparison.Ordinal)
                .Replace("statistics: norms\n", "statistics: norms, spectrum\n", StringComparison.Ordinal)
                .Replace($"numerics: {CellText.NumericsVersion}\n", $"numerics: {CellText.SpectrumNumericsVersion}\n", StringComparison.Ordinal),
            CellText.Of(new CellSpec { MeasuresSpectrum = true, FrameTransient = 7 }));
    }

    [Fact]
    public void The_key_does_not_contain_replicates_or_an_unused_threshold()
    {
        Assert.Equal(CellKey.Of(new CellSpec()), CellKey.Of(new CellSpec { Replicates = 5, Threshold = 7 }));
        CellSpec lags = new() { MeasuresLags = true };
        Assert.Equal(CellKey.Of(lags), CellKey.Of(lags with { Replicates = 5 }));
        Assert.NotEqual(CellKey.Of(lags), CellKey.Of(lags with { Threshold = 7 }));
        Assert.Equal(CellKey.OfTrajectory(lags), CellKey.OfTrajectory(lags with { Threshold = 7, Replicates = 5 }));
    }

    public static TheoryData<CellSpec> Cells => [new CellSpec(), s_unusual, new CellSpec { SpectralRadius = 0.1 + 0.2, State = StateForm.PostActivation }];

    [Theory]
    [MemberData(nameof(Cells))]
    public void A_key_is_the_hash_of_its_text(CellSpec spec)
    {
        Assert.Equal(new CellKey(SHA256.HashData(Encoding.UTF8.GetBytes(CellText.Of(spec)))), CellKey.Of(spec));
        Assert.Equal(new CellKey(SHA256.HashData(Encoding.UTF8.GetBytes(CellText.OfTrajectory(spec)))), CellKey.OfTrajectory(spec));
        int[] lengths = [1, spec.SequenceLength, 2_000_000_000];
        Assert.Equal(lengths.Select(length => CellKey.Of(spec with { SequenceLength = length })), CellKey.Along(spec, lengths));
        Assert.StartsWith(CellText.OfTrajectory(spec) + "sequence_length: ", CellText.Of(spec));
    }
}
