using FsCheck;
using FsCheck.Fluent;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;
using static RnnSweep.Core.Tests.Sweeps.SweepParts;

namespace RnnSweep.Core.Tests.Sweeps;

public sealed class PlanExperimentsTests
{
    // "Some tenths of a second" in operations: twice the work of a core in a tenth of a second, because ranges are rounded up to whole groups of replicates.
    private const double MostWork = 1e9;

    [Fact]
    public void Every_replicate_of_every_cell_is_read_by_exactly_one_experiment_and_nothing_else_is_read() => Prop.ForAll(RunPlans.Any.ToArbitrary(), plan =>
    {
        (CellKey, int)[] read = [.. Experiments(plan).SelectMany(Readings)];
        HashSet<(CellKey, int)> asked = [.. Cells(plan).SelectMany(cell => Enumerable.Range(0, cell.Replicates).Select(replicate => (CellKey.Of(cell), replicate)))];
        return read.Length == asked.Count && asked.SetEquals(read);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Shards_together_run_the_experiments_of_the_whole_plan_once() => Prop.ForAll(RunPlans.Any.Zip(Gen.Choose(1, 5)).ToArbitrary(), pair =>
    {
        (SweepPlan whole, int count) = (pair.Item1.Whole, pair.Item2);
        SweepPlan[] parts = [.. Enumerable.Range(1, count).Select(number => whole.Part(new Shard(number, count)))];
        (CellKey, int)[] read = [.. parts.SelectMany(part => Experiments(part).SelectMany(Readings))];
        return read.Length == read.Distinct().Count() && Experiments(whole).SelectMany(Readings).ToHashSet().SetEquals(read);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_trajectory_is_cut_into_ascending_ranges_of_replicates_of_whole_groups_of_eight() => Prop.ForAll(Cuts(), plan =>
    {
        for (long trajectory = 0; trajectory < plan.TrajectoryCount; trajectory++)
        {
            Experiment[] parts = [.. Enumerable.Range(0, plan.Experiments.CountOf(trajectory)).Select(part => plan.Experiments[plan.Experiments.FirstOf(trajectory) + part])];
            int replicates = plan.Cell(plan.CellIndex(trajectory, 0)).Replicates, size = parts[0].ReplicateCount;
            bool isCut = parts[0].FirstReplicate == 0 && parts[^1].EndReplicate == replicates
                && parts.Zip(parts.Skip(1)).All(pair => pair.First.EndReplicate == pair.Second.FirstReplicate)
                && parts[..^1].All(part => part.ReplicateCount == size) && parts[^1].ReplicateCount >= 1 && parts[^1].ReplicateCount <= size;
            if (!isCut || (parts.Length > 1 && size > 8 && size % 8 != 0))
            {
                return false;
            }

            // No experiment takes longer than some tenths of a second, and no shorter trajectory is cut.
            if (parts.Any(part => part.Work > MostWork && part.ReplicateCount > 1) || (parts.Length > 1 && parts.Sum(part => part.Work) < MostWork / 2))
            {
                return false;
            }
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Indices_trajectories_and_experiments_agree() => Prop.ForAll(RunPlans.Any.ToArbitrary(), plan =>
    {
        PlanExperiments experiments = plan.Experiments;
        long next = 0;
        for (long trajectory = 0; trajectory < plan.TrajectoryCount; trajectory++)
        {
            long first = next;
            for (next += experiments.CountOf(trajectory); first < next; first++)
            {
                Experiment experiment = experiments[first];
                CellSpec[] cells = [.. Enumerable.Range(0, plan.SequenceLengthCount).Select(rank => plan.Cell(plan.CellIndex(trajectory, rank)))];
                bool agree = experiments.TrajectoryOf(first) == trajectory && experiments.FirstOf(trajectory) == next - experiments.CountOf(trajectory)
                    && experiment.Index == first && experiment.Work == experiments.Work(first) && experiments.LongestKey(first) == experiment.Readings[^1].Key
                    && experiment.Longest == cells[^1]
                    && experiment.Readings.Select(reading => reading.Spec).SequenceEqual(cells) && experiment.Readings.All(reading => reading.Key == CellKey.Of(reading.Spec));
                if (!agree)
                {
                    return false;
                }
            }
        }

        return next == experiments.Count;
    }).QuickCheckThrowOnFailure();

    // Of cells that differ only in length, replicates or, without lags, threshold, only the longest with the most replicates is run.
    [Fact]
    public void Work_adds_up_to_that_of_the_trajectories_that_are_run() => Prop.ForAll(RunPlans.Any.ToArbitrary(), plan =>
    {
        double expected = Cells(plan).GroupBy(Runs).Sum(cells => cells.Max(WorkEstimate.Operations));
        return Math.Abs(Experiments(plan).Sum(experiment => experiment.Work) - expected) <= expected * 1e-9
            && Experiments(plan).All(experiment => experiment.Work > 0);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Smaller_numbers_of_replicates_and_other_thresholds_add_no_work() => Prop.ForAll(RunPlans.Any.ToArbitrary(), some =>
    {
        SweepPlan plan = some.Whole;
        Axis[] others = [.. plan.Axes.Where(axis => axis.Field.Name is not ("replicates" or "threshold"))];
        FieldSetting[] lags = plan.Fixed.MeasuresLags ? [Fixed("statistics", "lags")] : [];
        SweepPlan one = SweepPlan.Of("one", [.. others.Select(Varied), Fixed("replicates", "40"), .. lags]);
        SweepPlan more = SweepPlan.Of("more", [Varied(List("replicates", "7", "40", "16")), .. others.Select(Varied), .. lags]);
        SweepPlan most = SweepPlan.Of("most", [.. others.Select(Varied), Varied(List("threshold", "1", "2", "4")), Varied(List("replicates", "40", "1")), .. lags]);
        int thresholds = plan.Fixed.MeasuresLags ? 3 : 1; // lags depend on the threshold
        return Ranges(more).SequenceEqual(Ranges(one)) && most.Experiments.Count == thresholds * one.Experiments.Count
            && (thresholds > 1 || Ranges(most).SequenceEqual(Ranges(one)));

        static IEnumerable<(CellKey, int, int)> Ranges(SweepPlan plan) =>
            Experiments(plan).Select(experiment => (CellKey.OfTrajectory(experiment.Longest), experiment.FirstReplicate, experiment.EndReplicate));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Cells_that_share_trajectories_are_in_one_shard() => Prop.ForAll(RunPlans.Any.Zip(Gen.Choose(1, 5)).ToArbitrary(), pair =>
    {
        var seen = new HashSet<CellSpec>();
        return Enumerable.Range(1, pair.Item2).All(number =>
        {
            SweepPlan part = pair.Item1.Whole.Part(new Shard(number, pair.Item2));
            return Cells(part).Select(Runs).Distinct().All(seen.Add) && Enumerable.Range(0, (int)part.TrajectoryCount).All(trajectory => SharesWithinPart(part, trajectory));
        });

        static bool SharesWithinPart(SweepPlan part, long trajectory)
        {
            long shared = part.SharedTrajectory(trajectory);
            CellSpec cell = part.Cell(part.CellIndex(trajectory, 0)), other = part.Cell(part.CellIndex(shared, 0));
            return Runs(cell) == Runs(other) && other.Replicates >= cell.Replicates && part.SharedTrajectory(shared) == shared && part.TrajectoriesOf(shared).Contains(trajectory);
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_thousand_replicates_of_one_small_cell_keep_many_cores_busy()
    {
        SweepPlan plan = SweepPlan.Of("one cell", [Fixed("hidden_size", "64"), Fixed("replicates", "1000")]);
        Assert.Equal(1, plan.CellCount);
        Assert.InRange(plan.Experiments.Count, 32, 1000 / 8);
    }

    [Fact]
    public void Every_replicate_of_a_large_network_is_an_experiment()
    {
        SweepPlan plan = SweepPlan.Of("large", [Fixed("hidden_size", "512"), Fixed("replicates", "5")]);
        Assert.Equal([1, 1, 1, 1, 1], Experiments(plan).Select(experiment => experiment.ReplicateCount));
    }

    [Fact]
    public void A_shard_without_cells_has_no_experiments_and_an_index_beyond_them_is_refused()
    {
        SweepPlan plan = Plan(List("seed", "1", "2"));
        Assert.Equal(0, plan.Part(new Shard(3, 3)).Experiments.Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.Experiments[plan.Experiments.Count]);
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.Experiments[-1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.Part(new Shard(3, 3)).Experiments[0]);
    }

    private static CellSpec Runs(CellSpec cell) => cell with { SequenceLength = 1, Replicates = 1, Threshold = cell.MeasuresLags ? cell.Threshold : 0 };

    private static IEnumerable<CellSpec> Cells(SweepPlan plan) => Enumerable.Range(0, (int)plan.CellCount).Select(index => plan.Cell(index));

    private static IEnumerable<Experiment> Experiments(SweepPlan plan) => Enumerable.Range(0, (int)plan.Experiments.Count).Select(index => plan.Experiments[index]);

    private static IEnumerable<(CellKey, int)> Readings(Experiment experiment) =>
        experiment.Readings.SelectMany(reading => Enumerable.Range(experiment.FirstReplicate, experiment.ReplicateCount).Select(replicate => (reading.Key, replicate)));

    /// <summary>One network of any size, length and number of replicates, or three of different sizes.</summary>
    private static Arbitrary<SweepPlan> Cuts() =>
        (from size in Gen.Choose(1, 150)
         from length in Gen.Choose(1, 1000)
         from replicates in Gen.OneOf(Gen.Choose(1, 40), Gen.Choose(1, 2000))
         from axes in Gen.Elements(true, false)
         select axes
            ? SweepPlan.Of("three", [Varied(List("hidden_size", $"{size}", $"{size + 1}", $"{3 * size}")), Fixed("sequence_length", $"{length}"), Fixed("replicates", $"{replicates}")])
            : SweepPlan.Of("one", [Fixed("hidden_size", $"{size}"), Varied(List("sequence_length", $"{length}", $"{length + 1}")), Fixed("replicates", $"{replicates}")])).ToArbitrary();
}
