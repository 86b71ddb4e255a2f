using System.Diagnostics;
using System.Runtime.InteropServices;

namespace RnnSweep.Client.Terminal;

/// <summary>
/// Handles SIGINT (Ctrl-C) and SIGTERM: the first signal stops the run gracefully, the second exits at once and keeps what was committed. A run may be stopped
/// in the same way for another reason.
/// </summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>The message after the first signal.</summary>
    public const string Stopping = "stopping; press again to exit immediately";

    // A timer takes at most 49 days.
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromDays(1);

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Interruption()
    {
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Whether a live display shows the message, because it would overwrite the line that is printed otherwise.</summary>
    public bool IsShown { get; set; }

    /// <summary>Why the run was stopped, other than by a signal; null where it was not.</summary>
    public string? Reason { get; private set; }

    /// <summary>Stops the run gracefully, unless it is being stopped.</summary>
    /// <param name="reason">Why, for the user.</param>
    public void Stop(string reason)
    {
        if (!_source.IsCancellationRequested)
        {
            Reason = reason;
            _source.Cancel();
        }
    }

    /// <summary>Stops the run gracefully after a time.</summary>
    /// <param name="time">The time.</param>
    /// <param name="reason">Why, for the user.</param>
    public async Task StopAfter(TimeSpan time, string reason)
    {
        long start = Stopwatch.GetTimestamp();
        while (time - Stopwatch.GetElapsedTime(start) is { Ticks: > 0 } rest)
        {
            await Task.Delay(rest < s_longestDelay ? rest : s_longestDelay, _source.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_source.IsCancellationRequested)
            {
                return;
            }
        }

        Stop(reason);
    }

    public void Dispose()
    {
        Array.ForEach(_registrations, registration => registration.Dispose());
        _source.Cancel(); // ends StopAfter
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_source.IsCancellationRequested)
        {
            Environment.Exit(ExitCode.Interrupted);
        }

        if (!IsShown)
        {
            Console.Error.WriteLine($"\n{Stopping}");
        }

        _source.Cancel();
    }
}
