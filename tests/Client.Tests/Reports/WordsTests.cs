using RnnSweep.Client.Reports;
using RnnSweep.Client.Reports.Words;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;

namespace RnnSweep.Client.Tests.Reports;

/// <summary>The sentences of a report on sweeps whose transition, outcomes and failures are known.</summary>
public sealed class WordsTests
{
    private static readonly string[] s_radii = SyntheticSweep.Values(0.5, 1.5, 11);

    [Fact]
    public void The_transition_is_found_where_it_was_placed()
    {
        // λ = ρ − 1.03 − (r − 1.5)/100 for r = 0 … 3: the median network crosses at 1.03.
        using var sweep = new SyntheticSweep(
            [("spectral_radius", s_radii), ("sequence_length", ["10", "100"])], (spec, r) => spec.SpectralRadius - 1.03 - ((r - 1.5) / 100));
        string sentence = Line(sweep.Words, "gradients turn");
        Assert.StartsWith("at T = 100 gradients turn from vanishing to exploding, λ = 0, at ρ = 1.03", sentence, StringComparison.Ordinal);
        Assert.EndsWith("(median of the 4 networks drawn, at this T and transient, interpolated; the networks by themselves from 1.0150 to 1.0450).", sentence, StringComparison.Ordinal);

        Assert.Contains("holds up to ρ = 0.625.", Line(sweep.Words, "suffices"), StringComparison.Ordinal);
    }

    [Fact]
    public void Eight_networks_have_an_interval()
    {
        // As above for r = 0 … 7 around 1.03; the median of a bootstrap sample lies between the outermost networks, 1.015 and 1.045.
        using var sweep = new SyntheticSweep([("spectral_radius", s_radii)], (spec, r) => spec.SpectralRadius - 1.03 - ((r - 3.5) * 0.03 / 7), replicates: 8);
        string sentence = Line(sweep.Words, "gradients turn");
        Assert.Matches(@"at ρ = 1\.03\d* \(median of the 8 networks drawn, at this T and transient, interpolated; 95 percent interval 1\.0[12]\d* to 1\.0[34]\d*, by a bootstrap over the networks\)\.$", sentence);
    }

    [Fact]
    public void One_network_has_neither_a_median_nor_a_majority()
    {
        using var sweep = new SyntheticSweep([("spectral_radius", s_radii), ("sequence_length", ["50", "100"])], (spec, _) => spec.SpectralRadius - 1.02, replicates: 1);
        Assert.Contains("at ρ = 1.02 (of the one network drawn, at this T and transient, interpolated).", sweep.Words, StringComparison.Ordinal);
        Assert.Contains("The network vanishes in 9 of 22 cells, explodes in 9 and does neither in 4 (", sweep.Words, StringComparison.Ordinal); // |λ| > 0.138 at T = 50, 0.069 at 100
        Assert.Contains("the network vanishes at ρ = 0.5 to 0.9, and explodes at ρ = 1.1 to 1.5.", sweep.Words, StringComparison.Ordinal);

        using var below = new SyntheticSweep([("spectral_radius", s_radii), ("jacobian", ["exact", "as-printed"])], (_, _) => -0.1, replicates: 1);
        Assert.Contains(": λ is below 0 everywhere from ρ = 0.5 to 1.5", below.Words, StringComparison.Ordinal);
        Assert.Contains("In all 22 cells the network vanishes (", below.Words, StringComparison.Ordinal);
        using var names = new SyntheticSweep([("activation", ["tanh", "relu"])], (spec, _) => spec.Activation == ActivationKind.Tanh ? -0.05 : 0.1, replicates: 1);
        foreach (string words in new[] { sweep.Words, below.Words, names.Words })
        {
            Assert.DoesNotContain("median", words, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("most networks", words, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("standard error", words, StringComparison.Ordinal);
        }

        sweep.Report.Write();
        string page = System.Text.RegularExpressions.Regex.Replace(File.ReadAllText(sweep.Folder[Client.Results.RunFolder.ReportFile]), "(?s)<section id=\"table\">.*|<script.*", "");
        Assert.DoesNotContain("quantile", page, StringComparison.Ordinal);
        Assert.DoesNotContain("standard error", page, StringComparison.Ordinal);
        Assert.DoesNotContain("median", page, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(2, "the range of the networks", "quantile")]
    [InlineData(7, "the range of the networks", "quantile")]
    [InlineData(8, "bars from the 5 to the 95 percent quantile", "range of the networks")]
    public void Few_networks_have_their_range_in_place_of_quantiles(int replicates, string words, string not)
    {
        using var sweep = new SyntheticSweep(
            [("spectral_radius", s_radii), ("sequence_length", ["10", "100"])], (spec, r) => spec.SpectralRadius - 1.02 - (r / 100.0), replicates);
        sweep.Report.Write();
        string page = File.ReadAllText(sweep.Folder[Client.Results.RunFolder.ReportFile]);
        string growth = page[page.IndexOf("<section id=\"growth\"", StringComparison.Ordinal)..page.IndexOf("<section id=\"exponent\"", StringComparison.Ordinal)];
        Assert.Contains(words, growth, StringComparison.Ordinal);
        Assert.DoesNotContain(not, growth, StringComparison.Ordinal);
        Assert.Equal(replicates < 8, !sweep.Words.Contains("standard error", StringComparison.Ordinal));
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

        using var one = new SyntheticSweep(
            [("spectral_radius", s_radii), ("input_scale", SyntheticSweep.Values(0, 9, 10))], (spec, _) => spec.SpectralRadius - 1.02 - spec.InputScale);
        Assert.Contains("in 1 of 10 lines along ρ: at ρ = 1.02 (input scale 0), of the networks drawn", one.Words, StringComparison.Ordinal);

        using var spread = new SyntheticSweep(
            [("spectral_radius", s_radii), ("input_scale", SyntheticSweep.Values(0, 0.4, 5))], (spec, r) => spec.SpectralRadius - 1.02 - spec.InputScale - (r / 200.0), replicates: 8);
        Assert.Contains("in all 5 lines along ρ: lowest at ρ = 1.0375 (input scale 0; 95 percent interval 1.02", spread.Words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("the median λ is 0.", "The median λ is 0.")]
    [InlineData("network rnn: omega = 1 at ρ = 2.", "Network rnn: omega = 1 at ρ = 2.")]
    [InlineData("lyapunov_1 = 0 at ρ = 2.", "lyapunov_1 = 0 at ρ = 2.")]
    [InlineData("omega = 1 at ρ = 2.", "omega = 1 at ρ = 2.")]
    [InlineData("sequence_length 30: outcome = stable at ρ = 2.", "sequence_length 30: outcome = stable at ρ = 2.")]
    [InlineData("λ is 0.", "λ is 0.")]
    [InlineData("", "")]
    public void A_sentence_begins_with_a_capital_but_names_and_symbols_are_kept(string sentence, string capitalised) => Assert.Equal(capitalised, Phrase.Capitalised(sentence));

    [Fact]
    public void Identical_networks_have_no_interval()
    {
        using var sweep = new SyntheticSweep([("spectral_radius", s_radii)], (spec, _) => spec.SpectralRadius - 1.02);
        Assert.Contains("at ρ = 1.02 (median of the 4 networks drawn, at this T and transient, interpolated; all have the same value).", sweep.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void A_transition_from_exploding_to_vanishing_is_described()
    {
        using var sweep = new SyntheticSweep([("input_scale", SyntheticSweep.Values(0, 1, 11))], (spec, _) => 0.42 - spec.InputScale);
        Assert.Contains("gradients turn from exploding to vanishing, λ = 0, at input scale = 0.42 ", sweep.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sweep_over_names_gives_the_range_of_the_exponent()
    {
        using var sweep = new SyntheticSweep(
            [("activation", ["tanh", "sigmoid", "relu"])], (spec, _) => spec.Activation switch { ActivationKind.Tanh => -0.05, ActivationKind.Sigmoid => -1.4, _ => 1e-17 });
        Assert.Contains("the median λ lies between −1.4 nats per step (activation sigmoid) and 0 (activation relu).", sweep.Words, StringComparison.Ordinal);
        Assert.Contains("most networks vanish with activation sigmoid.", sweep.Words, StringComparison.Ordinal);
        Assert.DoesNotContain("rises through 0", sweep.Words, StringComparison.Ordinal);

        // A seed identifies a draw, so there is no transition along it.
        using var seeds = new SyntheticSweep([("seed", ["1", "2", "3"])], (spec, _) => (double)spec.Seed - 1.5);
        Assert.Contains("the median λ lies between −0.5 nats per step (seed 1) and 1.5 (seed 3).", seeds.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unfinished_sweep_gets_no_statement_about_the_whole()
    {
        using var part = new SyntheticSweep([("spectral_radius", ["0.5", "0.6"])], (_, _) => -0.1);
        using var whole = new SyntheticSweep([("spectral_radius", ["0.5", "0.6", "2"])], (_, _) => 0);
        string words = string.Join('\n', Client.Reports.Report.Words(Client.Reports.ReportData.Read(whole.Plan, part.Store, _ => Core.Statistics.CellTheory.Unknown)));
        Assert.DoesNotContain("everywhere", words, StringComparison.Ordinal);
        Assert.Contains("In both known cells most networks vanish", words, StringComparison.Ordinal);
        Assert.Contains("No theory of λ is known for these cells.", words, StringComparison.Ordinal);
        Assert.Contains("2 of 3 cells are done; 1 is not computed yet.", words, StringComparison.Ordinal);
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
        // At T = 100, |log10| > 3 if |λ| > 0.0691: ρ ≤ 0.9 vanishes and ρ ≥ 1.1 explodes.
        using var sweep = new SyntheticSweep([("spectral_radius", s_radii)], (spec, r) => r == 0 ? 0 : spec.SpectralRadius - 1);
        Assert.Contains(
            "Most networks vanish in 5 of 11 cells, explode in 5 and do neither in 1 (vanishing: log₁₀ of the spectral norm below −3; exploding: above 3).",
            sweep.Words,
            StringComparison.Ordinal);
        Assert.Contains("most networks vanish at ρ = 0.5 to 0.9, and explode at ρ = 1.1 to 1.5.", sweep.Words, StringComparison.Ordinal);
    }

    // λ = 0.1 explodes at T = 100, −0.1 vanishes, 0 does neither.
    [Theory]
    [InlineData("-0.1 0 0 0", "Most networks vanish in 1 of 4 cells, explode in none and do neither in 3 (")]
    [InlineData("-0.1 -0.1 0.1 0.1", "Most networks vanish in 2 of 4 cells and explode in 2 (")]
    [InlineData("0 0.1 0.1 0.1", "Most networks vanish in none of 4 cells, explode in 3 and do neither in 1 (")]
    [InlineData("0 0 0", "In all 3 cells most networks neither vanish nor explode (")]
    [InlineData("-0.1 -0.1 -0.1", "In all 3 cells most networks vanish (")]
    [InlineData("0.1 0.1", "In both cells most networks explode (")]
    public void Cells_without_an_outcome_and_cells_with_one_outcome_have_their_own_sentences(string exponents, string words)
    {
        double[] values = [.. exponents.Split(' ').Select(text => double.Parse(text))];
        using var sweep = new SyntheticSweep([("seed", [.. values.Select((_, i) => $"{i}")])], (spec, _) => values[(int)spec.Seed]);
        Assert.Contains(words, sweep.Words, StringComparison.Ordinal);
        Assert.Contains(values.Length == 2 ? "Both cells are done" : $"All {values.Length} cells are done", sweep.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cell_whose_networks_differ_has_no_majority()
    {
        using var sweep = new SyntheticSweep([("seed", ["0", "1"])], (spec, r) => spec.Seed == 0 ? 0.1 : r < 2 ? 0.1 : -0.1);
        Assert.Contains("Most networks vanish in none of 2 cells and explode in 1; in 1 no outcome has a majority (", sweep.Words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 0.1, "Both networks explode (")]
    [InlineData(3, 0.1, "All 3 networks explode (")]
    [InlineData(2, 0, "Neither of 2 networks vanishes or explodes (")]
    [InlineData(3, 0, "None of 3 networks vanishes or explodes (")]
    public void Networks_of_the_only_cell_with_one_outcome_are_counted(int replicates, double exponent, string words)
    {
        using var sweep = new SyntheticSweep([], (_, _) => exponent, replicates);
        Assert.Contains(words, sweep.Words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4, "Of 4 networks 1 vanishes, 1 explodes and 2 neither vanish nor explode (")]
    [InlineData(2, "Of 2 networks 1 vanishes and 1 explodes (")]
    [InlineData(1, "The network vanishes (")]
    public void The_networks_of_the_only_cell_are_counted(int replicates, string words)
    {
        using var sweep = new SyntheticSweep([], (_, r) => r == 0 ? -0.1 : r == 1 ? 0.1 : 0, replicates);
        Assert.Contains(words, sweep.Words, StringComparison.Ordinal);
        Assert.Contains("The cell is done", sweep.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void Theory_is_compared_in_nats_and_in_percent()
    {
        // λ is 0.9 ln ρ, so every distance is a tenth of the theory's ln ρ, whose root mean square over the radii is computed here; the farthest is at ln 0.5.
        using var sweep = new SyntheticSweep([("spectral_radius", s_radii)], (spec, r) => (0.9 * Math.Log(spec.SpectralRadius)) + ((r % 2 == 0 ? 1 : -1) * 0.001));
        double[] logs = [.. s_radii.Select(text => Math.Log(double.Parse(text)))];
        double mean = -0.1 * logs.Average(), distance = 0.1 * Math.Sqrt(logs.Average(log => log * log));
        Assert.Contains(
            $"lies {Phrase.Number(mean, 2)} nats per step above on average and {Phrase.Number(distance, 2)} away in the root mean square, 10 % of that of the theory; "
            + $"the farthest, {Phrase.Number(0.1 * Math.Log(2), 2)} above, is at ρ = 0.5.",
            sweep.Words,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Eight_networks_are_also_compared_in_standard_errors()
    {
        // Eight values a ± 1 have the standard error √(8/7)/√8 = 1/√7. The mean lies one above the theory for ρ ≤ 1 and three elsewhere.
        using var sweep = new SyntheticSweep(
            [("spectral_radius", s_radii)], (spec, r) => Math.Log(spec.SpectralRadius) + ((spec.SpectralRadius > 1.01 ? 3 : 1) / Math.Sqrt(7)) + (r % 2 == 0 ? 1 : -1), replicates: 8);
        Assert.Contains(". 6 of 11 cells are within two standard errors.", sweep.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void The_printed_form_is_compared_with_the_exact_one()
    {
        // At T = 100, |λ| ≤ 0.069 is stable: the exact form crosses 0 at 1, the printed one at 1.2, so 1, 1.1 and 1.2 differ.
        using var sweep = new SyntheticSweep(
            [("spectral_radius", s_radii), ("jacobian", ["exact", "as-printed"])],
            (spec, _) => spec.SpectralRadius - (spec.Jacobian == Core.Networks.JacobianForm.Exact ? 1 : 1.2));
        Assert.Contains("changes what most networks do in 3 of 11 cells, and λ by 0.2 nats per step at most.", sweep.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_numbers_are_reported_with_the_reason()
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
            sweep.Store.Add([], [new Core.Experiments.ReadingFailure(CellKey.Of(wider.Plan.Cell(3)), 0, "out of <memory>")]);
            string words = string.Join('\n', Client.Reports.Report.Words(Client.Reports.ReportData.Read(wider.Plan, sweep.Store, _ => Core.Statistics.CellTheory.Unknown)));
            Assert.Contains("3 of 5 cells are done; 1 failed, and 1 is not computed yet.", words, StringComparison.Ordinal);
            Assert.Contains("1 cell failed: out of <memory>", words, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0.00012, "0.00012")]
    [InlineData(450.4, "450")]
    [InlineData(36123, "36100")]
    [InlineData(-1234567, "−1.23e6")]
    [InlineData(-0.00001, "−1e−5")]
    [InlineData(double.NegativeInfinity, "−∞")]
    public void Only_extreme_numbers_have_powers_of_ten(double value, string text) => Assert.Equal(text, Phrase.Number(value));

    [Theory]
    [InlineData("at ρ = 1", 0)]
    [InlineData("at ρ = 1 and 2", 0, 1)]
    [InlineData("at ρ = 1 to 3, 5 and 9", 0, 1, 2, 4, 8)]
    [InlineData("at every ρ", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)]
    [InlineData("at 6 of 12 values of ρ from 1 to 11", 0, 2, 4, 6, 8, 10)]
    public void Positions_along_an_axis_are_described_as_ranges(string words, params int[] places) =>
        Assert.Equal(words, Phrase.Places(new ReportAxis("spectral_radius", [.. Enumerable.Range(1, 12).Select(i => $"{i}")], [.. Enumerable.Range(1, 12).Select(i => (double)i)]), places));

    private static string Line(string words, string part) => words.Split('\n').Single(line => line.Contains(part, StringComparison.Ordinal));
}
