using System.Text.Json;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Commands;

/// <summary>Every file in examples/ has a description, is a valid sweep, and runs.</summary>
public sealed class ExamplesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Examples =>
        [.. Directory.EnumerateFiles(SourceTree.PathOf("examples"), "*.yaml").Select(file => Path.GetFileName(file)).Order()];

    [Theory]
    [MemberData(nameof(Examples))]
    public void It_begins_with_its_subject_and_the_columns_to_look_at(string example)
    {
        string[] lines = File.ReadAllLines(SourceTree.PathOf("examples", example));
        Assert.Equal([$"name: {Path.GetFileNameWithoutExtension(example)}", "description: >-"], lines[..2]);
        Assert.Matches(@"^  \S.{20,}[.:?]$", lines[2]);
        Assert.Matches(@"^  Look at \S.{20,}[.:?]$", lines[3]);
        Assert.DoesNotContain(lines, line => line.StartsWith('#'));
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void It_can_be_planned_and_a_reduced_version_runs(string example)
    {
        string file = SourceTree.PathOf("examples", example);
        ProgramResult plan = RunningProgram.Run(_folder.Path, "plan", file, "--json").Expect(0);
        Assert.InRange(plan.Number("cells"), 2, 10_000);

        // The ends of every axis and a few short sequences suffice.
        string[] sets = [.. Shrunk(plan, File.ReadAllText(file)).SelectMany(set => new[] { "--set", set })];
        ProgramResult run = RunningProgram.Run(_folder.Path, ["run", file, .. sets, "-o", "run", "--json"]).Expect(0);
        Assert.Equal(run.Number("cells"), run.Number("computed"));
        RunningProgram.Run(_folder.Path, "verify", "run").Expect(0);
    }

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<string> Shrunk(ProgramResult plan, string text)
    {
        yield return "replicates=2";
        var axes = new HashSet<string>();
        using JsonDocument document = JsonDocument.Parse(plan.Output);
        foreach (JsonElement axis in document.RootElement.GetProperty("axes").EnumerateArray())
        {
            string field = axis.GetProperty("field").GetString()!;
            axes.Add(field);
            bool isKept = field is "network" or "sequence_length" or "hidden_size" or "transient" or "replicates"; // sizes are set below, and files may be shown by their numbers
            if (!isKept && axis.GetProperty("count").GetInt64() > 3)
            {
                yield return $"{field}={axis.GetProperty("first").GetString()},{axis.GetProperty("last").GetString()}";
            }
        }

        yield return axes.Contains("sequence_length") ? "sequence_length=3,11" : "sequence_length=11";
        bool hasSizeOfFile = text.Contains(".safetensors", StringComparison.Ordinal);
        if (!hasSizeOfFile && document.RootElement.GetProperty("largest_cell").GetProperty("hidden_size").GetInt64() > 8)
        {
            yield return axes.Contains("hidden_size") ? "hidden_size=3,6" : "hidden_size=6";
        }

        if (text.Contains("\ntransient:", StringComparison.Ordinal))
        {
            yield return "transient=2";
        }
    }
}
