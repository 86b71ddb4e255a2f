namespace RnnSweep.Silo;

/// <summary>
/// A clock that shows the machine's time when it is made, and from then on runs at a steady rate, whatever happens to the machine's clock. Orleans computes the
/// due times of its timers from the time of day: without this, a clock that is set back by an hour would stop them for an hour.
/// </summary>
/// <param name="machine">The machine's clock.</param>
internal sealed class SteadyClock(TimeProvider machine) : TimeProvider
{
    private readonly DateTimeOffset _start = machine.GetUtcNow();
    private readonly long _timestamp = machine.GetTimestamp();

    public override TimeZoneInfo LocalTimeZone => machine.LocalTimeZone;

    public override long TimestampFrequency => machine.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => _start + machine.GetElapsedTime(_timestamp);

    public override long GetTimestamp() => machine.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        machine.CreateTimer(callback, state, dueTime, period);
}
