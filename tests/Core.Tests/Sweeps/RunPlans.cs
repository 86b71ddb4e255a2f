using FsCheck;
using FsCheck.Fluent;
using RnnSweep.Core.Sweeps;
using static RnnSweep.Core.Tests.Sweeps.SweepParts;

namespace RnnSweep.Core.Tests.Sweeps;

/// <summary>Plans whose trajectories have one or several experiments, and in which some cells share the trajectories of others.</summary>
internal static class RunPlans
{
    /// <summary>Whole plans and shards, with up to five axes in any order.</summary>
    public static Gen<SweepPlan> Any { get; } =
        from sizes in Some("hidden_size", "8", "64")
        from lengths in Some("sequence_length", "100", "400", "7")
        from radii in Some("spectral_radius", "0.5", "1.5")
        from replicates in Gen.OneOf(Some("replicates", "3", "40", "9"), Gen.Elements("1", "5", "17", "40").Select(text => (Axis)List("replicates", text)))
        from thresholds in Some("threshold", "1", "2")
        from some in Gen.SubListOf(sizes, lengths, radii, replicates, thresholds)
        from order in Gen.Shuffle(some.ToArray())
        from lags in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
        from shard in Gen.Frequency((2, Gen.Constant((Shard?)null)), (1, Gen.Choose(1, 3).Select(number => (Shard?)new Shard(number, 3))))
        let plan = SweepPlan.Of("runs", [.. order.Select(Varied), .. lags ? [Fixed("statistics", "lags")] : Array.Empty<FieldSetting>()])
        select shard is null ? plan : plan.Part(shard);

    /// <summary>One trajectory with forty replicates, read at two lengths, in several experiments.</summary>
    public static SweepPlan Cut(params Axis[] others) =>
        SweepPlan.Of("cut", [Fixed("hidden_size", "64"), Fixed("replicates", "40"), Varied(List("sequence_length", "100", "400")), .. others.Select(Varied)]);

    private static Gen<Axis> Some(string field, params string[] values) =>
        Gen.SubListOf(values).Where(list => list.Count > 0).SelectMany(list => Gen.Shuffle(list.ToArray())).Select(list => (Axis)List(field, list));
}
