using Microsoft.Extensions.DependencyInjection;
using RnnSweep.Core.Results;
using RnnSweep.Grains;

namespace RnnSweep.Silo;

/// <summary>What every silo runs, whatever its cluster and its store.</summary>
public static class SiloSetup
{
    /// <summary>Adds the worker threads, the pump and the reporter to a silo, and has them start and stop with it.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="catalogue">The sweeps it serves.</param>
    /// <param name="journal">From where sweep grains are restored.</param>
    /// <param name="store">Where results go.</param>
    /// <param name="options">How it works on them.</param>
    public static ISiloBuilder AddSweeps(this ISiloBuilder silo, ISweepCatalogue catalogue, ISweepJournal journal, IResultStore store, WorkOptions options)
    {
        var work = new SiloWork(catalogue, journal, store, options);
        silo.AddSweeps(() => work).Services
            .AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<ResultReporter>())
            .AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<SweepPump>());
        return silo.AddActivityPropagation();
    }

    /// <summary>Adds the same services, for work that is known later; the caller starts and stops them.</summary>
    internal static ISiloBuilder AddSweeps(this ISiloBuilder silo, Func<SiloWork> work)
    {
        silo.Services
            .AddSingleton(_ => work())
            .AddSingleton(services => new WorkerThreads(services.GetRequiredService<SiloWork>().Options.Parallelism))
            .AddSingleton<ResultReporter>()
            .AddSingleton<SweepPump>();
        return silo;
    }
}
