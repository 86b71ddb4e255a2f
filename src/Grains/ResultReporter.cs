using System.Collections.Immutable;
using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Grains;

/// <summary>
/// Stores what experiments yield, in batches, and reports it to the sweep only afterwards: a report says that a result is safe.
/// </summary>
public sealed partial class ResultReporter(SiloWork work, IGrainFactory grains, ILogger<ResultReporter> log)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private const int MostInBatch = 5000;
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(0.2), s_retry = TimeSpan.FromSeconds(1);

    private readonly Channel<ExperimentOutcome> _queue =
        Channel.CreateUnbounded<ExperimentOutcome>(new UnboundedChannelOptions { SingleReader = true });

    private readonly CancellationTokenSource _giveUp = new();
    private readonly SemaphoreSlim _flush = new(0);
    private TaskCompletionSource _nextBatch = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _loop = Task.CompletedTask;
    private int _queued;

    /// <summary>Raised for every experiment that was reported: its sweep and its lease.</summary>
    public event Action<string, long>? Reported;

    /// <summary>Number of experiments that are not reported yet.</summary>
    public int Queued => Volatile.Read(ref _queued);

    /// <summary>What ended the reporter: a store out of reach, say; null as long as nothing did.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Completes when the next batch has been stored and reported, or when the reporter has failed.</summary>
    public Task NextBatch => Volatile.Read(ref _nextBatch).Task;

    /// <summary>Takes what an experiment has yielded, to be stored and reported within half a second.</summary>
    public void Add(ExperimentOutcome item)
    {
        Interlocked.Increment(ref _queued);
        Telemetry.Queue.Add(1);
        _queue.Writer.TryWrite(item);
    }

    /// <summary>Starts before the pump and stops after it, with everything stored and reported.</summary>
    public void Participate(ISiloLifecycle observer) =>
        observer.Subscribe(nameof(ResultReporter), ServiceLifecycleStage.BecomeActive, Start, Stop);

    /// <summary>Has the results that wait stored at once: no more are coming soon.</summary>
    public void Flush()
    {
        if (Queued > 0 && _flush.CurrentCount == 0)
        {
            _flush.Release();
        }
    }

    /// <summary>Waits until everything is stored and reported.</summary>
    public async Task Drain(CancellationToken cancellation)
    {
        while (Queued > 0 && !_loop.IsCompleted)
        {
            Flush();
            await Task.Delay(10, cancellation);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _giveUp.Dispose();
        _flush.Dispose();
    }

    /// <summary>Begins to store and report.</summary>
    internal Task Start(CancellationToken cancellation)
    {
        _loop = Task.Run(StoreAndReport, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Ends when everything is stored and reported.</summary>
    internal async Task Stop(CancellationToken cancellation)
    {
        _queue.Writer.TryComplete();
        _flush.Release();
        await _loop.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _giveUp.CancelAsync();
    }

    private async Task StoreAndReport()
    {
        try
        {
            while (await _queue.Reader.WaitToReadAsync(CancellationToken.None))
            {
                var batch = new List<ExperimentOutcome>();
                while (batch.Count < MostInBatch && _queue.Reader.TryRead(out var item))
                {
                    batch.Add(item);
                }

                CellResult[] results = [.. batch.SelectMany(item => item.Result.Results)];
                ReadingFailure[] failures = [.. batch.SelectMany(item => item.Result.Failures)];
                using Activity? trace = Telemetry.Traces.StartActivity("store");
                trace?.SetTag("rnnsweep.results", batch.Count);
                await Persist(() => Task.Run(() => work.Store.Add(results, failures), CancellationToken.None));
                FaultPoint.Pass(FaultPoint.ResultsStored);
                foreach (var sweep in batch.GroupBy(item => item.Sweep))
                {
                    ImmutableArray<ExperimentReport> reports = [.. sweep.Select(item => new ExperimentReport(
                        item.Experiment, [.. item.Result.Failures.Select(failure => new FailedReading(failure.Key.ToString(), failure.Replicate, failure.Reason))]))];
                    await Persist(() => grains.GetGrain<ISweepGrain>(sweep.Key).Report(reports));
                }

                Interlocked.Add(ref _queued, -batch.Count);
                Telemetry.Queue.Add(-batch.Count);
                Telemetry.ReadingsDone.Add(results.Sum(result => (long)result.Replicates.Length));
                Telemetry.ReadingsFailed.Add(failures.Length);
                batch.ForEach(item => Reported?.Invoke(item.Sweep, item.Lease));
                trace?.Stop();
                Interlocked.Exchange(ref _nextBatch, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
                if (batch.Count < MostInBatch)
                {
                    await _flush.WaitAsync(s_interval);
                }
            }
        }
        catch (Exception error)
        {
            Fault = error;
            _nextBatch.TrySetResult();
        }
    }

    // A database restarts, a sweep grain moves: what was computed is kept until it is safe, unless somebody is there to be told at once.
    private async Task Persist(Func<Task> action)
    {
        while (true)
        {
            try
            {
                await action();
                return;
            }
            catch (Exception error) when (work.Options.WaitsForStore && !_giveUp.IsCancellationRequested)
            {
                LogTrouble(log, error);
                await Task.Delay(s_retry, _giveUp.Token);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Results cannot be stored and reported; trying again")]
    private static partial void LogTrouble(ILogger log, Exception error);
}

/// <summary>What an experiment has yielded.</summary>
/// <param name="Sweep">The sweep's id.</param>
/// <param name="Lease">The lease that the experiment belongs to.</param>
/// <param name="Experiment">Its index in the plan.</param>
/// <param name="Result">Its readings and failures.</param>
public sealed record ExperimentOutcome(string Sweep, long Lease, long Experiment, ExperimentResult Result);
