using RnnSweep.Client.Terminal;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;

namespace RnnSweep.Client.Engines;

/// <summary>The engine of one process without a silo: its workers take leases from the run's own ledger.</summary>
/// <param name="run">Runs an experiment; safe from any thread.</param>
/// <param name="parallelism">Number of threads.</param>
internal sealed class ThreadsEngine(ExperimentFunction run, int parallelism) : IEngine
{
    public string Name => "threads";

    public int? Parallelism => parallelism;

    public EngineOutcome Run(EngineWork work, CancellationToken cancellation)
    {
        long stored = work.Ledger.Counts.Done;
        var source = new LedgerLeases(new SweepWork(work.Plan.Name, work.Plan, work.Store, run), work.Ledger, Show);
        using var workers = new Workers(source, parallelism, waitsForStore: false, new RunLogger(nameof(ThreadsEngine)));
        return EngineOutcome.After(workers, work.Ledger, async () =>
        {
            workers.Start();
            await workers.Completion.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });

        void Show(SweepLedger ledger)
        {
            lock (work.Meter)
            {
                work.Meter.Set(ledger.WorkDone, ledger.Counts.Done - stored, ledger.Counts.Failed);
            }
        }
    }
}
