using System.Text.RegularExpressions;
using RnnSweep.Client.Tests.Commands;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>The files in deploy/ for batch schedulers work.</summary>
public sealed class ShardDeploymentTests : ShardFolders
{
    [SkippableFact]
    public void The_line_for_GNU_parallel_in_the_deploy_page_works()
    {
        ProgramResult version = RunningProgram.Shell(Folder.Path, "parallel --version");
        Skip.IfNot(version.Output.StartsWith("GNU parallel", StringComparison.Ordinal), "GNU parallel is not installed");
        string[] lines = [.. DeployPage("parallel "), .. DeployPage("rnnsweep merge ")];
        Assert.Equal(2, lines.Length);
        PutOnPath();
        Array.ForEach(lines, line => RunningProgram.Shell(Folder.Path, $"PATH=\"$PWD:$PATH\"; {line}").Expect(0));
        AssertIsWhole("runs/edge-of-chaos");
    }

    [SkippableFact]
    public void The_job_array_computes_a_shard_a_task()
    {
        Skip.If(OperatingSystem.IsWindows(), "it is a shell script");
        PutOnPath();
        string script = SourceTree.PathOf("deploy", "slurm", "shards.sbatch");
        foreach (int task in new[] { 1, 2, 3 })
        {
            RunningProgram.Shell(Folder.Path, $"SLURM_ARRAY_TASK_ID={task} SLURM_CPUS_PER_TASK=2 '{script}' 3 examples/edge-of-chaos.yaml").Expect(0);
        }

        RunningProgram.Shell(Folder.Path, $"'{script}' 3 examples/edge-of-chaos.yaml").Expect(1);
        RunningProgram.Shell(Folder.Path, $"'{script}' 3").Expect(2);
        Expect(0, ["merge", .. Enumerable.Range(1, 3).Select(i => $"runs/edge-of-chaos-shard-{i}-of-3"), "-o", "runs/edge-of-chaos"]);
        AssertIsWhole("runs/edge-of-chaos");
    }

    /// <summary>Links the program, writes a reduced version of the page's sweep, and computes it without shards.</summary>
    private void PutOnPath()
    {
        File.CreateSymbolicLink(Folder["rnnsweep"], RunningProgram.Path);
        Directory.CreateDirectory(Folder["examples"]);
        File.WriteAllText(Folder["examples/edge-of-chaos.yaml"],
            "name: edge-of-chaos\nhidden_size: [4, 8]\nspectral_radius: { from: 0.5, to: 1.5, step: 0.1 }\nsequence_length: [10, 20]\nreplicates: 2\n");
        Expect(0, "run", "examples/edge-of-chaos.yaml", "-o", "whole");
    }

    private static IEnumerable<string> DeployPage(string start) =>
        Regex.Matches(File.ReadAllText(SourceTree.PathOf("docs", "sweep-files.md")), $"^{start}.*$", RegexOptions.Multiline).Select(line => line.Value);
}
