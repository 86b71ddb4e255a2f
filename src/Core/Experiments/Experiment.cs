using System.Collections.Immutable;

namespace RnnSweep.Core.Experiments;

/// <summary>
/// The unit of work: some replicates of one trajectory, each run once and read at every sequence length. Only a plan makes one (<see cref="Sweeps.PlanExperiments"/>).
/// </summary>
/// <param name="Index">Its index in the plan.</param>
/// <param name="FirstReplicate">The first of its replicates, from 0.</param>
/// <param name="ReplicateCount">Number of its replicates, at least 1.</param>
/// <param name="Readings">Where the trajectory is read: by ascending sequence length, at least one.</param>
/// <param name="Work">Estimated floating-point operations.</param>
public sealed record Experiment(long Index, int FirstReplicate, int ReplicateCount, ImmutableArray<PlannedReading> Readings, double Work)
{
    /// <summary>The replicate after its last one.</summary>
    public int EndReplicate => FirstReplicate + ReplicateCount;

    /// <summary>The cell at the longest sequence; all that concerns the trajectory is in every cell.</summary>
    public CellSpec Longest => Readings[^1].Spec;

    /// <summary>The key of the trajectory, in hexadecimal digits.</summary>
    public string TrajectoryKey => CellKey.OfTrajectory(Longest).ToString();

    /// <summary>Whether a replicate is one of this experiment's.</summary>
    public bool Runs(int replicate) => replicate >= FirstReplicate && replicate < EndReplicate;

    /// <summary>The place of a cell among the readings; -1 where the experiment does not read it.</summary>
    public int RankOf(CellKey key)
    {
        int rank = Readings.Length - 1;
        while (rank >= 0 && Readings[rank].Key != key)
        {
            rank--;
        }

        return rank;
    }

    /// <summary>The failure of every reading, for one reason.</summary>
    public ImmutableArray<ReadingFailure> Failures(string reason) =>
    [
        .. from reading in Readings
           from replicate in Enumerable.Range(FirstReplicate, ReplicateCount)
           select new ReadingFailure(reading.Key, replicate, reason),
    ];

    /// <summary>The failure of every reading for an exception.</summary>
    public ImmutableArray<ReadingFailure> Failures(Exception error) => Failures(Reason(error));

    /// <summary>An exception as the reason of a failure: one line.</summary>
    public static string Reason(Exception error) => $"{error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")}";
}

/// <summary>A sequence length at which an experiment reads its trajectory.</summary>
/// <param name="Spec">The cell of that length.</param>
/// <param name="Key">The cell's key.</param>
public readonly record struct PlannedReading(CellSpec Spec, CellKey Key)
{
    /// <summary>A cell with its key, which is computed.</summary>
    public static PlannedReading Of(CellSpec spec) => new(spec, CellKey.Of(spec));
}

/// <summary>What an experiment has yielded: a reading or a failure for every replicate and length that was asked for.</summary>
/// <param name="Results">The readings, by ascending sequence length; a cell without any is left out.</param>
/// <param name="Failures">The readings that could not be computed.</param>
public sealed record ExperimentResult(ImmutableArray<CellResult> Results, ImmutableArray<ReadingFailure> Failures);
