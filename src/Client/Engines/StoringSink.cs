using RnnSweep.Client.Progress;
using RnnSweep.Client.Results;
using RnnSweep.Client.Runs;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Engines;

/// <summary>Stores what comes, in batches, and tells the meter.</summary>
internal sealed class StoringSink(ResultWriter writer, ProgressMeter meter) : ICellSink
{
    public void Done(LeasedCell cell, CellResult result)
    {
        writer.Add(result);
        Count(cell, failed: false);
    }

    public void Failed(LeasedCell cell, CellFailure failure)
    {
        writer.Add(failure);
        RunLog.Current?.Warning("Cell {Index} ({Key}) failed: {Reason}", cell.Index, failure.Key, failure.Reason);
        Count(cell, failed: true);
    }

    private void Count(LeasedCell cell, bool failed)
    {
        lock (meter)
        {
            meter.Add(cell.Work, failed);
        }
    }
}
