using RnnSweep.Client.Terminal;
using RnnSweep.Grains;
using RnnSweep.Silo;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>The engine of an embedded silo: one silo in this process runs every experiment as a grain, and uses the run's own store.</summary>
/// <param name="run">Runs an experiment; safe from any thread.</param>
/// <param name="parallelism">Number of experiments run at a time.</param>
/// <param name="clock">A clock for tests; null for the system's.</param>
internal sealed class SiloEngine(ExperimentFunction run, int parallelism, TimeProvider? clock = null) : IEngine
{
    // How often the progress is read between two batches of results.
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(2);

    private Task<EmbeddedSilo>? _silo;
    private Task _stopping = Task.CompletedTask;

    public string Name => "silo";

    public int? Parallelism => parallelism;

    /// <summary>Starts the silo in the background; its log entries go to the run's log as soon as that is open.</summary>
    public void Prepare() => _silo ??= Task.Run(() => EmbeddedSilo.Start(new RunLogProvider(), clock));

    public EngineOutcome Run(EngineWork work, CancellationToken cancellation)
    {
        Prepare();
        EmbeddedSilo silo = _silo!.GetAwaiter().GetResult();
        silo.StartWork(new SiloWork(new EmbeddedCatalogue(work.Plan, work.Store, run), Registry: null, WorkOptions.Embedded(parallelism), Ledger: work.Ledger));
        try
        {
            return EngineOutcome.After(silo.Workers, work.Ledger, () => Follow(silo, work.Meter, work.Ledger.Counts.Done, cancellation));
        }
        finally
        {
            // It stops while the tables are written. A silo runs one sweep, so another round of a search starts another silo.
            _silo = null;
            _stopping = Task.WhenAll(_stopping, Task.Run(() => silo.DisposeAsync().AsTask(), CancellationToken.None));
        }
    }

    /// <summary>Waits up to 2 s for the silo to stop. Everything is stored by then, so the process may exit before it has stopped.</summary>
    public void Dispose() => _stopping.WaitAsync(s_stopTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();

    private static async Task Follow(EmbeddedSilo silo, ProgressMeter meter, long stored, CancellationToken cancellation)
    {
        ISweepGrain sweep = silo.Grains.GetGrain<ISweepGrain>(EmbeddedCatalogue.Sweep);
        while (silo.Workers.Fault is null && !cancellation.IsCancellationRequested)
        {
            Task nextBatch = silo.Workers.NextBatch;
            SweepProgress progress = (await sweep.Progress())!;
            lock (meter)
            {
                meter.Set(progress.WorkDone, progress.Done - stored, progress.Failed);
            }

            if (progress.IsFinished)
            {
                return;
            }

            await nextBatch.WaitAsync(s_interval, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
