using System.Globalization;
using System.Text.RegularExpressions;
using RnnSweep.Client.Reports.Drawing;
using RnnSweep.Client.Reports.Figures;

namespace RnnSweep.Client.Tests.Reports;

/// <summary>What is drawn of sweeps whose numbers are known, and that legends and captions name exactly that.</summary>
public sealed class FiguresTests
{
    private static readonly string[] s_lengths = ["10", "100", "1000"];

    [Fact]
    public void Outcomes_are_stacked_to_one_in_the_colours_of_the_diagram()
    {
        // At T = 100 λ = −0.1 vanishes, 0.1 explodes, 0 does neither: of 4 networks, at the first radius 2 vanish and 1 explodes, at the second all explode, at the third no number is known.
        using var sweep = new SyntheticSweep(
            [("spectral_radius", ["1", "2", "3"])], (spec, r) => spec.SpectralRadius switch { 1 => r < 2 ? -0.1 : r == 2 ? 0 : 0.1, 2 => 0.1, _ => double.NaN });
        Figure figure = Assert.Single(OutcomeFractions.Section(new SweepShape(sweep.Data))!.Panels);
        (double From, double To)[] vanishing = Bars(figure, -1), stable = Bars(figure, 0), exploding = Bars(figure, 1);

        // The plot is 270 units high from 282 upwards.
        Assert.Equal([(282, 147)], vanishing);
        Assert.Equal([(147, 79.5)], stable);
        Assert.Equal([(79.5, 12), (282, 12)], exploding);
        Assert.Equal(["vanishing", "stable", "exploding", "no number"], Legend(figure));
        Assert.Equal(figure.Drawing, Assert.Single(OutcomeFractions.Section(new SweepShape(sweep.Data))!.Panels).Drawing);
        Assert.Equal([0, 1, 2], Assert.IsType<GridTargets>(figure.Targets).Rows);
    }

    [Fact]
    public void Outcomes_have_a_panel_for_each_form_and_columns_over_names()
    {
        using var forms = new SyntheticSweep([("activation", ["tanh", "relu"]), ("jacobian", ["exact", "as-printed"])], (_, r) => r < 2 ? -0.1 : 0.1);
        FigureSection section = OutcomeFractions.Section(new SweepShape(forms.Data))!;
        Assert.Equal(["jacobian exact", "jacobian as-printed"], section.Panels.Select(panel => panel.Title));
        Assert.All(section.Panels, panel => Assert.Equal(2, Bars(panel, -1).Length));
        Assert.All(section.Panels, panel => Assert.Equal(["vanishing", "exploding"], Legend(panel)));
    }

    [Fact]
    public void Growth_has_no_bands_but_bars_beside_each_other()
    {
        using var sweep = new SyntheticSweep([("spectral_radius", ["0.4", "0.5", "1.5"]), ("sequence_length", s_lengths)], (spec, r) => Math.Log(spec.SpectralRadius) + (r / 10.0), replicates: 8);
        FigureSection section = GrowthCurves.Section(new SweepShape(sweep.Data))!;
        string drawing = Assert.Single(section.Panels).Drawing;
        Assert.DoesNotContain("class=\"band", drawing, StringComparison.Ordinal);

        // Each bar begins with its vertical line.
        double[][] bars = [.. Regex.Matches(drawing, "class=\"bar s\\d\" d=\"([^\"]+)\"").Select(path => path.Groups[1].Value.Split('M').Skip(1).Where((_, i) => i % 3 == 0).Select(part => double.Parse(part.Split(' ')[0], CultureInfo.InvariantCulture)).ToArray())];
        Assert.Equal(3, bars.Length);
        Assert.All(Enumerable.Range(0, 3), place => Assert.Equal(3, bars.Select(curve => curve[place]).Distinct().Count()));
    }

    [Fact]
    public void Every_curve_of_growth_has_its_bound_up_to_where_it_leaves_the_range_of_the_norms()
    {
        // γ‖W‖₂ is 1.6 ρ. The largest norm is 1.5^1000, which the bound 2.4^T reaches at T = 1000 ln 1.5 / ln 2.4.
        using var sweep = new SyntheticSweep([("spectral_radius", ["0.4", "0.5", "1.5"]), ("sequence_length", s_lengths)], (spec, _) => Math.Log(spec.SpectralRadius), replicates: 1);
        FigureSection section = GrowthCurves.Section(new SweepShape(sweep.Data))!;
        Figure figure = Assert.Single(section.Panels);
        (string Colour, string[] Points)[] bounds = [.. Regex.Matches(figure.Drawing, "class=\"line dashed (s\\d)\" d=\"M([^\"]+)\"").Select(line => (line.Groups[1].Value, line.Groups[2].Value.Split('L')))];
        bounds = [.. bounds.Where(bound => bound.Points.Length > 2)]; // without the samples of the legend
        Assert.Equal(["s0", "s2", "s5"], bounds.Select(bound => bound.Colour));
        Assert.All(bounds, bound => Assert.Equal(3, bound.Points.Length));
        double[] end = [.. bounds[2].Points[2].Split(' ').Select(double.Parse)];
        double factor = Math.Pow(100, 0.03), length = 1000 * Math.Log(1.5) / Math.Log(2.4);
        Assert.Equal(Frame.Left + ((Frame.Right - Frame.Left) * Math.Log(length * factor / 10) / Math.Log(100 * factor * factor)), end[0], 0.06); // drawings are rounded to 0.1
        Assert.Equal(Assert.IsType<PointTargets>(figure.Targets).Points.Min(point => point.Y), end[1], 0.06); // the largest norm is drawn highest
        Assert.Equal("bound", Assert.Single(Legend(figure), words => words.StartsWith("bound", StringComparison.Ordinal)));
        Assert.Contains("in the colour of its curve", section.Caption, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bound_that_is_not_known_is_neither_drawn_nor_named()
    {
        using var sweep = new SyntheticSweep([("spectral_radius", ["0.7", "1.5"]), ("sequence_length", s_lengths), ("network", ["lstm"])], (spec, _) => Math.Log(spec.SpectralRadius));
        FigureSection section = GrowthCurves.Section(new SweepShape(sweep.Data))!;
        Assert.DoesNotContain("dashed", section.Panels[0].Drawing, StringComparison.Ordinal);
        Assert.DoesNotContain("bound", section.Panels[0].Drawing + section.Caption, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1000", true)]
    [InlineData("12", false)]
    public void An_axis_says_that_it_is_symlog_only_where_it_is(string longest, bool isSymlog)
    {
        using var sweep = new SyntheticSweep([("spectral_radius", ["0.9", "1", "2"]), ("sequence_length", ["10", longest])], (spec, _) => Math.Log(spec.SpectralRadius));
        string drawing = GrowthCurves.Section(new SweepShape(sweep.Data))!.Panels[0].Drawing;
        Assert.Equal(isSymlog, drawing.Contains("vertical axis: linear within ±3, logarithmic beyond", StringComparison.Ordinal));
        Assert.Equal(isSymlog, Regex.IsMatch(drawing, ", symlog(</tspan>)?</text>"));
    }

    [Fact]
    public void Many_lengths_have_few_bars()
    {
        using var sweep = new SyntheticSweep([("spectral_radius", ["0.9", "1.1"]), ("sequence_length", [.. Enumerable.Range(1, 60).Select(i => $"{10 * i}")])], (spec, r) => Math.Log(spec.SpectralRadius) + (r / 10.0));
        string drawing = GrowthCurves.Section(new SweepShape(sweep.Data))!.Panels[0].Drawing;
        Assert.All(Regex.Matches(drawing, "class=\"bar s\\d\" d=\"([^\"]+)\""), path => Assert.Equal(3 * 12, path.Groups[1].Value.Split('M').Length - 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_legend_has_the_colours_of_the_lines_that_it_explains(int colours)
    {
        var chart = new LineChart { XLabel = "x", YLabel = "y", X = Scale.Linear(0, 1) };
        for (int colour = 0; colour < colours; colour++)
        {
            chart.Add(new Series(null, colour, [new SeriesPoint(0, colour, double.NaN, double.NaN, -1), new SeriesPoint(1, colour + 1, double.NaN, double.NaN, -1)]) { Style = SeriesStyle.Theory });
        }

        chart.Note(SeriesStyle.Theory, "mean field");
        chart.Note(SeriesStyle.Dashed, "nothing of this style");
        Figure figure = chart.Draw("name", "", [.. chart.Values])!;
        Assert.Equal(["mean field"], Legend(figure));
        Assert.All(Enumerable.Range(0, colours), colour => Assert.Equal(2, Regex.Count(figure.Drawing, $"class=\"line theory s{colour}\""))); // the line and its piece of the sample
    }

    [Theory]
    [InlineData(32, true)]
    [InlineData(33, false)]
    public void The_caption_of_the_spread_names_dots_only_where_they_are_drawn(int replicates, bool hasDots)
    {
        using var sweep = new SyntheticSweep([("spectral_radius", ["1", "2"])], (spec, r) => spec.SpectralRadius + (r / 100.0), replicates);
        FigureSection section = ReplicateSpread.Section(new SweepShape(sweep.Data))!;
        Assert.Equal(hasDots, section.Caption.Contains("every network a dot", StringComparison.Ordinal));
        Assert.Equal(hasDots, section.Panels[0].Drawing.Contains("class=\"value\"", StringComparison.Ordinal));
    }

    // The lower and the upper end of each bar of a side of the colours.
    private static (double From, double To)[] Bars(Figure figure, int side) =>
    [
        .. Regex.Matches(figure.Drawing, "<path class=\"outcome c(\\d+)\" d=\"([^\"]+)\"")
            .Where(path => Math.Sign(int.Parse(path.Groups[1].Value, CultureInfo.InvariantCulture) - DivergingColours.Steps) == side)
            .SelectMany(path => Regex.Matches(path.Groups[2].Value, @"M[\d.]+ ([\d.]+)H[\d.]+V([\d.]+)"))
            .Select(bar => (double.Parse(bar.Groups[1].Value, CultureInfo.InvariantCulture), double.Parse(bar.Groups[2].Value, CultureInfo.InvariantCulture))),
    ];

    // The texts of the legend, which begin to the right of its samples.
    private static string[] Legend(Figure figure) => [.. Regex.Matches(figure.Drawing, "<text class=\"label s\"[^>]*>([^<]*)</text>").Select(text => text.Groups[1].Value)];
}
