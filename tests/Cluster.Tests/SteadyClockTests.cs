using RnnSweep.Silo;

namespace RnnSweep.Cluster.Tests;

public sealed class SteadyClockTests
{
    private static readonly DateTimeOffset s_noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(-2)]
    [InlineData(3)]
    public void It_goes_on_at_its_usual_rate_when_the_machine_is_set_back_or_ahead(int hours)
    {
        var machine = new Machine { Now = s_noon };
        var clock = new SteadyClock(machine);
        Assert.Equal(s_noon, clock.GetUtcNow());

        machine.Pass(TimeSpan.FromSeconds(5));
        Assert.Equal(s_noon.AddSeconds(5), clock.GetUtcNow());

        machine.Now += TimeSpan.FromHours(hours);
        Assert.Equal(s_noon.AddSeconds(5), clock.GetUtcNow());
        machine.Pass(TimeSpan.FromSeconds(7));
        Assert.Equal(s_noon.AddSeconds(12), clock.GetUtcNow());
    }

    private sealed class Machine : TimeProvider
    {
        private long _timestamp;

        public DateTimeOffset Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(TimeSpan time)
        {
            Now += time;
            _timestamp += time.Ticks;
        }

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => _timestamp;
    }
}
