using Orleans.Configuration;

namespace RnnSweep.Cluster.Tests;

internal static class QuickMembership
{
    /// <summary>Makes silos of this process detect a dead silo within seconds.</summary>
    public static ISiloBuilder FindDeadSilosQuickly(this ISiloBuilder silo) => silo.Configure<ClusterMembershipOptions>(options =>
    {
        options.ProbeTimeout = TimeSpan.FromSeconds(1);
        options.MaxProbeTimeout = TimeSpan.FromSeconds(2);
        options.TableRefreshTimeout = TimeSpan.FromSeconds(2);
    });
}
