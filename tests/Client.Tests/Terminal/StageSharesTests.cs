using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Terminal;

public sealed class StageSharesTests
{
    [Fact]
    public void Without_busy_threads_the_text_is_empty()
    {
        var shares = new StageShares();
        Assert.Null(shares.Busiest());
        shares.Add(Counts());
        Assert.Null(shares.Busiest());
    }

    [Fact]
    public void Every_stage_has_a_name()
    {
        foreach (Stage stage in Enum.GetValues<Stage>().Where(stage => stage != Stage.None))
        {
            var shares = new StageShares();
            shares.Add(Counts(stage));
            Assert.False(string.IsNullOrEmpty(shares.Busiest()));
        }
    }

    [Fact]
    public void Older_observations_have_less_weight()
    {
        var shares = new StageShares();
        for (int i = 0; i < 100; i++)
        {
            shares.Add(Counts(Stage.Weights, Stage.Weights));
        }

        Assert.Equal("drawing weights", shares.Busiest());

        // After k looks an observation has the weight 0.9^k, so less than half from the seventh on: 0.9^6 > 1/2 > 0.9^7.
        for (int i = 0; i < 6; i++)
        {
            shares.Add(Counts(Stage.Storing, Stage.Storing));
            Assert.Equal("drawing weights", shares.Busiest());
        }

        shares.Add(Counts(Stage.Storing, Stage.Storing));
        Assert.Equal("storing", shares.Busiest());
    }

    private static double[] Counts(params Stage[] threads)
    {
        double[] counts = new double[Enum.GetValues<Stage>().Length];
        foreach (Stage stage in threads)
        {
            counts[(int)stage]++;
        }

        return counts;
    }
}
