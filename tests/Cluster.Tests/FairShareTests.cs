using RnnSweep.Grains;

namespace RnnSweep.Cluster.Tests;

public sealed class FairShareTests
{
    [Theory]
    [InlineData(5, 5, 1)]
    [InlineData(6, 5, 2)]
    [InlineData(9, 0, 512)]
    public void Work_is_divided_by_priority_whatever_the_size_of_the_leases(int first, int second, double ratio)
    {
        var share = new FairShare();
        ActiveSweep[] active = [new("a", first), new("b", second)];
        var random = new Random(1);
        double[] work = new double[2];
        for (int lease = 0; lease < 20_000; lease++)
        {
            ActiveSweep next = share.Order(active)[0];
            double size = random.Next(1, 100);
            work[next.Id == "a" ? 0 : 1] += size;
            share.Add(next, size);
        }

        // Each share is met to within one lease of either sweep, which is less than 100 of some thousand.
        Assert.InRange(work[0] / work[1] / ratio, 0.93, 1.07);
    }

    [Fact]
    public void A_new_sweep_takes_turns_at_once_and_makes_up_for_nothing()
    {
        var share = new FairShare();
        ActiveSweep old = new("old"), young = new("young");
        for (int lease = 0; lease < 100; lease++)
        {
            share.Add(share.Order([old])[0], 1);
        }

        int ofYoung = 0;
        for (int lease = 0; lease < 100; lease++)
        {
            ActiveSweep next = share.Order([old, young])[0];
            ofYoung += next == young ? 1 : 0;
            share.Add(next, 1);
        }

        Assert.Equal(50, ofYoung);
    }

    [Fact]
    public void A_sweep_without_experiments_to_lease_saves_no_share_for_later()
    {
        var share = new FairShare();
        ActiveSweep idle = new("idle"), busy = new("busy"), young = new("young");
        for (int lease = 0; lease < 100; lease++)
        {
            Assert.Equal(lease == 0 ? busy : idle, share.Order([busy, idle])[0]); // it is asked first, and has none
            share.Add(busy, 1);
        }

        int[] leases = new int[3];
        ActiveSweep[] active = [idle, busy, young];
        for (int lease = 0; lease < 99; lease++)
        {
            ActiveSweep next = share.Order(active)[0];
            leases[Array.IndexOf(active, next)]++;
            share.Add(next, 1);
        }

        Assert.All(leases, count => Assert.InRange(count, 32, 34));
    }

    [Fact]
    public void Sweeps_with_the_same_share_keep_their_order_and_ended_ones_are_forgotten()
    {
        var share = new FairShare();
        ActiveSweep[] active = [new("c"), new("a"), new("b")];
        Assert.Equal(active, share.Order(active));
        share.Add(active[0], 1);
        Assert.Equal(["a", "b", "c"], share.Order(active).Select(sweep => sweep.Id));

        Assert.Equal([active[1]], share.Order([active[1]]));
        share.Add(active[0], 5); // ended meanwhile
        Assert.Equal(active, share.Order(active));
    }
}
