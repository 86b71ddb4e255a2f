using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;
using RnnSweep.Core.Tests.Experiments;
using static RnnSweep.Core.Tests.Sweeps.SweepParts;

namespace RnnSweep.Core.Tests.Sweeps;

public sealed class UnusedFieldsTests
{
    private static string Unused(params FieldSetting[] settings) =>
        string.Join("; ", UnusedFields.Of(new SweepRules(settings)).Select(unused => $"{unused.Field}: {unused.Message}"));

    [Fact]
    public void A_density_needs_sparse_weights()
    {
        Assert.Equal(
            "density: density has no effect without weights: sparse, but weights is gaussian by default; leave density out, or set weights: sparse",
            Unused(Fixed("density", "0.3")));
        Assert.Contains("but weights is orthogonal or identity", Unused(Fixed("density", "0.3"), Varied(List("weights", "orthogonal", "identity"))), StringComparison.Ordinal);
        Assert.StartsWith("density: ", Unused(Varied(List("density", "0.1", "0.2"))), StringComparison.Ordinal);
        Assert.Empty(Unused(Fixed("density", "0.3"), Fixed("weights", "sparse")));
    }

    [Fact]
    public void A_stability_needs_levy_weights()
    {
        Assert.Equal(
            "stability: stability has no effect without weights: levy, but weights is sparse; leave stability out, or set weights: levy",
            Unused(Fixed("stability", "1.2"), Fixed("weights", "sparse")));
        Assert.Empty(Unused(Varied(List("stability", "1.2", "2")), Fixed("weights", "levy")));
    }

    [Fact]
    public void An_input_size_needs_an_input()
    {
        Assert.Equal(
            "input_size: input_size has no effect without an input_scale > 0, but input_scale is 0; leave input_size out, or set input_scale > 0",
            Unused(Fixed("input_size", "3"), Fixed("input_scale", "0")));
        Assert.StartsWith("input_size: ", Unused(Varied(List("input_size", "3", "64"))), StringComparison.Ordinal);
        Assert.Empty(Unused(Fixed("input_size", "3"), Fixed("input_scale", "0.1")));
    }

    [Theory]
    [InlineData("forget_bias", "1", "without network: lstm, but network is rnn by default; leave forget_bias out, or set network: lstm")]
    [InlineData("reset_bias", "1", "without network: gru, but")]
    [InlineData("update_bias", "1", "without network: gru or minimal, but")]
    [InlineData("gate_spectral_radius", "1", "without network: gru or lstm, but")]
    public void A_field_of_gates_needs_a_network_that_uses_it(string field, string value, string message) =>
        Assert.Contains(message, Unused(Fixed(field, value)), StringComparison.Ordinal);

    [Theory]
    [InlineData("activation", "relu")]
    [InlineData("state", "post-activation")]
    [InlineData("leak", "0.5")]
    [InlineData("diffusion", "0.5")]
    [InlineData("jacobian", "as-printed")]
    public void A_field_of_the_plain_network_has_no_effect_on_gated_ones(string field, string value)
    {
        Assert.Equal(
            $"{field}: {field} has no effect without network: rnn, but network is gru or lstm; leave {field} out, or set network: rnn",
            Unused(Fixed(field, value), Varied(List("network", "gru", "lstm"))));
        Assert.Empty(Unused(Fixed(field, value), Varied(List("network", "rnn", "lstm"))));
    }

    [Fact]
    public void A_default_value_is_always_allowed()
    {
        Assert.Empty(Unused(Fixed("density", "0.10"), Fixed("weights", "gaussian"), Fixed("input_scale", "0"), Fixed("input_size", "64")));
        Assert.Empty(Unused(Fixed("input_size", "7"), Fixed("hidden_size", "7")));
        Assert.StartsWith("input_size: ", Unused(Fixed("input_size", "7"), Varied(List("hidden_size", "7", "8"))), StringComparison.Ordinal);
    }

    [Fact]
    public void One_cell_that_uses_a_field_is_enough()
    {
        Assert.Empty(Unused(Fixed("density", "0.3"), Varied(List("weights", "gaussian", "sparse"))));
        Assert.Empty(Unused(Fixed("input_size", "3"), Varied(List("input_scale", "0", "1"))));
        Assert.Empty(Unused(Fixed("input_size", "3"), Varied(Steps("input_scale", "1", "0", "-0.5"))));
    }

    [Fact]
    public void A_field_that_cannot_be_read_makes_no_other_field_unused() =>
        Assert.Empty(UnusedFields.Of(new SweepRules([Fixed("density", "0.3"), Fixed("input_size", "3")], new HashSet<SweepField> { Field("weights"), Field("input_scale") })));

    /// <summary>A field is unused exactly if another value of it changes no computed number.</summary>
    [Theory]
    [InlineData("density", "0.9", "")]
    [InlineData("density", "0.9", "weights=sparse")]
    [InlineData("rank", "2", "")]
    [InlineData("rank", "2", "weights=low-rank")]
    [InlineData("low_rank_strength", "2", "")]
    [InlineData("low_rank_strength", "2", "weights=low-rank")]
    [InlineData("stability", "0.9", "")]
    [InlineData("stability", "0.9", "weights=levy")]
    [InlineData("input_size", "3", "")]
    [InlineData("input_size", "3", "input_scale=0.5")]
    [InlineData("scaling", "expected", "")]
    [InlineData("bias", "0.5", "")]
    [InlineData("bias_scale", "0.5", "")]
    [InlineData("initial_state", "0.5", "")]
    [InlineData("initial_scale", "0.5", "")]
    [InlineData("transient", "3", "")]
    [InlineData("leak", "0.5", "")]
    [InlineData("diffusion", "0.5", "")]
    [InlineData("seed", "2", "")]
    public void A_field_is_refused_exactly_if_it_changes_no_result(string field, string value, string other)
    {
        FieldSetting[] others = [Fixed("hidden_size", "24"), Fixed("sequence_length", "9"), Fixed("replicates", "2"),
            .. other.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(pair => Fixed(pair.Split('=')[0], pair.Split('=')[1]))];
        CellSpec without = SweepPlan.Of("test", others).Cell(0), with = Value(field, value).Apply(without);
        double[] Norms(CellSpec spec) => [.. Cell.RunAll(spec).Select(r => r.Log10SpectralNorm)];
        Assert.Equal(Norms(without).SequenceEqual(Norms(with)), Unused([.. others, Fixed(field, value)]).Length > 0);
    }
}
