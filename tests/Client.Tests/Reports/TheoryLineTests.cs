using System.Globalization;
using System.Text.RegularExpressions;
using RnnSweep.Client.Reports;
using RnnSweep.Client.Reports.Figures;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Tests.Reports;

/// <summary>The line λ = 0 of theory: where it lies, how it is drawn, and what is said of it.</summary>
public sealed class TheoryLineTests
{
    private static readonly string[] s_radii = SyntheticSweep.Values(0.5, 1.5, 11), s_biases = ["0", "0.1", "0.2", "0.3"];

    // A theory that is no plane: its zero lies at ρ = e^b.
    private static CellTheory Curved(CellSpec spec) => CellTheory.Unknown with { LyapunovMax = Math.Log(spec.SpectralRadius) - spec.BiasScale };

    private static ReportData Data(SyntheticSweep sweep, Func<CellSpec, CellTheory> theory) => ReportData.Read(sweep.Plan, sweep.Store, theory);

    [Fact]
    public void The_line_is_drawn_at_the_zeros_of_the_theory_and_not_of_its_interpolation()
    {
        using var sweep = new SyntheticSweep([("spectral_radius", s_radii), ("bias_scale", s_biases)], (spec, _) => spec.SpectralRadius - 1);
        FigureSection section = PhaseDiagram.Section(Data(sweep, Curved))!;
        string drawing = Assert.Single(section.Panels).Drawing;
        Assert.Equal(drawing, Assert.Single(PhaseDiagram.Section(Data(sweep, Curved))!.Panels).Drawing);
        Match path = Regex.Match(drawing, "class=\"contour theory\" d=\"([^\"]+)\"");
        (double X, double Y)[] points = [.. Regex.Matches(path.Groups[1].Value, @"[ML]([\d.]+) ([\d.]+)").Select(match => (Number(match, 1), Number(match, 2)))];

        // Cells reach from 0.45 to 1.55 over 388 units from 78, and from 0 to 0.35 over 270 units upwards from 282. Coordinates are rounded to 0.1, and a line of slope dx/db up to e^0.3 joins both roundings.
        Assert.True(points.Length >= 4 + 3);
        Assert.All(points, point => Assert.Equal(78 + ((Math.Exp((282 - point.Y) / 270 * 0.35) - 0.45) / 1.1 * 388), point.X, 0.15));
        Assert.Contains("λ = 0 of theory", drawing, StringComparison.Ordinal);
        Assert.Contains("dash-dotted", section.Caption, StringComparison.Ordinal);
    }

    [Fact]
    public void The_words_give_the_distance_of_the_measured_line()
    {
        // The measured λ crosses 0 at 1.02 + b, exactly, for it is linear; theory at e^b.
        using var sweep = new SyntheticSweep([("spectral_radius", s_radii), ("bias_scale", s_biases)], (spec, _) => spec.SpectralRadius - 1.02 - spec.BiasScale);
        double[] differences = [.. s_biases.Select(bias => double.Parse(bias, CultureInfo.InvariantCulture)).Select(b => 1.02 + b - Math.Exp(b))];
        string words = string.Join('\n', Report.Words(Data(sweep, Curved)));
        Assert.Contains("has λ = 0 at ρ = 1 (bias scale 0), 1.105 (bias scale 0.1), 1.221 (bias scale 0.2) and 1.35 (bias scale 0.3)", words, StringComparison.Ordinal); // e^b in four digits
        Assert.Contains(
            $"the measured line lies {Side(differences.Average())} on average, and farthest (bias scale 0.3): {Side(differences[3])}.", words, StringComparison.Ordinal);

        static string Side(double difference) => $"{Client.Reports.Words.Phrase.Number(Math.Abs(difference), 2)} {(difference < 0 ? "below" : "above")}";
    }

    [Fact]
    public void A_single_line_and_one_that_is_not_crossed_have_their_own_sentences()
    {
        using var one = new SyntheticSweep([("spectral_radius", s_radii)], (spec, _) => spec.SpectralRadius - 1.02);
        Assert.Contains("Mean-field theory (N → ∞) has λ = 0 at ρ = 1; the measured transition lies 0.02 above.", Capitalised(one), StringComparison.Ordinal);
        using var below = new SyntheticSweep([("spectral_radius", s_radii)], (_, _) => -1);
        Assert.Contains("has λ = 0 at ρ = 1; the measured λ does not cross 0 there.", Capitalised(below), StringComparison.Ordinal);
        using var none = new SyntheticSweep([("spectral_radius", ["1.5", "2"])], (spec, _) => spec.SpectralRadius - 1.6);
        Assert.DoesNotContain("has λ = 0", none.Words, StringComparison.Ordinal);

        static string Capitalised(SyntheticSweep sweep) => string.Join('\n', sweep.Words.Split('\n').Select(Client.Reports.Words.Phrase.Capitalised));
    }

    // For a variance q of the state, σ_w² = 1/⟨φ'²⟩ makes χ = 1 and σ_b² = q − σ_w² ⟨φ²⟩ makes q the fixed point (Poole et al. 2016); the means over a normal state are sums over a fine grid here, whose error
    // is far below the digits compared, for the integrands are smooth and vanish at its ends.
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.3)]
    [InlineData(0.8)]
    public void The_zero_of_mean_field_theory_is_on_the_critical_line(double variance)
    {
        double squared = Mean(z => Math.Pow(Math.Tanh(Math.Sqrt(variance) * z), 2)), slope = Mean(z => Math.Pow(1 - Math.Pow(Math.Tanh(Math.Sqrt(variance) * z), 2), 2));
        double radius = Math.Sqrt(1 / slope), bias = Math.Sqrt(variance - (squared / slope));
        using var sweep = new SyntheticSweep(
            [("spectral_radius", ["0.8", "2"]), ("weights", ["gaussian"]), ("bias_scale", [CanonicalText.Of(bias)])], (spec, _) => spec.SpectralRadius - 1);
        ReportData data = Data(sweep, new Theory().OfMeasured);
        Assert.Equal(radius, TheoryZero.Lowest(data, 0, data.Cells), 1e-5); // the tolerance is 1e-6 of the distance 1.2, and the theory's iteration has an error of its own

        static double Mean(Func<double, double> function) =>
            Enumerable.Range(-4000, 8001).Select(i => i / 400.0).Sum(z => function(z) * Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI) / 400);
    }

    [Theory]
    [InlineData(double.NegativeInfinity, 1)]
    [InlineData(-1e300, 1e-300)]
    [InlineData(-1e-300, 1e300)]
    [InlineData(-1, double.PositiveInfinity)]
    public void A_step_of_the_theory_is_found_whatever_its_size(double below, double above)
    {
        using var sweep = new SyntheticSweep([("spectral_radius", ["1", "2"])], (spec, _) => spec.SpectralRadius - 1.5);
        ReportData data = Data(sweep, spec => CellTheory.Unknown with { LyapunovMax = spec.SpectralRadius < Math.Sqrt(2) ? below : above });
        Assert.Equal(Math.Sqrt(2), TheoryZero.Lowest(data, 0, data.Cells), 1e-5);
    }

    [Fact]
    public void A_theory_that_is_not_known_between_the_cells_is_interpolated()
    {
        using var sweep = new SyntheticSweep([("spectral_radius", ["1", "2"])], (spec, _) => spec.SpectralRadius - 1.5);
        ReportData data = Data(sweep, spec => CellTheory.Unknown with { LyapunovMax = spec.SpectralRadius switch { 1 => -1, 2 => 3, _ => double.NaN } });
        Assert.Equal(1.25, TheoryZero.Lowest(data, 0, data.Cells), 12);
        using var whole = new SyntheticSweep([("hidden_size", ["10", "11"])], (_, _) => 0);
        ReportData sizes = Data(whole, spec => CellTheory.Unknown with { LyapunovMax = spec.HiddenSize - 10.25 });
        Assert.Equal(10.25, TheoryZero.Lowest(sizes, 0, sizes.Cells), 12);
    }

    [Fact]
    public void The_caption_names_a_line_only_where_it_is_drawn()
    {
        // γ‖W‖₂ is 1.6 ρ, so it is above 1 from 0.7 on; the theory ln ρ is above 0 from 1.2 on.
        using var above = new SyntheticSweep([("spectral_radius", ["1.2", "1.4"]), ("bias_scale", ["0", "1"])], (spec, _) => spec.SpectralRadius - 1.3);
        string caption = PhaseDiagram.Section(above.Data)!.Caption;
        Assert.DoesNotContain("must vanish", caption, StringComparison.Ordinal);
        Assert.DoesNotContain("theory", caption, StringComparison.Ordinal);
        using var across = new SyntheticSweep([("spectral_radius", ["0.5", "1.4"]), ("bias_scale", ["0", "1"])], (spec, _) => spec.SpectralRadius - 1.3);
        Assert.Contains("Below γ‖W‖₂ = 1 gradients must vanish.", PhaseDiagram.Section(across.Data)!.Caption, StringComparison.Ordinal);
    }

    // log10 of the norm at T = 100 is 43.4 λ.
    [Theory]
    [InlineData("-1 1", false)]
    [InlineData("-1 0 1", true)]
    public void Thresholds_that_lie_between_the_same_two_cells_are_left_out(string exponents, bool isDrawn)
    {
        double[] values = [.. exponents.Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
        using var sweep = new SyntheticSweep([("spectral_radius", [.. values.Select((_, i) => $"{i + 1}")]), ("bias_scale", ["0", "1"])], (spec, _) => values[(int)spec.SpectralRadius - 1]);
        string drawing = Assert.Single(PhaseDiagram.Section(sweep.Data)!.Panels).Drawing;
        Assert.Equal(isDrawn, drawing.Contains("±3", StringComparison.Ordinal));
        Assert.Contains("contour zero", drawing, StringComparison.Ordinal);
    }

    private static double Number(Match match, int group) => double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
}
