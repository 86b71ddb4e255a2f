using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RnnSweep.Grains;

namespace RnnSweep.Silo;

/// <summary>The services that every silo runs, embedded or in a cluster.</summary>
public static class SiloSetup
{
    /// <summary>Adds workers that start and stop with the silo.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="work">The dependencies of its grains and workers.</param>
    public static ISiloBuilder AddSweeps(this ISiloBuilder silo, SiloWork work)
    {
        silo.AddSweeps(
            () => work,
            services => new Workers(
                services.GetRequiredService<SweepLeases>(), work.Options.Parallelism, work.Options.WaitsForStore, services.GetRequiredService<ILogger<Workers>>())
            {
                Health = services.GetRequiredService<StoreHealth>(),
            });
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, WorkersOfSilo>();
        return silo.AddActivityPropagation();
    }

    /// <summary>Adds the same services for a silo whose work is not known yet; the caller makes, starts and stops the workers.</summary>
    internal static ISiloBuilder AddSweeps(this ISiloBuilder silo, Func<SiloWork> work, Func<IServiceProvider, Workers> workers)
    {
        silo.Services.AddStoreErrors().AddSingleton(_ => work()).AddSingleton<SweepLeases>().AddSingleton<TakeoverPauses>(_ => new TakeoverPauses()).AddSingleton(workers)
            .AddSingleton(services => new StoreHealth(work().Registry, services.GetRequiredService<ILogger<StoreHealth>>()));
        return silo;
    }

    /// <summary>Starts the workers when the silo is active, and stops them before the rest of the silo.</summary>
    private sealed class WorkersOfSilo(Workers workers, StoreHealth health) : ILifecycleParticipant<ISiloLifecycle>
    {
        public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
            nameof(Workers),
            ServiceLifecycleStage.Active,
            _ =>
            {
                health.Start();
                workers.Start();
                return Task.CompletedTask;
            },
            async cancellation =>
            {
                await workers.Stop(cancellation);
                await health.Stop();
            });
    }
}
