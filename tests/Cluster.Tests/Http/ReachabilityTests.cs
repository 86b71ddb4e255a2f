using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests.Http;

public sealed class ReachabilityTests
{
    private readonly Clock _clock = new();

    [Fact]
    public void A_database_is_reachable_after_a_use_that_was_answered_and_not_after_one_that_failed()
    {
        var database = new Reachability(_clock);
        Assert.True(database.IsReachable);
        foreach (bool answers in new[] { true, false, true, false, false })
        {
            database.Begin();
            database.End(answers);
            Assert.Equal(answers, database.IsReachable);
        }

        database.Begin();
        database.End(null); // cancelled
        Assert.False(database.IsReachable);
    }

    [Fact]
    public void A_use_that_waits_longer_than_the_limit_makes_it_unreachable_until_an_answer()
    {
        var database = new Reachability(_clock);
        database.Begin();
        _clock.Seconds = (long)Reachability.Limit.TotalSeconds;
        database.Begin(); // a later use does not restart the wait
        Assert.True(database.IsReachable);
        _clock.Seconds++;
        Assert.False(database.IsReachable);
        database.End(true);
        Assert.True(database.IsReachable);
        _clock.Seconds += 1000; // an idle database is not suspected
        Assert.True(database.IsReachable);
    }

    private sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
