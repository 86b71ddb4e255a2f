using Microsoft.Extensions.Logging;

namespace RnnSweep.Grains;

/// <summary>
/// One in each silo: as many loops as there are worker threads, each of which pulls a lease, has its cells computed in this silo, and pulls
/// the next. Cells differ in cost by seven orders of magnitude, so a silo asks for work when it is free and nobody sends it any.
/// </summary>
public sealed partial class SweepPump(
    IGrainFactory grains, ISweepCatalogue catalogue, WorkerThreads workers, ILocalSiloDetails silo, ILogger<SweepPump> log) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan s_shortestPause = TimeSpan.FromMilliseconds(20), s_longestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_renewal = TimeSpan.FromSeconds(4);

    private readonly CancellationTokenSource _stop = new();
    private Task _loops = Task.CompletedTask;

    /// <summary>Pulls from the moment the silo is active, and stops before anything else of the silo does.</summary>
    public void Participate(ISiloLifecycle observer) => observer.Subscribe(nameof(SweepPump), ServiceLifecycleStage.Active, Start, Stop);

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    private Task Start(CancellationToken cancellation)
    {
        _loops = Task.WhenAll(Enumerable.Range(0, workers.Count).Select(_ => Task.Run(() => Pull(_stop.Token), CancellationToken.None)));
        return Task.CompletedTask;
    }

    private async Task Stop(CancellationToken cancellation)
    {
        await _stop.CancelAsync();
        await _loops.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task Pull(CancellationToken stop)
    {
        TimeSpan pause = s_shortestPause;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                bool worked = false;
                foreach (string sweep in await catalogue.Active())
                {
                    while (!stop.IsCancellationRequested && await grains.GetGrain<ISweepGrain>(sweep).Lease(silo.SiloAddress.ToString()) is { } lease)
                    {
                        worked = true;
                        await Work(sweep, lease, stop);
                    }
                }

                pause = worked ? s_shortestPause : pause < s_longestPause ? pause * 2 : s_longestPause;
            }
            catch (Exception error) when (!stop.IsCancellationRequested)
            {
                // The sweep grain moves when its silo dies: for a while nobody answers, and then somebody does.
                LogTrouble(log, error);
                pause = s_longestPause;
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Work(string sweep, CellLease lease, CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task renewing = Renew(sweep, lease.Id, over);
        try
        {
            foreach (CellInLease cell in lease.Cells)
            {
                await grains.GetGrain<ICellGrain>(cell.Key).Run(new CellWork(sweep, cell.Index, cell.GoesOn), over.Token);
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // Stopping, or the lease was lost: its cells are somebody else's now.
        }
        finally
        {
            await over.CancelAsync();
            await renewing;
        }

        if (stop.IsCancellationRequested)
        {
            await grains.GetGrain<ISweepGrain>(sweep).GiveBack(lease.Id);
        }
    }

    private async Task Renew(string sweep, long lease, CancellationTokenSource over)
    {
        while (!over.IsCancellationRequested)
        {
            await Task.Delay(s_renewal, over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                if (!over.IsCancellationRequested && !await grains.GetGrain<ISweepGrain>(sweep).Renew(lease))
                {
                    await over.CancelAsync();
                }
            }
            catch (Exception error) when (!over.IsCancellationRequested)
            {
                LogTrouble(log, error); // asked again in a few seconds; the lease holds longer than that
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sweep does not answer; asking again")]
    private static partial void LogTrouble(ILogger log, Exception error);
}
