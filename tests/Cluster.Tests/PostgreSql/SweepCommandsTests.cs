using RnnSweep.Client.Tests.Processes;

namespace RnnSweep.Cluster.Tests.PostgreSql;

/// <summary>The commands of sweeps on a cluster, from the program to the database.</summary>
[Collection(PostgreSqlTests.Name)]
public sealed class SweepCommandsTests(PostgreSqlServer server) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rnnsweep-commands-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public void A_sweep_is_submitted_paused_resumed_cancelled_and_forgotten()
    {
        string connection = server.CreateDatabase();
        using RunningProgram silo = RunningProgram.Start(
            _folder, new Dictionary<string, string> { ["RNNSWEEP_CLUSTER"] = connection }, "silo", "--silo-port", "0", "--gateway-port", "0", "--parallelism", "1");
        silo.WaitUntil(() => silo.Error.Contains("is up", StringComparison.Ordinal));

        // Some minutes of work, and almost none.
        string[] sweep = ["--set", "hidden_size=256", "--set", "sequence_length=1000", "--set", "seed=1..500:1"];
        string longer = Submit(connection, ["--set", "name=longer", "--priority", "2", .. sweep]);
        Assert.Contains($"{longer} is paused: ", Expect(connection, 0, "pause", longer).Error, StringComparison.Ordinal);
        string shorter = Submit(connection, "--set", "name=shorter", "--set", "hidden_size=4", "--set", "replicates=4", "--set", "seed=1..3:1");
        Expect(connection, 0, "attach", shorter, "-o", "shorter");
        string[] status = Expect(connection, 0, "status").Output.Split('\n');
        Assert.Matches($"^{longer} +paused +2 +500 ", status.Single(line => line.StartsWith(longer, StringComparison.Ordinal)));
        Assert.Matches($"^{shorter} +finished +5 +3 +3 ", status.Single(line => line.StartsWith(shorter, StringComparison.Ordinal)));

        Assert.Contains("cancel it first", Expect(connection, 2, "forget", longer).Error, StringComparison.Ordinal);
        Assert.Contains("there is no sweep other", Expect(connection, 2, "forget", "other").Error, StringComparison.Ordinal);
        Assert.Contains($"{longer} is active: ", Expect(connection, 0, "resume", longer).Error, StringComparison.Ordinal);
        Assert.Contains($"{longer} is cancelled: ", Expect(connection, 0, "cancel", longer).Error, StringComparison.Ordinal);
        Assert.Equal(longer, Submit(connection, ["--set", "name=longer", "--priority", "0", .. sweep]));
        Assert.Matches($"{longer} +active +0 ", Expect(connection, 0, "status").Output);
        Expect(connection, 0, "cancel", longer);

        Assert.Equal("would remove 1 sweep, and 12 readings of 3 cells", Expect(connection, 0, "forget", shorter, "--dry-run").Error.TrimEnd());
        string same = Submit(connection, "--set", "name=same", "--set", "hidden_size=4", "--set", "replicates=4", "--set", "seed=2..3:1");
        Expect(connection, 0, "attach", same, "-o", "same");
        Assert.Equal("removed 1 sweep, and 4 readings of 1 cell", Expect(connection, 0, "forget", shorter).Error.TrimEnd());
        Assert.Contains("removed 2 sweeps, and ", Expect(connection, 0, "prune", "--unused", "--older", "0.001s").Error, StringComparison.Ordinal);
        Assert.DoesNotContain("finished", Expect(connection, 0, "status").Output, StringComparison.Ordinal);
        Assert.Equal(0, PostgreSqlServer.Read<long>(connection, "SELECT count(*) FROM rnnsweep_sweeps"));
    }

    [Theory]
    [InlineData("prune needs --unused, --older TIME, or both", "prune")]
    [InlineData("--older must be a number with one of the units s, m, h and d, such as 90m or 2h, but was 90", "prune", "--older", "90")]
    [InlineData("--older must be", "prune", "--older", "NaNd")]
    [InlineData("--older must be", "prune", "--older", "1e9d")]
    [InlineData("--older must be", "prune", "--older", "-1d")]
    [InlineData("--priority must be from 0 to 9, but was 10", "submit", "--set", "hidden_size=4", "--priority", "10")]
    public void Bad_options_are_refused_before_the_cluster_is_asked(string said, params string[] arguments) =>
        Assert.Contains(said, Expect("Host=localhost;Port=1", 2, arguments).Error.Replace("'", "", StringComparison.Ordinal), StringComparison.Ordinal);

    private string Submit(string connection, params string[] arguments) => Expect(connection, 0, ["submit", .. arguments]).Output.Trim();

    private ProgramResult Expect(string connection, int exitCode, params string[] arguments) =>
        RunningProgram.Run(_folder, [.. arguments, "--cluster", connection]).Expect(exitCode);
}
