using Npgsql;

namespace RnnSweep.Silo.PostgreSql;

/// <summary>
/// The tables of Orleans' ADO.NET membership provider: two tables of data, and a table of the statements that read and write them. The provider prescribes the
/// keys of the statements, their parameters and the columns of their results; the SQL is this project's own.
/// </summary>
/// <remarks>
/// A change of a silo's row is valid only if it increments the cluster's version from the version that the silo has read; of two silos that try at once, one
/// must fail. Each statement therefore first updates the version's row, under its row lock, and writes the silo's row only if that update succeeded.
/// <para>
/// All times are those of the database's clock, so that silos with different clocks agree on them; the statements ignore the times that a silo gives.
/// <see cref="MembershipTimes"/> converts them for each silo.
/// </para>
/// </remarks>
internal static class MembershipTables
{
    /// <summary>The statements that make the tables.</summary>
    public const string Creation = """

        CREATE TABLE OrleansQuery (QueryKey text PRIMARY KEY, QueryText text NOT NULL);
        CREATE TABLE OrleansMembershipVersionTable (DeploymentId text PRIMARY KEY, Version integer NOT NULL DEFAULT 0);
        CREATE TABLE OrleansMembershipTable (
            DeploymentId text REFERENCES OrleansMembershipVersionTable, Address text, Port integer, Generation integer,
            SiloName text NOT NULL, HostName text NOT NULL, Status integer NOT NULL, ProxyPort integer NOT NULL, SuspectTimes text,
            StartTime timestamptz NOT NULL, IAmAliveTime timestamptz NOT NULL, PRIMARY KEY (DeploymentId, Address, Port, Generation));
        """;

    // Selects the silo's row.
    private const string Silo = "m.DeploymentId = @DeploymentId AND m.Address = @Address AND m.Port = @Port AND m.Generation = @Generation";

    // A cluster without silos also yields one row, with its version.
    private const string Rows =
        "SELECT v.Version, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort, m.SuspectTimes, m.StartTime, m.IAmAliveTime "
            + "FROM OrleansMembershipVersionTable v LEFT JOIN OrleansMembershipTable m ON ";

    private const string Step =
        "WITH step AS (UPDATE OrleansMembershipVersionTable SET Version = Version + 1 WHERE DeploymentId = @DeploymentId AND Version = @Version AND ";

    private static readonly Dictionary<string, string> s_queries = new()
    {
        ["InsertMembershipVersionKey"] =
            "WITH entry AS (INSERT INTO OrleansMembershipVersionTable (DeploymentId) VALUES (@DeploymentId) ON CONFLICT DO NOTHING RETURNING 1) "
                + "SELECT EXISTS (SELECT FROM entry)",
        ["InsertMembershipKey"] = Step
            + $"NOT EXISTS (SELECT FROM OrleansMembershipTable m WHERE {Silo}) RETURNING DeploymentId), "
            + "entry AS (INSERT INTO OrleansMembershipTable "
            + "(DeploymentId, Address, Port, Generation, SiloName, HostName, Status, ProxyPort, StartTime, IAmAliveTime) "
            + "SELECT DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, now(), now() FROM step RETURNING 1) "
            + "SELECT EXISTS (SELECT FROM entry)",

        // A silo that changes its own status is alive. Status 6 is dead, which is what others declare a silo.
        ["UpdateMembershipKey"] = Step
            + $"EXISTS (SELECT FROM OrleansMembershipTable m WHERE {Silo}) RETURNING DeploymentId), "
            + "entry AS (UPDATE OrleansMembershipTable m SET Status = @Status, SuspectTimes = @SuspectTimes, "
            + "IAmAliveTime = CASE WHEN m.Status = @Status OR @Status = 6 THEN m.IAmAliveTime ELSE now() END "
            + $"FROM step WHERE {Silo} RETURNING 1) "
            + "SELECT EXISTS (SELECT FROM entry)",
        ["UpdateIAmAlivetimeKey"] = $"UPDATE OrleansMembershipTable m SET IAmAliveTime = now() WHERE {Silo}",
        ["MembershipReadRowKey"] = $"{Rows} {Silo} WHERE v.DeploymentId = @DeploymentId",
        ["MembershipReadAllKey"] = $"{Rows} m.DeploymentId = v.DeploymentId WHERE v.DeploymentId = @DeploymentId",
        ["GatewaysQueryKey"] =
            "SELECT Address, ProxyPort, Generation FROM OrleansMembershipTable WHERE DeploymentId = @DeploymentId AND Status = @Status AND ProxyPort > 0",

        // Status 3 is active. The row of an active silo is deleted only after the silo has been declared dead.
        ["CleanupDefunctSiloEntriesKey"] =
            "DELETE FROM OrleansMembershipTable WHERE DeploymentId = @DeploymentId AND Status <> 3 AND greatest(StartTime, IAmAliveTime) < @IAmAliveTime",
        ["DeleteMembershipTableEntriesKey"] =
            "DELETE FROM OrleansMembershipTable WHERE DeploymentId = @DeploymentId; "
                + "DELETE FROM OrleansMembershipVersionTable WHERE DeploymentId = @DeploymentId",
    };

    /// <summary>The names of the tables, which PostgreSQL folds to lower case.</summary>
    public static IEnumerable<string> Names => ["orleansquery", "orleansmembershiptable", "orleansmembershipversiontable"];

    /// <summary>Fills the table of statements, or replaces the statements of an earlier format.</summary>
    public static Task AddQueries(NpgsqlConnection connection, CancellationToken cancellation) => new Statement(
        "INSERT INTO OrleansQuery SELECT * FROM unnest($1, $2) ON CONFLICT (QueryKey) DO UPDATE SET QueryText = excluded.QueryText",
        s_queries.Keys.ToArray(),
        s_queries.Values.ToArray()).ExecuteAsync(connection, cancellation);
}
