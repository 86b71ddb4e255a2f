using System.Text.Json;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Commands;

/// <summary>verify distinguishes tables that are older than the last stored cells from wrong tables.</summary>
public sealed class OlderTablesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _older;

    public OlderTablesTests()
    {
        Run("0.9,1.1");
        _older = SmallSweep.TablesOf(_folder["run"]);
    }

    [Theory]
    [InlineData("0.9,1.1,1.3", "6")] // longer
    [InlineData("0.5,0.9,1,1.1", "6")] // values between
    [InlineData("0.9,1.1", "6,4")] // another axis, and so another column
    public void Tables_of_a_run_that_was_extended_and_did_not_finish_are_older(string radii, string sizes)
    {
        Run(radii, sizes);
        Assert.Equal(1, StoredRows.Execute(_folder["run"], "DELETE FROM readings WHERE (cell, replicate) = (SELECT cell, replicate FROM readings ORDER BY cell DESC, replicate DESC LIMIT 1)"));
        Restore();
        ProgramResult text = RunningProgram.Run(_folder.Path, "verify", "run").Expect(6);
        Assert.Contains("the tables are older than the store (summary.csv, replicates.csv): ", text.Output, StringComparison.Ordinal);
        Assert.Contains("export run writes them anew", text.Output, StringComparison.Ordinal);
        Assert.Empty(Strings(Verify(6), "findings"));
        Assert.Equal(["summary.csv", "replicates.csv"], Strings(Verify(6), "older_tables"));

        // A wrong digit is also found in an older table.
        string wrong = _older["summary.csv"];
        File.WriteAllText(_folder["run/summary.csv"], $"{wrong[..^3]}{(wrong[^3] == '1' ? '2' : '1')}{wrong[^2..]}");
        Assert.StartsWith("summary.csv differs from the stored results", Assert.Single(Strings(Verify(5), "findings")), StringComparison.Ordinal);
        Assert.Equal(["replicates.csv"], Strings(Verify(5), "older_tables"));

        RunningProgram.Run(_folder.Path, "export", "run").Expect(0);
        Verify(0);
    }

    [Fact]
    public void Tables_of_a_run_that_was_killed_before_it_wrote_them_are_older()
    {
        Run("0.9,1.1,1.3");
        Restore();
        Assert.Equal(2, Strings(Verify(5), "findings").Length); // the manifest says that the run has finished
        string manifest = File.ReadAllText(_folder["run/manifest.json"]);
        int finished = manifest.LastIndexOf("\"finished\"", StringComparison.Ordinal);
        File.WriteAllText(_folder["run/manifest.json"], manifest.Remove(finished, manifest.IndexOf(',', finished) + 1 - finished));
        Verify(6);
    }

    public void Dispose() => _folder.Dispose();

    private void Run(string radii, string sizes = "6") => RunningProgram.Run(
        _folder.Path, "run", "-o", "run", "--set", $"spectral_radius={radii}", "--set", $"hidden_size={sizes}", "--set", "sequence_length=5,9", "--set", "replicates=2").Expect(0);

    private void Restore()
    {
        foreach ((string table, string content) in _older)
        {
            File.WriteAllText(Path.Combine(_folder["run"], table), content);
        }
    }

    private ProgramResult Verify(int exitCode) => RunningProgram.Run(_folder.Path, "verify", "run", "--json").Expect(exitCode);

    private static string[] Strings(ProgramResult result, string name)
    {
        using JsonDocument document = JsonDocument.Parse(result.Output);
        return [.. document.RootElement.GetProperty(name).EnumerateArray().Select(text => text.GetString()!)];
    }
}
