namespace RnnSweep.Client.Terminal;

/// <summary>
/// The progress of a run, as numbers and as a line of text. It has no clock: callers pass the time. The time left is estimated by work, not by the number of
/// cells, because cells differ in cost by many orders of magnitude.
/// </summary>
/// <param name="cells">Cells of the plan.</param>
/// <param name="stored">Cells that were stored before the run.</param>
/// <param name="work">Work to be done by the run, in any unit.</param>
internal sealed class ProgressMeter(long cells, long stored, double work)
{
    private double _workDone, _fraction;
    private long _computed;
    private long _failed;

    public long Computed => _computed;

    public long Failed => _failed;

    /// <summary>From 0 to 1: the share of the run's work that is done, with what is done of the experiments that run. It never falls: an experiment that has ended counts again when it is stored.</summary>
    public double Fraction => _fraction = work <= 0 ? 1 : Math.Clamp(Math.Max(_fraction, (_workDone + (InProgress?.Invoke() ?? 0)) / work), 0, 1);

    /// <summary>Work done of the experiments that run; null where it is not known.</summary>
    public Func<double>? InProgress { get; init; }

    /// <summary>Called when a cell has failed, each time that the counts are set.</summary>
    public Action? OnFailed { get; init; }

    /// <summary>Sets all counts.</summary>
    public void Set(double workDone, long computed, long failed)
    {
        (_workDone, _computed, _failed) = (workDone, computed, failed);
        if (failed > 0)
        {
            OnFailed?.Invoke();
        }
    }

    /// <summary>Work of the experiments that run at a time, for the time left where <see cref="InProgress"/> is not known. In the mean, half of it is done and not yet counted, which matters where the experiments are few; 0 where it is not known.</summary>
    public double Running { get; init; }

    /// <summary>"120 of 126 cells, 14.2 cells/s, 87 % of the work, 0:03 left, mostly products".</summary>
    /// <param name="elapsed">Since the run began.</param>
    /// <param name="busiest">The most frequent stage of the threads; null where it is not known.</param>
    public string Line(TimeSpan elapsed, string? busiest = null)
    {
        double rate = elapsed.TotalSeconds > 0 ? (_computed + _failed) / elapsed.TotalSeconds : 0;
        string text = $"{stored + _computed} of {cells} cells, {Number(rate)} cells/s";
        if (_failed > 0)
        {
            text += $", {_failed} failed";
        }

        text += $", {Math.Floor(100 * Fraction)} % of the work";
        text = TimeLeft(elapsed) is { } left ? $"{text}, {Clock(left)} left" : text;
        return busiest is null ? text : $"{text}, mostly {busiest}";
    }

    /// <summary><see cref="Line"/>, under the meter's lock.</summary>
    public string LockedLine(TimeSpan elapsed)
    {
        lock (this)
        {
            return Line(elapsed);
        }
    }

    /// <summary>Number of cells that this run has computed or that have failed, under the meter's lock.</summary>
    public long LockedCount
    {
        get
        {
            lock (this)
            {
                return _computed + _failed;
            }
        }
    }

    /// <summary>The estimated time left; null while too little is done for an estimate.</summary>
    public TimeSpan? TimeLeft(TimeSpan elapsed)
    {
        if (Fraction is not (> 0.001 and < 1))
        {
            return null;
        }

        double done = InProgress is null ? _workDone : _fraction * work, rest = work - done, running = InProgress is null ? Math.Min(Running, rest) / 2 : 0;
        return TimeSpan.FromSeconds(Math.Min(elapsed.TotalSeconds * (rest - running) / (done + running), 1e9));
    }

    internal static string Clock(TimeSpan time) => time.TotalHours >= 1
        ? $"{(long)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}"
        : $"{time.Minutes}:{time.Seconds:00}";

    private static string Number(double rate) => rate.ToString(rate >= 100 ? "0" : rate >= 10 ? "0.0" : "0.00");
}
