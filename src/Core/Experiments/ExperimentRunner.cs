using System.Collections.Immutable;
using MathNet.Numerics;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Experiments;

/// <summary>
/// Runs experiments. One instance serves all threads of a process. Its only cache is that of drawn weights, which saves work and never changes a bit
/// of a reading.
/// </summary>
/// <param name="matrices">Source of the user's matrices.</param>
/// <param name="weights">Drawn weights to share.</param>
public sealed class ExperimentRunner(IMatrixSource matrices, WeightsCache weights)
{
    /// <summary>
    /// Raised on the working thread when a product was computed again with all its columns, because its dropped columns became significant. The
    /// arguments are the cell, the replicate and the step where that happened.
    /// </summary>
    public event Action<CellSpec, int, int>? ProductRedone;

    /// <summary>Where each thread records its stage; null where stages are not observed.</summary>
    public StageBoard? Stages { get; init; }

    /// <summary>
    /// Runs every replicate to the longest sequence length and reads it at each length on the way. A numerical failure becomes the status of a
    /// reading. An exception fails the replicate's remaining readings; the other replicates still run.
    /// </summary>
    /// <param name="experiment">What to run.</param>
    /// <param name="stored">The stored replicates by cell key, whose readings are left out; null where there are none.</param>
    /// <param name="cancellation">Checked every few milliseconds.</param>
    /// <exception cref="OperationCanceledException">Cancelled. The readings that this call has computed are lost.</exception>
    public ExperimentResult Run(Experiment experiment, Func<CellKey, ReplicateSet>? stored = null, CancellationToken cancellation = default)
    {
        ReplicateSet[]? known = stored is null ? null : [.. experiment.Readings.Select(reading => stored(reading.Key))];
        var run = new ExperimentRun(experiment);
        StageBoard.Place? place = Stages?.Current;
        try
        {
            // Replicate-major order keeps a trajectory in the processor's cache for all its lengths.
            for (int replicate = experiment.FirstReplicate; replicate < experiment.EndReplicate; replicate++)
            {
                cancellation.ThrowIfCancellationRequested();
                int[] ranks = [.. Enumerable.Range(0, experiment.Readings.Length).Where(rank => known is null || !known[rank].Contains(replicate))];
                if (ranks.Length > 0)
                {
                    RunReplicate(run, replicate, ranks, place, cancellation);
                }
            }
        }
        finally
        {
            place?.Stage = Stage.None;
        }

        return run.Result();
    }

    private void RunReplicate(ExperimentRun run, int replicate, int[] ranks, StageBoard.Place? place, CancellationToken cancellation)
    {
        Experiment experiment = run.Experiment;
        CellSpec first = experiment.Readings[ranks[0]].Spec;
        var open = new List<OpenReading>(ranks.Length);
        ReplicateTrajectory? trajectory = null;
        LeadingReplicate? leading = null;
        Reading? rest = null;
        string? failure = null;
        try
        {
            place?.Stage = Stage.Weights;
            DrawnWeights Drawn(int block) => weights.Find(first, replicate, matrices, block);
            trajectory = first.MeasuresNorms ? ReplicateTrajectory.Start(first, replicate, Drawn, matrices) : null;
            leading = first.MeasuresLeading ? LeadingReplicate.Start(first, replicate, Drawn, matrices) : null;
            rest = trajectory is null && leading is null ? new Reading { Replicate = replicate, Status = ReplicateStatus.ZeroRadius } : null;
            while (rest is null && open.Count < ranks.Length)
            {
                open.Add(Read(trajectory, leading, experiment.Readings[ranks[open.Count]].Spec, replicate, place, cancellation));
            }
        }
        catch (OverflowException)
        {
            rest = new Reading { Replicate = replicate, Status = ReplicateStatus.StateOverflow, StatusStep = checked((int)(1 - first.AllTransient)) };
        }
        catch (NonConvergenceException)
        {
            rest = new Reading { Replicate = replicate, Status = ReplicateStatus.NoConvergence };
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            failure = Experiment.Reason(error);
        }

        int done = 0;
        try
        {
            place?.Stage = Stage.Norms;
            foreach (Reading reading in trajectory?.Complete(open, cancellation) ?? [.. open.Select(alone => alone.Reading)])
            {
                run.Add(ranks[done++], reading);
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            for (string reason = Experiment.Reason(error); done < open.Count; done++)
            {
                run.Fail(ranks[done], replicate, reason);
            }
        }

        for (; done < ranks.Length; done++)
        {
            if (rest is not null)
            {
                run.Add(ranks[done], rest);
            }
            else
            {
                run.Fail(ranks[done], replicate, failure!);
            }
        }
    }

    private OpenReading Read(
        ReplicateTrajectory? trajectory, LeadingReplicate? leading, CellSpec spec, int replicate, StageBoard.Place? place, CancellationToken cancellation)
    {
        OpenReading? reading = trajectory is null ? null : Read(trajectory, spec, replicate, place, cancellation);
        place?.Stage = Stage.Products;
        return leading?.Read(spec, replicate, reading, cancellation) ?? reading!;
    }

    private OpenReading Read(ReplicateTrajectory running, CellSpec spec, int replicate, StageBoard.Place? place, CancellationToken cancellation)
    {
        int? redoneBefore = running.Trajectory.Product.RedoneAt;
        place?.Stage = Stage.Products;
        running.Trajectory.AdvanceTo(spec.SequenceLength, cancellation);
        place?.Stage = Stage.Norms;
        OpenReading reading = running.Read(spec, cancellation);
        if (redoneBefore is null && running.Trajectory.Product.RedoneAt is { } step)
        {
            ProductRedone?.Invoke(spec, replicate, step);
        }

        return reading;
    }

    /// <summary>Collects the readings and failures of one run.</summary>
    private sealed class ExperimentRun(Experiment experiment)
    {
        private readonly List<Reading>[] _readings = [.. experiment.Readings.Select(_ => new List<Reading>(experiment.ReplicateCount))];
        private readonly List<ReadingFailure> _failures = [];

        public Experiment Experiment => experiment;

        public void Add(int rank, Reading reading) => _readings[rank].Add(reading);

        public void Fail(int rank, int replicate, string reason) => _failures.Add(new ReadingFailure(experiment.Readings[rank].Key, replicate, reason));

        public ExperimentResult Result()
        {
            var results = ImmutableArray.CreateBuilder<CellResult>(_readings.Length);
            for (int rank = 0; rank < _readings.Length; rank++)
            {
                PlannedReading planned = experiment.Readings[rank];
                if (_readings[rank].Count > 0)
                {
                    results.Add(new CellResult(planned.Spec, planned.Key, [.. _readings[rank]]));
                }
            }

            return new ExperimentResult(results.DrainToImmutable(), [.. _failures]);
        }
    }
}
