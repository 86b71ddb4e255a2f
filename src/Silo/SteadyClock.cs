namespace RnnSweep.Silo;

/// <summary>
/// A clock that never goes back. Orleans schedules the collection of idle activations by the time of day, and refuses every new activation while that is
/// earlier than the last collection. When the machine's clock is set back, this clock goes on at its usual rate; when it is ahead, this clock follows.
/// </summary>
/// <param name="machine">The machine's clock.</param>
internal sealed class SteadyClock(TimeProvider machine) : TimeProvider
{
    private readonly Lock _gate = new();
    private (DateTimeOffset Time, long Timestamp) _last = (machine.GetUtcNow(), machine.GetTimestamp());

    public override TimeZoneInfo LocalTimeZone => machine.LocalTimeZone;

    public override long TimestampFrequency => machine.TimestampFrequency;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            long timestamp = machine.GetTimestamp();
            DateTimeOffset now = machine.GetUtcNow(), steady = _last.Time + machine.GetElapsedTime(_last.Timestamp, timestamp);
            _last = (now > steady ? now : steady, timestamp);
            return _last.Time;
        }
    }

    public override long GetTimestamp() => machine.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        machine.CreateTimer(callback, state, dueTime, period);
}
