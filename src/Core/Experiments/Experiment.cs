using System.Collections.Immutable;
using MathNet.Numerics;

namespace RnnSweep.Core.Experiments;

/// <summary>
/// Computes cells. One instance serves all threads of a process; its caches only save work, they never change a bit of a result.
/// </summary>
/// <param name="matrices">The user's matrices.</param>
/// <param name="weights">Drawn weights to share.</param>
/// <param name="trajectories">Trajectories to go on from.</param>
public sealed class Experiment(IMatrixSource matrices, WeightsCache weights, TrajectoryCache trajectories)
{
    // N² times the steps of all replicates: what takes a few seconds, for which the first result waits at most.
    private const double MostReadAhead = 1e9;

    private const long ReadAheadBytes = 64 << 20, BytesOfReplicate = 160;

    private readonly RecencyList<CellSpec, CellResult> _readAhead = new(ReadAheadBytes);

    /// <summary>
    /// Told, on the thread at work, of a cell's replicate and the step at which what its product had dropped came to count, so that the product was
    /// done again with all its columns.
    /// </summary>
    public event Action<CellSpec, int, int>? ProductRedone;

    /// <summary>Told what the threads are busy with; null where nobody asks.</summary>
    public StageBoard? Stages { get; init; }

    /// <summary>The result of a cell. Numerical failure is a status of a replicate, never an exception.</summary>
    /// <param name="spec">The cell.</param>
    /// <param name="onward">What of the same trajectories is to follow.</param>
    /// <param name="cancellation">Heeded within milliseconds.</param>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is lost but the work since the last result.</exception>
    public CellResult Run(CellSpec spec, Onward onward = default, CancellationToken cancellation = default)
    {
        if (TakeReadAhead(spec) is { } read)
        {
            return read;
        }

        (CellKey trajectory, CellKey key) = CellKey.Both(spec);

        // Replicate by replicate through all lengths: none of many small trajectories need wait for the next length in memory far from the core.
        CellSpec[] cells = [spec, .. Later(spec, onward)];
        var results = cells.Select(_ => ImmutableArray.CreateBuilder<ReplicateResult>(spec.Replicates)).ToArray();
        bool isKept = onward.GoesBeyond || cells.Length <= onward.Lengths.Length;
        StageBoard.Place? place = Stages?.Mine;
        try
        {
            for (int replicate = 0; replicate < spec.Replicates; replicate++)
            {
                cancellation.ThrowIfCancellationRequested();
                RunReplicate(cells, replicate, trajectory, isKept, results, place, cancellation);
            }
        }
        finally
        {
            place?.Stage = Stage.None;
        }

        for (int i = 1; i < cells.Length; i++)
        {
            KeepReadAhead(cells[i], new CellResult(CellKey.Of(cells[i]), results[i].MoveToImmutable()));
        }

        return new CellResult(key, results[0].MoveToImmutable());
    }

    /// <summary>
    /// Whether a cell may be read in one go with shorter ones of the same trajectories: whether all of them are done in a few seconds, and their results
    /// are small.
    /// </summary>
    public static bool IsReadAhead(CellSpec spec) =>
        !spec.MeasuresSpectrum && !spec.MeasuresLags && spec.Replicates * (double)spec.SequenceLength * spec.HiddenSize * spec.HiddenSize <= MostReadAhead;

    // The later cells that are read in one go with this one.
    private static IEnumerable<CellSpec> Later(CellSpec spec, Onward onward)
    {
        for (int i = 0; i < onward.Lengths.Length; i++)
        {
            CellSpec later = spec with { SequenceLength = onward.Lengths.Span[i] };
            if (!IsReadAhead(later))
            {
                yield break;
            }

            yield return later;
        }
    }

    private CellResult? TakeReadAhead(CellSpec spec)
    {
        lock (_readAhead)
        {
            return _readAhead.TryTake(spec, out CellResult? found) ? found : null;
        }
    }

    private void KeepReadAhead(CellSpec spec, CellResult result)
    {
        lock (_readAhead)
        {
            _readAhead.Add(spec, result, BytesOfReplicate * result.Replicates.Length);
        }
    }

    // Adds the replicate's result of each cell; the cells differ in their lengths alone, which ascend.
    private void RunReplicate(
        CellSpec[] cells,
        int replicate,
        CellKey trajectory,
        bool isKept,
        ImmutableArray<ReplicateResult>.Builder[] results,
        StageBoard.Place? place,
        CancellationToken cancellation)
    {
        int read = 0;
        try
        {
            place?.Stage = Stage.Weights;
            if (Start(cells[0], replicate, trajectory) is not { } running)
            {
                Fill(new ReplicateResult { Status = ReplicateStatus.ZeroRadius });
                return;
            }

            for (; read < cells.Length; read++)
            {
                results[read].Add(ReadAt(running, cells[read], replicate, place, cancellation));
            }

            if (isKept)
            {
                trajectories.PutBack(trajectory, replicate, running);
            }
        }
        catch (OverflowException)
        {
            Fill(new ReplicateResult { Status = ReplicateStatus.StateOverflow, StatusStep = checked((int)(1 - cells[0].AllTransient)) });
        }
        catch (NonConvergenceException)
        {
            Fill(new ReplicateResult { Status = ReplicateStatus.NoConvergence });
        }

        void Fill(ReplicateResult result)
        {
            for (; read < cells.Length; read++)
            {
                results[read].Add(result);
            }
        }
    }

    private ReplicateTrajectory? Start(CellSpec spec, int replicate, CellKey trajectory) =>
        trajectories.TakeOut(trajectory, replicate, spec.SequenceLength)
            ?? ReplicateTrajectory.Start(spec, replicate, weights.Find(spec, replicate, matrices), matrices);

    private ReplicateResult ReadAt(
        ReplicateTrajectory running, CellSpec spec, int replicate, StageBoard.Place? place, CancellationToken cancellation)
    {
        int? redoneBefore = running.Trajectory.Product.RedoneAt;
        place?.Stage = Stage.Products;
        running.Trajectory.AdvanceTo(spec.SequenceLength, cancellation);
        place?.Stage = Stage.Norms;
        ReplicateResult result = running.Read(spec, cancellation);
        if (redoneBefore is null && running.Trajectory.Product.RedoneAt is { } step)
        {
            ProductRedone?.Invoke(spec, replicate, step);
        }

        return result;
    }
}
