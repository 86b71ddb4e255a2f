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

    /// <summary>Number of cells that it computes at a time; null where others compute them.</summary>
    int? Parallelism { get; }

    /// <summary>Called as soon as it is known that there are open cells: starts what takes a while to start.</summary>
    void Prepare()
    {
    }

    /// <summary>
    /// Returns when no cell is open any more, or soon after it is cancelled; what is counted as done is in the store then.
    /// </summary>
    EngineOutcome Run(EngineWork work, CancellationToken cancellation);

    /// <summary>Ends what may go on after a run, such as the stopping of a silo.</summary>
    void IDisposable.Dispose()
    {
    }
}

/// <summary>What an engine is to do.</summary>
/// <param name="Plan">The cells.</param>
/// <param name="Ledger">Which of them are open; the engine's own from now on.</param>
/// <param name="Store">Where results go.</param>
/// <param name="Meter">Told of the progress, under its lock.</param>
internal sealed record EngineWork(SweepPlan Plan, SweepLedger Ledger, IResultStore Store, ProgressMeter Meter);

/// <summary>What an engine has done.</summary>
/// <param name="Counts">Where the cells stand.</param>
/// <param name="Failures">The cells that have failed, by index, with the reason.</param>
internal sealed record EngineOutcome(LedgerCounts Counts, IReadOnlyDictionary<long, string> Failures)
{
    /// <summary>Follows workers of this process to the end of their work, and stops them: then all that was computed is stored.</summary>
    /// <param name="workers">The workers.</param>
    /// <param name="ledger">Their ledger.</param>
    /// <param name="follow">Returns when they are finished, have failed, or are to stop.</param>
    /// <exception cref="Exception">What has ended their work before its time.</exception>
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
