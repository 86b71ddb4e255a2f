using System.Text.RegularExpressions;
using RnnSweep.Client.Reports;
using RnnSweep.Client.Reports.Drawing;
using RnnSweep.Client.Reports.Figures;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Tests.Reports;

/// <summary>Figures and columns of the page follow from what a sweep measures.</summary>
public sealed class StatisticCurvesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("statistics=spectrum", new[] { "unstable-fraction", "entropy-rate", "dimension", "spectrum" }, "unstable_fraction_mean")]
    [InlineData("statistics=leading", new[] { "unstable-fraction", "entropy-rate", "dimension", "leading" }, "lyapunov_1_mean")]
    [InlineData("statistics=lags", new[] { "vanishing-lags", "lags" }, "vanishing_lag_median")]
    [InlineData("statistics=activity", new[] { "participation-ratio", "autocorrelation-time" }, "participation_ratio_mean")]
    [InlineData("network=lstm", new[] { "gates" }, "forget_gate_mean_mean")]
    [InlineData("statistics=norms", new string[0], "log10_spectral_norm_median")]
    public void A_sweep_has_the_figures_and_the_columns_of_what_it_measures(string set, string[] figures, string column)
    {
        RunningProgram.Run(
            _folder.Path, "run", "--set", "hidden_size=8", "--set", "spectral_radius=0.5,1,2", "--set", "sequence_length=400", "--set", "input_scale=0.3", "--set", "replicates=3", "--set", set, "-o", "run").Expect(0);
        string[] optional = ["unstable-fraction", "entropy-rate", "dimension", "spectrum", "leading", "vanishing-lags", "lags", "participation-ratio", "autocorrelation-time", "gates"];
        Assert.Equal(figures.Order(), optional.Where(name => File.Exists(_folder[$"run/figures/{name}.svg"])).Order());
        string page = File.ReadAllText(_folder["run/report.html"]);
        Assert.Contains($"\"{column}\"", page, StringComparison.Ordinal);
        Assert.All(figures, name => Assert.Contains($"href=\"#{name}\"", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Theory_is_drawn_beside_the_measured_statistic_and_named()
    {
        using var sweep = new SyntheticSweep([("spectral_radius", ["0.5", "1", "2"])], (spec, _) => Math.Log(spec.SpectralRadius), hasTraces: true);
        foreach (bool isKnown in new[] { true, false })
        {
            ReportData data = ReportData.Read(sweep.Plan, sweep.Store, spec => isKnown ? new CellTheory(0, spec.SpectralRadius / 4, 0, 0) : CellTheory.Unknown);
            FigureSection section = StatisticCurves.All(new SweepShape(data)).Single(statistic => statistic.Id == "unstable-fraction").Draw()!;
            Assert.Equal(isKnown, section.Caption.Contains("mean-field theory", StringComparison.Ordinal));
            Assert.Equal(isKnown, Assert.Single(section.Panels).Drawing.Contains("mean field", StringComparison.Ordinal));
        }
    }

    // Exponents −0.1 i / T·ln 10, i = 1 … 64: the first is the scale, so those down to 1.5 times it are near 0.
    [Fact]
    public void Spectra_have_a_second_figure_around_zero_where_they_reach_far_down()
    {
        using var sweep = new SyntheticSweep([("spectral_radius", ["1", "2"]), ("hidden_size", ["64"])], (_, _) => -0.1, hasTraces: true);
        var traces = new TraceCurves(sweep.Store, _ => null);
        Figure near = Assert.Single(traces.SpectrumNearZero(new SweepShape(sweep.Data))!.Panels), all = Assert.Single(traces.Spectrum(new SweepShape(sweep.Data))!.Panels);
        Assert.Equal(2 * 64, Assert.IsType<PointTargets>(all.Targets).Points.Count);
        Assert.Equal(2, Assert.IsType<PointTargets>(near.Targets).Points.Count);

        using var flat = new SyntheticSweep([("spectral_radius", ["1", "2"]), ("hidden_size", ["2"])], (_, _) => -0.1, hasTraces: true);
        Assert.Null(new TraceCurves(flat.Store, _ => null).SpectrumNearZero(new SweepShape(flat.Data)));
    }

    [Theory]
    [InlineData(3, new[] { "outcomes-bias-0", "outcomes-bias-1", "outcomes-bias-2" })]
    [InlineData(4, new[] { "outcomes-exploding", "outcomes-vanishing" })]
    public void More_than_three_values_of_a_second_axis_make_maps_of_the_fractions(int count, string[] names)
    {
        // Of 4 networks 2 vanish at ρ = 1, all explode at ρ = 2.
        using var sweep = new SyntheticSweep([("spectral_radius", ["1", "2"]), ("bias", [.. Enumerable.Range(0, count).Select(i => $"{i}")])], (spec, r) => spec.SpectralRadius == 2 ? 0.1 : r < 2 ? -0.1 : 0);
        FigureSection section = OutcomeFractions.Section(new SweepShape(sweep.Data))!;
        Assert.Equal(names, section.Panels.Select(panel => panel.Name).Order());
        if (count > 3)
        {
            Figure vanishing = section.Panels.Single(panel => panel.Name == "outcomes-vanishing"), exploding = section.Panels.Single(panel => panel.Name == "outcomes-exploding");
            Assert.Equal([DivergingColours.Steps - (DivergingColours.Steps / 2), DivergingColours.Steps], Colours(vanishing));
            Assert.Equal([DivergingColours.Steps, 2 * DivergingColours.Steps], Colours(exploding));
        }

        // The colours of the cells, which lie above the scale of the colours.
        static int[] Colours(Figure figure) =>
            [.. Regex.Matches(figure.Drawing, "class=\"cell c(\\d+)\" d=\"M[\\d.]+ ([\\d.]+)").Where(cell => double.Parse(cell.Groups[2].Value) <= Frame.Bottom).Select(cell => int.Parse(cell.Groups[1].Value))];
    }

    [Theory]
    [InlineData(19, false)]
    [InlineData(20, true)]
    public void A_fine_diagram_has_cuts_through_it_one_of_them_in_the_middle(int count, bool hasCuts)
    {
        using var sweep = new SyntheticSweep([("spectral_radius", SyntheticSweep.Values(4, 6, 41)), ("bias", SyntheticSweep.Values(-3, -2, count))], (spec, _) => spec.SpectralRadius - 5, replicates: 1);
        FigureSection? section = CutCurves.Section(new SweepShape(sweep.Data));
        Assert.Equal(hasCuts, section is not null);
        if (section is not null)
        {
            Assert.All(new[] { "4", "4.5", "5", "5.5", "6" }, radius => Assert.Contains($">ρ = {radius}</text>", section.Panels[0].Drawing, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_diagram_of_leading_exponents_alone_has_the_colours_of_the_exponent()
    {
        RunningProgram.Run(
            _folder.Path, "run", "--set", "hidden_size=6", "--set", "spectral_radius=0.5,2", "--set", "bias=0,0.1", "--set", "sequence_length=60", "--set", "replicates=3", "--set", "statistics=leading", "-o", "run").Expect(0);
        string diagram = File.ReadAllText(_folder["run/figures/phase-diagram.svg"]);
        Assert.DoesNotContain("class=\"missing\"", diagram, StringComparison.Ordinal);
        Assert.Contains("median λ, nats per step, symlog", diagram, StringComparison.Ordinal);
    }

    [Fact]
    public void A_contour_around_a_single_cell_is_left_out()
    {
        // λ is above 0 in one cell in the middle, or in a block of 3 × 3 cells.
        foreach ((int reach, bool isDrawn) in new[] { (0, false), (1, true) })
        {
            using var sweep = new SyntheticSweep(
                [("spectral_radius", SyntheticSweep.Values(1, 9, 9)), ("bias", SyntheticSweep.Values(1, 9, 9))],
                (spec, _) => Math.Abs(spec.SpectralRadius - 5) <= reach && Math.Abs(spec.Bias - 5) <= reach ? 0.1 : -0.1);
            Assert.Equal(isDrawn, PhaseDiagram.Section(sweep.Data)!.Panels[0].Drawing.Contains("contour zero", StringComparison.Ordinal));
        }
    }

    public void Dispose() => _folder.Dispose();
}
