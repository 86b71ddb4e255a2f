using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using RnnSweep.Core.Results;

namespace RnnSweep.Grains;

/// <summary>
/// The loop of every engine: takes leases from a source, runs their experiments on <see cref="WorkerThreads"/>, passes the outcomes to one writer, and
/// settles them when they are stored. Experiments differ in cost by seven orders of magnitude, so workers ask for a lease when they are free (pull, not push).
/// </summary>
public sealed partial class Workers : IDisposable
{
    // The range of the pause before a source that had no lease is asked again.
    private static readonly TimeSpan s_shortestPause = TimeSpan.FromMilliseconds(20), s_longestPause = TimeSpan.FromSeconds(1);

    // A lease expires twenty seconds after its last renewal.
    private static readonly TimeSpan s_renewal = TimeSpan.FromSeconds(3);

    // The factorisation of a large matrix takes minutes and does not check for cancellation. After this time such an experiment is given back unfinished.
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(1);

    private const int AttemptsToGiveBack = 5;

    // Consecutive errors per worker, a second apart, after which impatient workers end.
    private const int MostErrors = 5;

    private readonly ILeaseSource _source;
    private readonly WorkerThreads _threads;
    private readonly BatchingWriter _writer;
    private readonly bool _waitsForStore;
    private readonly ILogger _log;
    private readonly ConcurrentDictionary<(string Sweep, long Lease), WorkLease> _held = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly LogLimit _trouble = new();
    private Task _loops = Task.CompletedTask, _renewals = Task.CompletedTask;
    private volatile Exception? _fault;
    private int _errors;

    /// <summary>Makes workers, which do not start yet.</summary>
    /// <param name="source">Where they take leases from.</param>
    /// <param name="count">Number of threads.</param>
    /// <param name="waitsForStore">Whether the workers retry while the store or the source is unreachable; otherwise one or a few errors in a row end them.</param>
    /// <param name="log">Receives failed experiments and retries.</param>
    public Workers(ILeaseSource source, int count, bool waitsForStore, ILogger log)
    {
        (_source, _waitsForStore, _log) = (source, waitsForStore, log);
        _threads = new WorkerThreads(count, log);
        _writer = new BatchingWriter(source, waitsForStore, log) { OnSettled = OnSettled, OnFault = Fail };
    }

    /// <summary>
    /// How long results may wait for the store while their leases are renewed. A silo that is cut off from the store for longer lets its leases expire, so that
    /// other silos take over. It is longer than a restart of the database, during which every silo waits and none should lose its leases.
    /// </summary>
    internal TimeSpan LongestOutage { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Whether the database answers this silo; null where there is none. Leases are not renewed while it does not.</summary>
    public StoreHealth? Health { get; init; }

    /// <summary>The exception that ended the work; null if there was none.</summary>
    public Exception? Fault => _fault;

    /// <summary>Completes when the next results are stored and settled, or when storing has failed.</summary>
    public Task NextBatch => _writer.NextBatch;

    /// <summary>Completes when the workers take no more leases, because the source has ended or there was a fault.</summary>
    public Task Completion => _loops;

    /// <summary>Runs the experiments of a held lease.</summary>
    /// <exception cref="OperationCanceledException">The lease is no longer held.</exception>
    /// <exception cref="TimeoutException">The lease was stopped, but an experiment still runs. Awaiting it would keep a silo from stopping.</exception>
    public async Task<IReadOnlyList<ExperimentOutcome>> Run(string sweep, long lease)
    {
        WorkLease held = Held(sweep, lease) ?? throw new OperationCanceledException();
        Task<IReadOnlyList<ExperimentOutcome>> running = _threads.Run(held);
        await ((Task)running).WaitAsync(held.Stopped).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return await running.WaitAsync(s_stopTimeout);
    }

    internal WorkLease? Held(string sweep, long lease) => _held.GetValueOrDefault((sweep, lease));

    /// <summary>Starts to take leases.</summary>
    public void Start()
    {
        _writer.Start();
        _loops = Task.WhenAll([.. Enumerable.Range(0, _threads.Count).Select(_ => Task.Run(Work))]);
        _renewals = _source.IsFinite ? Task.CompletedTask : Task.Run(Renew);
    }

    /// <summary>
    /// Stops gracefully: takes no more leases, stops experiments, waits until computed readings are stored and settled, and gives the other experiments back.
    /// </summary>
    /// <param name="hurry">Cancelling it skips the steps that remain.</param>
    public async Task Stop(CancellationToken hurry = default)
    {
        StopLeases();
        if (hurry.IsCancellationRequested)
        {
            return;
        }

        await _loops.WaitAsync(s_stopTimeout, hurry).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _writer.Stop(hurry);
        await _renewals.WaitAsync(s_stopTimeout, hurry).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var sweep in _held.Values.GroupBy(lease => lease.Sweep.Id))
        {
            await GiveBack(sweep.Key, [.. sweep], hurry);
        }
    }

    public void Dispose()
    {
        _threads.Dispose();
        _writer.Dispose();
        _stop.Dispose();
    }

    private void Fail(Exception error)
    {
        _fault ??= error;
        StopLeases();
    }

    private void StopLeases()
    {
        _stop.Cancel();
        foreach (WorkLease lease in _held.Values)
        {
            lease.Stop();
        }
    }

    private async Task Work()
    {
        TimeSpan pause = s_shortestPause;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                while (!_stop.IsCancellationRequested && await _source.Take(_stop.Token) is { } lease)
                {
                    await Run(lease);
                    (_errors, pause) = (0, s_shortestPause);
                }

                _writer.Flush();
                if (_source.IsFinite)
                {
                    return;
                }
            }
            catch (Exception error) when (!_stop.IsCancellationRequested)
            {
                // Calls fail for a while when the sweep grain moves off a dead silo or when the database restarts.
                if (_trouble.Passes())
                {
                    LogNoLease(_log, error);
                }

                if (!_waitsForStore && (_source.IsFinite || error is StoreUnreachableException or StoreDamagedException || Interlocked.Increment(ref _errors) >= MostErrors * _threads.Count))
                {
                    Fail(error);
                    return;
                }

                pause = s_longestPause;
            }
            catch (Exception)
            {
                return;
            }

            await Task.Delay(pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause < s_longestPause ? pause * 2 : s_longestPause;
        }
    }

    private async Task Run(WorkLease lease)
    {
        _held[(lease.Sweep.Id, lease.Id)] = lease;
        Telemetry.LeasesHeld.Add(1);
        if (_stop.IsCancellationRequested)
        {
            lease.Stop();
        }

        // One trace would be too large for a sweep of a million cells, so each lease has its own, linked to the call that submitted the sweep.
        ActivityLink[] links = ActivityContext.TryParse(lease.Submission, null, out ActivityContext submission) ? [new ActivityLink(submission)] : [];
        using Activity? trace = Telemetry.Traces.StartActivity(ActivityKind.Internal, links: links, name: "lease");
        trace?.SetTag("rnnsweep.sweep", lease.Sweep.Id).SetTag("rnnsweep.lease", lease.Id).SetTag("rnnsweep.experiments", lease.Experiments.Count);
        try
        {
            await _writer.Add(await _source.Run(lease, _threads));
        }
        catch (Exception error)
        {
            // The experiments are given back and leased again after a pause, for example until the store is reachable. While the workers stop, Stop does this.
            trace?.SetStatus(ActivityStatusCode.Error, error.Message);
            if (!_stop.IsCancellationRequested)
            {
                await GiveBack(lease.Sweep.Id, [lease], _stop.Token);
            }

            throw;
        }
    }

    private async Task Renew()
    {
        while (!_stop.IsCancellationRequested)
        {
            await Task.Delay(s_renewal, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var sweep in Health is { IsCutOff: true } || _writer.FailingFor > LongestOutage ? [] : _held.Values.GroupBy(lease => lease.Sweep.Id))
            {
                try
                {
                    foreach (long over in await _source.Renew(sweep.Key, [.. sweep]))
                    {
                        Drop(sweep.Key, over);
                    }
                }
                catch (Exception error)
                {
                    LogNotRenewed(_log, error, sweep.Key); // the next attempt is in a few seconds, before the leases expire
                }
            }
        }
    }

    // The call is retried because the silo that holds the sweep's grain may be stopping too; another silo activates the grain a moment later.
    private async Task GiveBack(string sweep, IReadOnlyList<WorkLease> leases, CancellationToken hurry)
    {
        for (int attempt = 1; attempt <= AttemptsToGiveBack && !hurry.IsCancellationRequested; attempt++)
        {
            try
            {
                await _source.GiveBack(sweep, leases).WaitAsync(s_renewal, hurry);
                break;
            }
            catch (Exception error) when (attempt == AttemptsToGiveBack || hurry.IsCancellationRequested)
            {
                LogNotGivenBack(_log, error, sweep);
            }
            catch (Exception)
            {
                await Task.Delay(s_longestPause, hurry).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        foreach (WorkLease lease in leases)
        {
            Drop(sweep, lease.Id);
        }
    }

    private void OnSettled(IReadOnlyList<ExperimentOutcome> outcomes)
    {
        foreach (var lease in outcomes.GroupBy(outcome => outcome.Lease))
        {
            if (lease.Key.CountSettled(lease.Count()))
            {
                Drop(lease.Key.Sweep.Id, lease.Key.Id);
            }
        }
    }

    private void Drop(string sweep, long lease)
    {
        if (_held.TryRemove((sweep, lease), out WorkLease? dropped))
        {
            dropped.Stop();
            Telemetry.LeasesHeld.Add(-1);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Workers cannot take or run leases; trying again")]
    private static partial void LogNoLease(ILogger log, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Leases of sweep {Sweep} cannot be renewed; trying again")]
    private static partial void LogNotRenewed(ILogger log, Exception error, string sweep);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Leases of sweep {Sweep} cannot be returned; they will expire")]
    private static partial void LogNotGivenBack(ILogger log, Exception error, string sweep);
}
