using System.Net;
using System.Net.Sockets;
using Npgsql;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Cluster.Tests.Http;
using RnnSweep.Cluster.Tests.Security;
using RnnSweep.Silo;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests.PostgreSql;

/// <summary>Silos and clients that start while the database does not answer, and silos that are stopped while they start.</summary>
[Collection(PostgreSqlTests.Name)]
public sealed class StartTests(PostgreSqlServer server) : IDisposable
{
    private const string IsWaiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'OrleansMembershipTable'::regclass)";

    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(1);
    private static readonly string[] s_silo = ["silo", "--silo-port", "0", "--gateway-port", "0", "--parallelism", "1"];

    private readonly string _folder = Directory.CreateTempSubdirectory("rnnsweep-start-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public void Silos_and_clients_that_start_while_the_database_is_away_wait_for_it()
    {
        string connection = server.CreateDatabase();
        using RunningProgram running = Start(connection, s_silo);
        running.WaitUntil(() => running.Error.Contains(" is up, ", StringComparison.Ordinal));
        server.Stop(PostgreSqlServer.StopMode.Fast);
        using RunningProgram silo = Start(connection, s_silo), status = Start(connection, "status"),
            client = Start(connection, "run", "--engine", "cluster", "--set", "hidden_size=4", "-o", "run");
        try
        {
            silo.WaitUntil(() => silo.Error.Contains("trying again for 60 s", StringComparison.Ordinal));
            client.WaitUntil(() => client.Error.Contains("trying again for 600 s", StringComparison.Ordinal));
            string[] errors = status.WaitForExit().Expect(4).ErrorLines;
            Assert.EndsWith("trying again for 5 s", errors[0], StringComparison.Ordinal);
            Assert.Equal(2, errors.Length);
        }
        finally
        {
            server.Start();
        }

        silo.WaitUntil(() => silo.Error.Contains(" is up, ", StringComparison.Ordinal));
        Assert.Equal(1, client.WaitForExit().Expect(0).Error.Split("trying again").Length - 1);
        Assert.Equal(1, silo.Error.Split("trying again for").Length - 1);
    }

    [SkippableFact]
    public void A_wrong_password_or_database_is_not_waited_for()
    {
        var good = new NpgsqlConnectionStringBuilder(server.CreateDatabase());
        string[] bad =
        [
            new NpgsqlConnectionStringBuilder(good.ConnectionString) { Password = "wrong" }.ConnectionString,
            new NpgsqlConnectionStringBuilder(good.ConnectionString) { Database = "nowhere" }.ConnectionString,
        ];
        foreach (string connection in bad)
        {
            foreach (string[] command in new[] { s_silo, ["submit", "--set", "hidden_size=4"] })
            {
                using RunningProgram program = Start(connection, command);
                Assert.DoesNotContain("trying again", Assert.Single(program.WaitForExit().Expect(4).ErrorLines), StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("1e3")]
    public void A_limit_that_is_no_number_of_seconds_is_refused(string limit)
    {
        string error = RunningProgram.Run(_folder, new Dictionary<string, string> { ["RNNSWEEP_WAIT_SECONDS"] = limit }, "status", "--cluster", "Host=localhost;Port=1").Expect(2).Error;
        Assert.Equal($"rnnsweep: RNNSWEEP_WAIT_SECONDS must be from 0 to 86400, in whole seconds, but was '{limit}'", error.TrimEnd());
    }

    [SkippableFact]
    public async Task A_silo_that_is_stopped_while_it_starts_ends_with_exit_code_0()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "it needs signals");

        // While it waits for the database.
        using RunningProgram waiting = Start("Host=127.0.0.1;Port=1", s_silo);
        waiting.WaitUntil(() => waiting.Error.Contains("trying again", StringComparison.Ordinal));
        waiting.Send(RunningProgram.Terminate);
        waiting.WaitForExit().Expect(0);

        // While it opens a database that says nothing.
        using var proxy = new DatabaseProxy(server.CreateDatabase());
        proxy.Cut();
        using RunningProgram opening = Start(proxy.ConnectionString, s_silo);
        opening.WaitUntil(() => proxy.Accepted > 0);
        opening.Send(RunningProgram.Terminate);
        opening.WaitForExit().Expect(0);

        // While it joins the cluster.
        proxy.Mend();
        int port = SiloProgram.FreePort();
        using RunningProgram joining = Start(proxy.ConnectionString, [.. s_silo, "--http", $"127.0.0.1:{port}"]);
        using var client = new HttpClient();
        while (!joining.HasExited && !await Answers(client, new Uri($"http://127.0.0.1:{port}/health/live")))
        {
            await Task.Delay(10);
        }

        proxy.Cut();
        joining.Send(RunningProgram.Terminate);
        Assert.Equal(0, joining.WaitForExit().ExitCode); // Orleans may log the cancelled calls
    }

    [SkippableFact]
    public void A_signal_ends_a_client_that_is_connecting()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "it needs signals");
        string connection = server.CreateDatabase();
        using RunningProgram silo = Start(connection, s_silo);
        silo.WaitUntil(() => silo.Error.Contains(" is up, ", StringComparison.Ordinal));
        silo.Send(RunningProgram.Suspend); // its gateway takes connections, and says nothing

        using RunningProgram client = Start(connection, "submit", "--set", "hidden_size=4");
        client.WaitUntil(() => PostgreSqlServer.Read<bool>(
            connection, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%ProxyPort > 0%')"));
        client.Send(RunningProgram.Terminate);

        client.WaitForExit().Expect(128 + RunningProgram.Terminate);
    }

    [SkippableFact]
    public async Task A_start_that_is_cancelled_while_a_table_is_locked_ends_and_leaves_no_silo()
    {
        string connection = server.CreateDatabase();
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(connection);
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(connection);
        await using NpgsqlConnection other = await source.OpenConnectionAsync();
        await using NpgsqlTransaction locking = await other.BeginTransactionAsync();
        await new NpgsqlCommand("LOCK TABLE OrleansMembershipTable IN EXCLUSIVE MODE", other, locking).ExecuteNonQueryAsync(); // which can still be read
        int port = SiloProgram.FreePort();
        using var end = new CancellationTokenSource();

        Task<ClusterSilo> start = SmallSilo.Start(database, joinTime: TimeSpan.FromHours(1), port: port, cancellation: end.Token);
        await Wait.Until(() => PostgreSqlServer.Read<bool>(connection, IsWaiting));
        Assert.True(Listens(port));
        await end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start.WaitAsync(s_hang));
        await locking.RollbackAsync();
        await Wait.Until(() => !Listens(port));
        Assert.Equal(0, PostgreSqlServer.Read<long>(connection, "SELECT count(*) FROM OrleansMembershipTable WHERE Status = 3"));
    }

    // With the limits of a user, unlike the programs of other tests.
    private RunningProgram Start(string connection, params string[] arguments) => RunningProgram.Start(
        _folder, new Dictionary<string, string> { ["RNNSWEEP_CLUSTER"] = connection, ["RNNSWEEP_WAIT_SECONDS"] = "" }, arguments);

    private static async Task<bool> Answers(HttpClient client, Uri address)
    {
        try
        {
            return (await client.GetAsync(address)).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static bool Listens(int port)
    {
        using var client = new TcpClient();
        try
        {
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
