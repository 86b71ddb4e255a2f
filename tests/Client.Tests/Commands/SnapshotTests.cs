using RnnSweep.Client.Commands;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Commands;

public sealed class SnapshotTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> CommandNames => [.. CommandLine.Root().Subcommands.Select(command => command.Name)];

    [Fact]
    public void The_help_names_arguments_whatever_files_are_there()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "sweep.yaml"), "name: a");
        Directory.CreateDirectory(Path.Combine(_folder.Path, "runs"));
        Snapshot.Matches("help", HelpOf("--help"));
    }

    [Theory]
    [MemberData(nameof(CommandNames))]
    public void Help_of_a_command(string command)
    {
        string help = HelpOf(command, "--help");
        Snapshot.Matches($"help-{command}", help);
        Assert.Contains($"  rnnsweep {command} ", help, StringComparison.Ordinal);
        Assert.Contains("Example", help, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_snapshot_of_help_is_of_a_command()
    {
        IEnumerable<string> files = Directory.EnumerateFiles(SourceTree.PathOf("tests", "Client.Tests", "Snapshots"), "help-*.txt")
            .Select(file => Path.GetFileNameWithoutExtension(file)!["help-".Length..]);
        Assert.Equal(CommandLine.Root().Subcommands.Select(command => command.Name).Order(), files.Order());
    }

    [Fact]
    public void Headers_of_the_tables()
    {
        foreach ((string table, string text) in FinishedRun.Of(SmallSweep.Blink).Tables)
        {
            // One column per line, so that a changed column is a changed line.
            string header = text[..text.IndexOf('\n', StringComparison.Ordinal)];
            Snapshot.Matches($"header-{Path.GetFileNameWithoutExtension(table)}", header.Replace(',', '\n') + "\n");
        }

        foreach ((string table, string text) in FinishedRun.Of([.. SmallSweep.Blink, .. SmallSweep.Measured]).Tables)
        {
            string header = text[..text.IndexOf('\n', StringComparison.Ordinal)];
            Snapshot.Matches($"header-measured-{Path.GetFileNameWithoutExtension(table)}", header.Replace(',', '\n') + "\n");
        }
    }

    [Fact]
    public void Plan_of_a_small_sweep()
    {
        string[] axes = ["--set", "name=small", "--set", "spectral_radius=0.5..1.5:0.1", "--set", "activation=tanh,relu",
            "--set", "sequence_length=log:10..1000/3"];
        string[] command = ["plan", .. axes, "--parallelism", "2"];
        Snapshot.Matches("plan", RunningProgram.Run(_folder.Path, command).Expect(0).Output);
        Snapshot.Matches("plan-json", RunningProgram.Run(_folder.Path, [.. command, "--json"]).Expect(0).Output);
        Snapshot.Matches("plan-shard", RunningProgram.Run(_folder.Path, [.. command, "--shard", "2/5"]).Expect(0).Output);

        // The memory of networks that are computed side by side, up to N = 20, depends on the width of the machine's vectors.
        Snapshot.Matches("plan-one-cell", RunningProgram.Run(_folder.Path, "plan", "--set", "hidden_size=24", "--parallelism", "1")
            .Expect(0).Output);
    }

    [Fact]
    public void The_resolved_sweep()
    {
        FinishedRun.Of([.. SmallSweep.Blink, "--set", "name=blink"]).CopyTo(_folder["run"]);
        Snapshot.Matches("sweep", File.ReadAllText(_folder["run/sweep.yaml"]));
    }

    [Fact]
    public void The_jacobian_command_identifies_the_three_forms()
    {
        // The deviations are rounding errors, which differ from machine to machine; the words are the same everywhere.
        string Words(params string[] arguments) => System.Text.RegularExpressions.Regex.Replace(
            RunningProgram.Run(_folder.Path, ["jacobian", .. arguments]).Expect(0).Output, @"\d\.\de[+-]\d\d", "#.#e###");
        Snapshot.Matches("jacobian", Words());
        Snapshot.Matches("jacobian-leaky", Words("--set", "leak=0.3"));
        Snapshot.Matches("jacobian-post-activation",
            Words("--state", "post-activation", "--set", "activation=sigmoid", "--hidden-size", "5"));
    }

    public void Dispose() => _folder.Dispose();

    private string HelpOf(params string[] arguments)
    {
        string help = RunningProgram.Run(_folder.Path, arguments).Expect(0).Output;

        // Output to a pipe has no width.
        foreach (string columns in new[] { "20", "300" })
        {
            Assert.Equal(help, RunningProgram.Run(_folder.Path, new Dictionary<string, string> { ["COLUMNS"] = columns }, arguments)
                .Expect(0).Output);
        }

        return help;
    }
}
