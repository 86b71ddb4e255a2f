using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using RnnSweep.Benchmarks.Processes;
using RnnSweep.Benchmarks.Reports;

namespace RnnSweep.Benchmarks.Allocations;

/// <summary>Whether the inner loops allocate.</summary>
internal sealed class AllocationsPart : IPart
{
    public string Name => "allocations";

    public string Question => "what a step allocates: nothing";

    public Report Run(Effort effort)
    {
        var report = new Report();
        report.Say($"BenchmarkDotNet's memory diagnoser on what runs once a step, tanh, N = {InnerLoops.HiddenSize}; its own time of a step beside it (short job, mean).");
        Table table = report.Add(new Table("allocations", "inner loop", "state", "ns", "bytes allocated"));
        using var folder = new TemporaryFolder();
        long most = 0;
        foreach (var result in BenchmarkRunner.Run<InnerLoops>(Configuration(effort, folder)).Reports)
        {
            // Without a measurement the field is empty, not 0.
            long bytes = result.GcStats.GetBytesAllocatedPerOperation(result.BenchmarkCase)
                ?? throw new InvalidOperationException($"BenchmarkDotNet could not measure {result.BenchmarkCase.DisplayInfo}");
            most = Math.Max(most, bytes);
            table.Add(
                result.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\''), result.BenchmarkCase.Parameters[nameof(InnerLoops.State)].ToString(),
                result.ResultStatistics?.Mean, bytes);
        }

        report.Say(most == 0 ? "Nothing is allocated." : $"Up to {most} bytes are allocated in each step, where there should be none.");
        return report;
    }

    // In this process, because the project that BenchmarkDotNet would generate for each benchmark does not build in this source tree.
    private static ManualConfig Configuration(Effort effort, TemporaryFolder folder) => ManualConfig.CreateEmpty()
        .AddJob(effort.Choose(Job.ShortRun, Job.Dry).WithToolchain(InProcessEmitToolchain.Instance))
        .AddDiagnoser(MemoryDiagnoser.Default)
        .AddLogger(NullLogger.Instance)
        .WithArtifactsPath(folder["artifacts"]);
}
