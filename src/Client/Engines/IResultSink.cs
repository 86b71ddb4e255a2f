using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Engines;

/// <summary>Where an engine's results go. An exception ends the run: a store that is out of reach, say.</summary>
internal interface IResultSink
{
    /// <summary>Takes what an experiment has yielded; called from any thread.</summary>
    void Add(Experiment experiment, ExperimentResult result);
}
