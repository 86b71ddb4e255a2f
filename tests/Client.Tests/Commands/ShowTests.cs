using System.Text.Json;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Commands;

public sealed class ShowTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ShowTests() => FinishedRun.Of(SmallSweep.Blink).CopyTo(_folder["run"]);

    [Fact]
    public void The_table_is_the_one_that_the_run_printed()
    {
        string shown = RunningProgram.Run(_folder.Path, "show", "run").Expect(0).Output;
        Assert.Contains(shown, RunningProgram.Run(_folder.Path, ["run", .. SmallSweep.Blink, "-o", "run"]).Expect(0).Error, StringComparison.Ordinal);
        Assert.DoesNotContain(shown, RunningProgram.Run(_folder.Path, ["run", .. SmallSweep.Blink, "-o", "run", "--json"]).Expect(0).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_number_of_the_table_and_of_the_json_is_that_of_the_summary()
    {
        Dictionary<string, string>[] summary = Summary();
        foreach (string activation in new[] { "tanh", "relu" })
        {
            string[] lines = RunningProgram.Run(_folder.Path, "show", "run", "--at", $"activation={activation}").Expect(0).Output.Split('\n');
            Assert.Equal(["spectral_radius", "50", "5"], Words(lines[3]));
            foreach (string[] row in lines[4..9].Select(Words))
            {
                Assert.Equal(
                    from length in new[] { "50", "5" }
                    from cell in summary
                    where cell["activation"] == activation && cell["spectral_radius"] == row[0] && cell["sequence_length"] == length
                    select Rounded(cell["log10_spectral_norm_median"]),
                    row[1..]);
            }
        }

        using JsonDocument document = JsonDocument.Parse(RunningProgram.Run(_folder.Path, "show", "run", "--json").Expect(0).Output);
        JsonElement[] cells = [.. document.RootElement.GetProperty("cells").EnumerateArray()];
        Assert.Equal(SmallSweep.BlinkCells, cells.Length);
        foreach ((JsonElement cell, Dictionary<string, string> row) in cells.Zip(summary))
        {
            Assert.Equal("done", cell.GetProperty("status").GetString());
            Assert.Equal(row["activation"], cell.GetProperty("coordinates").GetProperty("activation").GetString());
            Assert.Equal(row["spectral_radius"], cell.GetProperty("coordinates").GetProperty("spectral_radius").GetRawText());
            Assert.All(
                cell.EnumerateObject().Where(property => property.Name is not ("status" or "coordinates")),
                property => Assert.Equal(row[property.Name], property.Value.ToString()));
        }
    }

    [SkippableFact]
    public void Without_a_terminal_or_with_NO_COLOR_there_is_no_colour()
    {
        Assert.DoesNotContain('\e', RunningProgram.Run(_folder.Path, "show", "run").Expect(0).Output);
        foreach ((string environment, bool isColoured) in new[] { ("TERM=xterm NO_COLOR=", true), ("TERM=xterm NO_COLOR=1", false), ("TERM=dumb NO_COLOR=", false) })
        {
            // script(1) runs its command in a terminal.
            string command = $"{environment} '{RunningProgram.Path}' show run";
            ProgramResult shown = RunningProgram.Shell(_folder.Path, $"""script -qec "{command}" /dev/null </dev/null""");
            Skip.If(shown.ExitCode == 127, "there is no script(1) to make a terminal");
            Assert.Equal(isColoured, shown.Expect(0).Output.Contains("\e[32m", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Cells_that_are_missing_are_shown_as_missing()
    {
        StoredRows.RemoveCells(_folder["run"], 19);
        string table = RunningProgram.Run(_folder.Path, "show", "run").Expect(0).Output + RunningProgram.Run(_folder.Path, "show", "run", "--at", "activation=relu").Expect(0).Output;
        Assert.Equal(19, table.Split('·').Length - 1 - (table.Split("· not computed").Length - 1));
        using JsonDocument document = JsonDocument.Parse(RunningProgram.Run(_folder.Path, "show", "run", "--json").Expect(0).Output);
        JsonElement missing = document.RootElement.GetProperty("cells").EnumerateArray().First(cell => cell.GetProperty("status").GetString() == "missing");
        Assert.Equal(JsonValueKind.Null, missing.GetProperty("log10_spectral_norm_median").ValueKind);
    }

    [Theory]
    [InlineData("hidden_size=6", "--at must name an axis of the sweep (activation, spectral_radius, sequence_length) as FIELD=VALUE, but was 'hidden_size=6'")]
    [InlineData("activation", "--at activation: activation has no value ''; it has tanh, relu")]
    [InlineData("spectral_radius=2", "--at spectral_radius=2: spectral_radius has no value '2'; it has 0.8, 0.9, 1, 1.1, 1.2")]
    public void Values_that_are_not_in_the_sweep_are_named(string at, string message) =>
        Assert.Equal($"rnnsweep: {message}", Assert.Single(RunningProgram.Run(_folder.Path, "show", "run", "--at", at).Expect(2).ErrorLines));

    public void Dispose() => _folder.Dispose();

    private Dictionary<string, string>[] Summary()
    {
        string[][] rows = [.. File.ReadLines(_folder["run/summary.csv"]).Select(line => line.Split(','))];
        return [.. rows[1..].Select(row => rows[0].Zip(row).ToDictionary(pair => pair.First, pair => pair.Second))];
    }

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string Rounded(string number) =>
        double.Parse(number) is var value && Math.Abs(value) < 0.05 ? "0.0" : double.IsNegativeInfinity(value) ? "-∞" : value.ToString("0.0");
}
