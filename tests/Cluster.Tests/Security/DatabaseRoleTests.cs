using System.Diagnostics;
using Npgsql;
using RnnSweep.Client.Tests.Commands;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Cluster.Tests.PostgreSql;

namespace RnnSweep.Cluster.Tests.Security;

/// <summary>The rights that silos and clients need in the database: no more than docs/cluster.md says.</summary>
[Collection(SecurityTests.Name)]
public sealed class DatabaseRoleTests(PostgreSqlServer server) : IDisposable
{
    private const string Password = "it's \\ a $word";
    private readonly string _folder = Directory.CreateTempSubdirectory("rnnsweep-roles-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public void Silos_need_only_the_ownership_of_their_database_and_clients_only_to_read()
    {
        _ = server.CreateDatabase(); // skips where there is no server
        CreateRole(new NpgsqlConnectionStringBuilder(server.ConnectionString));
        string administrator = In("rnnsweep", null);
        Assert.False(PostgreSqlServer.Read<bool>(
            administrator, "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls FROM pg_roles WHERE rolname = 'rnnsweep'"));
        Assert.True(PostgreSqlServer.Read<bool>(administrator, "SELECT datdba = 'rnnsweep'::regrole FROM pg_database WHERE datname = 'rnnsweep'"));
        Assert.False(PostgreSqlServer.Read<bool>(administrator, "SELECT has_database_privilege('public', 'rnnsweep', 'CONNECT')"));

        string silos = In("rnnsweep", "rnnsweep");
        using RunningProgram silo = RunningProgram.Start(
            _folder, new Dictionary<string, string> { ["RNNSWEEP_CLUSTER"] = silos }, "silo", "--silo-port", "0", "--gateway-port", "0", "--parallelism", "1");
        silo.WaitUntil(() => silo.Error.Contains("is up", StringComparison.Ordinal));

        // As in docs/cluster.md.
        PostgreSqlServer.Execute(administrator, $"CREATE ROLE reader LOGIN PASSWORD '{Password.Replace("'", "''", StringComparison.Ordinal)}'");
        PostgreSqlServer.Execute(
            administrator,
            "GRANT CONNECT ON DATABASE rnnsweep TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader; "
                + "ALTER DEFAULT PRIVILEGES FOR ROLE rnnsweep IN SCHEMA public GRANT SELECT ON TABLES TO reader");
        string reader = In("rnnsweep", "reader");
        string[] sweep = ["--set", "hidden_size=4", "--set", "seed=1..3:1", "--set", "name=s"];
        Expect(reader, 0, ["run", "--engine", "cluster", "-o", "run", .. sweep]);
        string id = Expect(reader, 0, ["submit", .. sweep]).Output.Trim();
        Expect(reader, 0, "attach", id, "-o", "attached");
        Assert.Contains(id, Expect(reader, 0, "status").Output, StringComparison.Ordinal);
        Expect(reader, 0, "cancel", id); // a sweep that was finished, was submitted again, and is finished again
        for (DateTime deadline = DateTime.UtcNow.AddMinutes(1); PostgreSqlServer.Read<string>(silos, "SELECT state FROM rnnsweep_sweeps") != "Finished"; Thread.Sleep(50))
        {
            Assert.True(DateTime.UtcNow < deadline, "the state is never recorded");
        }

        Assert.Contains("rights", Expect(reader, 4, "forget", id).Error, StringComparison.Ordinal);
        Assert.Equal(1, PostgreSqlServer.Read<long>(silos, "SELECT count(*) FROM rnnsweep_sweeps"));
        Assert.Contains("removed 1 sweep", Expect(silos, 0, "forget", id).Error, StringComparison.Ordinal);
    }

    // The script that PostgreSQL's image runs in Compose and on Kubernetes.
    private static void CreateRole(NpgsqlConnectionStringBuilder server)
    {
        Skip.IfNot(File.Exists("/usr/bin/psql"), "there is no psql");
        var start = new ProcessStartInfo("sh", [Path.Combine(SourceTree.Root, "deploy", "kubernetes", "create-role.sh")]) { RedirectStandardError = true };
        (start.Environment["PGHOST"], start.Environment["PGPORT"], start.Environment["PGPASSWORD"]) = (server.Host, $"{server.Port}", server.Password);
        (start.Environment["POSTGRES_USER"], start.Environment["RNNSWEEP_PASSWORD"]) = (server.Username, Password);
        using Process process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error);
    }

    // A connection string of a database, of a role that has the password of this test, or of the administrator.
    private string In(string database, string? role)
    {
        var connection = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = database };
        if (role is not null)
        {
            (connection.Username, connection.Password) = (role, Password);
        }

        return connection.ConnectionString;
    }

    private ProgramResult Expect(string connection, int exitCode, params string[] arguments) =>
        RunningProgram.Run(_folder, [.. arguments, "--cluster", connection]).Expect(exitCode);
}
