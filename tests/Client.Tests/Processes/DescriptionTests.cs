using RnnSweep.Client.Tests.Results;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>The description of a sweep is in its report, and changes no result.</summary>
public sealed class DescriptionTests : IDisposable
{
    private const string Sweep = "hidden_size: 4\nspectral_radius: [0.9, 1.1]\nreplicates: 2\n";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void It_stands_under_the_title_and_in_the_resolved_file_and_changes_no_table()
    {
        File.WriteAllText(_folder["plain.yaml"], Sweep);
        File.WriteAllText(_folder["described.yaml"], Sweep + "description: >-\n  Does <b>λ</b> cross 0,\n  and where?\n");
        RunningProgram.Run(_folder.Path, "run", "plain.yaml", "-o", "run").Expect(0);
        Dictionary<string, string> tables = SmallSweep.TablesOf(_folder["run"]);
        Assert.Equal(2, RunningProgram.Run(_folder.Path, "run", "described.yaml", "-o", "run", "--json").Expect(0).Number("stored_before"));
        Assert.Equal(tables, SmallSweep.TablesOf(_folder["run"]));
        Assert.Contains("\ndescription: \"Does <b>λ</b> cross 0, and where?\"\n", File.ReadAllText(_folder["run/sweep.yaml"]), StringComparison.Ordinal);
        string page = File.ReadAllText(_folder["run/report.html"]);
        Assert.Contains("</h1>\n<p class=\"description\">Does &lt;b&gt;λ&lt;/b&gt; cross 0, and where?</p>", page, StringComparison.Ordinal);
        Assert.Contains("rnnsweep run sweep.yaml -o again, in this folder", page, StringComparison.Ordinal);

        // The command of the page works.
        Assert.Equal(2, RunningProgram.Run(_folder["run"], "run", "sweep.yaml", "-o", "again", "--json").Expect(0).Number("computed"));
        Assert.Equal(tables, SmallSweep.TablesOf(_folder["run/again"]));
    }

    [Theory]
    [InlineData("''")]
    [InlineData("\"a\\u0007b\"")]
    [InlineData("[a, b]")]
    public void A_description_that_is_no_text_is_refused(string value)
    {
        File.WriteAllText(_folder["bad.yaml"], $"{Sweep}description: {value}\n");
        string line = Assert.Single(RunningProgram.Run(_folder.Path, "plan", "bad.yaml").Expect(2).ErrorLines);
        Assert.StartsWith("bad.yaml:4:", line, StringComparison.Ordinal);
        Assert.Contains("description must be 1 to 2000 characters of text", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Paths_of_files_are_relative_in_the_report()
    {
        Directory.CreateDirectory(_folder["weights"]);
        File.Copy(Commands.SourceTree.PathOf("examples", "trained", "x.npy"), _folder["weights/x.npy"]);
        File.Copy(Commands.SourceTree.PathOf("examples", "trained", "lstm", "step-64.safetensors"), _folder["weights/model.safetensors"]);
        RunningProgram.Run(
            _folder.Path, "run", "--set", "network=weights/model.safetensors", "--set", "input=weights/x.npy", "--set", "sequence_length=5", "--set", "replicates=2", "-o", "run").Expect(0);
        string page = File.ReadAllText(_folder["run/report.html"]);
        Assert.Contains("network: &quot;../weights/model.safetensors", page, StringComparison.Ordinal);
        Assert.Contains("input: &quot;../weights/x.npy&quot;", page, StringComparison.Ordinal);
        Assert.DoesNotContain(_folder.Path, page, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
