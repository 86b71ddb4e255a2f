using FsCheck;
using FsCheck.Fluent;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Sweeps;
using static RnnSweep.Core.Tests.Sweeps.SweepParts;

namespace RnnSweep.Core.Tests.Sweeps;

public sealed class SweepFieldsTests
{
    private static readonly NetworkKind[] s_networks = Enum.GetValues<NetworkKind>();

    public static TheoryData<string> FieldsOfACell =>
        [.. SweepFields.All.Where(known => known.Kind is not (FieldKind.Text or FieldKind.Names or FieldKind.Path)).Select(known => known.Name)];

    [Theory]
    [MemberData(nameof(FieldsOfACell))]
    public void The_default_of_a_field_is_that_of_a_cell(string name)
    {
        SweepField field = Field(name);
        if (field.Default.StartsWith('('))
        {
            return;
        }

        Assert.Equal(CellText.Of(new CellSpec()), CellText.Of(Value(name, field.Default).Apply(new CellSpec())));
        Assert.Equal(field.Default, field.Text(new CellSpec()));
    }

    [Theory]
    [MemberData(nameof(FieldsOfACell))]
    public void Every_field_that_determines_a_reading_is_part_of_its_key(string name)
    {
        FieldValue[] values = [.. new[] { "1", "0.25", "2", "identity", "relu", "post-activation", "expected", "as-printed", "lstm", "backward", "transposed", "every", "false" }
            .Select(text => Field(name).TryRead(text, out FieldValue? value, out _) ? value : null).OfType<FieldValue>()];
        string fallback = Field(name).Text(new CellSpec())!;
        FieldValue other = values.First(value => value.Text != fallback);
        var measured = new CellSpec { MeasuresSpectrum = true, MeasuresLags = true, MeasuresLeading = true, MeasuresGradient = true }; // what only some statistics need determines only those
        CellSpec[] cells = [.. s_networks.Select(network => measured with { Network = network }), measured with { NetworkDigest = "trained" }, measured with { JacobiansDigest = "00" }];
        Assert.Equal(name == "replicates", cells.All(cell => CellKey.Of(cell) == CellKey.Of(other.Apply(cell))));
        Assert.Equal(other.Text, Field(name).Text(other.Apply(measured)));
    }

    [Fact]
    public void Names_are_those_of_the_sweep_file() => Assert.Equal(
        "name description label hidden_size network layer direction activation state leak weights tied scaling spectral_radius gate_spectral_radius diffusion sequence_length density stability rank low_rank_strength input_scale input_size input "
            + "bias forget_bias input_bias output_bias update_bias reset_bias bias_scale initial_state initial_scale transient frame_transient replicates seed threshold jacobian jacobians jacobians_layout statistics lags leading loss",
        string.Join(' ', SweepFields.All.Select(field => field.Name)));

    [Theory]
    [InlineData("activation", "linear, tanh, sigmoid, relu, hardtanh, softplus, erf")]
    [InlineData("network", "rnn, gru, lstm, minimal, or a path ending in .safetensors, with #name where it holds several networks, and with * for several files")]
    [InlineData("state", "pre-activation, post-activation")]
    [InlineData("weights", "gaussian, uniform, orthogonal, identity, symmetric, antisymmetric, sparse, levy, low-rank, or a path ending in .npy or .safetensors#tensor")]
    [InlineData("scaling", "exact, expected")]
    [InlineData("jacobian", "exact, as-printed")]
    [InlineData("jacobians_layout", "numerator, transposed")]
    [InlineData("loss", "last, every")]
    public void Choices_are_spelt_with_hyphens(string name, string choices) => Assert.Equal("one of " + choices, Field(name).Allowed);

    [Theory]
    [InlineData("hidden_size", "0")]
    [InlineData("hidden_size", "2147483648")]
    [InlineData("hidden_size", "1.5")]
    [InlineData("hidden_size", "1e-40")]
    [InlineData("sequence_length", "0")]
    [InlineData("replicates", "0")]
    [InlineData("transient", "-1")]
    [InlineData("input_size", "0")]
    [InlineData("seed", "-1")]
    [InlineData("seed", "18446744073709551616")]
    [InlineData("spectral_radius", "-1e-300")]
    [InlineData("density", "0")]
    [InlineData("density", "1.0000000001")]
    [InlineData("stability", "0.09")]
    [InlineData("stability", "2.001")]
    [InlineData("threshold", "-1")]
    [InlineData("bias", "1e309")]
    [InlineData("bias", ".nan")]
    [InlineData("bias", "-.inf")]
    [InlineData("bias", "0x10")]
    [InlineData("bias", "1_000")]
    [InlineData("bias", "1,5")]
    [InlineData("bias", " 1")]
    [InlineData("bias", "1\n")]
    [InlineData("bias", "e5")]
    [InlineData("bias", ".")]
    [InlineData("weights", "file")]
    [InlineData("activation", "Tanh")]
    [InlineData("name", ".hidden")]
    [InlineData("name", "a/b")]
    [InlineData("name", "")]
    [InlineData("statistics", "spectra")]
    [InlineData("statistics", "")]
    [InlineData("lags", "1")]
    [InlineData("lags", "2147483648")]
    [InlineData("lags", "{ count: 1 }")]
    [InlineData("lags", "{ count: 5")]
    [InlineData("lags", "every")]
    [InlineData("leading", "0")]
    [InlineData("leading", "2.5")]
    [InlineData("frame_transient", "-1")]
    public void A_value_beyond_the_limits_is_refused(string name, string text)
    {
        Assert.False(Field(name).TryRead(text, out _, out string? problem));
        Assert.Contains($"{name} must be {Field(name).Allowed}, but was {Excerpt.Of(text)}", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sequence_length", "1e5", "100000")]
    [InlineData("hidden_size", "+128.0", "128")]
    [InlineData("seed", "18446744073709551615", "18446744073709551615")]
    [InlineData("spectral_radius", "0.50", "0.5")]
    [InlineData("bias", "-.5", "-0.5")]
    [InlineData("density", "1", "1")]
    [InlineData("lags", "all", "all")]
    [InlineData("lags", "050", "{ count: 50 }")]
    [InlineData("lags", "{count: 50}", "{ count: 50 }")]
    public void A_value_has_its_canonical_text(string name, string text, string canonical) => Assert.Equal(canonical, Value(name, text).Text);

    [Fact]
    public void Any_double_reads_back_from_its_text() => Prop.ForAll(
        ArbMap.Default.GeneratorFor<double>().Where(double.IsFinite).ToArbitrary(),
        value => Value("bias", CanonicalText.Of(value)).Apply(new CellSpec()).Bias.Equals(value == 0 ? 0 : value)).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("bias", "0.10", 0.1)]
    [InlineData("sequence_length", "1e5", 1e5)]
    [InlineData("seed", "18446744073709551615", 18446744073709551615d)]
    [InlineData("activation", "relu", double.NaN)]
    public void A_value_knows_its_number(string name, string text, double number) => Assert.Equal(number, Value(name, text).Number);

    /// <summary>A field has an effect exactly if another value of it changes the numbers that are declared to depend on it.</summary>
    [Theory]
    [MemberData(nameof(FieldsOfACell))]
    public void The_declared_effects_of_a_field_are_its_actual_effects(string name)
    {
        CellSpec[] cells = [.. s_networks.Select(network => new CellSpec { Network = network, InputScale = 0.5, Weights = WeightEnsemble.Sparse, MeasuresSpectrum = true, MeasuresLags = true, MeasuresLeading = true, MeasuresGradient = true })];
        cells = [.. cells, cells[0] with { NetworkDigest = "trained", NetworkLayers = 3 }, cells[0] with { JacobiansDigest = "00" }];
        string[] texts = ["0", "1", "0.25", "2", "50", "identity", "relu", "post-activation", "expected", "as-printed", "lstm", "backward", "transposed", "every", "false"];
        (CellSpec Cell, CellSpec Other)[] pairs = [.. from cell in cells from text in texts select (cell, Field(name).TryRead(text, out FieldValue? value, out _) ? value.Apply(cell) : cell)];
        bool isRead = pairs.Any(pair => CellKey.Of(pair.Other) != CellKey.Of(pair.Cell));
        Assert.Equal(Field(name).Affects(FieldEffects.Readings), isRead && name != "threshold"); // of lags alone, and no number of theirs
        bool costs = pairs.Any(pair => WorkEstimate.Operations(pair.Other) != WorkEstimate.Operations(pair.Cell) || WorkEstimate.Bytes(pair.Other) != WorkEstimate.Bytes(pair.Cell));
        Assert.Equal(Field(name).Affects(FieldEffects.Cost), name != "lags" && costs); // no axis can be made of the lags
    }

    [Theory]
    [InlineData("spectral_raduis", "spectral_radius")]
    [InlineData("Hidden-Size", "hidden_size")]
    [InlineData("sequence_len", "sequence_length")]
    [InlineData("rho", null)]
    public void The_nearest_name_is_found(string wrong, string? nearest) =>
        Assert.Equal(nearest, NearestName.Of(wrong, SweepFields.All.Select(field => field.Name)));
}
