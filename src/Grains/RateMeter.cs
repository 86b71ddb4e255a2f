namespace RnnSweep.Grains;

/// <summary>Cells per second over a window of time. It reads no clock; callers pass the time.</summary>
internal sealed class RateMeter(TimeSpan window)
{
    private readonly Queue<(TimeSpan Time, int Count)> _counts = new();
    private TimeSpan? _start;

    /// <summary>Counts cells at a time.</summary>
    public void Add(int count, TimeSpan now)
    {
        _start ??= now;
        _counts.Enqueue((now, count));
        Forget(now);
    }

    /// <summary>The rate over the window, or since the first count if that is shorter.</summary>
    public double PerSecond(TimeSpan now)
    {
        Forget(now);
        double seconds = _start is { } start ? Math.Clamp((now - start).TotalSeconds, 1, window.TotalSeconds) : 1;
        return _counts.Sum(count => count.Count) / seconds;
    }

    private void Forget(TimeSpan now)
    {
        while (_counts.TryPeek(out var oldest) && oldest.Time < now - window)
        {
            _counts.Dequeue();
        }
    }
}
