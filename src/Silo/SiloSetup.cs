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
    /// <param name="journal">What sweep grains are rebuilt from.</param>
    /// <param name="store">Where results go.</param>
    /// <param name="options">How it works on them.</param>
    public static ISiloBuilder AddSweeps(this ISiloBuilder silo, ISweepCatalogue catalogue, ISweepJournal journal, IResultStore store, WorkOptions options)
    {
        silo.Services
            .AddSingleton(catalogue)
            .AddSingleton(journal)
            .AddSingleton(store)
            .AddSingleton(options)
            .AddSingleton(options.Limits)
            .AddSingleton(_ => new WorkerThreads(options.Parallelism))
            .AddSingleton<ResultReporter>()
            .AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<ResultReporter>())
            .AddSingleton<SweepPump>()
            .AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<SweepPump>());
        return silo.AddActivityPropagation();
    }
}
