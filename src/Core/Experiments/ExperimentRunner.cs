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
        if (ReplicateReader.MeasuresNormsAlone(experiment.Longest))
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
        ReplicateReader? reader = null;
        (Reading? rest, string? failure) = (started.Rest, started.Failure);
        try
        {
            reader = start is null ? null : new ReplicateReader(experiment.Readings[ranks[0]].Spec, start, hasNorms: ranks.All(rank => norms[rank] is not null));
            place?.Part = Part(experiment, replicate, reader);
            while (reader is not null && open.Count < ranks.Length)
            {
                int rank = ranks[open.Count];
                CellSpec spec = experiment.Readings[rank].Spec;
                int? redoneBefore = reader.RedoneAt;
                open.Add(reader.Read(spec, replicate, norms[rank], place, cancellation));
                if (redoneBefore is null && reader.RedoneAt is { } step)
                {
                    ProductRedone?.Invoke(spec, replicate, step);
                }
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
            foreach (Reading reading in reader?.Complete(open, cancellation) ?? [])
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

    // How far a replicate is.
    private static StageBoard.RunningPart Part(Experiment experiment, int replicate, ReplicateReader? reader)
    {
        double count = experiment.ReplicateCount;
        return new StageBoard.RunningPart(experiment.Work, (replicate - experiment.FirstReplicate) / count, 1 / count, () => reader?.StepsDone / experiment.Longest.SequenceLength ?? 0);
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
