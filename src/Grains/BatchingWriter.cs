using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Grains;

/// <summary>Stores the outcomes of experiments in batches, and settles the experiments afterwards.</summary>
/// <param name="source">Where experiments are settled.</param>
/// <param name="waitsForStore">Whether the writer retries while the store or the source is unreachable; otherwise the exception ends the writer.</param>
/// <param name="log">Receives a warning, at most once a minute, before a retry.</param>
internal sealed partial class BatchingWriter(ILeaseSource source, bool waitsForStore, ILogger log) : IDisposable
{
    // Numbers of readings: the size of a full batch, and the queue length above which Add waits. A queued reading takes about 1 kB, and workers that are faster
    // than the store keep the queue full.
    internal const long MostInBatch = 16_384, Capacity = 3 * MostInBatch;

    // The pause between two batches, as a multiple of the time that storing the last one took. A single result is then stored soon, and many small results
    // share one transaction.
    private const double PausePerStoringTime = 4;

    private const double ShortestSeconds = 0.02, LongestSeconds = 0.3;

    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);

    private readonly Channel<ExperimentOutcome> _queue = Channel.CreateUnbounded<ExperimentOutcome>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stopRetrying = new();
    private readonly LogLimit _trouble = new();
    private readonly SemaphoreSlim _flush = new(0);
    private TaskCompletionSource _nextBatch = NewBatch();
    private Task _loop = Task.CompletedTask;
    private long _waiting;
    private long _failingSince;

    /// <summary>Called with every batch that is stored and settled.</summary>
    public required Action<IReadOnlyList<ExperimentOutcome>> OnSettled { get; init; }

    /// <summary>Called with the exception that ends the writer early, for example when the store cannot be written.</summary>
    public required Action<Exception> OnFault { get; init; }

    /// <summary>Completes when the next batch is stored and settled, or when the writer has ended.</summary>
    public Task NextBatch => _loop.IsCompleted ? Task.CompletedTask : Volatile.Read(ref _nextBatch).Task;

    /// <summary>How long storing or settling has failed without interruption; zero when the last attempt succeeded.</summary>
    public TimeSpan FailingFor => Interlocked.Read(ref _failingSince) is var since and not 0 ? Stopwatch.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>Starts the writer.</summary>
    public void Start() => _loop = Task.Run(StoreAll);

    /// <summary>Queues outcomes, and completes when the queue has room for more. After the end, or after a fault, it drops them.</summary>
    public async ValueTask Add(IReadOnlyList<ExperimentOutcome> outcomes)
    {
        foreach (ExperimentOutcome outcome in outcomes)
        {
            // The outcome is counted before it is queued, because the reader may remove it immediately.
            Interlocked.Add(ref _waiting, outcome.Weight);
            Telemetry.Queue.Add(1);
            _queue.Writer.TryWrite(outcome);
        }

        while (Interlocked.Read(ref _waiting) > Capacity && !_loop.IsCompleted)
        {
            await NextBatch;
        }
    }

    /// <summary>Stores the queued outcomes without the pause between batches, because no more are expected soon.</summary>
    public void Flush()
    {
        if (Interlocked.Read(ref _waiting) > 0 && _flush.CurrentCount == 0)
        {
            _flush.Release();
        }
    }

    /// <summary>Ends the writer. Completes when every queued outcome is stored and settled, or when <paramref name="hurry"/> is cancelled.</summary>
    public async Task Stop(CancellationToken hurry)
    {
        _queue.Writer.TryComplete();
        _flush.Release();
        await _loop.WaitAsync(hurry).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _stopRetrying.CancelAsync();
    }

    public void Dispose()
    {
        _stopRetrying.Dispose();
        _flush.Dispose();
    }

    private static TaskCompletionSource NewBatch() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task StoreAll()
    {
        try
        {
            while (await _queue.Reader.WaitToReadAsync())
            {
                var batch = new List<ExperimentOutcome>();
                long weight = 0;
                while (weight < MostInBatch && _queue.Reader.TryRead(out ExperimentOutcome? outcome))
                {
                    batch.Add(outcome);
                    weight += outcome.Weight;
                }

                long start = Stopwatch.GetTimestamp();
                await StoreAndSettle(batch);
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds * PausePerStoringTime;
                Interlocked.Add(ref _waiting, -weight);
                Telemetry.Queue.Add(-batch.Count);
                OnSettled(batch);
                Interlocked.Exchange(ref _nextBatch, NewBatch()).SetResult();
                if (weight < MostInBatch)
                {
                    await _flush.WaitAsync(TimeSpan.FromSeconds(Math.Clamp(seconds, ShortestSeconds, LongestSeconds)));
                }
            }
        }
        catch (Exception error)
        {
            _queue.Writer.TryComplete();
            OnFault(error);
            _nextBatch.TrySetResult();
        }
    }

    private async Task StoreAndSettle(List<ExperimentOutcome> batch)
    {
        using Activity? trace = Telemetry.Traces.StartActivity("store");
        trace?.SetTag("rnnsweep.results", batch.Count);
        foreach (var part in batch.GroupBy(outcome => outcome.Lease.Sweep.Store))
        {
            CellResult[] results = [.. part.SelectMany(outcome => outcome.Result.Results)];
            ReadingFailure[] failures = [.. part.SelectMany(outcome => outcome.Result.Failures)];
            await Persist(() => Task.Run(() => part.Key.Add(results, failures)));
            Telemetry.ReadingsDone.Add(results.Sum(result => (long)result.Replicates.Length));
            Telemetry.ReadingsFailed.Add(failures.Length);
        }

        FaultPoint.Pass(FaultPoint.ResultsStored);
        foreach (var sweep in batch.GroupBy(outcome => outcome.Lease.Sweep.Id))
        {
            ExperimentOutcome[] outcomes = [.. sweep];
            await Persist(() => source.Settle(sweep.Key, outcomes));
        }
    }

    // A database may restart and a sweep grain may move to another silo. A patient writer keeps the results and retries; any other throws.
    private async Task Persist(Func<Task> action)
    {
        while (true)
        {
            try
            {
                await action();
                Interlocked.Exchange(ref _failingSince, 0);
                return;
            }
            catch (Exception error) when (waitsForStore && !_stopRetrying.IsCancellationRequested)
            {
                Interlocked.CompareExchange(ref _failingSince, Stopwatch.GetTimestamp(), 0);
                if (_trouble.Passes())
                {
                    LogTrouble(log, error);
                }

                await Task.Delay(s_retry, _stopRetrying.Token);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Readings cannot be stored or settled; trying again")]
    private static partial void LogTrouble(ILogger log, Exception error);
}
