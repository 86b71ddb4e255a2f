using Npgsql;
using RnnSweep.Core.Results;

namespace RnnSweep.Silo.PostgreSql;

/// <summary>Defines, creates, migrates and checks the tables of a cluster's database.</summary>
internal static class ClusterSchema
{
    /// <summary>The format of the tables. A change of <see cref="OwnTables"/>, of the membership's tables or statements, or of the columns of readings raises it.</summary>
    public const int Version = 11;

    /// <summary>Selects <see cref="Version"/>, one row, from the tables.</summary>
    public const string VersionSql = "SELECT version FROM rnnsweep_schema";

    // The oldest format that is migrated. In earlier ones a checksum depends on columns that have no value.
    private static readonly int s_oldestVersion = 6;

    // The lock keeps silos that start at once from creating the same table twice. Its number is "rnnsweep" in ASCII, which no other program is likely to use.
    private const string Lock = "SELECT pg_advisory_xact_lock(x'726E6E7377656570'::bigint)";

    // The doubles of a matrix do not compress, so EXTERNAL disables compression.
    private const string OwnTables = """
        CREATE TABLE rnnsweep_schema (version integer NOT NULL);
        CREATE TABLE rnnsweep_matrices (digest text PRIMARY KEY, rows integer NOT NULL, columns integer NOT NULL, content bytea NOT NULL);
        ALTER TABLE rnnsweep_matrices ALTER COLUMN content SET STORAGE EXTERNAL;
        CREATE TABLE rnnsweep_sweeps (
            id text PRIMARY KEY, place bigint GENERATED ALWAYS AS IDENTITY, name text NOT NULL, file text NOT NULL, matrices text[] NOT NULL,
            cells bigint NOT NULL, priority integer NOT NULL DEFAULT 5,
            state text NOT NULL, entered timestamptz NOT NULL DEFAULT now(), changed timestamptz NOT NULL DEFAULT now(),
            opened xid8 NOT NULL DEFAULT pg_current_xact_id(),
            done bigint NOT NULL DEFAULT 0, failed bigint NOT NULL DEFAULT 0, epoch bigint NOT NULL DEFAULT 0,
            claimed timestamptz NOT NULL DEFAULT now(),
            computing bigint NOT NULL DEFAULT 0, rate double precision NOT NULL DEFAULT 0, damage text);
        CREATE TABLE rnnsweep_held (
            sweep text REFERENCES rnnsweep_sweeps, silo text, lease bigint, experiments bigint[] NOT NULL, PRIMARY KEY (sweep, silo, lease));
        CREATE TABLE rnnsweep_losses (sweep text REFERENCES rnnsweep_sweeps, experiment bigint, losses integer NOT NULL, PRIMARY KEY (sweep, experiment));

        """ + Done;

    // What of a sweep is done, in parts of many trajectories, so that a sweep grain need not compare all of them with the readings.
    private const string Done = """
        CREATE TABLE rnnsweep_done (
            sweep text REFERENCES rnnsweep_sweeps, part integer, first_cell bytea NOT NULL, trajectories bytea NOT NULL, PRIMARY KEY (sweep, part));
        """;

    // By the format that they lead to: the changes of an earlier format's tables, except new columns of readings, which ReadingTables finds by itself.
    private static readonly SortedDictionary<int, string> s_migrations = new()
    {
        [8] = "ALTER TABLE rnnsweep_sweeps ADD COLUMN epoch bigint NOT NULL DEFAULT 0",
        [9] = "ALTER TABLE rnnsweep_sweeps ADD COLUMN claimed timestamptz NOT NULL DEFAULT now();" + Done,
        [10] = "ALTER TABLE rnnsweep_sweeps ADD COLUMN computing bigint NOT NULL DEFAULT 0, ADD COLUMN rate double precision NOT NULL DEFAULT 0, ADD COLUMN damage text",
        [11] = "ALTER TABLE rnnsweep_readings ADD COLUMN sweep bigint; DROP INDEX IF EXISTS rnnsweep_readings_added;" + ReadingTables.AddedIndex,
    };

    private static readonly string[] s_ownTables =
    [
        "rnnsweep_schema", "rnnsweep_matrices", "rnnsweep_sweeps", "rnnsweep_held", "rnnsweep_losses", "rnnsweep_done", .. ReadingTables.Names,
    ];

    /// <summary>Checks the tables, creates them if there are none, and migrates those of an earlier format.</summary>
    /// <param name="connection">A connection, with an open transaction if tables may be created.</param>
    /// <param name="name">The database's name in messages.</param>
    /// <param name="mayCreate">Whether to create and migrate tables, as silos do; otherwise their absence or another format is an error.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task Require(NpgsqlConnection connection, string name, bool mayCreate, CancellationToken cancellation)
    {
        string[] tables = [.. s_ownTables, .. MembershipTables.Names];
        if (mayCreate)
        {
            await Execute(connection, Lock, cancellation);
        }

        List<string> found = await Find(connection, tables, cancellation);
        if (found.Count == 0)
        {
            if (!mayCreate)
            {
                throw new StoreUnreachableException($"{name} is no cluster's yet: the first silo that starts there makes its tables");
            }

            await Execute(connection, OwnTables + ReadingTables.Creation + MembershipTables.Creation, cancellation);
            await MembershipTables.AddQueries(connection, cancellation);
            await Execute(connection, $"INSERT INTO rnnsweep_schema VALUES ({Version})", cancellation);
            return;
        }

        if (!found.Contains("rnnsweep_schema"))
        {
            throw new StoreDamagedException(
                $"{name} has tables of another program ({string.Join(", ", found)}): a cluster needs a database of its own; it was left as it is");
        }

        await RequireVersion(connection, name, mayCreate, cancellation);

        // A migration, here or in a silo, may have added some meanwhile.
        if (tables.Except(found).Any() && tables.Except(await Find(connection, tables, cancellation)).ToArray() is { Length: > 0 } missing)
        {
            throw new StoreDamagedException($"{name} lacks tables ({string.Join(", ", missing)}); it was left as it is");
        }
    }

    /// <summary>Converts tables of an earlier format. The caller holds the lock, and its transaction makes the conversion one step.</summary>
    internal static async Task Migrate(NpgsqlConnection connection, int from, CancellationToken cancellation)
    {
        foreach (string migration in s_migrations.Where(migration => migration.Key > from).Select(migration => migration.Value))
        {
            await Execute(connection, migration, cancellation);
        }

        await MembershipTables.AddQueries(connection, cancellation);
        await ReadingTables.AddColumns(connection, cancellation);
        await Execute(connection, $"UPDATE rnnsweep_schema SET version = {Version}", cancellation);
    }

    private static async Task RequireVersion(NpgsqlConnection connection, string name, bool mayMigrate, CancellationToken cancellation)
    {
        List<int> versions = await new Statement(VersionSql).RowsAsync(connection, row => row.GetInt32(0), cancellation);
        int version = versions.Count == 1 ? versions[0] : 0;
        if (version == Version)
        {
            return;
        }

        bool canMigrate = version >= s_oldestVersion && version < Version;
        if (canMigrate && mayMigrate)
        {
            await RequireNoSilo(connection, name, cancellation);
            await Migrate(connection, version, cancellation);
            return;
        }

        string advice = canMigrate ? ": the first silo of this version that starts there converts them"
            : version > Version ? ": a newer version of rnnsweep made or converted them, and the programs of a cluster must have the same version"
            : version > 0 ? ": an older version of rnnsweep made them; give this one a database of its own"
            : "";
        throw new StoreDamagedException(
            $"the tables of {name} have format {string.Join(" and ", versions)}, but this version reads format {Version}{advice}; they were left as they are");
    }

    // Silos of the version that made the tables would go on to use them.
    private static async Task RequireNoSilo(NpgsqlConnection connection, string name, CancellationToken cancellation)
    {
        string sql = $"SELECT count(*) FROM OrleansMembershipTable m WHERE {ClusterMembers.IsUp}";
        if ((await new Statement(sql).RowsAsync(connection, row => row.GetInt64(0), cancellation))[0] is > 0 and long silos)
        {
            throw new StoreUnreachableException($"{name} is in use by silos of an earlier version of rnnsweep ({silos}): stop them first, and this version converts the tables");
        }
    }

    private static Task<List<string>> Find(NpgsqlConnection connection, string[] tables, CancellationToken cancellation) =>
        new Statement(
            "SELECT DISTINCT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                + $"WHERE n.nspname = ANY (current_schemas(false)) AND c.relname IN ({string.Join(", ", tables.Select(table => $"'{table}'"))}) ORDER BY 1").RowsAsync(connection, row => row.GetString(0), cancellation);

    private static Task Execute(NpgsqlConnection connection, string sql, CancellationToken cancellation) =>
        new Statement(sql).ExecuteAsync(connection, cancellation);
}
