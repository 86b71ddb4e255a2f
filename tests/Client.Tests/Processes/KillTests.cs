using System.Text.RegularExpressions;
using RnnSweep.Client.Tests.Results;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>A run that is killed at any time resumes with the same command and writes the same bytes.</summary>
public sealed partial class KillTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Folder => _folder["run"];

    [Fact]
    public void A_run_that_is_killed_repeatedly_writes_the_bytes_of_an_uninterrupted_run()
    {
        FinishedRun undisturbed = FinishedRun.Of(SmallSweep.Seconds);
        Assert.Equal(SmallSweep.SecondsCells * SmallSweep.SecondsReplicates, undisturbed.Rows.Count);
        Dictionary<string, string> tables = undisturbed.Tables;

        int seed = Environment.TickCount;
        var random = new Random(seed);
        var stored = new Dictionary<(string, long), StoredRow>();
        List<long> starts = [];
        ProgramResult? last = null;
        for (int kills = 0; last is null; kills++)
        {
            Assert.True(kills < 50, "every start should finish some cells");
            starts.Add(stored.CellsOf(SmallSweep.SecondsReplicates));
            using RunningProgram program = RunningProgram.Start(_folder.Path, ["run", .. SmallSweep.Seconds, "--json", "-o", "run"]);
            if (kills < 6)
            {
                // The first kills hit the start of the program, the others random times after the first results.
                bool early = kills % 2 == 0;
                var due = DateTime.UtcNow + TimeSpan.FromMilliseconds(random.Next(900));
                long before = stored.Count;
                program.WaitUntil(() =>
                {
                    AssertWholeOrAbsent(tables);
                    return DateTime.UtcNow >= due && (early || StoredRows.Count(Folder) > before);
                });
                program.Send(RunningProgram.Kill);
            }
            else
            {
                program.WaitUntil(() =>
                {
                    AssertWholeOrAbsent(tables);
                    return program.HasExited;
                });
            }

            ProgramResult result = program.WaitForExit();
            AssertWholeOrAbsent(tables);
            last = result.ExitCode == 128 + RunningProgram.Kill ? null : result.Expect(0);

            // Readings that were stored before are still there, in the same order and bit for bit.
            Dictionary<(string, long), StoredRow> now = Directory.Exists(Folder) ? StoredRows.Read(Folder) : [];
            foreach (((string, long) reading, StoredRow row) in stored)
            {
                bool isKept = now.TryGetValue(reading, out StoredRow? kept) && kept == row;
                Assert.True(isKept, $"the reading of {reading} changed (seed {seed}, kill {kills})");
            }

            stored = now;
        }

        Assert.Equal(tables, SmallSweep.TablesOf(Folder));
        Assert.Equal(undisturbed.Rows, StoredRows.Contents(Folder));

        // Every start found the stored cells, and the last one computed only the missing cells.
        Assert.Equal(starts[^1], last.Number("stored_before"));
        Assert.Equal(SmallSweep.SecondsCells - starts[^1], last.Number("computed"));
        Assert.Equal(last.Number("computed"), SmallSweep.Sessions(Folder)[^1].Computed);
        long[] logged = [.. StoredAtStart().Matches(File.ReadAllText(_folder["run/rnnsweep.log"]))
            .Select(match => long.Parse(match.Groups[1].Value))];
        Assert.Subset(starts.ToHashSet(), logged.ToHashSet()); // a start that was killed before it opened the log has no line
        Assert.Empty(Directory.EnumerateFiles(Folder, ".*"));
    }

    [Fact]
    public void A_finished_run_started_again_computes_nothing_and_leaves_the_same_bytes()
    {
        string[] command = ["run", .. SmallSweep.Blink, "--json", "-o", "run"];
        Assert.Equal(SmallSweep.BlinkCells, RunningProgram.Run(_folder.Path, command).Expect(0).Number("computed"));
        Dictionary<string, string> tables = SmallSweep.TablesOf(Folder);
        Dictionary<(string, long), StoredRow> rows = StoredRows.Read(Folder);
        string sweep = File.ReadAllText(_folder["run/sweep.yaml"]);

        ProgramResult again = RunningProgram.Run(_folder.Path, command).Expect(0);
        Assert.Equal(0, again.Number("computed"));
        Assert.Equal(SmallSweep.BlinkCells, again.Number("stored_before"));
        Assert.Equal(tables, SmallSweep.TablesOf(Folder));
        Assert.Equal(rows, StoredRows.Read(Folder));
        Assert.Equal(sweep, File.ReadAllText(_folder["run/sweep.yaml"]));

        // The folder's copy of the sweep is the same sweep.
        ProgramResult copy = RunningProgram.Run(_folder.Path, "run", "run/sweep.yaml", "-o", "run", "--json").Expect(0);
        Assert.Equal(0, copy.Number("computed"));
        Assert.Equal(tables, SmallSweep.TablesOf(Folder));
        Assert.Equal([(SmallSweep.BlinkCells, true), (0L, true), (0L, true)], SmallSweep.Sessions(Folder));
    }

    [Fact]
    public void A_killed_run_leaves_no_partly_written_tables()
    {
        string[] command = ["run", .. SmallSweep.Tabular, "--json", "-o", "run"];
        FinishedRun undisturbed = FinishedRun.Of(SmallSweep.Tabular);
        Dictionary<string, string> tables = undisturbed.Tables;
        undisturbed.CopyTo(Folder);

        RunningProgram.UntilInTime(() =>
        {
            Array.ForEach(SmallSweep.Tables, table => File.Delete(Path.Combine(Folder, table)));
            using RunningProgram program = RunningProgram.Start(_folder.Path, command);
            program.WaitUntil(() => HalfWritten().Any());
            program.Send(RunningProgram.Kill);
            program.WaitForExit();
            AssertWholeOrAbsent(tables);
            return HalfWritten().Any();
        });
        ProgramResult last = RunningProgram.Run(_folder.Path, command).Expect(0);
        Assert.Equal(0, last.Number("computed"));
        Assert.Equal(tables, SmallSweep.TablesOf(Folder));
        Assert.Empty(HalfWritten());
    }

    public void Dispose() => _folder.Dispose();

    private IEnumerable<string> HalfWritten() => Directory.Exists(Folder) ? Directory.EnumerateFiles(Folder, ".*.csv.*") : [];

    private void AssertWholeOrAbsent(Dictionary<string, string> tables)
    {
        foreach (string table in SmallSweep.Tables)
        {
            string path = Path.Combine(Folder, table);
            if (File.Exists(path))
            {
                Assert.Equal(tables[table], File.ReadAllText(path));
            }
        }
    }

    [GeneratedRegex(@"\d+ cells, (\d+) stored, engine")]
    private static partial Regex StoredAtStart();
}
