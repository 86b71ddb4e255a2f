using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Runtime.MembershipService;

namespace RnnSweep.Silo.PostgreSql;

/// <summary>Lets silos and clients find each other through the cluster's database.</summary>
public static class PostgreSqlClustering
{
    // The name by which Orleans' provider loads Npgsql.
    private const string Invariant = "Npgsql";

    /// <summary>Lets a silo enter its membership in the cluster's database.</summary>
    public static ISiloBuilder UsePostgreSqlClustering(this ISiloBuilder silo, ClusterDatabase database) => silo.UsePostgreSqlClustering(database, TimeProvider.System);

    /// <summary>Lets a client find the silos through their membership in the cluster's database.</summary>
    public static IClientBuilder UsePostgreSqlClustering(this IClientBuilder client, ClusterDatabase database) =>
        client.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (Invariant, database.ConnectionString));

    /// <summary>Likewise for a machine with another clock.</summary>
    internal static ISiloBuilder UsePostgreSqlClustering(this ISiloBuilder silo, ClusterDatabase database, TimeProvider machine)
    {
        silo.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (Invariant, database.ConnectionString));
        silo.Services.Replace(ServiceDescriptor.Singleton<IMembershipTable>(
            services => new MembershipTimes(ActivatorUtilities.CreateInstance<AdoNetClusteringTable>(services), database, machine)));
        return silo;
    }
}
