using System.Diagnostics;
using RnnSweep.Client.Tests.Commands;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Cluster.Tests.Http;

namespace RnnSweep.Cluster.Tests.PostgreSql;

/// <summary>Silos and a client whose machines show another time, by the library of the fault tests. Their monotonic clocks are right.</summary>
[Collection(PostgreSqlTests.Name)]
public sealed class WrongClockTests(PostgreSqlServer server) : IDisposable
{
    private const string Active = "SELECT count(*) FROM OrleansMembershipTable WHERE Status = 3";

    private readonly string _folder = Directory.CreateTempSubdirectory("rnnsweep-clocks-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public void Silos_join_and_clients_follow_when_every_clock_shows_another_time()
    {
        string library = Library(), connection = server.CreateDatabase();

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

        Dictionary<string, string> Shifted(long seconds)
        {
            string file = Path.Combine(_folder, $"clock-{seconds}");
            File.WriteAllBytes(file, BitConverter.GetBytes(seconds));
            return new() { ["LD_PRELOAD"] = library, ["CLOCK_FILE"] = file };
        }
    }

    private string Library()
    {
        Skip.IfNot(File.Exists("/usr/bin/cc"), "wrong clocks need a C compiler (Debian: gcc)");
        string library = Path.Combine(_folder, "clock.so");
        using Process compiler = Process.Start("/usr/bin/cc", ["-shared", "-fPIC", "-O2", "-o", library, SourceTree.PathOf("tests", "Faults", "clock.c"), "-ldl"]);
        compiler.WaitForExit();
        Assert.Equal(0, compiler.ExitCode);
        return library;
    }
}
