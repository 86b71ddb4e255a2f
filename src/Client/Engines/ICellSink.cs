using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Engines;

/// <summary>Where an engine's results go. An exception ends the run: a store that is out of reach, say.</summary>
internal interface ICellSink
{
    /// <summary>Takes the result of a cell.</summary>
    void Done(LeasedCell cell, CellResult result);

    /// <summary>Takes the failure of a cell.</summary>
    void Failed(LeasedCell cell, CellFailure failure);
}
