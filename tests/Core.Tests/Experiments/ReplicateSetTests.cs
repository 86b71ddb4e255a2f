using FsCheck;
using FsCheck.Fluent;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Tests.Experiments;

public sealed class ReplicateSetTests
{
    /// <summary>Sets with all, some or none of the first replicates, and sets with gaps.</summary>
    private static readonly Arbitrary<(HashSet<int> Replicates, int First, int Count)> s_cases =
        (from start in Gen.OneOf(Gen.Constant(0), Gen.Choose(1, 12))
         from others in Gen.OneOf(Gen.Constant(Array.Empty<int>()), Gen.ArrayOf(Gen.OneOf(Gen.Choose(0, 30), Gen.Choose(0, int.MaxValue))))
         from first in Gen.Choose(0, 30)
         from count in Gen.OneOf(Gen.Choose(0, 30), Gen.Constant(int.MaxValue - first))
         select (Enumerable.Range(0, start).Concat(others).ToHashSet(), first, count)).ToArbitrary();

    [Fact]
    public void It_contains_the_same_numbers_as_a_plain_set() => Prop.ForAll(s_cases, some =>
    {
        ReplicateSet set = ReplicateSet.Of([.. some.Replicates.Order()]);
        int end = some.First + some.Count;
        return set.Count == some.Replicates.Count
            && some.Replicates.All(set.Contains)
            && Enumerable.Range(0, 40).All(replicate => set.Contains(replicate) == some.Replicates.Contains(replicate))
            && set.CountIn(some.First, end) == some.Replicates.Count(replicate => replicate >= some.First && replicate < end);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_first_ones_are_those_below_a_number() => Prop.ForAll(Gen.Choose(0, 30).ToArbitrary(), count =>
    {
        ReplicateSet first = ReplicateSet.First(count), listed = ReplicateSet.Of([.. Enumerable.Range(0, count)]);
        return first.Count == count && Enumerable.Range(0, 40).All(replicate => first.Contains(replicate) == (replicate < count) && listed.Contains(replicate) == first.Contains(replicate));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_default_is_empty()
    {
        ReplicateSet none = default;
        Assert.Equal((0, 0, false), (none.Count, none.CountIn(0, int.MaxValue), none.Contains(0)));
    }
}
