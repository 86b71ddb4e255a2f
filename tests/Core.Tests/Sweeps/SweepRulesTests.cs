using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Sweeps;
using static RnnSweep.Core.Tests.Sweeps.SweepParts;

namespace RnnSweep.Core.Tests.Sweeps;

public sealed class SweepRulesTests
{
    private static MatrixValue Use(string field, string name, int rows, int columns, double corner = 1)
    {
        var matrix = new Matrix(rows, columns);
        matrix[0, 0] = corner;
        return Field(field).TryUse(name, "/data/" + name, matrix, matrix.Digest(), out MatrixValue? value, out string? problem)
            ? value
            : throw new ArgumentException(problem);
    }

    private static FieldSetting Matrices(string field, params FieldValue[] values) =>
        new(new ListAxis(Field(field), [.. values]), IsAxis: values.Length > 1);

    private static string Broken(params FieldSetting[] settings) =>
        string.Join("; ", new SweepRules(settings).Broken.Select(broken => $"{broken.Field}: {broken.Message}"));

    [Fact]
    public void The_printed_form_needs_pre_activation()
    {
        Assert.Empty(Broken(Fixed("jacobian", "as-printed")));
        Assert.Empty(Broken(Fixed("jacobian", "exact"), Fixed("state", "post-activation")));
        Assert.StartsWith("jacobian: ", Broken(Fixed("state", "post-activation"), Fixed("jacobian", "as-printed")), StringComparison.Ordinal);
        Assert.StartsWith(
            "jacobian: ",
            Broken(Varied(List("jacobian", "exact", "as-printed")), Varied(List("state", "pre-activation", "post-activation"))),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_weights_matrix_is_that_of_a_network_without_gates() => Assert.Equal(
        "weights: a matrix as weights, w.npy, needs network: rnn, but network is or takes lstm",
        Broken(Matrices("weights", Use("weights", "w.npy", 5, 5)), Varied(List("network", "rnn", "lstm"))));

    [Fact]
    public void A_weights_matrix_gives_the_hidden_size_or_must_agree_with_it()
    {
        FieldSetting weights = Matrices("weights", Use("weights", "w.npy", 5, 5));
        Assert.Equal(5, SweepPlan.Of("test", [weights]).Fixed.HiddenSize);
        Assert.Equal(WeightEnsemble.File, SweepPlan.Of("test", [weights]).Cell(0).Weights);
        Assert.Empty(Broken(weights, Fixed("hidden_size", "5")));
        Assert.Equal("hidden_size: hidden_size must be 5, the size of w.npy, but was 6", Broken(weights, Fixed("hidden_size", "6")));
        Assert.StartsWith("hidden_size: ", Broken(weights, Varied(Steps("hidden_size", "5", "6", "1"))), StringComparison.Ordinal);
        Assert.StartsWith("weights: ", Broken(Matrices("weights", Use("weights", "a.npy", 5, 5), Use("weights", "b.npy", 6, 6))), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Use("weights", "w.npy", 5, 6));
    }

    [Fact]
    public void An_input_matrix_gives_the_input_size_and_must_be_long_enough()
    {
        FieldSetting input = Matrices("input", Use("input", "u.npy", 30, 3)), scale = Fixed("input_scale", "1");
        Assert.Equal(3, SweepPlan.Of("test", [input, scale, Fixed("sequence_length", "30")]).Fixed.InputSize);
        Assert.StartsWith("input_size: ", Broken(input, scale, Fixed("sequence_length", "30"), Fixed("input_size", "4")), StringComparison.Ordinal);
        Assert.Empty(Broken(input, scale, Varied(List("sequence_length", "20", "10")), Fixed("transient", "10")));
        Assert.StartsWith("input: ", Broken(input, scale, Varied(List("sequence_length", "21", "10")), Fixed("transient", "10")), StringComparison.Ordinal);
        Assert.StartsWith("input: ", Broken(input, scale, Fixed("sequence_length", "2147483647"), Fixed("transient", "2147483647")), StringComparison.Ordinal);
        Assert.StartsWith("input: ", Broken(input, scale), StringComparison.Ordinal); // the default length is 100
    }

    [Fact]
    public void Input_that_is_multiplied_by_0_is_refused()
    {
        FieldSetting input = Matrices("input", Use("input", "u.npy", 100, 3));
        Assert.Contains("needs an input_scale > 0", Broken(input), StringComparison.Ordinal);
        Assert.Contains("needs an input_scale > 0", Broken(input, Fixed("input_scale", "0")), StringComparison.Ordinal);
        Assert.Empty(Broken(input, Varied(List("input_scale", "0", "1"))));
    }

    [Fact]
    public void Matrices_with_the_same_name_are_refused()
    {
        MatrixValue a = Use("weights", "a.npy", 2, 2), same = Use("weights", "b.npy", 2, 2), other = Use("weights", "a.npy", 2, 2, corner: 3);
        Assert.Contains("same matrix as a.npy", ListAxis.Repeated([a, same]).Single().Message, StringComparison.Ordinal);
        Assert.Contains("are called a.npy", ListAxis.Repeated([a, other]).Single().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Leading_exponents_alone_measure_no_norms_and_any_other_statistic_does()
    {
        CellSpec Measured(params string[] names) => new FieldSetting(new ListAxis(Field("statistics"), [.. names.Select(name => Value("statistics", name))]), IsAxis: false).Fix(new CellSpec());
        Assert.Equal(new CellSpec(), Measured("norms"));
        Assert.Equal(new CellSpec { MeasuresLeading = true, MeasuresNorms = false }, Measured("leading"));
        foreach (string other in new[] { "norms", "spectrum", "lags", "gradient" })
        {
            CellSpec both = Measured("leading", other);
            Assert.Equal(both, Measured(other, "leading"));
            Assert.True(both is { MeasuresNorms: true, MeasuresLeading: true });
            Assert.Equal((other == "spectrum", other == "lags", other == "gradient"), (both.MeasuresSpectrum, both.MeasuresLags, both.MeasuresGradient));
        }

        Assert.Equal(new CellSpec { MeasuresLeading = true, MeasuresNorms = false, MeasuresActivity = true }, Measured("activity", "leading"));
        Assert.Equal(new CellSpec { MeasuresActivity = true }, Measured("activity"));
        Assert.Equal("norms, activity", StatisticsNames.Of(Measured("activity")));
        Assert.Equal("leading, activity", StatisticsNames.Of(Measured("activity", "leading")));
        Assert.Equal("leading", StatisticsNames.Of(Measured("leading")));
        Assert.Equal("norms, spectrum, lags, leading, gradient", StatisticsNames.Of(Measured("gradient", "leading", "lags", "spectrum")));
    }

    [Fact]
    public void A_loss_needs_the_statistic_gradient_which_needs_a_network()
    {
        Assert.Empty(Broken(Fixed("loss", "last"))); // the default, as in a resolved sweep
        Assert.StartsWith("loss: ", Broken(Fixed("loss", "every")), StringComparison.Ordinal);
        Assert.StartsWith("loss: ", Broken(Varied(List("loss", "last", "every"))), StringComparison.Ordinal);
        Assert.Empty(Broken(Varied(List("loss", "last", "every")), Fixed("statistics", "gradient")));
        FieldSetting jacobians = Matrices("jacobians", Use("jacobians", "J.npy", 200, 2));
        Assert.StartsWith("statistics: gradient needs a network", Broken(jacobians, Fixed("statistics", "gradient"), Fixed("sequence_length", "5")), StringComparison.Ordinal);
    }

    // The state of an LSTM is (h, c), of twice the hidden size.
    [Fact]
    public void There_are_at_most_as_many_leading_exponents_as_numbers_in_the_shortest_state()
    {
        FieldSetting statistics = Fixed("statistics", "leading");
        Assert.Empty(Broken(statistics, Fixed("hidden_size", "4"))); // the default is all of them
        Assert.Empty(Broken(statistics, Fixed("hidden_size", "4"), Fixed("leading", "4")));
        Assert.Empty(Broken(statistics, Fixed("hidden_size", "4"), Fixed("leading", "8"), Fixed("network", "lstm")));
        Assert.StartsWith("leading: ", Broken(statistics, Fixed("hidden_size", "4"), Fixed("leading", "9"), Fixed("network", "lstm")), StringComparison.Ordinal);
        Assert.StartsWith("leading: ", Broken(statistics, Varied(List("hidden_size", "9", "4")), Fixed("leading", "8")), StringComparison.Ordinal);
        Assert.StartsWith("leading: ", Broken(Fixed("leading", "8")), StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_cells_are_refused_with_their_number()
    {
        string broken = Broken(Varied(Steps("seed", "1", "10000000", "1")), Varied(Steps("transient", "1", "101", "1")));
        Assert.StartsWith("seed: ", broken, StringComparison.Ordinal);
        Assert.Contains("has 1010000000 (10000000 × 101)", broken, StringComparison.Ordinal);
    }
}
