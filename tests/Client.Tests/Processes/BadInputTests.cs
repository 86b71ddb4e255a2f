using System.Text;
using System.Text.RegularExpressions;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>Mistakes of users: exit code 2, the place of every mistake, and no folder.</summary>
public sealed partial class BadInputTests : IDisposable
{
    private const long MostMemory = 200_000_000;

    // The same memory limit on any machine, for sweeps that are refused because of their memory.
    private static readonly Dictionary<string, string> s_machine = new() { ["DOTNET_GCHeapHardLimit"] = "0x20000000" };

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("hiden_size: 8", "sweep.yaml:1:1: ", "hidden_size")]
    [InlineData("hidden_size: 8\nseed: 2\nhidden_size: 9", "sweep.yaml:3:1: ", "twice")]
    [InlineData("hidden_size: many", "sweep.yaml:1:14: hidden_size must be", "many")]
    [InlineData("hidden_size: \"8\"", "sweep.yaml:1:14: ", "quotes")]
    [InlineData("hidden_size: -8", "sweep.yaml:1:14: hidden_size must be", "-8")]
    [InlineData("hidden_size: 0", "sweep.yaml:1:14: hidden_size must be", "0")]
    [InlineData("hidden_size: 8.5", "sweep.yaml:1:14: hidden_size must be", "8.5")]
    [InlineData("hidden_size: 99999999999999999999", "sweep.yaml:1:14: hidden_size must be", "99999999999999999999")]
    [InlineData("hidden_size:", "sweep.yaml:1:", "no value")]
    [InlineData("spectral_radius: .nan", "sweep.yaml:1:18: spectral_radius must be", "nan")]
    [InlineData("spectral_radius: .inf", "sweep.yaml:1:18: spectral_radius must be", "inf")]
    [InlineData("spectral_radius: -0.5", "sweep.yaml:1:18: spectral_radius must be", "≥ 1e-300, or 0")]
    [InlineData("spectral_radius: 1e999", "sweep.yaml:1:18: spectral_radius must be", "1e999")]
    [InlineData("spectral_radius: []", "sweep.yaml:1:18: ", "empty")]
    [InlineData("spectral_radius: [1, 1.0]", "sweep.yaml:1:22: ", "twice")]
    [InlineData("spectral_radius: { from: 2, to: 1, step: 0.1 }", "sweep.yaml:1:", "from")]
    [InlineData("spectral_radius: { from: 1, to: 2, step: 0 }", "sweep.yaml:1:", "step")]
    [InlineData("spectral_radius: { from: 1, to: 2, step: -0.1 }", "sweep.yaml:1:", "step")]
    [InlineData("spectral_radius: { from: 0, to: 1, step: 1e-300 }", "sweep.yaml:1:", "step")]
    [InlineData("spectral_radius: { from: 0, to: 1, count: 5, scale: log }", "sweep.yaml:1:", "log")]
    [InlineData("spectral_radius: { from: 0, to: 1, stepp: 0.1 }", "sweep.yaml:1:", "step")]
    [InlineData("activation: tan", "sweep.yaml:1:13: activation must be", "tanh")]
    [InlineData("density: 2", "sweep.yaml:1:10: density must be", "≤ 1")]
    [InlineData("state: post-activation\njacobian: as-printed", "sweep.yaml:2:11: ", "pre-activation")]
    [InlineData("weights: missing.npy", "sweep.yaml:1:10: ", "missing.npy")]
    [InlineData("sequence_length: { from: 1, to: 100000, step: 1 }\nseed: { from: 1, to: 1000000, step: 1 }", "sweep.yaml:2:", "1000000000 cells")]
    [InlineData("hidden_size: 1000000", "sweep.yaml:1:1: a cell with hidden_size 1000000", "TB of memory")]
    [InlineData("hidden_size: 46340\nsequence_length: [8, 2147483647]", "sweep.yaml:2:1: ", "TB of memory")]
    [InlineData("just words", "sweep.yaml:1:1: ", "field: value")]
    [InlineData("- 1\n- 2", "sweep.yaml:1:1: ", "list")]
    [InlineData("hidden_size: [8, 9", "sweep.yaml:", "YAML")]
    [InlineData("hidden_size: 8\n---\nhidden_size: 9", "sweep.yaml:", "document")]
    [InlineData("hidden_size: &size 8\ninput_size: *size", "sweep.yaml:", "anchor")]
    [InlineData("hidden_size: !!int 8", "sweep.yaml:1:14: ", "tag")]
    [InlineData("hidden_size: 8\n\tseed: 1", "sweep.yaml:", "YAML")]
    [InlineData("", "sweep.yaml: ", "empty")]
    [InlineData("name: ../../etc", "sweep.yaml:1:7: ", "name")]
    [InlineData("statistics: [everything]", "sweep.yaml:1:14: ", "norms")]
    public void A_bad_file_is_refused_at_its_place(string text, string place, string word)
    {
        File.WriteAllText(_folder["sweep.yaml"], text);
        foreach (string command in new[] { "run", "plan" })
        {
            ProgramResult result = AssertRefused(command, "sweep.yaml");
            Assert.Contains(result.ErrorLines, line =>
                line.StartsWith(place, StringComparison.Ordinal) && line.Contains(word, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("--set hiden_size=8", "--set hiden_size=8: ", "hidden_size")]
    [InlineData("--set hidden_size", "--set hidden_size: ", "field=value")]
    [InlineData("--set hidden_size=", "--set hidden_size=: ", "hidden_size")]
    [InlineData("--set spectral_radius=1..", "--set spectral_radius=1..: ", "from..to:step")]
    [InlineData("--set spectral_radius=1..0:0.1", "--set spectral_radius=1..0:0.1: ", "from")]
    [InlineData("--set spectral_radius=log:0..1/5", "--set spectral_radius=log:0..1/5: ", "log")]
    [InlineData("--set spectral_radius=0..1/0", "--set spectral_radius=0..1/0: ", "count")]
    [InlineData("--set seed=1 --set seed=2", "--set seed=2: ", "twice")]
    [InlineData("--set hidden_size=1000000", "--set hidden_size=1000000: ", "TB of memory")]
    [InlineData("--set sequence_length=2147483647 --set hidden_size=30000", "--set sequence_length=2147483647: ", "TB")]
    [InlineData("missing.yaml", "missing.yaml: ", "no such file")]
    [InlineData(".", ".: ", "folder")]
    [InlineData("", "rnnsweep: ", "--set")]
    [InlineData("--set seed=1 --parallelism 0", "rnnsweep: --parallelism", "from 1")]
    [InlineData("--set seed=1 --parallelism many", "rnnsweep: --parallelism must be a whole number from 1 to 4096", "'many'")]
    [InlineData("--set replicates=2147483647", "--set replicates=2147483647: ", "replicates 2147483647 needs")]
    [InlineData("--set replicates=2147483647 --set hidden_size=65", "--set replicates=2147483647: ", "hidden_size 65")]
    [InlineData("--set seed=1 --engine cloud", "rnnsweep: --engine", "threads")]
    [InlineData("--set seed=1 --colour", "rnnsweep: there is no option ", "--colour")]
    [InlineData("sweep.yaml --colour", "rnnsweep: ", "--colour")]
    [InlineData("--set seed=1 -o", "rnnsweep: ", "-o")]
    [InlineData("one.yaml two.yaml", "rnnsweep: ", "two.yaml")]
    public void A_bad_option_is_refused_by_its_name(string options, string place, string word)
    {
        ProgramResult result = AssertRefused(["run", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Contains(result.ErrorLines, line =>
            line.StartsWith(place, StringComparison.Ordinal) && line.Contains(word, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("jog")]
    [InlineData("--verbose")]
    [InlineData("verify")]
    [InlineData("verify .")]
    [InlineData("verify missing")]
    [InlineData("verify --colour")]
    [InlineData("verify . --sample -1")]
    [InlineData("verify . --sample x")]
    [InlineData("verify . --sample 1e9")]
    [InlineData("export missing")]
    [InlineData("jacobian --hidden-size 0")]
    [InlineData("jacobian --hidden-size 2,3")]
    [InlineData("jacobian --set activation=tan")]
    [InlineData("jacobian --hidden-size 1000000")]
    [InlineData("run @sweep.yaml")]
    public void Every_command_refuses_unknown_arguments(string arguments) =>
        AssertRefused(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    [Theory]
    [InlineData("--output must name a folder", "run", "--set", "seed=1", "-o", "")]
    [InlineData("--store must name a file", "run", "--set", "seed=1", "--store", "")]
    [InlineData("SWEEP must name a file", "run", "")]
    [InlineData("--store must name a file", "plan", "--set", "seed=1", "--store", "")]
    [InlineData("DIR must name a folder", "verify", "")]
    [InlineData("DIR must name a folder", "export", "")]
    [InlineData("DIR must name a folder", "merge", "", "-o", "whole")]
    [InlineData("--output must name a folder", "merge", "part", "-o", "")]
    public void An_empty_name_is_refused(string message, params string[] arguments) =>
        Assert.Contains($"rnnsweep: {message}, but was empty", AssertRefused(arguments).ErrorLines);

    [Fact]
    public void A_value_that_is_not_a_whole_number_is_refused_with_its_range() =>
        Assert.Equal(["rnnsweep: --sample must be a whole number from 0 to 2147483647, but was '1e9'"],
            AssertRefused("verify", ".", "--sample", "1e9").ErrorLines);

    [Fact]
    public void A_run_with_too_many_cells_for_memory_is_refused_but_can_be_planned()
    {
        string[] sweep = ["--set", "seed=0..9999999:1", "--set", "spectral_radius=0.1..10:0.1", "--set", "hidden_size=1"];
        ProgramResult refused = RunningProgram.Run(_folder.Path, s_machine, ["run", .. sweep]).Expect(2);
        Assert.StartsWith("sweep: to keep count of 1000000000 cells needs about ", Assert.Single(refused.ErrorLines), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
        Assert.Equal(1_000_000_000, RunningProgram.Run(_folder.Path, s_machine, ["plan", .. sweep, "--json"]).Expect(0).Number("cells"));
    }

    [Fact]
    public void A_run_with_too_many_replicates_for_memory_is_refused_but_can_be_planned()
    {
        // Every replicate takes some tenths of a second, so each is a separate experiment.
        string[] sweep = ["--set", "replicates=500000", "--set", "spectral_radius=0.5..1.5/1000", "--set", "hidden_size=128", "--set", "sequence_length=10000", "--parallelism", "1"];
        ProgramResult refused = RunningProgram.Run(_folder.Path, s_machine, ["run", .. sweep]).Expect(2);
        Assert.StartsWith("sweep: to keep count of 500000000 experiments", Assert.Single(refused.ErrorLines), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
        Assert.Equal(1000, RunningProgram.Run(_folder.Path, s_machine, ["plan", .. sweep, "--json"]).Expect(0).Number("cells"));
    }

    [Fact]
    public void All_problems_are_reported_together_in_the_order_of_the_file()
    {
        File.WriteAllText(_folder["sweep.yaml"],
            "hidden_size: -1\nspectral_radius: { from: 1, to: 0, step: 1 }\nsed: 1\nactivation: tan\ndensity: .nan\n");
        ProgramResult result = AssertRefused("run", "sweep.yaml", "--set", "replicates=0", "--set", "sequence_length=1.5");
        string[] places = [.. result.ErrorLines.Select(line => FileAndLine().Match(line).Value)];
        Assert.Equal(["sweep.yaml:1:", "sweep.yaml:2:", "sweep.yaml:3:", "sweep.yaml:4:", "sweep.yaml:5:", "--set replicates=0:",
            "--set sequence_length=1.5:"], places);
    }

    [Fact]
    public void Malicious_files_are_refused_quickly_and_with_little_memory()
    {
        var random = new Random(1);
        var noise = new byte[1 << 20];
        random.NextBytes(noise);
        foreach ((string name, byte[] content) in new (string, byte[])[]
        {
            ("alias bomb", Utf8(string.Join('\n', Enumerable.Range(0, 30)
                .Select(i => $"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat(i == 0 ? "1" : $"*a{i - 1}", 9))}]")))),
            ("nested lists", Utf8($"hidden_size: {new string('[', 1_000_000)}")),
            ("nested maps", Utf8($"hidden_size: {string.Concat(Enumerable.Repeat("{a: ", 250_000))}")),
            ("nested blocks", Utf8(string.Concat(Enumerable.Repeat("- ", 500_000)))),
            ("nested keys", Utf8(string.Concat(Enumerable.Repeat("? ", 500_000)))),
            ("indented blocks", Utf8(string.Join('\n', Enumerable.Range(0, 1000).Select(i => $"{new string(' ', i)}a:")))),
            ("a long list", Utf8($"spectral_radius: [{string.Join(',', Enumerable.Range(0, 200_000))}]")),
            ("many fields", Utf8(string.Join('\n', Enumerable.Range(0, 90_000).Select(i => $"k{i}: 1")))),
            ("a long number", Utf8($"spectral_radius: {new string('9', 1_000_000)}")),
            ("a long word", Utf8($"activation: {new string('a', 1_000_000)}")),
            ("a long name", Utf8($"{new string('a', 1_000_000)}: 1")),
            ("noise", noise),
            ("zeros", new byte[1 << 20]),
            ("too large", Utf8(new string('#', 20_000_000))),
        })
        {
            File.WriteAllBytes(_folder["sweep.yaml"], content);
            ProgramResult result = RunningProgram.Run(_folder.Path, "run", "sweep.yaml").Expect(2);
            Assert.True(result.PeakMemory < MostMemory, $"{name} took {result.PeakMemory} bytes");
            Assert.True(result.Error.Length < 100_000, $"{name} is answered with {result.Error.Length} characters");
            Assert.Contains(result.ErrorLines, line => line.StartsWith("sweep.yaml:", StringComparison.Ordinal));
            Assert.Equal(["sweep.yaml"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName));
        }
    }

    [Fact]
    public void A_plan_with_the_maximum_number_of_cells_needs_little_memory()
    {
        ProgramResult result = RunningProgram.Run(_folder.Path, "plan", "--set", "spectral_radius=0.5..1.5/10000000",
            "--set", "sequence_length=1..100:1", "--json").Expect(0);
        Assert.Equal(1_000_000_000, result.Number("cells"));
        Assert.True(result.PeakMemory < MostMemory, $"it took {result.PeakMemory} bytes");
    }

    public void Dispose() => _folder.Dispose();

    private ProgramResult AssertRefused(params string[] arguments)
    {
        string[] before = [.. Directory.EnumerateFileSystemEntries(_folder.Path)];
        ProgramResult result = RunningProgram.Run(_folder.Path, s_machine, arguments).Expect(2);
        Assert.Empty(result.Output);
        Assert.NotEmpty(result.ErrorLines);
        Assert.DoesNotContain("Exception", result.Error, StringComparison.Ordinal);
        Assert.True(result.PeakMemory < MostMemory, $"it took {result.PeakMemory} bytes");
        Assert.Equal(before, Directory.EnumerateFileSystemEntries(_folder.Path));
        return result;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    [GeneratedRegex(@"^(sweep\.yaml:\d+:|--set [^:]*:)")]
    private static partial Regex FileAndLine();
}
