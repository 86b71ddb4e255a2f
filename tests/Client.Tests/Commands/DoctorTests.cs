using System.Text.Json;
using RnnSweep.Client.Terminal;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Commands;

public sealed class DoctorTests : IDisposable
{
    private static readonly Dictionary<string, string> s_noCluster = new() { ["RNNSWEEP_CLUSTER"] = "" };

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void It_describes_this_machine_and_leaves_no_files()
    {
        using JsonDocument document = JsonDocument.Parse(RunningProgram.Run(_folder.Path, s_noCluster, "doctor", "--json").Expect(0).Output);
        JsonElement found = document.RootElement;
        Assert.Equal("0.1.0", found.GetProperty("version").GetString());
        Assert.Equal(Environment.ProcessorCount, found.GetProperty("cores").GetInt32());
        Assert.Equal(Machine.InstructionSet, found.GetProperty("instruction_set").GetString());
        Assert.Equal("threads", found.GetProperty("default_engine").GetString());
        Assert.Equal(Environment.ProcessorCount, found.GetProperty("default_threads").GetInt32()); // the default cells are small, so every core gets a thread
        Assert.InRange(found.GetProperty("gflops_one_core").GetDouble(), 0.01, 1000);
        Assert.InRange(found.GetProperty("gflops_all_cores").GetDouble(), 0.01, 100_000);
        Assert.Equal(JsonValueKind.Null, found.GetProperty("cluster").ValueKind);
        Assert.True(found.GetProperty("is_well").GetBoolean());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Its_text_has_the_same_content_as_its_json()
    {
        string[] lines = RunningProgram.Run(_folder.Path, s_noCluster, "doctor").Expect(0).Output.TrimEnd().Split('\n');
        Assert.Equal(
            ["rnnsweep", "runtime", "processor", "kernel", "memory", "engine", "store", "folder", "cluster"],
            lines.Select(line => line[..10].TrimEnd()));
        Assert.All(lines, line => Assert.DoesNotContain("  ", line[11..], StringComparison.Ordinal));
        Assert.Equal("cluster    not configured", lines[^1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_unreachable_cluster_is_reported_without_its_secrets(bool json)
    {
        // Nothing listens at port 1 of the loopback interface.
        const string cluster = "Host=127.0.0.1;Port=1;Database=sweeps;Username=confidant;Password=hunter-2-two;Timeout=5";
        ProgramResult result = RunningProgram.Run(_folder.Path, ["doctor", "--cluster", cluster, .. json ? new[] { "--json" } : []]).Expect(ExitCode.OutOfReach);
        Assert.Contains("is out of reach", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter", result.Output + result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("confidant", result.Output + result.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void An_unwritable_folder_has_the_exit_code_of_an_unreachable_one()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "there is no folder that nobody can write");
        Assert.Contains("folder     /proc cannot be written", RunningProgram.Run("/proc", s_noCluster, "doctor").Expect(ExitCode.OutOfReach).Output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
