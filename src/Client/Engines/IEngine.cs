using System.Collections.Frozen;
using System.Runtime.ExceptionServices;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;

namespace RnnSweep.Client.Engines;

/// <summary>Computes the open cells of a plan into a store.</summary>
internal interface IEngine : IDisposable
{
    /// <summary>The name by which the command line chooses the engine.</summary>
    string Name { get; }

    /// <summary>Number of experiments that it runs at a time; null where other processes run them.</summary>
    int? Parallelism { get; }

    /// <summary>Computes until no cell is open, or soon after cancellation. On return, every cell counted as done is stored.</summary>
    EngineOutcome Run(EngineWork work, CancellationToken cancellation);

    /// <summary>Waits for what outlasts a run, such as the shutdown of a silo.</summary>
    void IDisposable.Dispose()
    {
    }
}

/// <summary>The input of an engine.</summary>
/// <param name="Plan">The cells.</param>
/// <param name="Ledger">The states of the cells; only the engine uses it from now on.</param>
/// <param name="Store">Where results go.</param>
/// <param name="Meter">Receives the progress, under its lock.</param>
internal sealed record EngineWork(SweepPlan Plan, SweepLedger Ledger, IResultStore Store, ProgressMeter Meter)
{
    private readonly long _stored = Ledger.Counts.Done;

    /// <summary>Passes counts of the ledger to the meter. Cells that were stored before the engine began do not count as progress.</summary>
    /// <param name="workDone">Operations done, of the ledger's open work.</param>
    /// <param name="done">Number of cells with every reading.</param>
    /// <param name="failed">Number of cells with a reading that failed.</param>
    public void ShowProgress(double workDone, long done, long failed)
    {
        lock (Meter)
        {
            Meter.Set(workDone, Math.Max(0, done - _stored), failed);
        }
    }

    /// <summary>The same, of a ledger in this process.</summary>
    public void ShowProgress(SweepLedger ledger) => ShowProgress(ledger.WorkDone, ledger.Counts.Done, ledger.Counts.Failed);
}

/// <summary>The result of an engine.</summary>
/// <param name="Counts">Numbers of cells by state.</param>
/// <param name="Failures">The cells that have failed, by index, with the reason.</param>
internal sealed record EngineOutcome(LedgerCounts Counts, IReadOnlyDictionary<long, string> Failures)
{
    /// <summary>Waits until workers of this process finish, and stops them; on return, everything computed is stored.</summary>
    /// <param name="workers">The workers.</param>
    /// <param name="ledger">Their ledger.</param>
    /// <param name="follow">Returns when the workers have finished, have failed, or are to stop.</param>
    /// <exception cref="Exception">The error that ended the workers.</exception>
    public static EngineOutcome After(Workers workers, SweepLedger ledger, Func<Task> follow)
    {
        Task.Run(async () =>
        {
            try
            {
                await follow();
            }
            finally
            {
                await workers.Stop();
            }
        }).GetAwaiter().GetResult();
        if (workers.Fault is { } fault)
        {
            ExceptionDispatchInfo.Throw(fault);
        }

        return new EngineOutcome(ledger.Counts, ledger.Failures.ToFrozenDictionary());
    }
}
