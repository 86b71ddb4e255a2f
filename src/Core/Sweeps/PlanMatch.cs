using System.Collections.Immutable;
using System.Numerics;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>A field whose values differ between two sweeps.</summary>
/// <param name="Field">The field.</param>
/// <param name="First">Its values in the first sweep: one, a list, or a range with the number of values.</param>
/// <param name="Second">Those in the second.</param>
public sealed record FieldDifference(SweepField Field, string First, string Second);

/// <summary>
/// The pairs of cells of two sweeps that have the same coordinates on the axes that both sweeps have. The value of an axis that only one of them has is free, so a cell may occur in several
/// pairs. Pairs are computed on request, in mixed radix over the axes: those of the first sweep in its order, then those that only the second has. Indices are those of the whole plans.
/// </summary>
public sealed class PlanMatch
{
    // Values of an axis that are listed one by one.
    private const int MostListed = 4;

    private readonly ImmutableArray<Matched> _axes;
    private readonly long[] _strides;

    private PlanMatch(SweepPlan first, SweepPlan second, ImmutableArray<Matched> axes)
    {
        (First, Second, _axes, _strides) = (first, second, axes, new long[axes.Length]);
        long stride = 1;
        for (int axis = axes.Length - 1; axis >= 0; axis--)
        {
            _strides[axis] = stride;
            stride *= axes[axis].Count;
        }

        Count = stride;
        Differences = [.. SweepFields.All.Where(field => field != SweepFields.Name && field != SweepFields.Description && field != SweepFields.Label).Select(Difference).OfType<FieldDifference>()];
    }

    /// <summary>The first sweep, whole.</summary>
    public SweepPlan First { get; }

    /// <summary>The second sweep, whole.</summary>
    public SweepPlan Second { get; }

    /// <summary>Number of pairs.</summary>
    public long Count { get; }

    /// <summary>The fields of the coordinates of a pair.</summary>
    public ImmutableArray<SweepField> Fields => [.. _axes.Select(axis => axis.Values.Field)];

    /// <summary>The fields whose values differ, in the order of the help, without name, description and label. A default that follows from another field is no value of its own.</summary>
    public ImmutableArray<FieldDifference> Differences { get; }

    /// <summary>Matches the cells of two sweeps by the texts of their coordinates.</summary>
    /// <param name="first">A plan, or a part of one.</param>
    /// <param name="second">Another.</param>
    /// <param name="most">The most pairs.</param>
    /// <exception cref="ArgumentException">No cells match, or more than <paramref name="most"/> do; the message says which axis has no value in common.</exception>
    public static PlanMatch Of(SweepPlan first, SweepPlan second, long most)
    {
        (first, second) = (first.Whole, second.Whole);
        var axes = ImmutableArray.CreateBuilder<Matched>();
        foreach (Axis axis in first.Axes)
        {
            axes.Add(second.Axes.FirstOrDefault(other => other.Field == axis.Field) is { } other
                ? new Matched(axis, Stride(first, axis), Stride(second, other), Common(axis, other))
                : new Matched(axis, Stride(first, axis), 0, null));
        }

        axes.AddRange(second.Axes.Where(axis => first.Axes.All(other => other.Field != axis.Field)).Select(axis => new Matched(axis, 0, Stride(second, axis), null)));
        BigInteger count = axes.Aggregate(BigInteger.One, (product, axis) => product * axis.Count);
        return count > most
            ? throw new ArgumentException($"at most {most} pairs of cells can be compared, but {count} match")
            : new PlanMatch(first, second, axes.ToImmutable());
    }

    /// <summary>The indices of the cells of a pair in the whole plans.</summary>
    public (long First, long Second) At(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        (long first, long second) = (0, 0);
        for (int axis = 0; axis < _axes.Length; axis++)
        {
            (long ofFirst, long ofSecond) = _axes[axis].PlacesAt(PlaceOn(axis, index));
            first += ofFirst * _axes[axis].FirstStride;
            second += ofSecond * _axes[axis].SecondStride;
        }

        return (first, second);
    }

    /// <summary>Number of values that pairs have on an axis.</summary>
    public long CountOn(int axis) => _axes[axis].Count;

    /// <summary>The index of a pair's value among those of an axis.</summary>
    public long PlaceOn(int axis, long index) => index / _strides[axis] % _axes[axis].Count;

    /// <summary>A value that pairs have on an axis.</summary>
    public FieldValue Value(int axis, long place) => _axes[axis].Values.Value(_axes[axis].PlacesAt(place).First);

    /// <summary>The text of a coordinate of a pair, as in the tables.</summary>
    public string Coordinate(long index, int axis) => Value(axis, PlaceOn(axis, index)).Text;

    /// <summary>
    /// Whether replicate r is the same draw in both cells of a pair: they have the same seed and the same values of all fields that draws depend on, or both measure trained networks on the
    /// sequences of the same input.
    /// </summary>
    public bool IsPaired(long index)
    {
        (long first, long second) = At(index);
        (CellSpec a, CellSpec b) = (First.Cell(first), Second.Cell(second));
        bool areTrained = a.NetworkDigest is not null && b.NetworkDigest is not null && a.InputDigest is not null && a.InputDigest == b.InputDigest && a.Seed == b.Seed;
        return areTrained || SweepFields.All.Where(field => field.Affects(FieldEffects.Draws)).All(field => field.Text(a) == field.Text(b));
    }

    private static long Stride(SweepPlan plan, Axis axis)
    {
        long stride = 1;
        for (int after = plan.Axes.Length - 1; plan.Axes[after] != axis; after--)
        {
            stride *= plan.Axes[after].Count;
        }

        return stride;
    }

    // The indices of the values that both axes have.
    private static ImmutableArray<(long First, long Second)> Common(Axis first, Axis second)
    {
        var places = new Dictionary<string, long>();
        for (long place = 0; place < second.Count; place++)
        {
            places[second.Text(place)] = place;
        }

        var common = ImmutableArray.CreateBuilder<(long First, long Second)>();
        for (long place = 0; place < first.Count; place++)
        {
            if (places.TryGetValue(first.Text(place), out long other))
            {
                common.Add((place, other));
            }
        }

        return common.Count > 0
            ? common.ToImmutable()
            : throw new ArgumentException($"no cells match: {first.Field.Name} has no value in both sweeps, but {Text(first)} in one and {Text(second)} in the other");
    }

    private FieldDifference? Difference(SweepField field)
    {
        (string first, string second) = (Text(First, field), Text(Second, field));
        Axis? a = First.Axes.FirstOrDefault(axis => axis.Field == field), b = Second.Axes.FirstOrDefault(axis => axis.Field == field);
        bool isSame = a is not null && b is not null ? a.Count == b.Count && _axes.First(axis => axis.Values == a).Count == a.Count : first == second;
        return isSame ? null : new FieldDifference(field, first, second);
    }

    private static string Text(SweepPlan plan, SweepField field) =>
        plan.Axes.FirstOrDefault(axis => axis.Field == field) is { } axis ? Text(axis)
        : SweepFields.FollowsOther(field, plan.Fixed) ? field.Default
        : field.Text(plan.Fixed) ?? field.Default;

    private static string Text(Axis axis) => axis.Count <= MostListed
        ? string.Join(", ", Enumerable.Range(0, (int)axis.Count).Select(place => axis.Text(place)))
        : $"{axis.Count} values from {axis.Text(0)} to {axis.Text(axis.Count - 1)}";

    // An axis with the values that pairs have; all where only one sweep has the axis.
    private sealed record Matched(Axis Values, long FirstStride, long SecondStride, ImmutableArray<(long First, long Second)>? Common)
    {
        public long Count => Common?.Length ?? Values.Count;

        public (long First, long Second) PlacesAt(long place) => Common is { } common ? common[(int)place] : (place, place);
    }
}
