using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace RnnSweep.Grains;

/// <summary>
/// One in each silo: as many loops as there are worker threads, each of which pulls a lease, has its cells computed in this silo, and pulls
/// the next. Cells differ in cost by seven orders of magnitude, so a silo asks for work when it is free and nobody sends it any. A lease is held until the last
/// of its results is stored and reported.
/// </summary>
public sealed partial class SweepPump : ILifecycleParticipant<ISiloLifecycle>, ILeaseHolder, IDisposable
{
    private static readonly TimeSpan s_shortestPause = TimeSpan.FromMilliseconds(20), s_longestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_renewal = TimeSpan.FromSeconds(4), s_patience = TimeSpan.FromSeconds(2);

    private const int AttemptsToGiveBack = 5;

    // Of an embedded silo, which depends on nothing that could come back: errors in a row, a second apart, that end its work.
    private const int MostErrors = 5;

    // As long as so many results wait for the store, no more are made.
    private const int MostQueued = 10_000;

    private readonly IGrainFactory _grains;
    private readonly ISweepCatalogue _catalogue;
    private readonly WorkerThreads _workers;
    private readonly ResultReporter _reporter;
    private readonly SiloAddress _silo;
    private readonly ILogger<SweepPump> _log;
    private readonly ConcurrentDictionary<(string Sweep, long Lease), HeldLeaseWork> _held = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _loops = Task.CompletedTask;
    private readonly bool _isPatient;
    private long _troubleTold;
    private int _errors;

    /// <summary>The pump of a silo.</summary>
    public SweepPump(
        IGrainFactory grains, SiloWork work, WorkerThreads workers, ResultReporter reporter, ILocalSiloDetails silo, ILogger<SweepPump> log)
    {
        (_grains, _catalogue, _workers, _reporter, _silo, _log) = (grains, work.Catalogue, workers, reporter, silo.SiloAddress, log);
        _isPatient = work.Options.WaitsForStore;
        reporter.Reported += OnReported;
    }

    /// <summary>The error that ended the work of an embedded silo; null as long as there was none.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Pulls from the moment the silo is active, and stops before anything else of the silo does.</summary>
    public void Participate(ISiloLifecycle observer) => observer.Subscribe(nameof(SweepPump), ServiceLifecycleStage.Active, Start, Stop);

    /// <summary>Is cancelled when a lease is withdrawn or the silo stops; the grains that compute its cells, which are in this silo, look at it.</summary>
    internal CancellationToken Token(string sweep, long lease) =>
        _held.TryGetValue((sweep, lease), out HeldLeaseWork? work) ? work.Token : new CancellationToken(canceled: true);

    /// <inheritdoc/>
    public Task Withdraw(string sweep, long lease)
    {
        Drop(sweep, lease);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    /// <summary>Begins to ask for leases.</summary>
    internal Task Start(CancellationToken cancellation)
    {
        ILeaseHolder self = _grains.CreateObjectReference<ILeaseHolder>(this);
        _loops = Task.WhenAll(
        [
            .. Enumerable.Range(0, _workers.Count).Select(_ => Task.Run(() => Pull(self, _stop.Token), CancellationToken.None)),
            Task.Run(() => Renew(_stop.Token), CancellationToken.None),
        ]);
        return Task.CompletedTask;
    }

    /// <summary>Stops in good order: begins no more cells, waits until what is computed is stored and reported, and gives the other cells back.</summary>
    internal async Task Stop(CancellationToken cancellation)
    {
        await _stop.CancelAsync();
        foreach (HeldLeaseWork work in _held.Values)
        {
            work.Stop();
        }

        if (cancellation.IsCancellationRequested)
        {
            return; // no time for good order: the silo is as good as killed
        }


        // Inside a factorisation of a large matrix, which takes minutes, nothing looks at a cancellation: that cell is given back like one that was not begun.
        await _loops.WaitAsync(s_patience, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _reporter.Drain(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var sweep in _held.Keys.GroupBy(held => held.Sweep))
        {
            await GiveBack(sweep.Key, [.. sweep.Select(held => held.Lease)], cancellation);
            foreach ((string _, long lease) in sweep)
            {
                Drop(sweep.Key, lease);
            }
        }
    }

    // The silo that keeps the sweep may be stopping, too: then another keeps it a moment later.
    private async Task GiveBack(string sweep, ImmutableArray<long> leases, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await _grains.GetGrain<ISweepGrain>(sweep).GiveBack(leases).WaitAsync(s_renewal, cancellation);
                return;
            }
            catch (Exception error)
            {
                if (attempt == AttemptsToGiveBack || cancellation.IsCancellationRequested)
                {
                    LogNotGivenBack(_log, error, sweep); // then the leases run out
                    return;
                }

                await Task.Delay(s_longestPause, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task Pull(ILeaseHolder self, CancellationToken stop)
    {
        TimeSpan pause = s_shortestPause;
        while (!stop.IsCancellationRequested)
        {
            string? asked = null;
            try
            {
                bool worked = false;
                foreach (string sweep in await _catalogue.Active())
                {
                    asked = sweep;
                    while (!stop.IsCancellationRequested && _reporter.Queued < MostQueued
                        && await _grains.GetGrain<ISweepGrain>(sweep).Lease(_silo, self) is { } lease)
                    {
                        worked = true;
                        await Work(sweep, lease, stop);
                        _errors = 0;
                    }

                    _reporter.Flush();
                }

                pause = worked ? s_shortestPause : pause < s_longestPause ? pause * 2 : s_longestPause;
            }
            catch (Exception error) when (!stop.IsCancellationRequested)
            {
                // The sweep grain moves when its silo dies, and a database restarts: for a while nobody answers, and then somebody does.
                Tell(asked, error);
                if (!_isPatient && Interlocked.Increment(ref _errors) >= MostErrors * _workers.Count)
                {
                    Fault = new InvalidOperationException($"the embedded silo cannot go on: {error.Message}", error);
                    return;
                }

                pause = s_longestPause;
            }
            catch (Exception)
            {
                return;
            }

            await Task.Delay(pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Work(string sweep, ExperimentLease lease, CancellationToken stop)
    {
        var held = new HeldLeaseWork(lease.Experiments.Length);
        _held[(sweep, lease.Id)] = held;
        Telemetry.LeasesHeld.Add(1);

        // A sweep of a million cells is no single trace: each lease is one of its own, with a link to the call that submitted the sweep.
        ActivityLink[] links = ActivityContext.TryParse(lease.Submission, null, out ActivityContext submission) ? [new ActivityLink(submission)] : [];
        using Activity? trace = Telemetry.Traces.StartActivity(ActivityKind.Internal, links: links, name: "lease");
        trace?.SetTag("rnnsweep.sweep", sweep).SetTag("rnnsweep.lease", lease.Id).SetTag("rnnsweep.experiments", lease.Experiments.Length);
        if (stop.IsCancellationRequested)
        {
            held.Stop();
        }

        try
        {
            held.Token.ThrowIfCancellationRequested();
            await _grains.GetGrain<IExperimentGrain>($"{lease.Experiments[0].Key}/{lease.Experiments[0].Index}").Run(sweep, lease.Id, lease.Experiments);
        }
        catch (OperationCanceledException) when (held.Token.IsCancellationRequested)
        {
            // Stopping, or the lease was withdrawn: its cells are somebody else's now.
        }
        catch (Exception error)
        {
            trace?.SetStatus(ActivityStatusCode.Error, error.Message);

            // A silo of another version, say, that has no such cells: they are not lost, and asked for again after a pause.
            Drop(sweep, lease.Id);
            await _grains.GetGrain<ISweepGrain>(sweep).GiveBack([lease.Id]);
            throw;
        }
    }

    private async Task Renew(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(s_renewal, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var sweep in _held.Keys.GroupBy(held => held.Sweep))
            {
                try
                {
                    ImmutableArray<long> over = await _grains.GetGrain<ISweepGrain>(sweep.Key).Renew([.. sweep.Select(held => held.Lease)]);
                    foreach (long lease in over)
                    {
                        Drop(sweep.Key, lease);
                    }
                }
                catch (Exception error)
                {
                    LogNotRenewed(_log, error, sweep.Key); // asked again in a few seconds; the leases hold longer than that
                }
            }
        }
    }

    private void OnReported(string sweep, long lease)
    {
        if (_held.TryGetValue((sweep, lease), out HeldLeaseWork? work) && work.CountDown())
        {
            Drop(sweep, lease);
        }
    }

    private void Drop(string sweep, long lease)
    {
        if (_held.TryRemove((sweep, lease), out HeldLeaseWork? work))
        {
            work.Stop();
            Telemetry.LeasesHeld.Add(-1);
        }
    }

    // When a database is away, each thread of each silo finds out, every second.
    private void Tell(string? sweep, Exception error)
    {
        long told = Interlocked.Read(ref _troubleTold);
        if ((told == 0 || Stopwatch.GetElapsedTime(told) > s_renewal) && Interlocked.CompareExchange(ref _troubleTold, Stopwatch.GetTimestamp(), told) == told)
        {
            LogNoLease(_log, error, sweep ?? "any sweep");
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "No lease of {Sweep} can be had; asking again")]
    private static partial void LogNoLease(ILogger log, Exception error, string sweep);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Leases of {Sweep} cannot be renewed; asking again")]
    private static partial void LogNotRenewed(ILogger log, Exception error, string sweep);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Leases of {Sweep} cannot be given back; they run out by themselves")]
    private static partial void LogNotGivenBack(ILogger log, Exception error, string sweep);

    /// <summary>A lease that this silo works on.</summary>
    private sealed class HeldLeaseWork
    {
        // Not disposed: a cell may still look at it.
        private readonly CancellationTokenSource _source;
        private int _outstanding;

        public HeldLeaseWork(int cells)
        {
            (_source, _outstanding) = (new CancellationTokenSource(), cells);
            Token = _source.Token;
        }

        public CancellationToken Token { get; }

        /// <summary>Counts a cell that has been reported; whether it was the last.</summary>
        public bool CountDown() => Interlocked.Decrement(ref _outstanding) == 0;

        public void Stop() => _source.Cancel();
    }
}
