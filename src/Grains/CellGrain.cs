using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Orleans.Placement;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>The thin shell around one experiment: on a worker thread, in the silo of the pump that asked, gone when it is done.</summary>
[PreferLocalPlacement]
internal sealed partial class CellGrain(ISweepCatalogue catalogue, WorkerThreads workers, ResultReporter reporter, ILogger<CellGrain> log) : Grain, ICellGrain
{
    /// <inheritdoc/>
    public async Task Run(CellWork work, CancellationToken cancellation)
    {
        SweepPlan plan = await catalogue.Plan(work.Sweep);
        CellSpec spec = plan.Cell(work.Index);
        CellKey key = CellKey.Of(spec);
        if (key.ToString() != this.GetPrimaryKeyString())
        {
            throw new InvalidOperationException($"cell {work.Index} of {work.Sweep} is {key} on this silo; all silos of a cluster must have the same version of rnnsweep");
        }

        using Activity? trace = Telemetry.Traces.StartActivity("cell");
        trace?.SetTag("rnnsweep.sweep", work.Sweep).SetTag("rnnsweep.cell", work.Index).SetTag("rnnsweep.lease", work.Lease);
        try
        {
            CellResult result = await workers.Run(() =>
            {
                LogBegin(log, work.Index, work.Sweep);
                return catalogue.Compute(work.Sweep, spec, work.GoesOn, cancellation);
            });
            reporter.Add(work, result);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            trace?.SetStatus(ActivityStatusCode.Error, error.Message);
            reporter.Add(work, new CellFailure(key, $"{error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")}"));
        }
        finally
        {
            DeactivateOnIdle(); // a hundred thousand cells leave nothing behind
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Cell {Cell} of {Sweep} begins")]
    private static partial void LogBegin(ILogger log, long cell, string sweep);
}
