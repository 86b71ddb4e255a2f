using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>Estimated cost of a whole plan, computed without visiting every cell.</summary>
/// <param name="Operations">Floating-point operations of all trajectories, each run to its longest sequence, and of drawing all weights.</param>
/// <param name="LargestCell">The cell with the most operations.</param>
/// <param name="LargestOperations">Its operations.</param>
/// <param name="Bytes">Largest memory in bytes that one thread uses while it computes a cell.</param>
/// <param name="LargestMemoryCell">The cell that uses it.</param>
public sealed record PlanEstimate(double Operations, CellSpec LargestCell, double LargestOperations, double Bytes, CellSpec LargestMemoryCell)
{
    // Cost depends on only a few fields. This many values along each, including the ends, are accurate enough.
    private const int MostValues = 100;

    /// <summary>
    /// Estimated seconds of a run: all operations divided among the threads, or those of one replicate of the largest cell, which one thread computes, where that takes longer.
    /// Neither the start of the program nor its tables are included.
    /// </summary>
    /// <param name="threads">Number of threads.</param>
    /// <param name="speed">Operations per second of all threads together in a product of matrices.</param>
    public double Seconds(int threads, double speed) => Math.Max(Operations, LargestOperations / LargestCell.Replicates * threads) / speed;

    /// <summary>Estimates a plan. For a shard, every trajectory is visited; an empty shard costs nothing.</summary>
    public static PlanEstimate Of(SweepPlan plan)
    {
        if (plan.Shard is not null)
        {
            return OfTrajectories(plan);
        }

        // Trajectories that are read from the same runs cost as much as the one with the most replicates.
        Axis[] axes = [.. plan.Axes.Where(axis => axis.Field != SweepFields.Replicates && axis.Field.Affects(FieldEffects.Cost))];
        CellSpec first = plan.Cell(plan.CellIndex(plan.SharedTrajectory(0), 0));
        double cells = 0, operations = 0, draws = 0, largest = -1, bytes = -1;
        CellSpec largestCell = first, largestMemoryCell = first;
        foreach ((CellSpec spec, double share, bool isLongest) in Samples(first, axes, 0, 1, true))
        {
            double work = WorkEstimate.Operations(spec), memory = WorkEstimate.Bytes(spec);
            cells += share;
            if (isLongest)
            {
                operations += share * work;
                draws = Math.Max(draws, WorkEstimate.DrawOperations(spec));
            }
            else
            {
                operations += share * WorkEstimate.ReadingOperations(spec);
            }

            (largest, largestCell) = work > largest ? (work, spec) : (largest, largestCell);
            (bytes, largestMemoryCell) = memory > bytes ? (memory, spec) : (bytes, largestMemoryCell);
        }

        double trajectories = plan.CellCount / plan.TrajectoriesEach / cells;
        return new PlanEstimate((operations * trajectories) + draws, largestCell, largest, bytes, largestMemoryCell);
    }

    private static PlanEstimate OfTrajectories(SweepPlan plan)
    {
        double operations = 0, draws = 0, largest = 0, bytes = 0;
        CellSpec largestCell = plan.Fixed, largestMemoryCell = plan.Fixed;
        for (long trajectory = 0; trajectory < plan.TrajectoryCount; trajectory++)
        {
            if (plan.SharedTrajectory(trajectory) != trajectory)
            {
                continue;
            }

            CellSpec spec = plan.Cell(plan.CellIndex(trajectory, plan.SequenceLengthCount - 1));
            double work = WorkEstimate.Operations(spec), memory = WorkEstimate.Bytes(spec);
            operations += work;
            for (int length = 0; (plan.Fixed.MeasuresLags || plan.Fixed.MeasuresGradient) && length < plan.SequenceLengthCount - 1; length++)
            {
                operations += WorkEstimate.ReadingOperations(plan.Cell(plan.CellIndex(trajectory, length)));
            }

            draws = Math.Max(draws, WorkEstimate.DrawOperations(spec));
            (largest, largestCell) = work > largest ? (work, spec) : (largest, largestCell);
            (bytes, largestMemoryCell) = memory > bytes ? (memory, spec) : (bytes, largestMemoryCell);
        }

        return new PlanEstimate(operations + draws, largestCell, largest, bytes, largestMemoryCell);
    }

    // Every combination of sampled values, with the number of combinations that it represents.
    private static IEnumerable<(CellSpec Spec, double Share, bool IsLongest)> Samples(
        CellSpec spec, Axis[] axes, int axis, double share, bool isLongest)
    {
        if (axis == axes.Length)
        {
            yield return (spec, share, isLongest);
            yield break;
        }

        long count = axes[axis].Count;
        long samples = Math.Min(count, axes.Length < 3 ? MostValues : MostValues / 5);
        bool isLength = axes[axis].Field == SweepFields.SequenceLength;
        double longest = 0;
        for (int i = 0; isLength && i < samples; i++)
        {
            longest = Math.Max(longest, axes[axis].Value(At(i)).Number);
        }

        for (int i = 0; i < samples; i++)
        {
            CellSpec value = axes[axis].Value(At(i)).Apply(spec);

            // Only the longest sequence of a trajectory is work; the shorter ones are read on the way.
            bool counts = !isLength || value.SequenceLength == longest;
            foreach ((CellSpec, double, bool) sample in Samples(value, axes, axis + 1, share * count / samples, isLongest && counts))
            {
                yield return sample;
            }
        }

        long At(long i) => samples == 1 ? 0 : i * (count - 1) / (samples - 1);
    }
}
