using System.Collections.Immutable;
using System.Threading.Channels;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Grains;

/// <summary>
/// Stores what cells yield, in batches, and reports it to the sweep only afterwards: a report says that a result is safe.
/// </summary>
public sealed class ResultReporter(IResultStore store, IGrainFactory grains) : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(0.2);

    private readonly Channel<(CellWork Work, CellResult? Result, CellFailure? Failure)> _queue =
        Channel.CreateUnbounded<(CellWork, CellResult?, CellFailure?)>(new UnboundedChannelOptions { SingleReader = true });

    private Task _loop = Task.CompletedTask;

    /// <summary>Takes a result, to be stored and reported within half a second.</summary>
    public void Add(CellWork work, CellResult result) => _queue.Writer.TryWrite((work, result, null));

    /// <summary>Takes a failure, likewise.</summary>
    public void Add(CellWork work, CellFailure failure) => _queue.Writer.TryWrite((work, null, failure));

    /// <summary>What ended the reporter: a store out of reach, say; null as long as nothing did.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Starts before the pump and stops after it, with everything stored and reported.</summary>
    public void Participate(ISiloLifecycle observer) =>
        observer.Subscribe(nameof(ResultReporter), ServiceLifecycleStage.BecomeActive, Start, Stop);

    private Task Start(CancellationToken cancellation)
    {
        _loop = Task.Run(StoreAndReport, CancellationToken.None);
        return Task.CompletedTask;
    }

    private async Task Stop(CancellationToken cancellation)
    {
        _queue.Writer.TryComplete();
        await _loop.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task StoreAndReport()
    {
        try
        {
            while (await _queue.Reader.WaitToReadAsync(CancellationToken.None))
            {
                var batch = new List<(CellWork Work, CellResult? Result, CellFailure? Failure)>();
                while (_queue.Reader.TryRead(out var item))
                {
                    batch.Add(item);
                }

                await Task.Run(
                    () => store.Add(
                        [.. batch.Where(item => item.Result is not null).Select(item => item.Result!)],
                        [.. batch.Where(item => item.Failure is not null).Select(item => item.Failure!)]),
                    CancellationToken.None);
                foreach (var sweep in batch.GroupBy(item => item.Work.Sweep))
                {
                    ImmutableArray<CellReport> reports =
                        [.. sweep.Select(item => new CellReport(item.Work.Index, (item.Result?.Key ?? item.Failure!.Key).ToString(), item.Failure?.Reason))];
                    await grains.GetGrain<ISweepGrain>(sweep.Key).Report(reports);
                }

                await Task.WhenAny(Task.Delay(s_interval), _queue.Reader.Completion);
            }
        }
        catch (Exception error)
        {
            Fault = error;
        }
    }
}
