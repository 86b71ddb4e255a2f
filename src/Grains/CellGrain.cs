using Orleans.Placement;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>The thin shell around one experiment: on a worker thread, in the silo of the pump that asked, gone when it is done.</summary>
[PreferLocalPlacement]
internal sealed class CellGrain(ISweepCatalogue catalogue, WorkerThreads workers, ResultReporter reporter) : Grain, ICellGrain
{
    /// <inheritdoc/>
    public async Task Run(CellWork work, CancellationToken cancellation)
    {
        SweepPlan plan = await catalogue.Plan(work.Sweep);
        CellSpec spec = plan.Cell(work.Index);
        CellKey key = CellKey.Of(spec);
        try
        {
            CellResult result = await workers.Run(() => catalogue.Compute(work.Sweep, spec, work.GoesOn, cancellation));
            reporter.Add(work, result);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            reporter.Add(work, new CellFailure(key, $"{error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")}"));
        }
        finally
        {
            DeactivateOnIdle(); // a hundred thousand cells leave nothing behind
        }
    }
}
