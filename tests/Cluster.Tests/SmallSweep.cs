using RnnSweep.Client.SweepFiles;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;

namespace RnnSweep.Cluster.Tests;

/// <summary>Plans for tests, and functions that run their experiments.</summary>
internal static class SmallSweep
{
    public static SweepPlan Plan(params string[] sets) =>
        (SweepFileReader.Read(null, sets, out var problems) ?? throw new ArgumentException(string.Join('\n', problems), nameof(sets))).Plan;

    /// <summary>40 trajectories of three lengths each.</summary>
    public static SweepPlan Default() => Plan("hidden_size=8,12", "spectral_radius=0.5..1.45:0.05", "sequence_length=5,50,20", "replicates=2");

    public static ExperimentRunner Runner() => new(new NoMatrices(), new WeightsCache(1 << 24));

    /// <summary>Runs experiments; the readings of some cells fail.</summary>
    public static ExperimentFunction Failing(Func<CellSpec, bool> fails, string reason)
    {
        ExperimentRunner runner = Runner();
        return (experiment, stored, token) =>
        {
            ExperimentResult result = runner.Run(experiment, stored, token);
            return new ExperimentResult(
                [.. result.Results.Where(cell => !fails(cell.Spec))],
                [.. result.Results.Where(cell => fails(cell.Spec)).SelectMany(cell => cell.Replicates.Select(reading => new ReadingFailure(cell.Key, reading.Replicate, reason)))]);
        };
    }

    public static IEnumerable<CellKey> Keys(SweepPlan plan)
    {
        for (long i = 0; i < plan.CellCount; i++)
        {
            yield return CellKey.Of(plan.Cell(i));
        }
    }

    private sealed class NoMatrices : IMatrixSource
    {
        public Matrix Find(string digest) => throw new KeyNotFoundException(digest);
    }
}
