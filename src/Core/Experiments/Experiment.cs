using System.Collections.Immutable;

namespace RnnSweep.Core.Experiments;

/// <summary>
/// The unit of work: some replicates of one trajectory, each run once and read at every sequence length. Only a plan creates experiments
/// (<see cref="Sweeps.PlanExperiments"/>).
/// </summary>
/// <param name="Index">Its index in the plan.</param>
/// <param name="FirstReplicate">The first of its replicates, from 0.</param>
/// <param name="ReplicateCount">Number of its replicates, at least 1.</param>
/// <param name="Readings">The cells that it reads, by ascending sequence length, at least one.</param>
/// <param name="Work">Estimated floating-point operations.</param>
public sealed record Experiment(long Index, int FirstReplicate, int ReplicateCount, ImmutableArray<PlannedReading> Readings, double Work)
{
    /// <summary>The replicate after its last one.</summary>
    public int EndReplicate => FirstReplicate + ReplicateCount;

    /// <summary>The cell at the longest sequence length. All cells of the experiment have the same trajectory fields.</summary>
    public CellSpec Longest => Readings[^1].Spec;

    /// <summary>Whether a replicate is one of this experiment's.</summary>
    public bool Runs(int replicate) => replicate >= FirstReplicate && replicate < EndReplicate;

    /// <summary>The index of a cell among the readings; -1 where the experiment does not read it.</summary>
    public int RankOf(CellKey key)
    {
        int rank = Readings.Length - 1;
        while (rank >= 0 && Readings[rank].Key != key)
        {
            rank--;
        }

        return rank;
    }

    /// <summary>A failure for every reading, all with the same reason.</summary>
    public ImmutableArray<ReadingFailure> Failures(string reason) =>
    [
        .. from reading in Readings
           from replicate in Enumerable.Range(FirstReplicate, ReplicateCount)
           select new ReadingFailure(reading.Key, replicate, reason),
    ];

    /// <summary>A failure for every reading, with an exception as the reason.</summary>
    public ImmutableArray<ReadingFailure> Failures(Exception error) => Failures(Reason(error));

    /// <summary>The text of an exception as the reason of a failure, on one line.</summary>
    public static string Reason(Exception error) => $"{error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")}";
}

/// <summary>A cell that an experiment reads.</summary>
/// <param name="Spec">The cell.</param>
/// <param name="Key">The cell's key.</param>
public readonly record struct PlannedReading(CellSpec Spec, CellKey Key)
{
    /// <summary>Computes the key of a cell.</summary>
    public static PlannedReading Of(CellSpec spec) => new(spec, CellKey.Of(spec));
}

/// <summary>The result of an experiment: a reading or a failure for every requested replicate and length.</summary>
/// <param name="Results">The readings, by ascending sequence length; cells without readings are left out.</param>
/// <param name="Failures">The readings that could not be computed.</param>
public sealed record ExperimentResult(ImmutableArray<CellResult> Results, ImmutableArray<ReadingFailure> Failures);
