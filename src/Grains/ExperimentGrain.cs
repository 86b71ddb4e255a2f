using Orleans.Concurrency;

namespace RnnSweep.Grains;

/// <summary>
/// Runs experiments on a worker thread of the silo whose workers call. A stateless worker: it is activated where it is called, without an entry in the cluster's
/// directory, which would stall every silo for some time when another one dies.
/// </summary>
[StatelessWorker(int.MaxValue)]
internal sealed class ExperimentGrain(Workers workers) : Grain, IExperimentGrain
{
    /// <inheritdoc/>
    public async Task<ExperimentReadings> Run(string sweep, long lease)
    {
        try
        {
            return new ExperimentReadings(await workers.Run(sweep, lease));
        }
        finally
        {
            DeactivateOnIdle(); // a hundred thousand experiments leave nothing behind
        }
    }
}
