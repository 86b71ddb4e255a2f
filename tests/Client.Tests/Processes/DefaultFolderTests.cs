using RnnSweep.Client.Commands;
using RnnSweep.Client.Runs;
using RnnSweep.Client.Terminal;
using RnnSweep.Client.Tests.Results;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>A run without <c>-o</c> has a folder of its own, whatever <c>--set</c> changes, and computes no reading that a run beside it has.</summary>
public sealed class DefaultFolderTests : IDisposable
{
    private const string Sweep = "hidden_size: 5\nspectral_radius: [0.8, 0.9, 1]\nsequence_length: [10, 40]\nreplicates: 4\n";

    private readonly TemporaryFolder _folder = new();

    public DefaultFolderTests() => File.WriteAllText(_folder["first.yaml"], Sweep);

    [Fact]
    public void Every_second_thing_to_try_works_and_has_a_folder_that_says_what_changed()
    {
        Assert.Equal(6, Run("first").Number("computed"));
        Assert.Equal(6, Run("first,seed=7", "seed=7").Number("computed"));

        // Readings of the same cells are copied: of fewer networks and of fewer radii all, of more networks those of the first four.
        Assert.Equal(0, Run("first,replicates=2", "replicates=2").Number("computed"));
        Assert.Equal(0, Run("first,spectral_radius=0.9..1-0.1", "spectral_radius=0.9..1:0.1").Number("computed"));
        ProgramResult more = Run("first,replicates=6,seed=7", "seed=7", "replicates=6");
        Assert.Equal(6, more.Number("computed"));
        Assert.Contains("copied 24 readings from runs/first,seed=7", more.Error, StringComparison.Ordinal);
        Assert.Equal(6 * 6, StoredRows.Count(_folder["runs/first,replicates=6,seed=7"]));

        // The tables are those of a run that computes everything itself.
        foreach ((string folder, string[] sets) in new[]
        {
            ("runs/first,replicates=2", new[] { "replicates=2" }), ("runs/first,replicates=6,seed=7", ["replicates=6", "seed=7"]),
            ("runs/first,spectral_radius=0.9..1-0.1", ["spectral_radius=0.9..1:0.1"]),
        })
        {
            RunningProgram.Run(_folder.Path, ["run", "first.yaml", .. Sets(sets), "-o", "fresh"]).Expect(0);
            Assert.Equal(SmallSweep.TablesOf(_folder["fresh"]), SmallSweep.TablesOf(_folder[folder]));
            RunningProgram.Run(_folder.Path, "verify", folder, "--sample", "10").Expect(0);
            Directory.Delete(_folder["fresh"], recursive: true);
        }
    }

    [Fact]
    public void A_changed_file_has_another_folder_and_the_first_one_is_kept()
    {
        Run("first");
        Dictionary<string, string> before = SmallSweep.TablesOf(_folder["runs/first"]);
        File.WriteAllText(_folder["first.yaml"], Sweep.Replace("hidden_size: 5", "hidden_size: 6", StringComparison.Ordinal));
        Assert.Equal(6, Run("first-2").Number("computed"));
        Assert.Equal(6, Run("first-2").Number("stored_before"));
        Assert.Equal(0, Run("first,replicates=2", "replicates=2").Number("computed")); // copied from first-2
        File.WriteAllText(_folder["first.yaml"], Sweep.Replace("[0.8, 0.9, 1]", "[0.8, 1]", StringComparison.Ordinal));
        Assert.Equal(0, Run("first-3").Number("computed"));
        Assert.Equal(before, SmallSweep.TablesOf(_folder["runs/first"]));

        // A sweep that only grows keeps its folder.
        File.WriteAllText(_folder["first.yaml"], Sweep.Replace("[0.8, 0.9, 1]", "[0.8, 0.9, 1, 1.1]", StringComparison.Ordinal));
        Assert.Equal(2, Run("first").Number("computed"));
    }

    [Fact]
    public void Readings_of_more_cells_than_are_read_at_a_time_are_copied()
    {
        Run("first,seed=1..50-1", "seed=1..50:1");
        Assert.Equal(0, Run("first,replicates=2,seed=1..50-1", "seed=1..50:1", "replicates=2").Number("computed"));
    }

    [Fact]
    public void Readings_of_another_instruction_set_or_of_a_sweep_with_a_longer_name_are_not_copied()
    {
        RunningProgram.Run(_folder.Path, "run", "first.yaml", "-o", "runs/firstly").Expect(0);
        Assert.Equal(6, Run("first").Number("computed"));
        Directory.Delete(_folder["runs/firstly"], recursive: true);

        // The second of two starts was on another machine.
        Run("first");
        string manifest = File.ReadAllText(_folder["runs/first/manifest.json"]);
        string set = $"\"instruction_set\": \"{Machine.InstructionSet}\"";
        int last = manifest.LastIndexOf(set, StringComparison.Ordinal);
        Assert.NotEqual(last, manifest.IndexOf(set, StringComparison.Ordinal));
        File.WriteAllText(_folder["runs/first/manifest.json"], manifest.Remove(last, set.Length).Insert(last, "\"instruction_set\": \"another\""));
        Assert.Equal(6, Run("first,replicates=2", "replicates=2").Number("computed"));
    }

    [Fact]
    public void A_damaged_store_beside_the_folder_costs_only_its_readings()
    {
        Run("first");
        Assert.Equal(1, StoredRows.Execute(_folder["runs/first"], "UPDATE readings SET log10_spectral_norm = 1 WHERE (cell, replicate) = (SELECT min(cell), 0 FROM readings)"));
        Run("first,replicates=2", "replicates=2");
        RunningProgram.Run(_folder.Path, "verify", "runs/first,replicates=2", "--sample", "100").Expect(0);
    }

    [Fact]
    public void A_folder_of_another_sweep_that_was_named_is_refused_with_a_command_that_works()
    {
        RunningProgram.Run(_folder.Path, "run", "first.yaml", "-o", "named").Expect(0);
        string line = Assert.Single(RunningProgram.Run(_folder.Path, "run", "first.yaml", "--set", "seed=7", "-o", "named").Expect(2).ErrorLines);
        Assert.Contains("holds results of 6 cells, 6 of them cells that are not in this sweep; choose another folder, as with ", line, StringComparison.Ordinal);
        string command = line.Split("as with ")[1].Split(", or share")[0];
        Assert.EndsWith(" run first.yaml --set seed=7 -o named-2", command, StringComparison.Ordinal);
        RunningProgram.Shell(_folder.Path, command).Expect(0);
        Assert.True(File.Exists(_folder["named-2/report.html"]));
    }

    [Fact]
    public void A_field_of_the_file_can_be_unset()
    {
        ProgramResult plan = RunningProgram.Run(_folder.Path, "plan", "first.yaml", "--set", "spectral_radius=default", "--set", "replicates=default").Expect(0);
        Assert.Contains("cells         2 = 2 sequence_length\n", plan.Output, StringComparison.Ordinal);
        Assert.Contains("16 replicates", plan.Output, StringComparison.Ordinal);
        Run("first,spectral_radius=default", "spectral_radius=default");
        Assert.Contains("\nspectral_radius: 1\n", File.ReadAllText(_folder["runs/first,spectral_radius=default/sweep.yaml"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a,replicates=8,seed=7", "a", "seed=7", "replicates=8")]
    [InlineData("a,weights=w-x.npy-t-", "a", "weights = w/x.npy#t*")]
    [InlineData("b", "b", "name=b", "seed=2")]
    [InlineData("a,seed=2", "a", "label={ seed: draw }", "description=long text", "seed=2")]
    [InlineData("a,lags=count-4", "a", "lags={ count: 4 }")]
    [InlineData("a,statistics=gradient,activity", "a", "statistics=[gradient, activity]")]
    [InlineData("a,weights=my-w.npy", "a", "weights='my/w.npy'")]
    public void A_name_has_the_fields_in_their_order_and_no_character_that_a_shell_reads(string expected, string name, params string[] sets) =>
        Assert.Equal(expected, DefaultFolder.NameOf(name, sets));

    [Fact]
    public void A_name_that_is_too_long_is_cut_and_stays_distinct()
    {
        string[] names = [.. new[] { "1", "2" }.Select(last => DefaultFolder.NameOf("a", [$"bias={string.Join(',', Enumerable.Range(0, 100))},{last}"]))];
        Assert.All(names, name => Assert.InRange(name.Length, 100, 180));
        Assert.NotEqual(names[0], names[1]);
    }

    [Theory]
    [InlineData("run x -o new", "run", "x", "-o", "old")]
    [InlineData("run --set seed=1 x -o new", "run", "--output", "old", "--set", "seed=1", "x")]
    [InlineData("run x -o new", "run", "--output=old", "x")]
    [InlineData("run x -o new", "run", "x")]
    public void A_command_is_repeated_with_another_folder(string expected, params string[] arguments) =>
        Assert.Equal(expected, string.Join(' ', CommandText.WithOutput(arguments, "new")));

    public void Dispose() => _folder.Dispose();

    private ProgramResult Run(string folder, params string[] sets)
    {
        ProgramResult result = RunningProgram.Run(_folder.Path, ["run", "first.yaml", .. Sets(sets), "--json"]).Expect(0);
        Assert.Contains($"/runs/{folder}\"", result.Output, StringComparison.Ordinal);
        Assert.Equal(result.Number("cells"), result.Number("done"));
        return result;
    }

    private static IEnumerable<string> Sets(string[] sets) => sets.SelectMany(set => new[] { "--set", set });
}
