using System.Globalization;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using static RnnSweep.Core.Tests.Sweeps.SweepParts;

namespace RnnSweep.Core.Tests.Results;

public sealed class CellGridTests
{
    private static readonly SweepPlan s_plan = Plan(Steps("spectral_radius", "0.5", "1.5", "0.25"), List("sequence_length", "5", "10", "2000"));

    [Theory]
    [InlineData("-150.4", Outcome.Vanishing, "-150.36 -150.44")]
    [InlineData("0.0", Outcome.Stable, "-0.04 -0.04")]
    [InlineData("-0.1", Outcome.Stable, "-0.06 -0.06")]
    [InlineData("7.5", Outcome.Exploding, "7.45 7.45 7.45")]
    [InlineData("-∞", Outcome.Vanishing, "-Infinity -Infinity 1")]
    [InlineData("-69314.7", Outcome.Vanishing, "-69314.7")]
    [InlineData("-1.2e+7", Outcome.Vanishing, "-12345678")]
    [InlineData("4.0", Outcome.Exploding, "NaN 4 NaN")]
    [InlineData("?", Outcome.Missing, "NaN NaN")]
    [InlineData("0.0", Outcome.Stable, "-9 9")] // equally many
    [InlineData("4.5", Outcome.Stable, "-9 0 9 9")] // not a majority
    [InlineData("9.0", Outcome.Exploding, "-9 9 9")]
    public void A_cell_shows_the_median_of_known_norms_and_the_majority_outcome(string text, Outcome outcome, string norms) =>
        Assert.Equal(new CellPreview(text, outcome), Preview([.. norms.Split(' ').Select(norm => double.Parse(norm, CultureInfo.InvariantCulture))]));

    [Fact]
    public void A_cell_without_a_result_says_why()
    {
        Assert.Equal(new CellPreview(CellPreview.Missing, Outcome.Missing), CellPreview.Of(null));
        Assert.Equal(new CellPreview(CellPreview.Failed, Outcome.Missing), CellPreview.Of(null, hasFailed: true));
    }

    [Fact]
    public void A_table_with_enough_room_shows_everything_aligned()
    {
        Assert.Equal(
            [
                "                 sequence_length",
                "spectral_radius  5  10  2000",
                "            0.5  0   1     2",
                "           0.75  3   4     5",
                "              1  6   7     8",
                "           1.25  9  10    11",
                "            1.5  ·  13    14",
                "· not computed",
            ],
            Lines(s_plan, 80, 24, index => index == 12 ? CellPreview.Missing : $"{index}"));
    }

    [Fact]
    public void Rows_and_columns_without_room_are_left_out_in_the_middle_and_counted()
    {
        Assert.Equal(
            [
                "                 sequence_length",
                "spectral_radius   5  …  2000",
                "            0.5   0  …     2",
                "           0.75   3  …     5",
                "              …",
                "            1.5  12  …    14",
                "3 of 5 spectral_radius shown; 2 of 3 sequence_length shown",
            ],
            Lines(s_plan, 28, 7, index => $"{index}"));
    }

    [Fact]
    public void No_line_exceeds_the_width_and_every_width_shows_both_ends()
    {
        SweepPlan plan = Plan(Steps("spectral_radius", "0.5", "3.5", "0.01"), Steps("sequence_length", "1", "400", "1"));
        for (int width = 40; width <= 200; width++)
        {
            string[] lines = Lines(plan, width, 20, index => (-index / 10.0).ToString("0.0", CultureInfo.InvariantCulture));
            Assert.All(lines, line => Assert.InRange(line.Length, 0, Math.Max(width, lines[^1].Length)));
            Assert.All(lines[..^1], line => Assert.InRange(line.Length, 0, width));
            Assert.Equal(20, lines.Length);
            Assert.StartsWith("spectral_radius  ", lines[1], StringComparison.Ordinal);
            Assert.EndsWith("400", lines[1], StringComparison.Ordinal);

            // One more column would not have fitted: the widest is "-12039.9" with its gap.
            Assert.True(width - lines[3].Length < 10, $"{width}: {lines[3].Length}");
            Assert.Matches("^[0-9]+ of 301 spectral_radius shown; [0-9]+ of 400 sequence_length shown$", lines[^1]);
        }
    }

    [Fact]
    public void Only_cells_that_may_be_shown_are_read()
    {
        SweepPlan plan = Plan(Steps("bias", "0", "9999999", "1"), List("sequence_length", "5", "10"));
        long asked = 0;
        CellGrid.Of(PlanSlice.Of(plan), cells => [.. cells.Select(_ => { asked++; return new CellPreview("1", Outcome.Stable); })], 100, 30);
        Assert.Equal(2 * 26, asked);
    }

    [Theory]
    [InlineData(3, 5, "0 1 2")]
    [InlineData(5, 5, "0 1 2 3 4")]
    [InlineData(6, 5, "0 1 2 4 5")]
    [InlineData(9, 4, "0 1 7 8")]
    [InlineData(9, 1, "0")]
    public void Ends_are_the_first_and_the_last(long count, int room, string indices) => Assert.Equal(indices, string.Join(' ', CellGrid.Ends(count, room)));

    [Fact]
    public void One_axis_gives_a_column_and_no_axis_a_number()
    {
        Assert.Equal(["sequence_length", "              5  0", "             10  1"], Lines(Plan(List("sequence_length", "5", "10")), 80, 24, index => $"{index}"));
        Assert.Equal(["  0"], Lines(Plan(), 80, 24, index => $"{index}"));
    }

    private static string[] Lines(SweepPlan plan, int width, int height, Func<long, string> text) =>
    [
        .. CellGrid.Of(PlanSlice.Of(plan), cells => [.. cells.Select(cell => new CellPreview(text(cell), Outcome.Stable))], width, height)
            .Lines.Select(line => string.Concat(line.Select(part => part.Text))),
    ];

    private static CellPreview Preview(double[] norms)
    {
        var spec = new CellSpec { Replicates = norms.Length };
        return CellPreview.Of(CellSummary.Of(
            CellResult.Of(spec, CellKey.Of(spec), [.. norms.Select((norm, replicate) => new Reading { Replicate = replicate, Log10SpectralNorm = norm })]),
            Core.Statistics.CellTheory.Unknown));
    }
}
