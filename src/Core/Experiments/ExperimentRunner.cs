using System.Collections.Immutable;
using MathNet.Numerics;

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
            var waiting = new List<(int Replicate, int[] Ranks)>();
            for (int replicate = experiment.FirstReplicate; replicate < experiment.EndReplicate; replicate++)
            {
                int[] ranks = [.. Enumerable.Range(0, experiment.Readings.Length).Where(rank => known is null || !known[rank].Contains(replicate))];
                if (ranks.Length > 0)
                {
                    waiting.Add((replicate, ranks));
                }
            }

            // Replicate-major order keeps a trajectory in the processor's cache for all its lengths.
            foreach ((int Replicate, int[] Ranks)[] together in waiting.Chunk(BatchedReplicates.Fit(experiment.Longest) ? BatchedReplicates.Most : 1))
            {
                cancellation.ThrowIfCancellationRequested();
                place?.Stage = Stage.Weights;
                Started[] started = [.. together.Select(one => Start(experiment, one.Replicate, one.Ranks))];
                RunBatch(experiment, started, place, cancellation);
                foreach (Started replicate in started)
                {
                    Finish(run, replicate, place, cancellation);
                }
            }
        }
        finally
        {
            place?.Stage = Stage.None;
            place?.Part = null;
        }

        return run.Result();
    }

    private Started Start(Experiment experiment, int replicate, int[] ranks)
    {
        CellSpec spec = experiment.Readings[ranks[0]].Spec;
        var norms = new Reading?[experiment.Readings.Length];
        try
        {
            var start = ReplicateStart.Of(spec, replicate, block => weights.Find(spec, replicate, matrices, block), matrices);
            Reading? rest = start is null ? new Reading { Replicate = replicate, Status = ReplicateStatus.ZeroRadius } : null;
            return new Started(replicate, ranks, start, norms) { Rest = rest };
        }
        catch (OverflowException)
        {
            return new Started(replicate, ranks, null, norms) { Rest = Overflow(spec, replicate) };
        }
        catch (NonConvergenceException)
        {
            return new Started(replicate, ranks, null, norms) { Rest = new Reading { Replicate = replicate, Status = ReplicateStatus.NoConvergence } };
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return new Started(replicate, ranks, null, norms) { Failure = Experiment.Reason(error) };
        }
    }

    // Computes the norms of replicates that can run side by side.
    private static void RunBatch(Experiment experiment, Started[] started, StageBoard.Place? place, CancellationToken cancellation)
    {
        Started[] running = BatchedReplicates.Fit(experiment.Longest) ? [.. started.Where(replicate => replicate.Start is not null)] : [];
        if (running.Length == 0)
        {
            return;
        }

        int[] ranks = [.. running.SelectMany(replicate => replicate.Ranks).Distinct().Order()];
        Reading?[][] readings = BatchedReplicates.Run(
            [.. ranks.Select(rank => experiment.Readings[rank].Spec)], [.. running.Select(replicate => replicate.Start!)], place, cancellation);
        for (int i = 0; i < running.Length; i++)
        {
            for (int cell = 0; cell < ranks.Length; cell++)
            {
                running[i].Norms[ranks[cell]] = readings[i][cell];
            }
        }
    }

    private static Reading Overflow(CellSpec spec, int replicate) =>
        new() { Replicate = replicate, Status = ReplicateStatus.StateOverflow, StatusStep = checked((int)(1 - spec.AllTransient)) };

    // Adds the readings of a replicate that were computed in a batch, and computes the others, and the other statistics of all.
    private void Finish(ExperimentRun run, Started started, StageBoard.Place? place, CancellationToken cancellation)
    {
        Experiment experiment = run.Experiment;
        (int replicate, int[] ranks, ReplicateStart? start, Reading?[] norms) = started;
        bool needsNoMoreProducts = experiment.Longest is { MeasuresLags: false, MeasuresSpectrum: false };
        if (needsNoMoreProducts && experiment.Longest is { MeasuresLeading: false, MeasuresGradient: false, MeasuresActivity: false })
        {
            foreach (int rank in ranks.Where(rank => norms[rank] is not null))
            {
                run.Add(rank, norms[rank]!);
            }

            ranks = [.. ranks.Where(rank => norms[rank] is null)];
            if (ranks.Length == 0)
            {
                return;
            }
        }

        var open = new List<OpenReading>(ranks.Length);
        ReplicateTrajectory? trajectory = null;
        LeadingReplicate? leading = null;
        GradientReplicate? gradient = null;
        ActivityReplicate? activity = null;
        (Reading? rest, string? failure) = (started.Rest, started.Failure);
        try
        {
            CellSpec first = experiment.Readings[ranks[0]].Spec;
            leading = start is not null && first.MeasuresLeading ? new LeadingReplicate(first, start) : null; // before the product, which may overwrite the state
            gradient = start is not null && first.MeasuresGradient ? new GradientReplicate(first, start) : null;
            activity = start is not null && first.MeasuresActivity ? new ActivityReplicate(first, start) : null; // before the product, too
            bool isMultiplied = first.MeasuresNorms && !(needsNoMoreProducts && ranks.All(rank => norms[rank] is not null));
            trajectory = start is not null && isMultiplied ? new ReplicateTrajectory(first, start) : null;
            place?.Part = Part(experiment, replicate, trajectory, leading, gradient);
            while (start is not null && open.Count < ranks.Length)
            {
                int rank = ranks[open.Count];
                CellSpec spec = experiment.Readings[rank].Spec;
                OpenReading? product = trajectory is not null ? Read(trajectory, spec, replicate, norms[rank], place, cancellation)
                    : norms[rank] is { } known ? new OpenReading(known, spec, spec.SequenceLength, []) { IsComplete = true }
                    : null;
                place?.Stage = Stage.Products;
                OpenReading reading = leading?.Read(spec, replicate, product, cancellation) ?? product!;
                reading = gradient?.Add(reading, spec, cancellation) ?? reading;
                open.Add(activity is null ? reading : reading with { Reading = activity.Add(reading.Reading, spec, cancellation) });
            }
        }
        catch (OverflowException)
        {
            rest = Overflow(experiment.Readings[ranks[0]].Spec, replicate);
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

    // How far a replicate is: the mean over what runs of the steps that are done.
    private static StageBoard.RunningPart Part(Experiment experiment, int replicate, ReplicateTrajectory? trajectory, LeadingReplicate? leading, GradientReplicate? gradient)
    {
        Func<int>[] steps = [.. new Func<int>?[] { trajectory is null ? null : () => trajectory.Trajectory.Step, leading is null ? null : () => leading.Step, gradient is null ? null : () => gradient.Step }.OfType<Func<int>>()];
        double all = (double)steps.Length * experiment.Longest.SequenceLength, count = experiment.ReplicateCount;
        return new StageBoard.RunningPart(experiment.Work, (replicate - experiment.FirstReplicate) / count, 1 / count, () => all == 0 ? 0 : steps.Sum(step => step()) / all);
    }

    private OpenReading Read(ReplicateTrajectory running, CellSpec spec, int replicate, Reading? norms, StageBoard.Place? place, CancellationToken cancellation)
    {
        int? redoneBefore = running.Trajectory.Product.RedoneAt;
        place?.Stage = Stage.Products;
        running.Trajectory.AdvanceTo(spec.SequenceLength, cancellation);
        place?.Stage = Stage.Norms;
        OpenReading reading = running.Read(spec, norms, cancellation);
        if (redoneBefore is null && running.Trajectory.Product.RedoneAt is { } step)
        {
            ProductRedone?.Invoke(spec, replicate, step);
        }

        return reading;
    }

    /// <summary>A replicate that was started.</summary>
    /// <param name="Replicate">Its index.</param>
    /// <param name="Ranks">The readings to compute, by their index in the experiment.</param>
    /// <param name="Start">What it starts from; null where it cannot start.</param>
    /// <param name="Norms">For each reading of the experiment what was computed in a batch, or null.</param>
    private sealed record Started(int Replicate, int[] Ranks, ReplicateStart? Start, Reading?[] Norms)
    {
        /// <summary>The reading at every length of a replicate that cannot start.</summary>
        public Reading? Rest { get; init; }

        /// <summary>Why it cannot start, where that is an error.</summary>
        public string? Failure { get; init; }
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
