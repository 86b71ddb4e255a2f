using System.Collections.Immutable;
using System.Numerics;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Results;

namespace RnnSweep.Core.Sweeps;

/// <summary>
/// The ordered cells of a sweep, by index. Every cell is computed on request (the index is in mixed radix over the axes, the first axis slowest), so
/// a plan of 10⁹ cells takes no more memory than one of ten.
/// </summary>
public sealed class SweepPlan : ICellTable
{
    /// <summary>Largest number of cells in a plan.</summary>
    public const long MaximumCellCount = 1_000_000_000;

    // Number of cells per step along each axis; the index of the axis of the sequence lengths, or -1.
    private readonly long[] _strides;
    private readonly int _lengthAxis;
    private readonly Lazy<PlanExperiments> _experiments;
    private readonly Lazy<PlanKeys> _keys;
    private readonly Lazy<(long Stride, long Count, long Place)[]> _shared;
    private readonly SequenceLengthOrder _lengths;
    private readonly ShardCells? _shardCells;

    /// <summary>Creates a plan from axes and a cell with all other fields.</summary>
    /// <exception cref="ArgumentException">A field is varied twice, or there are too many cells.</exception>
    public SweepPlan(string name, CellSpec fixedSpec, ImmutableArray<Axis> axes)
    {
        if (axes.DistinctBy(axis => axis.Field).Count() < axes.Length)
        {
            throw new ArgumentException("a field is varied twice", nameof(axes));
        }

        if (TooManyCells(axes) is { } count)
        {
            throw new ArgumentException($"a plan has at most {MaximumCellCount} cells, but this one has {count}", nameof(axes));
        }

        (Name, Fixed, Axes, Whole) = (name, fixedSpec, axes, this);
        (_strides, _lengthAxis) = (new long[axes.Length], -1);
        long stride = 1;
        for (int axis = axes.Length - 1; axis >= 0; axis--)
        {
            _strides[axis] = stride;
            stride *= axes[axis].Count;
            _lengthAxis = axes[axis].Field == SweepFields.SequenceLength ? axis : _lengthAxis;
        }

        CellCount = stride;
        (_experiments, _keys) = (new(() => new PlanExperiments(this)), new(() => new PlanKeys(this)));
        _shared = new(SharedAxes);
        Coordinates = [.. axes.Select(axis => axis.Field.Name)];
        _lengths = new SequenceLengthOrder(_lengthAxis < 0 ? null : axes[_lengthAxis]);
    }

    private SweepPlan(SweepPlan whole, Shard? shard, int[] trajectories)
    {
        (Name, Fixed, Axes, Coordinates, Whole, Shard, Locating) = (whole.Name, whole.Fixed, whole.Axes, whole.Coordinates, whole, shard, whole.Locating);
        (_strides, _lengthAxis, _lengths, _shared) = (whole._strides, whole._lengthAxis, whole._lengths, whole._shared);
        (_experiments, _keys) = (new(() => new PlanExperiments(this)), new(() => new PlanKeys(this)));
        _shardCells = new ShardCells(trajectories, LengthStride, SequenceLengthCount);
        CellCount = (long)_shardCells.TrajectoryCount * SequenceLengthCount;
    }

    /// <summary>The sweep's name.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public CellSpec Fixed { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<NetworkKind> Networks => Axes.FirstOrDefault(axis => axis.Field == SweepFields.Network) is { } networks
        ? [.. Enumerable.Range(0, checked((int)networks.Count)).Select(i => networks.Value(i).Apply(Fixed).Network).Distinct()]
        : [Fixed.Network];

    /// <summary>The axes in the order of the file; the first varies slowest.</summary>
    public ImmutableArray<Axis> Axes { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Coordinates { get; }

    /// <summary>The part of the sweep that this plan is; null where it is the whole.</summary>
    public Shard? Shard { get; }

    /// <summary>The search for values of an axis, of which this plan has the points so far; null for none.</summary>
    public Locating? Locating { get; init; }

    /// <summary>The plan that this is a part of; itself where it is the whole.</summary>
    public SweepPlan Whole { get; }

    /// <summary>Number of cells; 1 without axes, 0 only for an empty shard.</summary>
    public long CellCount { get; }

    /// <summary>Number of cells per trajectory: the number of sequence lengths.</summary>
    public int SequenceLengthCount => _lengths.Count;

    /// <summary>Number of trajectories, that is, groups of cells that differ only in their sequence length.</summary>
    public long TrajectoryCount => CellCount / SequenceLengthCount;

    /// <summary>The experiments of the plan.</summary>
    public PlanExperiments Experiments => _experiments.Value;

    /// <summary>Number of trajectories that are read from the same runs.</summary>
    internal long TrajectoriesEach => _shared.Value.Aggregate(1L, (product, axis) => product * axis.Count);

    /// <summary>Whether some trajectories are read from the runs of others.</summary>
    internal bool SharesTrajectories => TrajectoriesEach > 1;

    /// <summary>The cells with their keys.</summary>
    internal PlanKeys Keys => _keys.Value;

    /// <summary>The plan of a sweep's settings.</summary>
    /// <exception cref="ArgumentException">A field is given twice, or a rule of <see cref="SweepRules"/> is broken.</exception>
    public static SweepPlan Of(string name, IReadOnlyCollection<FieldSetting> settings) => new SweepRules(settings).Plan(name);

    /// <summary>A shard of the whole plan as a plan of its own: only its cells, in the same order, with indices from 0.</summary>
    public SweepPlan Part(Shard shard) => new(Whole, shard, [.. new Shards(Whole, shard.Count).Trajectories(shard)]);

    /// <summary>Some trajectories of the whole plan, by their ascending indices, as a plan of their own; the whole plan where these are all.</summary>
    internal SweepPlan Part(int[] trajectories) => trajectories.Length == Whole.TrajectoryCount ? Whole : new SweepPlan(Whole, null, trajectories);

    /// <summary>The cell at an index from 0.</summary>
    public CellSpec Cell(long index)
    {
        index = WholeIndex(index);
        CellSpec spec = Fixed;
        for (int axis = 0; axis < Axes.Length; axis++)
        {
            spec = Axes[axis].Value(Digit(index, axis)).Apply(spec);
        }

        return spec;
    }

    /// <inheritdoc/>
    public PlannedReading Planned(long index) => Keys.Of(index);

    /// <summary>All cells with their keys, in plan order, each created on request.</summary>
    public IEnumerable<PlannedReading> PlannedCells()
    {
        for (long index = 0; index < CellCount; index++)
        {
            yield return Planned(index);
        }
    }

    /// <summary>The canonical text of an axis' value at a cell, as in the CSVs.</summary>
    public string Coordinate(long index, int axis) => Axes[axis].Text(PlaceOn(axis, index));

    /// <inheritdoc/>
    public ColumnType CoordinateType(int axis) => Axes[axis].Type;

    /// <summary>The index, on an axis, of its value at a cell.</summary>
    public long PlaceOn(int axis, long index) => Digit(WholeIndex(index), axis);

    /// <summary>The number of cells of some axes where it exceeds <see cref="MaximumCellCount"/>; otherwise null.</summary>
    internal static BigInteger? TooManyCells(IEnumerable<Axis> axes)
    {
        BigInteger count = BigInteger.One;
        foreach (Axis axis in axes)
        {
            count *= axis.Count;
        }

        return count > MaximumCellCount ? count : null;
    }

    /// <summary>The index of a trajectory's cell; rank 0 is the smallest sequence length.</summary>
    public long CellIndex(long trajectory, int lengthRank)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(trajectory);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(trajectory, TrajectoryCount);
        ArgumentOutOfRangeException.ThrowIfNegative(lengthRank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(lengthRank, SequenceLengthCount);
        int place = _lengths.PlaceOf(lengthRank);
        return _shardCells?.IndexOf(trajectory, place) ?? WholeIndex(trajectory, place);
    }

    /// <summary>The trajectory of a cell and the rank of its sequence length: the inverse of <see cref="CellIndex"/>.</summary>
    public (long Trajectory, int LengthRank) Locate(long cellIndex)
    {
        CheckCell(cellIndex);
        (long trajectory, int place) = _shardCells?.At(cellIndex) ?? WholeAt(cellIndex);
        return (trajectory, _lengths.RankOf(place));
    }

    /// <summary>
    /// The trajectory whose experiments give the readings of a trajectory. Among trajectories that differ only in their number of replicates, or in a
    /// threshold that no reading depends on, it is the one with the most replicates.
    /// </summary>
    internal long SharedTrajectory(long trajectory)
    {
        if (!SharesTrajectories)
        {
            return trajectory;
        }

        long index = WholeTrajectory(trajectory);
        foreach ((long stride, long count, long place) in _shared.Value)
        {
            index += (place - (index / stride % count)) * stride;
        }

        return _shardCells?.RankOf(index) ?? index;
    }

    /// <summary>The trajectories that are read from the runs of one that is its own <see cref="SharedTrajectory"/>, which is included.</summary>
    internal IEnumerable<long> TrajectoriesOf(long shared)
    {
        IEnumerable<long> indices = [WholeTrajectory(shared)];
        foreach ((long stride, long count, long place) in _shared.Value)
        {
            indices = indices.SelectMany(index => Range(count).Select(other => index + ((other - place) * stride)));
        }

        return indices.Select(index => _shardCells?.RankOf(index) ?? index);

        static IEnumerable<long> Range(long count)
        {
            for (long i = 0; i < count; i++)
            {
                yield return i;
            }
        }
    }

    /// <summary>The index of a trajectory in the whole plan.</summary>
    internal long WholeTrajectory(long trajectory) => _shardCells?.Trajectory(trajectory) ?? trajectory;

    // The axes along which readings are the same, with the index of the value that has experiments. Strides count trajectories.
    private (long Stride, long Count, long Place)[] SharedAxes()
    {
        var shared = new List<(long Stride, long Count, long Place)>();
        long stride = 1;
        foreach (Axis axis in Axes.Reverse().Where(axis => axis.Field != SweepFields.SequenceLength))
        {
            if (axis.Field == SweepFields.Replicates)
            {
                shared.Add((stride, axis.Count, Enumerable.Range(0, (int)axis.Count).MaxBy(i => axis.Value(i).Number)));
            }
            else if (axis.Field == SweepFields.Threshold && !Fixed.MeasuresLags)
            {
                shared.Add((stride, axis.Count, 0));
            }

            stride *= axis.Count;
        }

        return [.. shared];
    }

    // The index of a cell in the whole plan.
    private long WholeIndex(long index)
    {
        CheckCell(index);
        if (_shardCells is null)
        {
            return index;
        }

        (long trajectory, int place) = _shardCells.At(index);
        return WholeIndex(_shardCells.Trajectory(trajectory), place);
    }

    private long WholeIndex(long trajectory, int place)
    {
        (long outer, long inner) = Math.DivRem(trajectory, LengthStride);
        return (((outer * SequenceLengthCount) + place) * LengthStride) + inner;
    }

    private (long Trajectory, int Place) WholeAt(long index)
    {
        (long rest, long inner) = Math.DivRem(index, LengthStride);
        (long outer, long place) = Math.DivRem(rest, SequenceLengthCount);
        return ((outer * LengthStride) + inner, (int)place);
    }

    private long LengthStride => _lengthAxis < 0 ? 1 : _strides[_lengthAxis];

    private long Digit(long index, int axis) => index / _strides[axis] % Axes[axis].Count;

    private void CheckCell(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, CellCount);
    }
}
