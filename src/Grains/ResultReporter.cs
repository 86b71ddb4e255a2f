using System.Collections.Immutable;
using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Grains;

/// <summary>
/// Stores what cells yield, in batches, and reports it to the sweep only afterwards: a report says that a result is safe.
/// </summary>
public sealed partial class ResultReporter(IResultStore store, IGrainFactory grains, WorkOptions options, ILogger<ResultReporter> log)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private const int MostInBatch = 5000;
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(0.2), s_retry = TimeSpan.FromSeconds(1);

    private readonly Channel<(CellWork Work, CellResult? Result, CellFailure? Failure)> _queue =
        Channel.CreateUnbounded<(CellWork, CellResult?, CellFailure?)>(new UnboundedChannelOptions { SingleReader = true });

    private readonly CancellationTokenSource _giveUp = new();
    private Task _loop = Task.CompletedTask;
    private int _queued;

    /// <summary>Tells of every cell that was reported: its sweep and its lease.</summary>
    public event Action<string, long>? Reported;

    /// <summary>Number of results that are not reported yet.</summary>
    public int Queued => Volatile.Read(ref _queued);

    /// <summary>What ended the reporter: a store out of reach, say; null as long as nothing did.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Takes a result, to be stored and reported within half a second.</summary>
    public void Add(CellWork work, CellResult result) => Add((work, result, null));

    /// <summary>Takes a failure, likewise.</summary>
    public void Add(CellWork work, CellFailure failure) => Add((work, null, failure));

    /// <summary>Starts before the pump and stops after it, with everything stored and reported.</summary>
    public void Participate(ISiloLifecycle observer) =>
        observer.Subscribe(nameof(ResultReporter), ServiceLifecycleStage.BecomeActive, Start, Stop);

    /// <summary>Waits until everything is stored and reported.</summary>
    public async Task Drain(CancellationToken cancellation)
    {
        while (Queued > 0 && !_loop.IsCompleted)
        {
            await Task.Delay(10, cancellation);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _giveUp.Dispose();

    private void Add((CellWork Work, CellResult? Result, CellFailure? Failure) item)
    {
        Interlocked.Increment(ref _queued);
        Telemetry.Queue.Add(1);
        _queue.Writer.TryWrite(item);
    }

    private Task Start(CancellationToken cancellation)
    {
        _loop = Task.Run(StoreAndReport, CancellationToken.None);
        return Task.CompletedTask;
    }

    private async Task Stop(CancellationToken cancellation)
    {
        _queue.Writer.TryComplete();
        await _loop.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _giveUp.CancelAsync();
    }

    private async Task StoreAndReport()
    {
        try
        {
            while (await _queue.Reader.WaitToReadAsync(CancellationToken.None))
            {
                var batch = new List<(CellWork Work, CellResult? Result, CellFailure? Failure)>();
                while (batch.Count < MostInBatch && _queue.Reader.TryRead(out var item))
                {
                    batch.Add(item);
                }

                CellResult[] results = [.. batch.Where(item => item.Result is not null).Select(item => item.Result!)];
                CellFailure[] failures = [.. batch.Where(item => item.Failure is not null).Select(item => item.Failure!)];
                using Activity? trace = Telemetry.Traces.StartActivity("store");
                trace?.SetTag("rnnsweep.results", batch.Count);
                await Persist(() => Task.Run(() => store.Add(results, failures), CancellationToken.None));
                FaultPoint.Pass(FaultPoint.ResultsStored);
                foreach (var sweep in batch.GroupBy(item => item.Work.Sweep))
                {
                    ImmutableArray<CellReport> reports =
                        [.. sweep.Select(item => new CellReport(item.Work.Index, (item.Result?.Key ?? item.Failure!.Key).ToString(), item.Failure?.Reason))];
                    await Persist(() => grains.GetGrain<ISweepGrain>(sweep.Key).Report(reports));
                }

                Interlocked.Add(ref _queued, -batch.Count);
                Telemetry.Queue.Add(-batch.Count);
                Telemetry.CellsDone.Add(results.Length);
                Telemetry.CellsFailed.Add(failures.Length);
                batch.ForEach(item => Reported?.Invoke(item.Work.Sweep, item.Work.Lease));
                trace?.Stop();
                if (batch.Count < MostInBatch)
                {
                    await Task.WhenAny(Task.Delay(s_interval), _queue.Reader.Completion);
                }
            }
        }
        catch (Exception error)
        {
            Fault = error;
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
            catch (Exception error) when (options.WaitsForStore && !_giveUp.IsCancellationRequested)
            {
                LogTrouble(log, error);
                await Task.Delay(s_retry, _giveUp.Token);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Results cannot be stored and reported; trying again")]
    private static partial void LogTrouble(ILogger log, Exception error);
}
