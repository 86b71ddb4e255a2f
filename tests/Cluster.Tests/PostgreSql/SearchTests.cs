using RnnSweep.Client.Tests.Processes;

namespace RnnSweep.Cluster.Tests.PostgreSql;

/// <summary>Searches along an axis whose rounds a cluster computes, from the program to the database.</summary>
[Collection(PostgreSqlTests.Name)]
public sealed class SearchTests(PostgreSqlServer server) : IDisposable
{
    // Two lines with different roots, so the grid is one sweep of the cluster and each of some eight later rounds is two.
    private static readonly string[] s_sweep =
    [
        "--set", "hidden_size=20", "--set", "sequence_length=100", "--set", "activation=linear", "--set", "initial_scale=0", "--set", "scaling=expected", "--set", "replicates=3", "--set", "seed=1,2",
        "--set", "spectral_radius={from: 0.5, to: 2, count: 4, locate: lyapunov_max_slope = 0, to_within: 0.002}",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("rnnsweep-search-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public void A_search_on_a_cluster_writes_the_bytes_of_one_without_a_cluster_even_after_a_kill_and_an_interrupt()
    {
        string connection = server.CreateDatabase();
        string[] command = ["run", .. s_sweep, "--engine", "cluster", "--cluster", connection, "-o", "cluster"];
        RunningProgram.Run(_folder, ["run", .. s_sweep, "--engine", "threads", "-o", "threads"]).Expect(0);
        Dictionary<string, string> tables = Tables("threads");
        Assert.Equal(["critical.csv", "critical_summary.csv", "replicates.csv", "summary.csv"], tables.Keys.Order());
        using RunningProgram silo = RunningProgram.Start(
            _folder, new Dictionary<string, string> { ["RNNSWEEP_CLUSTER"] = connection }, "silo", "--silo-port", "0", "--gateway-port", "0", "--parallelism", "1");
        silo.WaitUntil(() => silo.Error.Contains("is up", StringComparison.Ordinal));

        // Rounds are submitted one after another, so later ones are missing when there are so few sweeps.
        foreach ((int signal, int sweeps, int exitCode) in new[] { (RunningProgram.Kill, 2, 128 + RunningProgram.Kill), (RunningProgram.Interrupt, 4, 128 + RunningProgram.Interrupt) })
        {
            using RunningProgram program = RunningProgram.Start(_folder, command);
            program.WaitUntilItListens();
            program.WaitUntil(() => PostgreSqlServer.Read<long>(connection, "SELECT count(*) FROM rnnsweep_sweeps") >= sweeps, pause: 20);
            program.Send(signal);
            program.WaitForExit().Expect(exitCode);
            Assert.NotEqual(tables.GetValueOrDefault("critical.csv"), Tables("cluster").GetValueOrDefault("critical.csv"));
        }

        RunningProgram.Run(_folder, command).Expect(0);
        Assert.Equal(tables, Tables("cluster"));
        RunningProgram.Run(_folder, "verify", "cluster").Expect(0);
    }

    private Dictionary<string, string> Tables(string folder) => Directory.Exists(Path.Combine(_folder, folder))
        ? Directory.EnumerateFiles(Path.Combine(_folder, folder), "*.csv").ToDictionary(file => Path.GetFileName(file)!, File.ReadAllText)
        : [];
}
