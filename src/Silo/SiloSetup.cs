using Microsoft.Extensions.DependencyInjection;
using RnnSweep.Core.Results;
using RnnSweep.Grains;

namespace RnnSweep.Silo;

/// <summary>What every silo runs, whatever its cluster and its store.</summary>
public static class SiloSetup
{
    /// <summary>Adds the pump, the worker threads and the reporter to a silo.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="catalogue">The sweeps it serves.</param>
    /// <param name="store">Where results go.</param>
    /// <param name="parallelism">Number of cells computed at a time.</param>
    public static ISiloBuilder AddSweeps(this ISiloBuilder silo, ISweepCatalogue catalogue, IResultStore store, int parallelism)
    {
        silo.Services
            .AddSingleton(catalogue)
            .AddSingleton(store)
            .AddSingleton(_ => new WorkerThreads(parallelism))
            .AddSingleton<ResultReporter>()
            .AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<ResultReporter>())
            .AddSingleton<ILifecycleParticipant<ISiloLifecycle>, SweepPump>();
        return silo;
    }
}
