using RnnSweep.Client.Terminal;
using RnnSweep.Grains;
using RnnSweep.Silo;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>
/// The engine of an embedded silo: one silo in this process runs every experiment as a grain, and uses the run's own store. The silo starts when the sweep has
/// run for twenty seconds. Until it has started, the same workers take their leases from the run's ledger, so a short sweep finishes without a silo.
/// </summary>
/// <param name="run">Runs an experiment; safe from any thread.</param>
/// <param name="parallelism">Number of experiments run at a time.</param>
/// <param name="clock">A clock for tests; null for the system's.</param>
internal sealed class SiloEngine(ExperimentFunction run, int parallelism, TimeProvider? clock = null) : IEngine
{
    // The start of a silo takes a second and a half of processor time: it loads and compiles Orleans, while both cores compute. After this delay, that is at most 5 % of any run.
    private static readonly TimeSpan s_siloDelay = TimeSpan.FromSeconds(20);

    // How often the progress is read between two batches of results.
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(2);

    private CancellationTokenSource _unneeded = new();
    private Task<EmbeddedSilo>? _silo;
    private Task _stopping = Task.CompletedTask;

    public string Name => "silo";

    public int? Parallelism => parallelism;

    /// <summary>Starts the silo now, unless it has been started. Its log entries go to the run's log. Completes when the silo has started.</summary>
    public Task StartSilo() => _silo ??= Task.Run(() => EmbeddedSilo.Start(new RunLogProvider(), clock, _unneeded.Token));

    public EngineOutcome Run(EngineWork work, CancellationToken cancellation)
    {
        var catalogue = new EmbeddedCatalogue(work.Plan, work.Store, run);
        var leases = new EmbeddedLeases(catalogue.Work, work.Ledger, work.ShowProgress);
        using var workers = new Workers(leases, parallelism, waitsForStore: false, new RunLogger(nameof(SiloEngine)));
        EmbeddedSilo? silo = null;
        try
        {
            return EngineOutcome.After(workers, work.Ledger, async () =>
            {
                bool isEarly = _silo is not { IsCompleted: true };
                if (isEarly)
                {
                    workers.Start();
                    if (await EndsWithoutSilo(Task.WhenAny(leases.FinishedEarly, workers.Completion), cancellation))
                    {
                        return;
                    }
                }

                silo = await _silo!;
                leases.HandOver(silo.GiveWork(new SiloWork(catalogue, Registry: null, WorkOptions.Embedded(parallelism), Ledger: work.Ledger), workers));
                if (!isEarly)
                {
                    workers.Start();
                }

                await Follow(silo, workers, work, cancellation);
            });
        }
        finally
        {
            // It stops while the tables are written. A silo runs one sweep, so another round of a search starts another silo.
            _unneeded.Cancel();
            Task stopping = Stop(_silo);
            _stopping = silo is null ? _stopping : Task.WhenAll(_stopping, stopping);
            (_silo, _unneeded) = (null, new CancellationTokenSource());
        }
    }

    /// <summary>Waits up to 2 s for a silo that had work to stop. Everything is stored by then, so the process may exit before it has stopped.</summary>
    public void Dispose() => _stopping.WaitAsync(s_stopTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();

    private static Task Stop(Task<EmbeddedSilo>? starting) => starting is null ? Task.CompletedTask : Task.Run(async () =>
    {
        await ((Task)starting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await (starting.IsCompletedSuccessfully ? starting.Result.DisposeAsync() : default);
    });

    // Returns when the run has ended (true) or the silo has started (false).
    private async Task<bool> EndsWithoutSilo(Task end, CancellationToken cancellation)
    {
        if (_silo is null)
        {
            await end.WaitAsync(s_siloDelay, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!end.IsCompleted && !cancellation.IsCancellationRequested)
        {
            await ((Task)Task.WhenAny(end, StartSilo())).WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return end.IsCompleted || cancellation.IsCancellationRequested;
    }

    private static async Task Follow(EmbeddedSilo silo, Workers workers, EngineWork work, CancellationToken cancellation)
    {
        ISweepGrain sweep = silo.Grains.GetGrain<ISweepGrain>(EmbeddedCatalogue.Sweep);
        while (workers.Fault is null && !cancellation.IsCancellationRequested)
        {
            Task nextBatch = workers.NextBatch;
            SweepProgress progress = (await sweep.Progress())!;
            work.ShowProgress(progress.WorkDone, progress.Done, progress.Failed);
            if (progress.IsFinished)
            {
                return;
            }

            await nextBatch.WaitAsync(s_interval, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
