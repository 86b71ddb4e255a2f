using RnnSweep.Core.Jacobians;
using RnnSweep.Core.Jacobians.Batched;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Experiments;

/// <summary>
/// Replicates of a small network that run side by side, one in each lane of a vector register. Which cells are run so depends on the cell alone, so the
/// readings of a replicate are the same in every batch.
/// </summary>
internal static class BatchedReplicates
{
    // Beyond this hidden size, one network at a time with the falling rank of its product is faster (measured in tests/Benchmarks).
    private const int LargestSize = 20;

    /// <summary>The largest number of replicates in a batch.</summary>
    public static int Most => BatchedKernel.Supported[0].Lanes;

    /// <summary>
    /// Whether the replicates of a cell run in batches: a small network of one layer without gates and leak. Which statistics are measured besides the
    /// norms does not matter, so they change no other number.
    /// </summary>
    public static bool Fit(CellSpec spec) =>
        spec is { MeasuresNorms: true, Network: NetworkKind.Rnn, RunningLayers: 1, JacobiansDigest: null, Tied: true, Leak: 1, Activation: not ActivationKind.Linear, HiddenSize: <= LargestSize };

    /// <summary>Memory in bytes of a batch: matrices and slopes of each network.</summary>
    public static double Bytes(CellSpec spec)
    {
        double n = spec.HiddenSize, networks = Most * sizeof(double);
        return networks * ((4 * n * n) + (8 * n) + Math.Min(spec.SequenceLength * n, SlopeHistory.Budget / networks));
    }

    /// <summary>Runs replicates to the longest of some cells and reads them at each.</summary>
    /// <param name="cells">The cells, by ascending sequence length.</param>
    /// <param name="starts">The replicates, at most <see cref="Most"/>.</param>
    /// <param name="place">Where the stage is recorded; may be null.</param>
    /// <param name="cancellation">Checked every few milliseconds.</param>
    /// <returns>For each replicate a reading of each cell, without lags and spectrum; null where the replicate has to run alone to that length.</returns>
    public static Reading?[][] Run(IReadOnlyList<CellSpec> cells, IReadOnlyList<ReplicateStart> starts, StageBoard.Place? place, CancellationToken cancellation)
    {
        Reading?[][] readings = [.. starts.Select(_ => new Reading?[cells.Count])];
        int[] fitting = [.. Enumerable.Range(0, starts.Count).Where(i => BatchedNetwork.Fits(starts[i].Running.Network))];
        if (fitting.Length == 0)
        {
            return readings;
        }

        BatchMember[] members = [.. fitting.Select(i => starts[i]).Select(start => new BatchMember((RecurrentNetwork)start.Running.Network, start.Running.Drive, start.State, start.LossGradient))];
        using var trajectory = new BatchedTrajectory(BatchedKernel.For(members.Length), members, checked((int)cells[0].AllTransient));
        var open = new List<Reading?[]>();
        for (int rank = 0; rank < cells.Count; rank++)
        {
            int steps = cells[rank].SequenceLength;
            place?.Stage = Stage.Products;
            trajectory.AdvanceTo(steps, cancellation);
            place?.Stage = Stage.Norms;
            if (trajectory.Step < steps)
            {
                break;
            }

            ProductNorms[] norms = trajectory.Norms();
            open.Add([.. norms.Select((of, member) => trajectory.HasLeft(member) || !double.IsFinite(of.Log10Spectral) ? null
                : starts[fitting[member]].Read(steps, trajectory.Totals(member), of, trajectory.Growth(member), overflowStep: null))]);
        }

        GradientFlow?[][] gradients = trajectory.CarryBack([.. cells.Take(open.Count).Select(cell => cell.SequenceLength)], cancellation);
        for (int rank = 0; rank < open.Count; rank++)
        {
            for (int member = 0; member < members.Length; member++)
            {
                if (gradients[rank][member] is { } gradient && open[rank][member] is { } reading)
                {
                    readings[fitting[member]][rank] = reading with { Log10GradientNorm = gradient.Log10Norm, Omega = gradient.Omega };
                }
            }
        }

        return readings;
    }
}
