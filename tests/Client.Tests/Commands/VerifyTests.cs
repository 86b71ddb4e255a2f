using System.Text.Json;
using RnnSweep.Client.Results;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Tests.Commands;

/// <summary>verify finds the errors in a run's folder, and finds none in a correct one.</summary>
public sealed class VerifyTests : IDisposable
{
    private static readonly SweepPlan s_plan = SmallSweep.PlanOf(SmallSweep.Blink);
    private readonly TemporaryFolder _folder = new();

    public VerifyTests() => FinishedRun.Of(SmallSweep.Blink).CopyTo(_folder["run"]);

    private string Folder => _folder["run"];

    [Fact]
    public void A_correct_folder_has_no_problems_and_is_not_changed()
    {
        string[] before = [.. Directory.EnumerateFiles(Folder).Order()
            .Select(file => $"{file} {Convert.ToHexString(File.ReadAllBytes(file))}")];
        ProgramResult result = Verify(0, "--sample", "1000");
        Assert.Equal(SmallSweep.BlinkCells, result.Number("cells"));
        Assert.Equal(SmallSweep.BlinkCells, result.Number("done"));
        Assert.Equal(SmallSweep.BlinkReadings, result.Number("recomputed"));
        Assert.Equal(before, Directory.EnumerateFiles(Folder).Order()
            .Select(file => $"{file} {Convert.ToHexString(File.ReadAllBytes(file))}"));

        ProgramResult text = RunningProgram.Run(_folder.Path, "verify", "run", "--sample", "2").Expect(0);
        Assert.Empty(text.Error);
        Assert.Contains("20 cells = 20 done + 0 failed + 0 missing; 2 computed again; no problems found", text.Output,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("replicates.csv")]
    [InlineData("summary.csv")]
    public void A_changed_table_is_found(string table)
    {
        string path = Path.Combine(Folder, table);
        byte[] sound = File.ReadAllBytes(path);
        string[] lines = File.ReadAllText(path).Split('\n');

        byte[] digit = [.. sound];
        int at = Array.LastIndexOf(digit, (byte)'1');
        digit[at] = (byte)'2';
        int line = sound.AsSpan(0, at).Count((byte)'\n') + 1;
        AssertFinds(digit, $"{table} differs from the stored results, first in line {line}");
        AssertFinds(Text([.. lines[..5], .. lines[6..]]), $"{table} differs from the stored results, first in line 6");
        AssertFinds(Text([lines[0], lines[2], lines[1], .. lines[3..]]), $"{table} differs from the stored results, first in line 2");
        AssertFinds(sound[..^1], $"{table} differs from the stored results, first in line {lines.Length - 1}");
        AssertFinds([.. sound, (byte)'\n'], $"{table} differs from the stored results, first in line {lines.Length}");
        AssertFinds([], $"{table} differs from the stored results, first in line 1");
        File.Delete(path);
        ProgramResult missing = Verify(5);
        Assert.Equal([$"{table} is not there; 'rnnsweep export DIR' writes it"], Findings(missing));
        Assert.EndsWith("; 1 finding", Assert.Single(missing.ErrorLines), StringComparison.Ordinal);

        // Nothing is lost, because the tables can be written again from the store.
        RunningProgram.Run(_folder.Path, "export", "run").Expect(0);
        Verify(0);
        Assert.Equal(sound, File.ReadAllBytes(path));

        static byte[] Text(string[] lines) => System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines));

        void AssertFinds(byte[] content, string finding)
        {
            File.WriteAllBytes(path, content);
            Assert.Equal([finding], Findings(Verify(5)));
        }
    }

    [Fact]
    public void A_flipped_bit_in_a_reading_is_found()
    {
        CellSpec spec = s_plan.Cell(7);
        long bits = BitConverter.DoubleToInt64Bits(Stored(spec).Replicates[2].LyapunovMax);
        Assert.Equal(1, StoredRows.Execute(
            Folder,
            "UPDATE readings SET lyapunov_max = $flipped WHERE replicate = 2 AND cell = (SELECT id FROM cells WHERE key = $key)",
            ("$flipped", BitConverter.Int64BitsToDouble(bits ^ 1)),
            ("$key", CellKey.Of(spec).ToArray())));
        ProgramResult result = Verify(5);
        Assert.Contains($"the stored reading of cell {CellKey.Of(spec)}, replicate 2, does not match its checksum", Findings(result));
        Assert.Equal((SmallSweep.BlinkCells - 1, 1), (result.Number("done"), result.Number("damaged")));

        // The reading is not used for a table either.
        Dictionary<string, string> tables = SmallSweep.TablesOf(Folder);
        RunningProgram.Run(_folder.Path, "export", "run").Expect(5);
        Assert.Equal(tables, SmallSweep.TablesOf(Folder));
    }

    [Fact]
    public void Readings_of_a_cell_that_is_not_in_the_sweep_are_found()
    {
        CellResult outside = Grid.Compute(new CellSpec { Seed = 99 });
        Insert(outside);
        Assert.Equal([$"the stored readings of cell {outside.Key} belong to no cell of the plan"], Findings(Verify(5)));
    }

    [Fact]
    public void A_wrong_reading_with_a_correct_checksum_is_found_by_recomputing_it()
    {
        // The numbers of one cell are stored under the key of another, with a correct checksum and matching tables.
        CellSpec first = s_plan.Cell(0);
        CellResult forged = Stored(s_plan.Cell(1)) with { Spec = first, Key = CellKey.Of(first) };
        StoredRows.Execute(Folder, "DELETE FROM readings WHERE replicate = 1 AND cell = (SELECT id FROM cells WHERE key = $key)", ("$key", forged.Key.ToArray()));
        Insert(forged with { Replicates = [forged.Replicates[1]] });
        RunningProgram.Run(_folder.Path, "export", "run").Expect(0);
        Verify(0, "--sample", "0");
        string finding = Assert.Single(Findings(Verify(5, "--sample", "1000")));
        Assert.StartsWith($"cell {forged.Key} (activation tanh, spectral_radius 0.8, sequence_length 50), replicate 1, computed again, gives ", finding, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_cells_are_counted_and_are_no_damage()
    {
        Array.ForEach(SmallSweep.Tables, table => File.Delete(Path.Combine(Folder, table)));
        StoredRows.RemoveCells(Folder, 3);
        ProgramResult result = Verify(0, "--sample", "1000");
        Assert.Equal((17, 3, 17 * SmallSweep.BlinkReplicates), (result.Number("done"), result.Number("missing"), result.Number("recomputed")));

        // Tables can be exported meanwhile; they have no rows for missing cells.
        RunningProgram.Run(_folder.Path, "export", "run").Expect(0);
        Assert.Equal(1 + 17, SmallSweep.TablesOf(Folder)["summary.csv"].Count(c => c == '\n'));
        Verify(0);
        Assert.Equal(3, RunningProgram.Run(_folder.Path, ["run", .. SmallSweep.Blink, "-o", "run", "--json"]).Expect(0).Number("computed"));
        Verify(0);
    }

    [Fact]
    public void Failed_cells_are_counted_shown_and_retried()
    {
        Dictionary<string, string> tables = SmallSweep.TablesOf(Folder);
        StoredRows.Fail(Folder, "it was too dark");
        ProgramResult exported = RunningProgram.Run(_folder.Path, "export", "run", "--json").Expect(3);
        Assert.Equal((20, 19, 1, 0), (exported.Number("cells"), exported.Number("done"), exported.Number("failed"), exported.Number("missing")));
        ProgramResult result = Verify(0, "--sample", "1000");
        Assert.Equal((19, 1, 0), (result.Number("done"), result.Number("failed"), result.Number("missing")));
        Assert.Equal(SmallSweep.BlinkReadings - 1, result.Number("recomputed"));

        // The cell's other readings are in the tables.
        Assert.Equal(1 + 20, SmallSweep.TablesOf(Folder)["summary.csv"].Count(c => c == '\n'));
        Assert.Equal(1 + SmallSweep.BlinkReadings - 1, SmallSweep.TablesOf(Folder)["replicates.csv"].Count(c => c == '\n'));

        Assert.Equal(1, RunningProgram.Run(_folder.Path, ["run", .. SmallSweep.Blink, "-o", "run", "--json"]).Expect(0).Number("computed"));
        Assert.Equal(0, Verify(0).Number("failed"));
        Assert.Equal(tables, SmallSweep.TablesOf(Folder));
    }

    public void Dispose() => _folder.Dispose();

    private ProgramResult Verify(int exitCode, params string[] options) =>
        RunningProgram.Run(_folder.Path, ["verify", "run", "--json", .. options]).Expect(exitCode);

    private CellResult Stored(CellSpec spec)
    {
        using var store = SqliteResultStore.OpenReadOnly(Path.Combine(Folder, "results.db"));
        return store.Find(spec)!;
    }

    private void Insert(CellResult result)
    {
        using var store = SqliteResultStore.OpenOrCreate(Path.Combine(Folder, "results.db"));
        store.Add([result], []);
    }

    private static string[] Findings(ProgramResult result)
    {
        using JsonDocument document = JsonDocument.Parse(result.Output);
        return [.. document.RootElement.GetProperty("findings").EnumerateArray().Select(finding => finding.GetString()!)];
    }
}
