using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace RnnSweep.Grains;

/// <summary>
/// Whether the registry's database answers this silo. It is asked every few seconds, so that a silo that is cut off from it notices this sooner than by the
/// time-outs of its statements, which last up to a minute on a connection whose packets are dropped.
/// </summary>
/// <param name="registry">The registry; null in an embedded silo, which is never cut off.</param>
/// <param name="log">Receives a warning when the silo is cut off, and an entry when it no longer is.</param>
public sealed partial class StoreHealth(ISweepRegistry? registry, ILogger log) : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2), s_retry = TimeSpan.FromSeconds(1), s_timeout = TimeSpan.FromSeconds(3);

    // One failure may be the restart of a connection; a busy database may answer late.
    private const int FailuresOfCut = 2;
    private static readonly TimeSpan s_silenceOfCut = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private long _lastAnswer = Stopwatch.GetTimestamp(), _lastFailure;
    private int _failures;

    /// <summary>Whether the database has answered the last time that it was asked.</summary>
    public bool IsAnswering => Volatile.Read(ref _failures) == 0;

    /// <summary>Whether the database has not answered for at least five seconds, at least twice in a row.</summary>
    public bool IsCutOff => Volatile.Read(ref _failures) >= FailuresOfCut && Stopwatch.GetElapsedTime(Interlocked.Read(ref _lastAnswer)) > s_silenceOfCut;

    /// <summary>Whether the database has answered every time during the last <paramref name="time"/>, and before.</summary>
    public bool HasAnsweredFor(TimeSpan time) => Interlocked.Read(ref _lastFailure) is var last && (last == 0 || Stopwatch.GetElapsedTime(last) > time);

    /// <summary>Starts to ask.</summary>
    public void Start() => _loop = registry is null ? Task.CompletedTask : Task.Run(() => Ask(registry));

    /// <summary>Stops asking.</summary>
    public async Task Stop()
    {
        await _stop.CancelAsync();
        await _loop.WaitAsync(s_timeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stop.Dispose();

    private async Task Ask(ISweepRegistry asked)
    {
        CancellationToken stop = _stop.Token;
        bool wasCutOff = false;
        while (!stop.IsCancellationRequested)
        {
            long start = Stopwatch.GetTimestamp();
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stop);
            timeout.CancelAfter(s_timeout);
            try
            {
                await asked.Ping(timeout.Token).WaitAsync(timeout.Token);
                Interlocked.Exchange(ref _lastAnswer, start);
                Volatile.Write(ref _failures, 0);
            }
            catch (Exception) when (!stop.IsCancellationRequested)
            {
                Interlocked.Exchange(ref _lastFailure, Stopwatch.GetTimestamp());
                Interlocked.Increment(ref _failures);
            }
            catch (Exception)
            {
                return;
            }

            if (IsCutOff != wasCutOff)
            {
                wasCutOff = !wasCutOff;
                if (wasCutOff)
                {
                    LogCutOff(log);
                }
                else
                {
                    LogReached(log);
                }
            }

            await Task.Delay(_failures == 0 ? s_interval : s_retry, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database does not answer: this silo does not renew its leases, and its sweep grains migrate to silos that reach the database")]
    private static partial void LogCutOff(ILogger log);

    [LoggerMessage(Level = LogLevel.Information, Message = "The database answers again")]
    private static partial void LogReached(ILogger log);
}
