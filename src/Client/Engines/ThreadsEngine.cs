using RnnSweep.Client.Terminal;
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
        var source = new LedgerLeases(new SweepWork(work.Plan.Name, work.Plan, work.Store, run), work.Ledger, work.ShowProgress);
        using var workers = new Workers(source, parallelism, waitsForStore: false, new RunLogger(nameof(ThreadsEngine)));
        return EngineOutcome.After(workers, work.Ledger, async () =>
        {
            workers.Start();
            await workers.Completion.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
    }
}
