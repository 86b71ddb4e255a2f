using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Orleans.Placement;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>Runs one experiment, or a few small ones, on a worker thread of the silo whose pump calls, and deactivates itself.</summary>
[PreferLocalPlacement]
internal sealed partial class CellGrain(SiloWork siloWork, SweepPump pump, WorkerThreads workers, ResultReporter reporter, ILogger<CellGrain> log) : Grain, ICellGrain
{
    /// <inheritdoc/>
    public async Task Run(string sweep, long lease, ImmutableArray<CellInLease> cells)
    {
        CancellationToken withdrawn = pump.Token(sweep, lease);
        SweepPlan plan = await siloWork.Catalogue.Plan(sweep);
        ActivityContext caller = Activity.Current?.Context ?? default;
        try
        {
            await workers.Run(() =>
            {
                CellSpec[] specs = [.. cells.Select(cell => plan.Cell(cell.Index))];
                Onward[] onward = Onward.Along(Array.ConvertAll(specs, spec => spec.SequenceLength), i => cells[i].GoesOn);
                for (int i = 0; i < cells.Length; i++)
                {
                    withdrawn.ThrowIfCancellationRequested();
                    Compute(new CellWork(sweep, lease, cells[i].Index, cells[i].GoesOn), cells[i].Key, specs[i], onward[i], caller, withdrawn);
                }
            });
        }
        finally
        {
            DeactivateOnIdle(); // a hundred thousand cells leave nothing behind
        }
    }

    // On a worker thread.
    private void Compute(CellWork work, string expected, CellSpec spec, Onward onward, ActivityContext caller, CancellationToken cancellation)
    {
        bool isKey = CellKey.TryParse(expected, out CellKey key);
        if (!isKey || (siloWork.Ledger is null && CellKey.Of(spec) != key))
        {
            throw new InvalidOperationException($"cell {work.Index} of {work.Sweep} is {CellKey.Of(spec)} on this silo, and not {expected}; all silos of a cluster must have the same version of rnnsweep");
        }

        using Activity? trace = Telemetry.Traces.StartActivity(ActivityKind.Internal, caller, name: "cell");
        trace?.SetTag("rnnsweep.sweep", work.Sweep).SetTag("rnnsweep.cell", work.Index).SetTag("rnnsweep.lease", work.Lease);
        LogBegin(log, work.Index, work.Sweep);
        FaultPoint.Pass(FaultPoint.CellBegins, work.Index, cancellation);
        try
        {
            reporter.Add(work, WorkerThreads.Measure(() => siloWork.Catalogue.Compute(work.Sweep, spec, onward, cancellation)));
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Whatever went wrong inside one cell is that cell's failure; the others are computed all the same.
            trace?.SetStatus(ActivityStatusCode.Error, error.Message);
            var failure = new CellFailure(key, $"{error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")}");
            LogFailed(log, error, work.Index, work.Sweep, expected, failure.Reason);
            reporter.Add(work, failure);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Cell {Cell} of {Sweep} begins")]
    private static partial void LogBegin(ILogger log, long cell, string sweep);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cell {Cell} of {Sweep}, {Key}, failed: {Reason}")]
    private static partial void LogFailed(ILogger log, Exception error, long cell, string sweep, string key, string reason);
}
