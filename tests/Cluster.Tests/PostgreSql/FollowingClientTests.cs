using RnnSweep.Client.Tests.Processes;

namespace RnnSweep.Cluster.Tests.PostgreSql;

/// <summary>A client that follows a sweep.</summary>
[Collection(PostgreSqlTests.Name)]
public sealed class FollowingClientTests(PostgreSqlServer server) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rnnsweep-following-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public void A_client_keeps_its_connections_while_no_cell_ends()
    {
        string connection = server.CreateDatabase(), gate = Directory.CreateDirectory(Path.Combine(_folder, "gate")).FullName;
        using RunningProgram silo = RunningProgram.Start(
            _folder,
            new Dictionary<string, string> { ["RNNSWEEP_CLUSTER"] = connection, ["RNNSWEEP_FAULT_POINT"] = $"experiment-begins:wait:{gate}" },
            "silo", "--silo-port", "0", "--gateway-port", "0", "--parallelism", "1");
        silo.WaitUntil(() => silo.Error.Contains("is up", StringComparison.Ordinal));
        using RunningProgram client = RunningProgram.Start(
            _folder, "run", "--engine", "cluster", "--set", "hidden_size=4", "--cluster", $"{connection};Application Name=follower", "-o", "run");

        // Longer than every time-out of a call. A client that connects again opens the database again, too.
        client.WaitUntil(
            () => PostgreSqlServer.Read<bool>(
                connection,
                "SELECT coalesce(max(now() - backend_start) > '30 s', false) FROM pg_stat_activity WHERE application_name = 'follower'"),
            pause: 500);
        File.WriteAllText(Path.Combine(gate, "go"), "");
        client.WaitForExit().Expect(0);
        Assert.DoesNotContain("does not answer", File.ReadAllText(Path.Combine(_folder, "run", "rnnsweep.log")), StringComparison.Ordinal);
    }
}
