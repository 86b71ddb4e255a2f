using System.Collections.Frozen;
using RnnSweep.Client.Runs;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;
using RnnSweep.Silo;
using Serilog.Extensions.Logging;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>The engine of an embedded cluster: one silo in this process, every cell a grain, the store that of the run.</summary>
/// <param name="run">Computes a cell; safe from any thread.</param>
/// <param name="parallelism">Number of cells computed at a time.</param>
internal sealed class SiloEngine(CellFunction run, int parallelism) : IEngine
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);

    public string Name => "silo";

    public int? Parallelism => parallelism;

    public EngineOutcome Run(EngineWork work, CancellationToken cancellation) => RunAsync(work, cancellation).GetAwaiter().GetResult();

    private async Task<EngineOutcome> RunAsync(EngineWork work, CancellationToken cancellation)
    {
        var catalogue = new EmbeddedCatalogue(work.Plan, run);
        using SerilogLoggerProvider? logging = RunLog.Current is { } log ? new SerilogLoggerProvider(log) : null;
        MemoryJournal journal = await EmbeddedCatalogue.Journal(work.Plan);
        await using EmbeddedSilo silo = await EmbeddedSilo.Start(catalogue, journal, work.Store, parallelism, logging);
        ISweepGrain sweep = silo.Grains.GetGrain<ISweepGrain>(EmbeddedCatalogue.Sweep);
        while (true)
        {
            SweepStatus status = (await sweep.Status())!;
            lock (work.Meter)
            {
                work.Meter.Set(status.WorkDone, status.Done - work.Ledger.Counts.Done, status.Failed);
            }

            var counts = new LedgerCounts(status.Done, status.Failed, status.Leased, status.Open);
            if (silo.Fault is { } fault)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
            }

            if (counts.IsFinished || cancellation.IsCancellationRequested)
            {
                return new EngineOutcome(counts, status.Failures.ToFrozenDictionary(failed => failed.Index, failed => failed.Reason));
            }

            await Task.Delay(s_interval, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
