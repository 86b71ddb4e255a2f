using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Tests.Experiments;

public sealed class CellResultTests
{
    [Theory]
    [InlineData(-3.5, Outcome.Vanishing)]
    [InlineData(-3.0, Outcome.Stable)]
    [InlineData(3.0, Outcome.Stable)]
    [InlineData(3.5, Outcome.Exploding)]
    [InlineData(double.NegativeInfinity, Outcome.Vanishing)]
    [InlineData(double.PositiveInfinity, Outcome.Exploding)]
    [InlineData(double.NaN, Outcome.Missing)]
    public void The_outcome_compares_the_norm_with_the_threshold(double log10Norm, Outcome outcome) => Assert.Equal(outcome, Outcomes.Of(log10Norm, 3));

    [Fact]
    public void A_reading_has_the_outcome_of_each_cell_that_shares_it()
    {
        CellSpec low = new() { Replicates = 1, Threshold = 1 }, high = low with { Threshold = 5 };
        Reading[] readings = [new Reading { Log10SpectralNorm = -2 }];
        Assert.Equal(CellKey.Of(low), CellKey.Of(high));
        Assert.Equal(Outcome.Vanishing, Assert.Single(CellResult.Of(low, CellKey.Of(low), readings).Replicates).Outcome);
        Assert.Equal(Outcome.Stable, Assert.Single(CellResult.Of(high, CellKey.Of(high), readings).Replicates).Outcome);
    }

    [Fact]
    public void A_cell_has_only_its_own_replicates_and_is_complete_with_all_of_them()
    {
        CellSpec spec = new() { Replicates = 3 };
        Reading[] readings = [.. Enumerable.Range(0, 5).Select(replicate => new Reading { Replicate = replicate })];
        CellResult all = CellResult.Of(spec, CellKey.Of(spec), readings), some = CellResult.Of(spec, CellKey.Of(spec), readings[1..]);
        Assert.Equal([0, 1, 2], all.Replicates.Select(reading => reading.Replicate));
        Assert.True(all.IsComplete);
        Assert.Equal([1, 2], some.Replicates.Select(reading => reading.Replicate));
        Assert.False(some.IsComplete);
    }
}
