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

    [Fact]
    public void Every_column_of_the_tables_can_be_shown()
    {
        Dictionary<string, string>[] summary = Summary();
        string[] columns = [.. summary[0].Keys.SkipWhile(name => name != "count"), .. File.ReadLines(_folder["run/replicates.csv"]).First().Split(',').SkipWhile(name => name != "replicate").Skip(1).SkipLast(3)];
        Assert.Contains("theory_lyapunov_max", columns);
        Assert.Contains("log10_frobenius_norm", columns);
        foreach (string column in columns.Where((_, i) => i % 7 == 0).Append("theory_lyapunov_max").Append("converged").Append("log10_frobenius_norm"))
        {
            string[] lines = RunningProgram.Run(_folder.Path, "show", "run", "--column", column, "--at", "activation=relu").Expect(0).Output.Split('\n');
            Assert.Contains(column, lines[0], StringComparison.Ordinal);
            foreach (string[] row in summary[0].ContainsKey(column) ? lines[4..9].Select(Words) : [])
            {
                Assert.Equal(
                    from length in new[] { "50", "5" }
                    from cell in summary
                    where cell["activation"] == "relu" && cell["spectral_radius"] == row[0] && cell["sequence_length"] == length
                    select FourDigits(cell[column]),
                    row[1..]);
            }
        }

        string misspelt = Assert.Single(RunningProgram.Run(_folder.Path, "show", "run", "--column", "lyapunov_max_meen").Expect(2).ErrorLines);
        Assert.Contains("was 'lyapunov_max_meen'; did you mean lyapunov_max_mean?", misspelt, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(RunningProgram.Run(_folder.Path, "show", "run", "--json", "--column", "lyapunov_max_mean").Expect(0).Output);
        Assert.Equal(summary.Select(row => row["lyapunov_max_mean"]), json.RootElement.GetProperty("cells").EnumerateArray().Select(cell => cell.GetProperty("lyapunov_max_mean").ToString()));
    }

    [Fact]
    public void Markdown_has_every_row_and_the_numbers_of_the_table()
    {
        string[] table = RunningProgram.Run(_folder.Path, "show", "run", "--all").Expect(0).Output.Split('\n');
        string[] markdown = [.. RunningProgram.Run(_folder.Path, "show", "run", "--markdown").Expect(0).Output.Split('\n').Where(line => line.StartsWith('|'))];
        Assert.Equal(@"| spectral_radius \ sequence_length | 50 | 5 |", markdown[0]);
        Assert.Equal("| --- | ---: | ---: |", markdown[1]);
        Assert.Equal(table[4..9].Select(Words), markdown[2..].Select(line => line.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
    }

    [Fact]
    public void A_list_has_a_line_for_each_run()
    {
        FinishedRun.Of(SmallSweep.Blink).CopyTo(_folder["other"]);
        StoredRows.RemoveCells(_folder["other"], 3);
        Directory.CreateDirectory(_folder["no-run"]);
        string[] lines = RunningProgram.Run(_folder.Path, "list", ".").Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Matches(@"^\./other  17/20  \d{4}-\d\d-\d\d  2 activation × 5 spectral_radius × 2 sequence_length  \S.+\.$", lines[0]);
        Assert.Matches(@"^\./run    20/20  ", lines[1]);
        Assert.Equal("no-run holds no run\n", RunningProgram.Run(_folder.Path, "list", "no-run").Expect(0).Error);
        RunningProgram.Run(_folder.Path, "list", "nowhere").Expect(2);
        RunningProgram.Run(_folder.Path, "list").Expect(2); // there is no folder runs
    }

    [Fact]
    public void A_run_ends_with_the_first_sentences_of_its_report_and_a_link_and_opens_it()
    {
        File.WriteAllText(_folder["browser"], "#!/bin/sh\nprintf %s \"$1\" > opened\n");
        RunningProgram.Shell(_folder.Path, "chmod +x browser").Expect(0);
        var browser = new Dictionary<string, string> { ["BROWSER"] = _folder["browser"] };
        string[] lines = RunningProgram.Run(_folder.Path, browser, ["run", .. SmallSweep.Blink, "-o", "run", "--open"]).Expect(0).ErrorLines;
        Assert.Equal(new Uri(_folder["run/report.html"]).AbsoluteUri, lines[^1]);
        string page = System.Net.WebUtility.HtmlDecode(File.ReadAllText(_folder["run/report.html"])).Replace('\u00A0', ' ');
        string[] sentences = [.. page.Split("<li>").Skip(1).Take(2).Select(item => item.Split("</li>")[0])];
        Assert.Equal(sentences, lines[^3..^1]);
        using (RunningProgram wait = RunningProgram.StartShell(_folder.Path, "while ! [ -s opened ]; do sleep 0.1; done"))
        {
            wait.WaitForExit().Expect(0);
        }

        Assert.Equal(_folder["run/report.html"], File.ReadAllText(_folder["opened"]));
        Assert.Contains("the report cannot be opened", RunningProgram.Run(_folder.Path, new Dictionary<string, string> { ["BROWSER"] = _folder["none"] }, "report", "run", "--open").Expect(0).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_misspelt_command_or_path_gets_a_suggestion()
    {
        File.WriteAllText(_folder["first.yaml"], "hidden_size: 4\n");
        Directory.CreateDirectory(_folder["runs"]);
        Directory.Move(_folder["run"], _folder["runs/edge"]);
        foreach ((string[] arguments, string end) in new[]
        {
            (new[] { "rn", "first.yaml" }, "there is no command rn; did you mean run?"),
            (["frobnicate"], "there is no command frobnicate; 'rnnsweep --help' lists them"),
            (["plan", "frist.yaml"], "there is no such file; did you mean first.yaml?"),
            (["plan", "first"], "there is no such file; did you mean first.yaml?"),
            (["plan", "nowhere/x.yaml"], "there is no such file"),
            (["show", "runs/egde"], "there is no folder runs/egde; did you mean runs/edge?"),
            (["show", "edge/"], "there is no folder edge/; did you mean runs/edge?"),
            (["show", "nothing-like-it"], "there is no folder nothing-like-it"),
        })
        {
            Assert.EndsWith(end, Assert.Single(RunningProgram.Run(_folder.Path, arguments).Expect(2).ErrorLines), StringComparison.Ordinal);
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

    // The text of a number with four significant digits; an empty field is "?".
    private static string FourDigits(string field) =>
        field.Length == 0 ? "?" : double.Parse(field) is var number && double.IsNegativeInfinity(number) ? "-∞"
        : number == 0 ? "0" : Math.Abs(number) is >= 1e-4 and < 1e6 ? number.ToString("G4") : number.ToString("0.###e0");

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
