using System.Collections.Immutable;
using Npgsql;
using RnnSweep.Core.Results;
using RnnSweep.Grains;

namespace RnnSweep.Silo.PostgreSql;

/// <summary>The sweeps and silos of a cluster, as its database has them.</summary>
/// <param name="Sweeps">All sweeps, in the order of submission.</param>
/// <param name="Silos">The silos that are up, in the order in which they started.</param>
/// <param name="OtherVersion">A message about a silo of another version than this program; null where there is none.</param>
public sealed record ClusterOverview(ImmutableArray<SweepEntry> Sweeps, ImmutableArray<RunningSilo> Silos, string? OtherVersion)
{
    /// <summary>Reads the overview.</summary>
    /// <remarks>
    /// On a busy machine each message to the server waits for the processor twice, so all statements, the check of the tables' format among them, are one
    /// message. Npgsql's synchronous calls need half as much code, which is compiled whenever a client starts, as its asynchronous ones.
    /// </remarks>
    /// <inheritdoc cref="ClusterDatabase.OpenOrCreate"/>
    public static async Task<ClusterOverview> Read(string connectionString, CancellationToken cancellation = default)
    {
        await using var database = new ClusterDatabase(connectionString);
        try
        {
            (ImmutableArray<SweepEntry> sweeps, ImmutableArray<RunningSilo> silos) = database.Use(connection => Read(connection, database.Name));
            return new ClusterOverview(sweeps, silos, new ClusterMembers(database).OtherVersion(silos));
        }
        catch (StoreDamagedException)
        {
            await database.Require(isSilo: false, cancellation); // throws an error that says more, or nothing where the tables have been created or converted meanwhile
            throw;
        }
    }

    private static (ImmutableArray<SweepEntry> Sweeps, ImmutableArray<RunningSilo> Silos) Read(NpgsqlConnection connection, string name)
    {
        using var batch = new NpgsqlBatch(connection);
        new Statement(ClusterSchema.VersionSql).AddTo(batch);
        new Statement(ClusterMembers.UpSql).AddTo(batch);
        new Statement(PostgreSqlRegistry.SweepsSql).AddTo(batch);
        using NpgsqlDataReader reader = batch.ExecuteReader();
        if (Statement.Rows(reader, row => row.GetInt32(0)) is not [ClusterSchema.Version])
        {
            throw new StoreDamagedException($"the tables of {name} have changed while they were read; try again");
        }

        reader.NextResult();
        List<RunningSilo> silos = Statement.Rows(reader, ClusterMembers.Silo);
        reader.NextResult();
        return ([.. Statement.Rows(reader, PostgreSqlRegistry.Entry)], [.. silos]);
    }
}
