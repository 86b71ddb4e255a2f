using RnnSweep.Core.Sweeps;

namespace RnnSweep.Core.Tests.Sweeps;

public sealed class SweepDescriptionTests
{
    private static readonly SweepDescription s_description = new(
        "a-name",
        [
            new SettingDescription("hidden_size", false, null, [new ValueDescription("2")]),
            new SettingDescription("weights", true, null, [new ValueDescription("w.npy", "ab"), new ValueDescription("gaussian"), new ValueDescription("v.npy", "ab")]),
        ]);

    [Fact]
    public void A_description_is_read_back_from_its_text()
    {
        SweepDescription back = SweepDescription.Parse(s_description.Text);
        Assert.Equal(s_description.Text, back.Text);
        Assert.Equal(s_description.Id, back.Id);
        Assert.Equal(s_description.Settings.SelectMany(setting => setting.Values), back.Settings.SelectMany(setting => setting.Values));
        Assert.Equal("ab", Assert.Single(back.Matrices));
    }

    [Fact]
    public void Statistics_are_part_of_the_description_and_cannot_be_axes()
    {
        SettingDescription statistics = new("statistics", false, null, [new ValueDescription("spectrum"), new ValueDescription("lags")]);
        SettingDescription lags = new("lags", false, null, [new ValueDescription("{ count: 5 }")]);
        var cell = SweepDescription.Parse(new SweepDescription("a", [statistics, lags]).Text).Plan(_ => throw new KeyNotFoundException()).Fixed;
        Assert.Equal((true, true, 5), (cell.MeasuresSpectrum, cell.MeasuresLags, cell.LagCount));

        var varied = new SweepDescription("a", [statistics with { IsAxis = true }]);
        Assert.Throws<FormatException>(() => varied.Plan(_ => throw new KeyNotFoundException()));
    }

    [Fact]
    public void An_id_is_the_name_and_digits_that_depend_on_the_whole_description()
    {
        Assert.Matches("^a-name-[0-9a-f]{12}$", s_description.Id);
        Assert.NotEqual(s_description.Id, (s_description with { Settings = s_description.Settings[..1] }).Id);
    }
}
