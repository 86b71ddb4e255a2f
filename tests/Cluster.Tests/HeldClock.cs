namespace RnnSweep.Cluster.Tests;

/// <summary>Holds up the start of a silo, which reads the clock, until an event is set.</summary>
internal sealed class HeldClock(ManualResetEventSlim start) : TimeProvider
{
    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(1);

    public override DateTimeOffset GetUtcNow()
    {
        start.Wait(s_hang);
        return base.GetUtcNow();
    }
}
