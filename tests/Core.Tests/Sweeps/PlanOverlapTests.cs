using RnnSweep.Core.Sweeps;
using static RnnSweep.Core.Tests.Sweeps.SweepParts;

namespace RnnSweep.Core.Tests.Sweeps;

public sealed class PlanOverlapTests
{
    private static readonly FieldSetting s_radii = Varied(List("spectral_radius", "0.5", "1", "1.5")), s_lengths = Varied(List("sequence_length", "10", "20"));
    private static readonly SweepPlan s_plan = Plan(s_radii, s_lengths);

    [Fact]
    public void Plans_with_other_values_of_a_field_of_the_key_share_no_reading()
    {
        foreach (FieldSetting[] settings in new FieldSetting[][]
        {
            [Varied(List("spectral_radius", "0.6", "1.1")), s_lengths],
            [s_radii, Varied(List("sequence_length", "11", "30"))],
            [s_radii, s_lengths, Fixed("seed", "2")],
            [s_radii, s_lengths, Fixed("hidden_size", "32")],
            [s_radii, s_lengths, Varied(List("seed", "3", "2"))],
            [s_radii, s_lengths, Varied(Steps("seed", "2", "4000", "1"))],
        })
        {
            AssertOverlap(false, s_plan, Plan(settings));
        }
    }

    [Fact]
    public void Plans_with_common_values_may_share_readings_also_where_few_values_are_compared()
    {
        foreach (FieldSetting[] settings in new FieldSetting[][]
        {
            [Varied(List("spectral_radius", "0.6", "1")), Fixed("sequence_length", "20")],
            [Varied(List("spectral_radius", "7", "1.5", "0.1")), Fixed("sequence_length", "20")],
            [Varied(List("spectral_radius", "1.5", "7")), Fixed("sequence_length", "20")], // the largest value of one is the least of the other
            [Varied(List("seed", [.. Enumerable.Range(1, 1001).Select(place => place == 500 ? "1" : $"{place + 1}")])), s_radii, s_lengths], // too many to compare, not in order
            [Varied(Steps("seed", "4000", "1", "-1")), Varied(List("spectral_radius", "1.5", "7")), Fixed("sequence_length", "10")],
            [Varied(Steps("spectral_radius", "0.0003", "2", "0.0007")), Fixed("sequence_length", "10")], // none in common, but too many to compare
            [Fixed("replicates", "3"), Fixed("spectral_radius", "0.5"), Fixed("sequence_length", "10")],
        })
        {
            AssertOverlap(true, s_plan, Plan(settings));
        }
    }

    [Fact]
    public void Plans_may_share_readings_of_a_network_among_several_of_different_sizes()
    {
        SweepPlan several = Plan(Varied(new ListAxis(Field("network"), [TrainedNetwork(5), TrainedNetwork(3)]))), one = Plan(Fixed(TrainedNetwork(3)));
        AssertOverlap(true, several, one);
        Assert.Contains(one.Planned(0).Key, several.PlannedCells().Select(cell => cell.Key));
    }

    private static void AssertOverlap(bool expected, SweepPlan one, SweepPlan other)
    {
        Assert.Equal(expected, PlanOverlap.MayShareReadings(one, other));
        Assert.Equal(expected, PlanOverlap.MayShareReadings(other, one));
        HashSet<Core.Experiments.CellKey> keys = [.. one.PlannedCells().Select(cell => cell.Key)];
        Assert.True(expected || !keys.Overlaps(other.PlannedCells().Select(cell => cell.Key)));
    }

    private static SweepPlan Plan(params FieldSetting[] settings) => SweepPlan.Of("plan", settings);
}
