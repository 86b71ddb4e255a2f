using System.Text;
using System.Xml.Linq;
using RnnSweep.Client.Reports;
using RnnSweep.Client.Reports.Figures;
using RnnSweep.Client.Results;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Reports;

/// <summary>The files of a report, without a browser.</summary>
public sealed class ReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_run_and_a_command_write_the_same_page_and_figures()
    {
        string[] lines = RunningProgram.Run(_folder.Path, ["run", .. SmallSweep.Blink, "-o", "run"]).Expect(0)
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["run/summary.csv", "run/replicates.csv", "run/report.html"], lines);
        byte[] page = File.ReadAllBytes(_folder["run/report.html"]);
        Dictionary<string, string> figures = Figures();
        Assert.NotEmpty(figures);

        // Figures of another sweep, and a file of the user.
        File.Copy(Directory.EnumerateFiles(_folder["run/figures"]).First(), _folder["run/figures/growth-of-old.svg"]);
        File.WriteAllText(_folder["run/figures/mine.svg"], "<svg/>");
        File.Delete(_folder["run/report.html"]);
        ProgramResult report = RunningProgram.Run(_folder.Path, "report", "run").Expect(0);
        Assert.Equal("run/report.html\n", report.Output);
        Assert.Equal(Encoding.UTF8.GetString(page), File.ReadAllText(_folder["run/report.html"]));
        File.Delete(_folder["run/figures/mine.svg"]);
        Assert.Equal(figures, Figures());

        Dictionary<string, string> Figures() =>
            Directory.EnumerateFiles(_folder["run/figures"]).Order().ToDictionary(file => Path.GetFileName(file), File.ReadAllText);
    }

    [Fact]
    public void Figures_that_cannot_be_written_affect_neither_the_page_nor_the_run()
    {
        Directory.CreateDirectory(_folder["run"]);
        File.WriteAllText(_folder["run/figures"], "in the way");
        ProgramResult run = RunningProgram.Run(_folder.Path, ["run", .. SmallSweep.Blink, "-o", "run"]).Expect(6);
        Assert.Contains("the folder of the figures cannot be written", run.Error, StringComparison.Ordinal);
        Assert.Contains("The folder of the figures cannot be written", File.ReadAllText(_folder["run/report.html"]), StringComparison.Ordinal);
        Assert.Contains("report.html", run.Output, StringComparison.Ordinal);
        RunningProgram.Run(_folder.Path, "verify", "run").Expect(0);
        RunningProgram.Run(_folder.Path, "report", "run").Expect(6);
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_refused() => RunningProgram.Run(_folder.Path, "report", "nowhere").Expect(2);

    [Fact]
    public void Figures_are_well_formed_and_hold_no_scripts()
    {
        using var sweep = new SyntheticSweep(
            [("spectral_radius", SyntheticSweep.Values(0.5, 1.5, 7)), ("sequence_length", ["10", "100", "1000"]), ("activation", ["tanh", "relu"])],
            (spec, r) => spec.SpectralRadius - 1 - (r / 50.0));
        sweep.Report.Write();
        string[] files = [.. Directory.EnumerateFiles(sweep.Folder["figures"])];
        Assert.Contains(sweep.Folder["figures/phase-diagram-activation-tanh.svg"], files);
        Assert.Contains(sweep.Folder["figures/growth-activation-relu.svg"], files);
        foreach (string file in files)
        {
            XElement svg = XDocument.Load(file).Root!;
            Assert.Equal("{http://www.w3.org/2000/svg}svg", svg.Name.ToString());
            Assert.All(svg.Descendants(), element => Assert.DoesNotContain(element.Name.LocalName, new[] { "script", "image", "foreignObject", "use" }));
            Assert.DoesNotContain("NaN", svg.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("Infinity", svg.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Names_from_outside_are_text_everywhere()
    {
        const string name = "<img src=x onerror=alert(1)> \"&' </script><script>alert(2)</script>";
        using var sweep = new SyntheticSweep([("spectral_radius", ["1", "2", "3"])], (_, _) => 0.1, name: name);
        File.WriteAllText(sweep.Folder[RunFolder.SweepFile], $"name: {name}\n");
        sweep.Report.Write();
        string page = File.ReadAllText(sweep.Folder[RunFolder.ReportFile]);
        Assert.DoesNotContain("<img", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.Contains("&lt;img src=x onerror=alert(1)&gt; &quot;&amp;&#39; &lt;/script&gt;", page, StringComparison.Ordinal);
        Assert.Contains("Content-Security-Policy\" content=\"default-src 'none';", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", page.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_of_ten_thousand_cells_stays_below_five_megabytes()
    {
        using var sweep = new SyntheticSweep(
            [("spectral_radius", SyntheticSweep.Values(0.5, 2.5, 100)), ("input_scale", SyntheticSweep.Values(0, 1, 100))],
            (spec, r) => Math.Log(spec.SpectralRadius) - spec.InputScale + (r * 0.001234567), replicates: 2);
        using var page = new MemoryStream();
        sweep.Report.WritePage(page);
        Assert.InRange(page.Length, 1_000_000, 5_000_000);
    }

    [Fact]
    public void The_page_explains_a_bound_only_where_one_is_known()
    {
        string plain = Page("rnn"), gated = Page("lstm");
        Assert.Contains("gradients must vanish.", plain, StringComparison.Ordinal);
        Assert.Contains("which no product exceeds", plain, StringComparison.Ordinal);
        Assert.DoesNotContain("γ‖W‖₂", gated, StringComparison.Ordinal);
        Assert.DoesNotContain("bound<", gated, StringComparison.Ordinal);

        static string Page(string network)
        {
            using var sweep = new SyntheticSweep(
                [("spectral_radius", ["0.5", "1", "2"]), ("sequence_length", ["10", "20"]), ("network", [network])], (spec, _) => Math.Log(spec.SpectralRadius));
            using var page = new MemoryStream();
            sweep.Report.WritePage(page);
            return Encoding.UTF8.GetString(page.ToArray());
        }
    }

    [Fact]
    public void A_page_can_be_written_of_an_unfinished_run()
    {
        using var part = new SyntheticSweep([("spectral_radius", ["1", "2"]), ("sequence_length", ["10", "20"])], (_, _) => 0.1);
        using var whole = new SyntheticSweep([("spectral_radius", ["1", "2", "3"]), ("sequence_length", ["10", "20", "40"])], (_, _) => 0.1);
        using var page = new MemoryStream();
        new Report(whole.Folder, whole.Plan, part.Store, new Core.Experiments.Theory()).WritePage(page);
        string text = Encoding.UTF8.GetString(page.ToArray());
        Assert.Contains("4 of 9 cells done", text, StringComparison.Ordinal);
        Assert.Contains(">not computed yet</text>", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sweep_too_large_for_a_page_is_thinned_evenly_and_keeps_its_ends()
    {
        long[][] kept = ReportData.Thin([1000, 400, 2]);
        Assert.InRange(kept.Aggregate(1L, (product, places) => product * places.Length), ReportData.MostCells / 4, ReportData.MostCells);
        Assert.Equal((0, 999), (kept[0][0], kept[0][^1]));
        Assert.Equal((0, 399), (kept[1][0], kept[1][^1]));
        Assert.Equal([0, 1], kept[2]);
        long[] gaps = [.. kept[0].Zip(kept[0][1..], (a, b) => b - a)];
        Assert.InRange(gaps.Max() - gaps.Min(), 0, 1);
    }

    [Fact]
    public void Spectra_lags_and_gradients_have_figures_where_they_are_measured()
    {
        using var sweep = new SyntheticSweep([("spectral_radius", ["0.9", "1.1"])], (spec, _) => Math.Log(spec.SpectralRadius), hasTraces: true);
        Report report = new(sweep.Folder, sweep.Plan, sweep.Store, new Core.Experiments.Theory()) { TheorySpectrum = spec => [spec.SpectralRadius, 0, -1] };
        report.Write();
        Assert.Contains("ρ = 0.9", File.ReadAllText(sweep.Folder["figures/lags.svg"]), StringComparison.Ordinal);
        Assert.Contains("closed form", File.ReadAllText(sweep.Folder["figures/spectrum.svg"]), StringComparison.Ordinal);
        Assert.Contains("log₁₀ ‖∂L/∂W‖", File.ReadAllText(sweep.Folder["figures/gradient.svg"]), StringComparison.Ordinal);
        Assert.Contains("ρ = 0.9", File.ReadAllText(sweep.Folder["figures/gradient-lags.svg"]), StringComparison.Ordinal);
        Assert.Contains("log10_weights_gradient_median", File.ReadAllText(sweep.Folder[RunFolder.ReportFile]), StringComparison.Ordinal);

        using var norms = new SyntheticSweep([("spectral_radius", ["0.9", "1.1"])], (spec, _) => Math.Log(spec.SpectralRadius));
        norms.Report.Write();
        Assert.Empty(Directory.GetFiles(norms.Folder[Report.FiguresFolder]).Select(Path.GetFileName).Intersect(["lags.svg", "spectrum.svg", "gradient.svg", "gradient-lags.svg"]));
        Assert.DoesNotContain("log10_weights_gradient", File.ReadAllText(norms.Folder[RunFolder.ReportFile]), StringComparison.Ordinal);
    }

    // The median of log10 ‖∂L/∂W‖ is 2 above that of the norm, which is drawn dashed.
    [Theory]
    [InlineData("spectral_radius", "sequence_length", 2)]
    [InlineData("spectral_radius", "bias", 2)]
    [InlineData("sequence_length", null, 1)]
    [InlineData("activation", null, 1)]
    public void The_gradient_of_the_weights_has_a_band_and_the_norm_a_dashed_line_for_each_value_of_another_axis(string along, string? other, int count)
    {
        string[] values = along == "activation" ? ["tanh", "relu"] : ["1", "2", "3"];
        (string, string[])[] axes = [(along, values), .. other is null ? [] : new[] { (other, new[] { "4", "5" }) }];
        using var sweep = new SyntheticSweep(axes, (spec, replicate) => spec.SpectralRadius + replicate, hasTraces: true);
        FigureSection section = GradientCurves.Section(new SweepShape(sweep.Data))!;
        string drawing = Assert.Single(section.Panels).Drawing;
        Assert.Equal(along == "activation" ? 0 : count, drawing.Split("class=\"band").Length - 1);
        Assert.True(drawing.Split("class=\"line dashed").Length - 1 >= count, drawing);
        Assert.Equal(drawing, Assert.Single(GradientCurves.Section(new SweepShape(sweep.Data))!.Panels).Drawing);
    }

    [Theory]
    [InlineData("activation", "tanh", "relu")]
    [InlineData("sequence_length", "10", "20")]
    [InlineData("hidden_size", "10")]
    [InlineData("seed", "1", "2", "3")]
    public void Sweeps_of_one_axis_of_any_kind_have_a_report(string field, params string[] values)
    {
        using var sweep = new SyntheticSweep([(field, values)], (_, r) => r - 1.5);
        sweep.Report.Write();
        Assert.True(File.Exists(sweep.Folder[RunFolder.ReportFile]));
    }

    [Fact]
    public void Missing_dead_and_rounded_zero_values_are_drawn_as_such()
    {
        (string, string[])[] axes = [("spectral_radius", ["1", "2", "3"]), ("sequence_length", ["10", "100"])];
        using var sweep = new SyntheticSweep(axes, (spec, _) => spec.SpectralRadius switch { 1 => double.NegativeInfinity, 2 => double.NaN, _ => 0.1 });
        sweep.Report.Write();
        Assert.Contains("<path class=\"arrow s", File.ReadAllText(sweep.Folder["figures/growth.svg"]), StringComparison.Ordinal);
        Assert.Contains("−∞: the product is 0", File.ReadAllText(sweep.Folder["figures/growth.svg"]), StringComparison.Ordinal);
        Assert.Contains("no number", File.ReadAllText(sweep.Folder["figures/phase-diagram.svg"]), StringComparison.Ordinal);

        using var kept = new SyntheticSweep(axes, (_, r) => r * 1e-17);
        kept.Report.Write();
        Assert.Contains(">−1.0</text>", File.ReadAllText(kept.Folder["figures/exponent.svg"]), StringComparison.Ordinal);
        Assert.False(File.Exists(kept.Folder["figures/outcomes.svg"]));
    }

    [Fact]
    public void Names_are_not_joined_by_lines()
    {
        using var sweep = new SyntheticSweep([("activation", ["tanh", "relu", "erf"]), ("sequence_length", ["10", "100"])], (spec, r) => r - (spec.SequenceLength / 100.0));
        sweep.Report.Write();
        string figure = File.ReadAllText(sweep.Folder["figures/exponent.svg"]);
        Assert.DoesNotContain("class=\"line s", figure, StringComparison.Ordinal);
        Assert.Contains(">erf</text>", figure, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sweep_of_one_cell_and_one_without_numbers_have_a_report()
    {
        using var one = new SyntheticSweep([], (_, _) => 0.1);
        one.Report.Write();
        using var none = new SyntheticSweep([("spectral_radius", ["1", "2"]), ("sequence_length", ["1", "2"])], (_, _) => double.NaN);
        none.Report.Write();
        using var dead = new SyntheticSweep([("spectral_radius", ["1", "2"]), ("sequence_length", ["1", "2"])], (_, _) => double.NegativeInfinity);
        dead.Report.Write();
        Assert.Contains("-Infinity", File.ReadAllText(dead.Folder[RunFolder.ReportFile]), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
