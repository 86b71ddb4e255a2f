using System.Diagnostics;

namespace RnnSweep.Client.Live;

/// <summary>
/// A page that is rendered when it is asked for, if what it shows has changed, but only now and then: in between, everybody gets the same bytes. To render it
/// takes at most a tenth of one core's time, however large it is and however often it is asked for.
/// </summary>
/// <param name="render">Renders it.</param>
/// <param name="version">Another number whenever there is something new to show.</param>
internal sealed class RenderedPage(Func<byte[]> render, Func<long> version)
{
    private const int RestPerWork = 10;
    private static readonly TimeSpan s_leastInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private volatile byte[]? _bytes;
    private long _next;

    /// <summary>The version that was rendered last; -1 before any was.</summary>
    public long Version { get; private set; } = -1;

    /// <summary>The bytes: of this moment, or of one not long ago.</summary>
    /// <param name="latest">Whether nothing old will do.</param>
    public byte[] Bytes(bool latest = false)
    {
        // While somebody renders it, the others need not wait for what is new.
        if (_bytes is { } old && !latest)
        {
            if (!_gate.TryEnter())
            {
                return old;
            }
        }
        else
        {
            _gate.Enter();
        }

        try
        {
            long current = version();
            if (_bytes is null || (current != Version && (latest || Stopwatch.GetTimestamp() >= _next)))
            {
                long start = Stopwatch.GetTimestamp();
                _bytes = render();
                Version = current;
                long took = Stopwatch.GetTimestamp() - start;
                _next = start + Math.Max(RestPerWork * took, (long)(s_leastInterval.TotalSeconds * Stopwatch.Frequency));
            }

            return _bytes;
        }
        finally
        {
            _gate.Exit();
        }
    }
}
