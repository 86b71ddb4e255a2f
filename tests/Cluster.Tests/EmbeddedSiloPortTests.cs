using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Cluster.Tests;

/// <summary>The ports of this process. No other tests run at the same time, because some of them start silos that listen.</summary>
[Collection(Name)]
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class EmbeddedSiloPortTests
{
    public const string Name = "Ports";

    [Fact]
    public void The_embedded_silo_listens_at_no_port()
    {
        SweepPlan plan = SmallSweep.Plan("sequence_length=10");
        using var store = new MemoryStore();
        int[] before = Listening(), during = [];
        ExperimentRunner runner = SmallSweep.Runner();
        ExperimentResult Compute(Experiment experiment, Func<CellKey, ReplicateSet>? known, CancellationToken token)
        {
            during = Listening();
            return runner.Run(experiment, known, token);
        }

        SiloEngineTests.Run(new SiloEngine(Compute, 1), plan, store);

        Assert.Empty(during.Except(before));
    }

    // Ports of this process's own sockets, by the inodes of its descriptors, because other programs of the machine open and close ports meanwhile.
    private static int[] Listening()
    {
        if (!OperatingSystem.IsLinux())
        {
            return [];
        }

        HashSet<string> own = [.. Directory.EnumerateFiles("/proc/self/fd").Select(file => new FileInfo(file).LinkTarget).OfType<string>()];
        return
        [
            .. from table in new[] { "/proc/self/net/tcp", "/proc/self/net/tcp6" }
               where File.Exists(table)
               from line in File.ReadLines(table).Skip(1)
               let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
               where fields[3] == "0A" && own.Contains($"socket:[{fields[9]}]")
               select Convert.ToInt32(fields[1].Split(':')[1], 16),
        ];
    }
}
