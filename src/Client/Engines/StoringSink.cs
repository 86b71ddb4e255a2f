using RnnSweep.Client.Results;
using RnnSweep.Client.Runs;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Engines;

/// <summary>Stores results in batches.</summary>
internal sealed class StoringSink(ResultWriter writer) : IResultSink
{
    public void Add(Experiment experiment, ExperimentResult result)
    {
        foreach (CellResult cell in result.Results)
        {
            writer.Add(cell);
        }

        foreach (ReadingFailure failure in result.Failures)
        {
            writer.Add(failure);
            RunLog.Current?.Warning("Cell {Key}, replicate {Replicate}, failed: {Reason}", failure.Key, failure.Replicate, failure.Reason);
        }
    }
}
