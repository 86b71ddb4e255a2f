using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Reports;

/// <summary>What a report says of sweeps whose transition, outcomes and troubles are known.</summary>
public sealed class WordsTests
{
    private static readonly string[] s_radii = SyntheticSweep.Values(0.5, 1.5, 11);

    [Fact]
    public void The_transition_is_where_it_was_put()
    {
        // λ = ρ − 1.03 − (r − 1.5)/100 for r = 0 … 3: the median network crosses at 1.03.
        using var sweep = new SyntheticSweep(
            [("spectral_radius", s_radii), ("sequence_length", ["10", "100"])], (spec, r) => spec.SpectralRadius - 1.03 - ((r - 1.5) / 100));
        string sentence = Line(sweep.Words, "gradients turn");
        Assert.StartsWith("at T = 100 gradients turn from vanishing to exploding, λ = 0, at ρ = 1.03", sentence, StringComparison.Ordinal);
        Assert.Contains("95 percent interval 1.01", sentence, StringComparison.Ordinal);
        Assert.Contains("4 networks", sentence, StringComparison.Ordinal);

        Assert.Contains("holds up to ρ = 0.625.", Line(sweep.Words, "suffices"), StringComparison.Ordinal);
    }

    [Fact]
    public void Each_of_a_few_lines_has_its_transition_and_many_have_their_range()
    {
        using var few = new SyntheticSweep(
            [("spectral_radius", s_radii), ("input_scale", ["0", "0.2"])], (spec, _) => spec.SpectralRadius - 1.02 - spec.InputScale);
        Assert.Contains("input scale 0: gradients turn from vanishing to exploding, λ = 0, at ρ = 1.02 ", few.Words, StringComparison.Ordinal);
        Assert.Contains("input scale 0.2: gradients turn from vanishing to exploding, λ = 0, at ρ = 1.22 ", few.Words, StringComparison.Ordinal);

        using var many = new SyntheticSweep(
            [("spectral_radius", s_radii), ("input_scale", SyntheticSweep.Values(0, 0.9, 10))], (spec, _) => spec.SpectralRadius - 1.02 - spec.InputScale);
        string sentence = Line(many.Words, "rises through 0");
        Assert.Contains("in 5 of 10 lines along ρ", sentence, StringComparison.Ordinal);
        Assert.Contains("lowest at ρ = 1.02 (input scale 0), highest at 1.42 (input scale 0.4)", sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-0.1, "the median λ is below 0 everywhere from ρ = 0.5 to 1.5")]
    [InlineData(0.1, "the median λ is 0 or above everywhere from ρ = 0.5 to 1.5")]
    public void A_sweep_without_a_transition_says_so(double lyapunov, string words)
    {
        using var sweep = new SyntheticSweep([("spectral_radius", s_radii)], (_, _) => lyapunov);
        Assert.Contains(words, sweep.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void Outcomes_are_those_of_most_networks()
    {
        // At T = 100, |log10| > 3 from |λ| > 0.0691 on: ρ ≤ 0.9 vanishes and ρ ≥ 1.1 explodes.
        using var sweep = new SyntheticSweep([("spectral_radius", s_radii)], (spec, r) => r == 0 ? 0 : spec.SpectralRadius - 1);
        Assert.Contains("Most networks vanish in 5 of 11 cells and explode in 5; in the other 1 most do neither", sweep.Words, StringComparison.Ordinal);
        Assert.Contains("most networks vanish at ρ = 0.5 to 0.9, and explode at ρ = 1.1 to 1.5.", sweep.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void Theory_is_compared_in_standard_errors()
    {
        // Means 2 standard errors above ln ρ, which is the theory: values ln ρ + a ± 1 twice have the standard error 1/√3 · … of four.
        double error = Math.Sqrt(4.0 / 3) / 2; // sd of (−1, −1, 1, 1) is √(4/3)
        using var sweep = new SyntheticSweep(
            [("spectral_radius", s_radii)], (spec, r) => Math.Log(spec.SpectralRadius) + (2 * error) + (r % 2 == 0 ? 1 : -1));
        Assert.Contains("lies 2 standard errors above on average, 2 in the root mean square", sweep.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void The_printed_form_is_set_against_the_exact_one()
    {
        // At T = 100, |λ| ≤ 0.069 is stable: the exact form turns at 1, the printed one at 1.2, so 1, 1.1 and 1.2 differ.
        using var sweep = new SyntheticSweep(
            [("spectral_radius", s_radii), ("jacobian", ["exact", "as-printed"])],
            (spec, _) => spec.SpectralRadius - (spec.Jacobian == Core.Networks.JacobianForm.Exact ? 1 : 1.2));
        Assert.Contains("changes what most networks do in 3 of 11 cells, and λ by 0.2 nats per step at most.", sweep.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_missing_is_said_with_its_reason()
    {
        using var sweep = new SyntheticSweep([("spectral_radius", s_radii)], (spec, r) => spec.SpectralRadius > 1.35 && r < 3 ? double.NaN : 0);
        Assert.Contains("All 11 cells are done.", sweep.Words, StringComparison.Ordinal);
        Assert.Contains("6 networks in 2 cells lack numbers with status state-overflow: the state left", sweep.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void Cells_that_failed_or_are_not_computed_are_counted()
    {
        using var sweep = new SyntheticSweep([("spectral_radius", ["1", "2", "3"])], (_, _) => 0);
        var wider = new SyntheticSweep([("spectral_radius", ["1", "2", "3", "4", "5"])], (_, _) => 0);
        using (wider)
        {
            sweep.Store.Add([], [new Core.Results.CellFailure(CellKey.Of(wider.Plan.Cell(3)), "out of <memory>")]);
            string words = string.Join('\n', Client.Reports.Report.Words(Client.Reports.ReportData.Read(wider.Plan, sweep.Store, _ => Core.Statistics.CellTheory.Unknown)));
            Assert.Contains("3 of 5 cells are done; 1 failed, and 1 is not computed yet.", words, StringComparison.Ordinal);
            Assert.Contains("1 cell failed: out of <memory>", words, StringComparison.Ordinal);
        }
    }

    private static string Line(string words, string part) => words.Split('\n').Single(line => line.Contains(part, StringComparison.Ordinal));
}
