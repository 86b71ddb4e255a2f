using System.Collections.Immutable;
using MathNet.Numerics;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Experiments;

/// <summary>
/// Computes cells. One instance serves all threads of a process; its caches only save work, they never change a bit of a result.
/// </summary>
/// <param name="matrices">The user's matrices.</param>
/// <param name="weights">Drawn weights to share.</param>
/// <param name="trajectories">Trajectories to go on from.</param>
public sealed class Experiment(IMatrixSource matrices, WeightsCache weights, TrajectoryCache trajectories)
{
    /// <summary>
    /// Told, on the thread at work, of a cell's replicate and the step at which what its product had dropped came to count, so that the product was
    /// done again with all its columns.
    /// </summary>
    public event Action<CellSpec, int, int>? ProductRedone;

    /// <summary>Told what the threads are busy with; null where nobody asks.</summary>
    public StageBoard? Stages { get; init; }

    /// <summary>The result of a cell. Numerical failure is a status of a replicate, never an exception.</summary>
    /// <param name="spec">The cell.</param>
    /// <param name="goesOn">Whether a longer sequence of the same trajectories is to follow, so that they are worth keeping.</param>
    /// <param name="cancellation">Heeded within milliseconds.</param>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is lost but the work since the last result.</exception>
    public CellResult Run(CellSpec spec, bool goesOn = false, CancellationToken cancellation = default)
    {
        (CellKey trajectory, CellKey key) = CellKey.Both(spec);
        var replicates = ImmutableArray.CreateBuilder<ReplicateResult>(spec.Replicates);
        for (int replicate = 0; replicate < spec.Replicates; replicate++)
        {
            cancellation.ThrowIfCancellationRequested();
            replicates.Add(RunReplicate(spec, replicate, trajectory, goesOn, cancellation));
        }

        return new CellResult(key, replicates.MoveToImmutable());
    }

    private ReplicateResult RunReplicate(CellSpec spec, int replicate, CellKey trajectory, bool goesOn, CancellationToken cancellation)
    {
        ReplicateTrajectory? running = trajectories.TakeOut(trajectory, replicate, spec.SequenceLength);
        StageBoard.Place? place = Stages?.Mine;
        try
        {
            if (running is null)
            {
                place?.Stage = Stage.Weights;
                DrawnWeights drawn = weights.Find(spec, replicate, matrices);
                running = ReplicateTrajectory.Start(spec, replicate, drawn, matrices);
                if (running is null)
                {
                    return new ReplicateResult { Status = ReplicateStatus.ZeroRadius };
                }
            }

            int? redoneBefore = running.Trajectory.Product.RedoneAt;
            place?.Stage = Stage.Products;
            running.Trajectory.AdvanceTo(spec.SequenceLength, cancellation);
            place?.Stage = Stage.Norms;
            ReplicateResult result = running.Read(spec.Threshold, cancellation);
            if (redoneBefore is null && running.Trajectory.Product.RedoneAt is { } step)
            {
                ProductRedone?.Invoke(spec, replicate, step);
            }

            if (goesOn)
            {
                trajectories.PutBack(trajectory, replicate, running);
            }

            return result;
        }
        catch (OverflowException)
        {
            return new ReplicateResult { Status = ReplicateStatus.StateOverflow, StatusStep = 1 - spec.Transient };
        }
        catch (NonConvergenceException)
        {
            return new ReplicateResult { Status = ReplicateStatus.NoConvergence };
        }
        finally
        {
            place?.Stage = Stage.None;
        }
    }
}
