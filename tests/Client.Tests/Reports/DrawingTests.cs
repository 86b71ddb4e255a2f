using System.Globalization;
using RnnSweep.Client.Reports;
using RnnSweep.Client.Reports.Drawing;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Reports;

/// <summary>Ticks, scales, contours and colours for known cases.</summary>
public sealed class DrawingTests
{
    [Theory]
    [InlineData(0.5, 1.5, 7, "0.6 0.8 1.0 1.2 1.4")]
    [InlineData(-0.7, 0.21, 7, "−0.6 −0.4 −0.2 0.0 0.2")]
    [InlineData(0, 1000, 5, "0 200 400 600 800 1000")]
    [InlineData(0, 3e-5, 4, "0 1e−5 2e−5 3e−5")]
    public void Linear_ticks_are_round(double low, double high, int most, string labels) =>
        Assert.Equal(labels, string.Join(' ', Ticks.Linear(low, high, most).Select(tick => tick.Label)));

    [Theory]
    [InlineData(10, 500, "10 20 50 100 200 500")]
    [InlineData(0.01, 3, "0.01 0.02 0.05 0.1 0.2 0.5 1 2")]
    [InlineData(1, 100000, "1 10 100 1000 10000 100000")]
    public void Logarithmic_ticks_are_powers_of_ten_and_their_parts(double low, double high, string labels) =>
        Assert.Equal(labels, string.Join(' ', Ticks.Log(low, high).Select(tick => tick.Label)));

    [Fact]
    public void Ticks_of_a_signed_scale_include_0_and_both_signs() =>
        Assert.Equal("−100 −30 −10 −3 0 3", string.Join(' ', Ticks.SignedLog(-150, 8, 3).Select(tick => tick.Label)));

    [Fact]
    public void Scales_keep_order_and_reach_both_ends()
    {
        foreach (Scale scale in new[] { Scale.Linear(-2, 5), Scale.Log(0.01, 7), Scale.SignedLog(-150, 8, 3) })
        {
            Assert.Equal(0, scale.Fraction(scale.Low), 12);
            Assert.Equal(1, scale.Fraction(scale.High), 12);
            double[] fractions = [.. Enumerable.Range(0, 50).Select(i => scale.Fraction(scale.Low + ((scale.High - scale.Low) * i / 49)))];
            Assert.Equal(fractions.Order(), fractions);
        }

        Assert.Equal(0.5, Scale.Log(1, 100).Fraction(10), 12);
        Assert.Equal(0, Scale.Linear(-1, 1).Fraction(double.NegativeInfinity));
    }

    [Fact]
    public void Of_labels_that_would_touch_the_less_important_are_dropped_first()
    {
        Tick[] ticks = [new(0, "0", 0), new(1, "1", 1), new(2, "2", 0)];
        Assert.Equal(["0", "2"], Frame.Kept(ticks, value => value * 10, _ => 10).Select(tick => tick.Label));
        Assert.Equal(["0", "1", "2"], Frame.Kept(ticks, value => value * 20, _ => 10).Select(tick => tick.Label));
    }

    [Fact]
    public void The_contour_of_a_plane_is_its_straight_line()
    {
        // x + 2y = 3.3 over a grid: marching squares are exact on a plane.
        double[] grid = [0, 1, 2, 3];
        IReadOnlyList<(double X, double Y)> line = Assert.Single(Contour.Lines(grid, grid, (i, j) => grid[i] + (2 * grid[j]), 3.3));
        Assert.All(line, point => Assert.Equal(3.3, point.X + (2 * point.Y), 12));
        Assert.Equal([0.15, 1.65], new[] { line[0].Y, line[^1].Y }.Order().Select(y => Math.Round(y, 10)));
    }

    [Fact]
    public void The_contour_of_a_hill_is_closed_and_a_ring_about_it()
    {
        double[] grid = [.. Enumerable.Range(-20, 41).Select(i => i / 10.0)];
        IReadOnlyList<(double X, double Y)> ring = Assert.Single(
            Contour.Lines(grid, grid, (i, j) => (grid[i] * grid[i]) + (grid[j] * grid[j]), 1));
        Assert.Equal(ring[0], ring[^1]);

        // Linear interpolation of x² over a step h has an error of at most h²/4, which is 0.0025 of a radius whose square has the slope 2.
        Assert.All(ring, point => Assert.Equal(1, Math.Sqrt((point.X * point.X) + (point.Y * point.Y)), 0.0026));
    }

    [Fact]
    public void Contours_skip_unknown_values_and_treat_minus_infinity_as_low()
    {
        double[] x = [0, 1, 2], y = [0, 1];
        double[] values = [double.NegativeInfinity, 1, double.NaN];
        IReadOnlyList<(double X, double Y)> line = Assert.Single(Contour.Lines(x, y, (i, _) => values[i], 0));
        Assert.All(line, point => Assert.Equal(0.5, point.X, 12));
        Assert.Empty(Contour.Lines(x, y, (_, _) => 1, 0));
    }

    [Fact]
    public void A_saddle_has_two_lines() =>
        Assert.Equal(2, Contour.Lines([0, 1], [0, 1], (i, j) => i == j ? 1 : -1, 0).Count);

    private static ReportAxis Numeric(string name, params string[] values) =>
        new(name, values, [.. values.Select(value => double.Parse(value, CultureInfo.InvariantCulture))]);

    [Theory]
    [InlineData(true, "10", "20", "50", "100", "200", "500")]
    [InlineData(true, "0.5", "0.75", "1", "1.5", "2", "3", "4", "6", "8")]
    [InlineData(false, "0.8", "0.9", "1", "1.1", "1.2", "1.4", "1.6")]
    [InlineData(false, "1", "2", "3", "4", "5", "6", "7")]
    [InlineData(false, "0", "0.1", "1")]
    [InlineData(false, "1e-300", "3.33333333333333e299", "6.66666666666667e299", "1e300")]
    [InlineData(true, "1", "1e155", "1.7e308")]
    public void An_axis_is_logarithmic_where_its_values_are(bool isLog, params string[] values) =>
        Assert.Equal(isLog, Numeric("input_scale", values).IsLog);

    [Fact]
    public void Values_are_drawn_ascending_and_names_as_given()
    {
        Assert.Equal("5 50", string.Join(' ', Numeric("sequence_length", "50", "5").Texts));
        Assert.Equal("tanh relu", string.Join(' ', new ReportAxis("activation", ["tanh", "relu"]).Texts));
    }

    [Fact]
    public void Names_are_shown_without_their_common_part_and_numbers_without_a_plus()
    {
        var names = new ReportAxis("weights", ["a/model.safetensors#first.weight", "a/model.safetensors#second.weight"]);
        Assert.Equal("weights first.weight", names.LabelOf(0));
        Assert.Equal("orthogonal", new ReportAxis("weights", ["orthogonal", "a/b.npy"]).Shown(0));
        Assert.Equal(30, new ReportAxis("weights", [new string('a', 40), "b"]).Shown(0).Length);
        string beginning = new('a', 30);
        Assert.Equal("…2.npy", new ReportAxis("weights", [$"{beginning}1.npy", $"{beginning}2.npy"]).Shown(1));
        Assert.Equal("ρ = 1e60", Numeric("spectral_radius", "1", "1E+60").LabelOf(1));
        Assert.Equal("0.0202", Numeric("bias", "0", "0.020202020202").Short(1));
        Assert.Equal("0.020202", Numeric("bias", "0", "0.020202020202").InTable(1));
    }

    [Fact]
    public void Names_that_do_not_fit_into_a_row_continue_in_the_next()
    {
        string[] names = ["linear", "tanh", "sigmoid", "relu", "hardtanh", "softplus", "erf"];
        var frame = new Frame(Scale.Names(names), Scale.Linear(0, 1));
        var svg = new Svg();
        frame.DrawAxes(svg, "activation", "λ");
        Assert.All(names, name => Assert.Contains($">{name}</text>", svg.ToString(), StringComparison.Ordinal));
        Assert.True(frame.Below > new Frame(Scale.Names(["tanh", "relu"]), Scale.Linear(0, 1)).Below);
    }

    [Fact]
    public void Colours_run_from_blue_to_red_and_neighbours_differ_little()
    {
        foreach (bool isDark in new[] { false, true })
        {
            (int R, int G, int B)[] colours = [.. Enumerable.Range(0, DivergingColours.Count).Select(place => Rgb(DivergingColours.Hex(place, isDark)))];
            Assert.True(colours[10].B > colours[10].R && colours[^10].R > colours[^10].B);
            Assert.All(colours.Zip(colours[1..]), pair => Assert.InRange(
                Math.Abs(pair.First.R - pair.Second.R) + Math.Abs(pair.First.G - pair.Second.G) + Math.Abs(pair.First.B - pair.Second.B), 0, 60));
        }

        Assert.Equal(DivergingColours.Steps, DivergingColours.Place(0));
        Assert.Equal((0, DivergingColours.Count - 1), (DivergingColours.Place(-5), DivergingColours.Place(1)));

        static (int R, int G, int B) Rgb(string hex) => (Convert.ToInt32(hex[1..3], 16), Convert.ToInt32(hex[3..5], 16), Convert.ToInt32(hex[5..], 16));
    }
}
