using System.Diagnostics;

namespace RnnSweep.Client.Live;

/// <summary>
/// A page that is rendered on request if its content has changed, at a limited rate; requests in between get the same bytes. Rendering takes at most a tenth of
/// one core's time, whatever the page's size and the number of requests.
/// </summary>
/// <param name="render">Renders the page.</param>
/// <param name="version">A number that changes whenever the content does.</param>
internal sealed class RenderedPage(Func<byte[]> render, Func<long> version)
{
    private const int IntervalPerRenderTime = 10;
    private static readonly TimeSpan s_minInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private volatile byte[]? _bytes;
    private long _next;

    /// <summary>The version that was rendered last; -1 before the first.</summary>
    public long Version { get; private set; } = -1;

    /// <summary>The bytes of the page, current or recent.</summary>
    /// <param name="latest">Whether the bytes must be current.</param>
    public byte[] Bytes(bool latest = false)
    {
        // While one thread renders the page, the others return the previous bytes.
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
                _next = start + Math.Max(IntervalPerRenderTime * took, (long)(s_minInterval.TotalSeconds * Stopwatch.Frequency));
            }

            return _bytes;
        }
        finally
        {
            _gate.Exit();
        }
    }
}
