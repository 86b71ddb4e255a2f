using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RnnSweep.Grains;

namespace RnnSweep.Silo;

/// <summary>What every silo runs, whatever its cluster and its store.</summary>
public static class SiloSetup
{
    /// <summary>Adds the workers to a silo, and has them start and stop with it.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="work">What they work on.</param>
    public static ISiloBuilder AddSweeps(this ISiloBuilder silo, SiloWork work)
    {
        silo.AddSweeps(() => work).Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, WorkersOfSilo>();
        return silo.AddActivityPropagation();
    }

    /// <summary>Adds the same services, for work that is known later; the caller starts and stops the workers.</summary>
    internal static ISiloBuilder AddSweeps(this ISiloBuilder silo, Func<SiloWork> work)
    {
        silo.Services
            .AddSingleton(_ => work())
            .AddSingleton<SweepLeases>()
            .AddSingleton(services =>
            {
                WorkOptions options = services.GetRequiredService<SiloWork>().Options;
                return new Workers(
                    services.GetRequiredService<SweepLeases>(), options.Parallelism, options.WaitsForStore, services.GetRequiredService<ILogger<Workers>>());
            });
        return silo;
    }

    /// <summary>The workers take leases from the moment the silo is active, and stop before anything else of the silo does.</summary>
    private sealed class WorkersOfSilo(Workers workers) : ILifecycleParticipant<ISiloLifecycle>
    {
        public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
            nameof(Workers),
            ServiceLifecycleStage.Active,
            _ =>
            {
                workers.Start();
                return Task.CompletedTask;
            },
            workers.Stop);
    }
}
