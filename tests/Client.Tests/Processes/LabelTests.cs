using RnnSweep.Client.Tests.Results;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>The labels of axes are in the report, and change no result.</summary>
public sealed class LabelTests : IDisposable
{
    private const string Sweep = "hidden_size: 4\nspectral_radius: [0.5, 2]\nbias_scale: [0, 0.5]\nsequence_length: 60\nreplicates: 2\n";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Labels_are_shown_on_axes_in_words_and_in_headings_and_change_no_table()
    {
        File.WriteAllText(_folder["plain.yaml"], Sweep);
        File.WriteAllText(_folder["labelled.yaml"], Sweep + "label: { spectral_radius: gain g, bias_scale: <σ_b> }\n");
        RunningProgram.Run(_folder.Path, "run", "plain.yaml", "-o", "run").Expect(0);
        Dictionary<string, string> tables = SmallSweep.TablesOf(_folder["run"]);
        Assert.Equal(4, RunningProgram.Run(_folder.Path, "run", "labelled.yaml", "-o", "run", "--json").Expect(0).Number("stored_before"));
        Assert.Equal(tables, SmallSweep.TablesOf(_folder["run"]));
        Assert.Contains("\nlabel: { spectral_radius: \"gain g\", bias_scale: \"<σ_b>\" }\n", File.ReadAllText(_folder["run/sweep.yaml"]), StringComparison.Ordinal);
        string page = File.ReadAllText(_folder["run/report.html"]), diagram = File.ReadAllText(_folder["run/figures/phase-diagram.svg"]);
        Assert.Contains(">gain g</text>", diagram, StringComparison.Ordinal);
        Assert.DoesNotContain("spectral radius", diagram, StringComparison.Ordinal);
        Assert.Contains("<button type=\"button\">gain g (spectral_<wbr>radius)</button>", page, StringComparison.Ordinal);
        Assert.Contains("at gain g\u00A0=\u00A0", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<σ_b>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_that_ends_in_a_square_gives_the_figures_the_squares_of_the_values()
    {
        File.WriteAllText(_folder["squared.yaml"], Sweep + "activation: linear\nscaling: expected\nweights: orthogonal\nlabel: { spectral_radius: σ_w² }\n");
        RunningProgram.Run(_folder.Path, "run", "squared.yaml", "-o", "run").Expect(0);
        string page = File.ReadAllText(_folder["run/report.html"]);

        // λ = ln ρ of orthogonal weights and linear units: −ln 2 at σ² = 0.25 and ln 2 at σ² = 4, so the interpolated zero lies in the middle.
        Assert.Contains("σ_w²\u00A0=\u00A02.125", page, StringComparison.Ordinal);
        Assert.Contains("σ_<wbr>w (spectral_<wbr>radius)", page, StringComparison.Ordinal);
        Assert.Contains("<td>0.5</td>", page, StringComparison.Ordinal);

        // Of gaussian weights and rectifiers λ of theory is ln(ρ/√2), so it is 0 at σ² = 2. It is evaluated at values of the field, not at their squares, between the cells.
        RunningProgram.Run(_folder.Path, "run", "squared.yaml", "--set", "weights=gaussian", "--set", "activation=relu", "--set", "bias_scale=0", "-o", "gaussian").Expect(0);
        Assert.Contains("mean-field theory (N → ∞) has λ\u00A0=\u00A00 at σ_w²\u00A0=\u00A02;", File.ReadAllText(_folder["gaussian/report.html"]), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Labels_can_be_set_and_unset_by_an_option()
    {
        File.WriteAllText(_folder["sweep.yaml"], Sweep + "label: { spectral_radius: g }\n");
        string[] run = ["run", "sweep.yaml", "-o", "run"];
        RunningProgram.Run(_folder.Path, [.. run, "--set", "label={spectral_radius: w}"]).Expect(0);
        Assert.Contains(">w</text>", File.ReadAllText(_folder["run/figures/exponent.svg"]), StringComparison.Ordinal);
        RunningProgram.Run(_folder.Path, [.. run, "--set", "label=default"]).Expect(0);
        Assert.Contains(">spectral radius\u00A0ρ</text>", File.ReadAllText(_folder["run/figures/exponent.svg"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("g", "bad.yaml:6:8: label must be fields in braces, each with a label of 1 to 40 characters: { spectral_radius: g }, but was g")]
    [InlineData("{ spectral_radios: g }", "bad.yaml:6:10: there is no field spectral_radios; did you mean spectral_radius?")]
    [InlineData("{ statistics: s }", "bad.yaml:6:10: statistics cannot be an axis, so it has no label")]
    [InlineData("{ bias: '' }", "bad.yaml:6:10: label must be fields in braces, each with a label of 1 to 40 characters: { spectral_radius: g }, but that of bias was empty")]
    [InlineData("{}", "bad.yaml:6:8: label must be fields in braces, each with a label of 1 to 40 characters: { spectral_radius: g }, but these braces hold nothing")]
    [InlineData("[a, b]", "bad.yaml:6:8: label must be fields in braces, each with a label of 1 to 40 characters: { spectral_radius: g }, but was a list")]
    public void A_label_that_is_none_is_refused_with_its_place(string value, string message)
    {
        File.WriteAllText(_folder["bad.yaml"], $"{Sweep}label: {value}\n");
        Assert.Equal(message, Assert.Single(RunningProgram.Run(_folder.Path, "plan", "bad.yaml").Expect(2).ErrorLines));
    }

    public void Dispose() => _folder.Dispose();
}
