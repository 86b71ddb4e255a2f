using RnnSweep.Client.Tests.Processes;
using RnnSweep.Cluster.Tests.Http;

namespace RnnSweep.Cluster.Tests.PostgreSql;

/// <summary>Silos and a client whose machines show another time, by libfaketime. Their monotonic clocks are right.</summary>
[Collection(PostgreSqlTests.Name)]
public sealed class WrongClockTests(PostgreSqlServer server) : IDisposable
{
    private const string Active = "SELECT count(*) FROM OrleansMembershipTable WHERE Status = 3";

    private readonly string _folder = Directory.CreateTempSubdirectory("rnnsweep-clocks-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public void Silos_join_and_clients_follow_when_every_clock_shows_another_time()
    {
        string? library = Directory.GetDirectories("/usr/lib", "*-linux-gnu").Select(place => Path.Combine(place, "faketime/libfaketimeMT.so.1")).FirstOrDefault(File.Exists);
        Skip.If(library is null, "wrong clocks need libfaketime (Debian: faketime)");
        string connection = server.CreateDatabase();

        // A silo that is ahead would take a newcomer for one that has been joining for an hour.
        using SiloProgram ahead = SiloProgram.Start(_folder, connection, Shifted(3600), "--http", "none");
        using SiloProgram behind = SiloProgram.Start(_folder, connection, Shifted(-3600), "--http", "none");
        using SiloProgram right = SiloProgram.Start(_folder, connection, Shifted(0), "--http", "none");

        using RunningProgram client = RunningProgram.Start(
            _folder, new Dictionary<string, string>(Shifted(-90)) { ["RNNSWEEP_CLUSTER"] = connection }, "run", "--engine", "cluster", "--set", "name=clocks", "--set", "hidden_size=4");
        ProgramResult run = client.WaitForExit();

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(3, PostgreSqlServer.Read<long>(connection, Active));
        // Orleans warns of members that have not reported for some time.
        Assert.All([ahead, behind, right], silo => Assert.DoesNotContain("IAmAliveTime", silo.Program.Error, StringComparison.Ordinal));

        Dictionary<string, string> Shifted(int seconds) => new()
        {
            ["LD_PRELOAD"] = library!,
            ["FAKETIME"] = $"{seconds:+0;-0;+0}s",
            ["DONT_FAKE_MONOTONIC"] = "1",
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        };
    }
}
