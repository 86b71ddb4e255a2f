using System.Text.RegularExpressions;
using RnnSweep.Client.Reports;
using RnnSweep.Client.Reports.Figures;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Tests.Reports;

/// <summary>The report of a sweep that goes on: cells that are not computed yet are called that, sentences wait for the cells that they are about, and lines keep their colours.</summary>
public sealed partial class UnfinishedSweepTests
{
    private static readonly string[] s_radii = ["0.5", "0.8", "1.1", "1.4"], s_lengths = ["10", "100"];

    [Fact]
    public void Cells_that_are_not_computed_yet_are_outlines_in_every_map_and_named_in_the_legend()
    {
        using var part = Sweep(["0.5", "0.8"]);
        using var whole = Sweep(s_radii);
        ReportData data = Data(whole, part);
        string diagram = Assert.Single(PhaseDiagram.Section(data)!.Panels).Drawing;
        Assert.Contains(">not computed yet</text>", diagram, StringComparison.Ordinal);
        Assert.DoesNotContain(">no number</text>", diagram, StringComparison.Ordinal);
        Assert.DoesNotContain("class=\"missing\"", diagram, StringComparison.Ordinal);
        string outcomes = Assert.Single(OutcomeFractions.Section(new SweepShape(data))!.Panels).Drawing;
        Assert.Contains(">not computed yet</text>", outcomes, StringComparison.Ordinal);
        Assert.All(data.Cells.Where(cell => cell.IsPending), cell => Assert.Equal("not computed yet", cell.Status));
        string finished = Assert.Single(PhaseDiagram.Section(whole.Data)!.Panels).Drawing;
        Assert.DoesNotContain("not computed yet", finished, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_have_the_same_colours_while_the_diagram_fills_in()
    {
        using var whole = Sweep(s_radii);
        Dictionary<string, string> final = Colours(whole.Data);
        Assert.Equal(4, final.Count);
        foreach (string[] known in new[] { new[] { "1.1" }, ["0.8", "1.4"], ["0.5", "1.1", "1.4"] })
        {
            using var part = Sweep(known);
            Dictionary<string, string> colours = Colours(Data(whole, part));
            Assert.All(known, radius => Assert.Equal(final[$"ρ = {radius}"], colours[$"ρ = {radius}"]));
        }

        static Dictionary<string, string> Colours(ReportData data) =>
            Entry().Matches(Assert.Single(GrowthCurves.Section(new SweepShape(data))!.Panels).Drawing).ToDictionary(entry => entry.Groups[2].Value, entry => entry.Groups[1].Value);
    }

    [Fact]
    public void Spectra_have_the_same_colours_while_the_diagram_fills_in()
    {
        using var whole = Sweep(s_radii, hasTraces: true);
        using var part = Sweep(["1.1"], hasTraces: true);
        string drawing = Assert.Single(new TraceCurves(part.Store, _ => null).Spectrum(new SweepShape(Data(whole, part)))!.Panels).Drawing;
        string final = Assert.Single(new TraceCurves(whole.Store, _ => null).Spectrum(new SweepShape(whole.Data))!.Panels).Drawing;
        Match entry = Assert.Single(Entry().Matches(drawing));
        Assert.Contains(Entry().Matches(final), other => other.Groups[1].Value == entry.Groups[1].Value && other.Groups[2].Value == entry.Groups[2].Value);
    }

    [Theory]
    [InlineData(new[] { "0.5" }, false, false)]
    [InlineData(new[] { "0.5", "1.4" }, false, true)]
    [InlineData(new[] { "0.5", "0.8", "1.1", "1.4" }, true, true)]
    public void Sentences_wait_until_there_is_enough_for_them(string[] known, bool hasTransition, bool hasOutcomes)
    {
        using var part = Sweep(known);
        using var whole = Sweep(s_radii);
        string words = string.Join('\n', Report.Words(Data(whole, part)));
        Assert.Equal(hasTransition, words.Contains("gradients turn from vanishing to exploding", StringComparison.Ordinal));
        Assert.DoesNotContain("so the transition lies outside", words, StringComparison.Ordinal);
        Assert.Equal(hasOutcomes, words.Contains("ost networks vanish in", StringComparison.Ordinal));
        Assert.Equal(!hasTransition, words.Contains("not computed yet", StringComparison.Ordinal));
    }

    // λ = ln ρ, so 0.5 and 0.8 vanish, 1.1 and 1.4 explode at T = 100.
    private static SyntheticSweep Sweep(string[] radii, bool hasTraces = false) =>
        new([("spectral_radius", radii), ("sequence_length", s_lengths)], (spec, r) => Math.Log(spec.SpectralRadius) + (r * 1e-3), hasTraces: hasTraces);

    private static ReportData Data(SyntheticSweep whole, SyntheticSweep part) => ReportData.Read(whole.Plan, part.Store, _ => CellTheory.Unknown);

    // A legend entry: the class of its line, and its text.
    [GeneratedRegex("<g data-entry=\"\\d+\"><path class=\"line (s\\d)\".*?<text[^>]*>([^<]*)</text>")]
    private static partial Regex Entry();
}
