using Npgsql;
using RnnSweep.Cluster.Tests.Security;
using RnnSweep.Core.Results;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests.PostgreSql;

[Collection(PostgreSqlTests.Name)]
public sealed class ClusterDatabaseTests(PostgreSqlServer server)
{
    private const string AllTables =
        "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";

    [SkippableFact]
    public async Task Ten_silos_may_start_at_once_in_an_empty_database()
    {
        string connection = server.CreateDatabase();

        ClusterDatabase[] opened = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(i => Task.Run(() => ClusterDatabase.OpenOrCreate($"{connection};Application Name=silo {i}"))));

        Assert.Equal(
            "orleansmembershiptable orleansmembershipversiontable orleansquery rnnsweep_cells rnnsweep_done rnnsweep_failures rnnsweep_held rnnsweep_losses "
                + "rnnsweep_matrices rnnsweep_readings rnnsweep_schema rnnsweep_sweeps",
            PostgreSqlServer.Read<string>(connection, AllTables));
        Assert.Equal(1, PostgreSqlServer.Read<long>(connection, "SELECT count(*) FROM rnnsweep_schema"));
        Assert.Equal(9, PostgreSqlServer.Read<long>(connection, "SELECT count(*) FROM OrleansQuery"));
        Array.ForEach(opened, database => database.Dispose());
    }

    [SkippableFact]
    public async Task A_silo_whose_database_goes_away_while_it_joins_says_so()
    {
        string connection = server.CreateDatabase();
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(connection);
        PostgreSqlServer.Execute(server.ConnectionString, $"DROP DATABASE {new NpgsqlConnectionStringBuilder(connection).Database} WITH (FORCE)");
        var error = await Assert.ThrowsAsync<StoreUnreachableException>(() => SmallSilo.Start(database));
        Assert.Contains(database.Name, error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_silo_whose_tables_are_removed_while_it_joins_says_so()
    {
        string connection = server.CreateDatabase();
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(connection);
        PostgreSqlServer.Execute(connection, "DROP TABLE OrleansQuery"); // which is read first by Orleans
        var error = await Assert.ThrowsAsync<StoreDamagedException>(() => SmallSilo.Start(database));
        Assert.Contains(database.Name, error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_client_uses_the_tables_of_a_silo_and_creates_none()
    {
        string connection = server.CreateDatabase();
        var error = await Assert.ThrowsAsync<StoreUnreachableException>(() => ClusterDatabase.Open(connection));
        Assert.Contains("no cluster's yet", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, PostgreSqlServer.Read<long>(connection, "SELECT count(*) FROM pg_class WHERE relname LIKE 'rnnsweep%'"));

        await using ClusterDatabase silo = await ClusterDatabase.OpenOrCreate(connection);
        await using ClusterDatabase client = await ClusterDatabase.Open(connection);
        Assert.Equal(silo.Name, client.Name);
    }

    [SkippableFact]
    public async Task Reading_the_version_of_a_database_leaves_it_empty()
    {
        string connection = server.CreateDatabase();
        string said = await ClusterDatabase.ServerVersion(connection);
        Assert.Matches("^the database '[a-z0-9_]+' at [^ ]+:[0-9]+, PostgreSQL [0-9]", said);
        Assert.EndsWith($"PostgreSQL {PostgreSqlServer.Read<string>(connection, "SHOW server_version")}", said, StringComparison.Ordinal);
        Assert.Equal(DBNull.Value, PostgreSqlServer.Read<object>(connection, AllTables));
    }

    [SkippableTheory]
    [InlineData("CREATE TABLE rnnsweep_readings (id integer)", "rnnsweep_readings")]
    [InlineData("CREATE TABLE OrleansQuery (id integer)", "orleansquery")]
    [InlineData("CREATE VIEW rnnsweep_sweeps AS SELECT 1", "rnnsweep_sweeps")]
    [InlineData("CREATE TABLE rnnsweep_schema (name text)", "tables of this version")]
    public async Task Tables_of_another_program_are_not_changed(string sql, string said)
    {
        string connection = server.CreateDatabase();
        PostgreSqlServer.Execute(connection, sql);

        var error = await Assert.ThrowsAsync<StoreDamagedException>(() => ClusterDatabase.OpenOrCreate(connection));

        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.Equal(
            1, PostgreSqlServer.Read<long>(connection, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')"));
    }

    [SkippableTheory]
    [InlineData("UPDATE rnnsweep_schema SET version = 1000", "format 1000, but")]
    [InlineData("UPDATE rnnsweep_schema SET version = 1000", "a newer version of rnnsweep made or converted them")]
    [InlineData("DELETE FROM rnnsweep_schema", "but this version reads format")]
    [InlineData("UPDATE rnnsweep_schema SET version = 3", "give this one a database of its own")]
    [InlineData("DROP TABLE rnnsweep_readings CASCADE", "lacks tables (rnnsweep_readings)")]
    public async Task Tables_of_another_version_are_not_changed(string sql, string said)
    {
        string connection = server.CreateDatabase();
        (await ClusterDatabase.OpenOrCreate(connection)).Dispose();
        PostgreSqlServer.Execute(connection, sql);
        string before = PostgreSqlServer.Read<string>(connection, AllTables);

        Assert.Contains(said, (await Assert.ThrowsAsync<StoreDamagedException>(() => ClusterDatabase.OpenOrCreate(connection))).Message, StringComparison.Ordinal);
        Assert.Contains(said, (await Assert.ThrowsAsync<StoreDamagedException>(() => ClusterDatabase.Open(connection))).Message, StringComparison.Ordinal);
        Assert.Equal(before, PostgreSqlServer.Read<string>(connection, AllTables));
    }

    [SkippableTheory]
    [InlineData("Password=wrong-secret", "the user or the password")]
    [InlineData("Username=no_such_user", "the user or the password")]
    [InlineData("Database=no_such_database", "does not exist")]
    [InlineData("Port=1", "refused")]
    [InlineData("Host=no.such.host.invalid", "out of reach")]
    public async Task An_unreachable_database_is_named_without_user_and_password(string change, string said)
    {
        string connection = $"{server.CreateDatabase()};{change}";

        var error = await Assert.ThrowsAsync<StoreUnreachableException>(() => ClusterDatabase.OpenOrCreate(connection));

        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        AssertTellsNoSecret(error);
    }

    [SkippableFact]
    public async Task A_user_without_rights_gets_a_message_about_rights()
    {
        string connection = server.CreateDatabase();
        PostgreSqlServer.Execute(connection, "CREATE ROLE rnnsweep_guest LOGIN PASSWORD 'wrong-secret'; REVOKE CREATE ON SCHEMA public FROM PUBLIC");
        try
        {
            var error = await Assert.ThrowsAsync<StoreUnreachableException>(
                () => ClusterDatabase.OpenOrCreate($"{connection};Username=rnnsweep_guest;Password=wrong-secret"));
            Assert.Contains("rights", error.Message, StringComparison.Ordinal);
            AssertTellsNoSecret(error);
        }
        finally
        {
            PostgreSqlServer.Execute(connection, "DROP ROLE rnnsweep_guest");
        }
    }

    [Theory]
    [InlineData("Host=h;Password=geh;eim-secret=1")]
    [InlineData("Password='wrong-secret")]
    [InlineData("wrong-secret")]
    [InlineData("Username=no_such_user;Password=wrong-secret")]
    [InlineData("Host=h;Port=wrong-secret")]
    [InlineData("")]
    public async Task An_invalid_connection_string_is_not_quoted(string text)
    {
        var error = await Assert.ThrowsAsync<FormatException>(() => ClusterDatabase.OpenOrCreate(text));

        Assert.StartsWith("the connection string of the cluster's database cannot be read", error.Message, StringComparison.Ordinal);
        AssertTellsNoSecret(error);
    }

    [SkippableTheory]
    [InlineData("DELETE FROM rnnsweep_schema", "but this version reads format")]
    [InlineData("UPDATE rnnsweep_schema SET version = 1000", "a newer version of rnnsweep made or converted them")]
    [InlineData("UPDATE rnnsweep_schema SET version = 9; ALTER TABLE rnnsweep_sweeps DROP COLUMN damage", "the first silo of this version that starts there converts them")]
    [InlineData("DROP TABLE rnnsweep_schema", "has tables of another program")]
    [InlineData("DROP TABLE rnnsweep_losses", "lacks tables (rnnsweep_sweeps, rnnsweep_held, rnnsweep_losses, rnnsweep_done)", "DROP TABLE rnnsweep_held, rnnsweep_done, rnnsweep_sweeps")]
    [InlineData("ALTER TABLE rnnsweep_sweeps DROP COLUMN rate", "does not have the tables of this version (column \"rate\" does not exist")]
    public async Task An_overview_of_tables_of_another_version_says_so(string sql, string said, string more = "")
    {
        string connection = server.CreateDatabase();
        (await ClusterDatabase.OpenOrCreate(connection)).Dispose();
        Assert.Equal((0, 0), await Counts());
        PostgreSqlServer.Execute(connection, $"{sql};{more}");
        Assert.Contains(said, (await Assert.ThrowsAsync<StoreDamagedException>(() => ClusterOverview.Read(connection))).Message, StringComparison.Ordinal);

        async Task<(int Sweeps, int Silos)> Counts()
        {
            ClusterOverview overview = await ClusterOverview.Read(connection);
            Assert.Null(overview.OtherVersion);
            return (overview.Sweeps.Length, overview.Silos.Length);
        }
    }

    [SkippableFact]
    public async Task An_overview_of_an_empty_database_says_that_it_is_no_clusters_yet()
    {
        var error = await Assert.ThrowsAsync<StoreUnreachableException>(() => ClusterOverview.Read(server.CreateDatabase()));
        Assert.Contains("no cluster's yet", error.Message, StringComparison.Ordinal);
    }

    private static void AssertTellsNoSecret(Exception error)
    {
        foreach (string secret in new[] { PostgreSqlServer.User, PostgreSqlServer.Password, "no_such_user", "rnnsweep_guest", "secret" })
        {
            Assert.DoesNotContain(secret, $"{error}", StringComparison.OrdinalIgnoreCase);
        }
    }
}
