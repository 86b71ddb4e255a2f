using RnnSweep.Silo;

namespace RnnSweep.Cluster.Tests;

public sealed class SilenceWatchTests
{
    private static readonly DateTime s_sign = DateTime.UnixEpoch;

    [Fact]
    public void Who_gives_no_new_sign_for_long_enough_is_silent()
    {
        var watch = new SilenceWatch<string>(TimeSpan.FromSeconds(3));
        Assert.Empty(watch.Look([("a", s_sign), ("b", s_sign.AddYears(100))], Seconds(10)));
        Assert.Empty(watch.Look([("a", s_sign), ("b", s_sign)], Seconds(12))); // a sign is new when it is another, not when it is later
        Assert.Equal(["a"], watch.Look([("a", s_sign), ("b", s_sign)], Seconds(13)));
        Assert.Equal(["b"], watch.Look([("b", s_sign), ("c", s_sign)], Seconds(15)));
    }

    [Fact]
    public void After_forgetting_all_have_their_time_again()
    {
        var watch = new SilenceWatch<string>(TimeSpan.FromSeconds(3));
        watch.Look([("a", s_sign)], Seconds(0));
        watch.Forget();
        Assert.Empty(watch.Look([("a", s_sign)], Seconds(100)));
        Assert.Equal(["a"], watch.Look([("a", s_sign)], Seconds(103)));
    }

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);
}
