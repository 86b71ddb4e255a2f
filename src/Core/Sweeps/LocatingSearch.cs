using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Sweeps;

/// <summary>
/// The rounds of a search along an axis. The points of a round follow from the results of the rounds before, so the rounds are repeated from a store without anything else being kept: a
/// run that was killed, or that is given more replicates, goes on from what is stored.
/// </summary>
/// <remarks>
/// A trajectory of the grid without the searched axis is a line of points. The sequence lengths and, where the column is a replicate's, the replicates are its series: all are read at every
/// point, and every point that one of them needs is a cell with all replicates.
/// </remarks>
public sealed class LocatingSearch
{
    private const int CellsAtATime = 512;

    private readonly SweepPlan _grid;
    private readonly Locating _locating;
    private readonly int _axis;
    private readonly Func<Reading, double>? _ofReplicate;
    private readonly Func<CellSummary, double>? _ofCell;
    private readonly Func<CellSpec, CellTheory> _theory;
    private readonly SortedDictionary<long, Line> _lines = [];

    // By position, because a value takes a step of decimal arithmetic for each round before it.
    private readonly Dictionary<long, FieldValue> _values = [];

    /// <summary>Starts a search with the points of its grid.</summary>
    /// <param name="grid">The plan of the grid, with its <see cref="SweepPlan.Locating"/>.</param>
    /// <param name="theory">The theoretical values of a cell, which may be searched, too.</param>
    public LocatingSearch(SweepPlan grid, Func<CellSpec, CellTheory> theory)
    {
        (_grid, _locating, _theory) = (grid, grid.Locating ?? throw new ArgumentException("the plan has no search", nameof(grid)), theory);
        _axis = grid.Coordinates.ToList().IndexOf(_locating.Field.Name);
        (_ofReplicate, _ofCell) = (_locating.OfReplicate(grid), _locating.OfReplicate(grid) is null ? _locating.OfCell(grid) : null);
        for (long trajectory = 0; trajectory < grid.TrajectoryCount; trajectory++)
        {
            if (grid.PlaceOn(_axis, grid.CellIndex(trajectory, 0)) == 0)
            {
                _lines.Add(trajectory, new Line(_locating.Grid.Count));
            }
        }

        Plan = grid;
    }

    /// <summary>The plan of the grid, whose cells are the first round's.</summary>
    public SweepPlan Grid => _grid;

    /// <summary>The plan of all points so far.</summary>
    public SweepPlan Plan { get; private set; }

    /// <summary>Number of the current round, from 0, that of the grid.</summary>
    public int Round { get; private set; }

    /// <summary>Whether all brackets that are followed are narrow, so that there are no more points.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Whether the column is a replicate's.</summary>
    public bool IsOfReplicates => _ofReplicate is not null;

    /// <summary>The search.</summary>
    public Locating Locating => _locating;

    /// <summary>The most cells that are added to those of the grid, and the most where each series has one root.</summary>
    public (double Most, double OneRoot) MostCells => _locating.MostCells(_lines.Count, _grid.SequenceLengthCount, SeriesOf(0));

    /// <summary>The search of a plan, as far as the stored results lead it; null where the plan has none.</summary>
    public static LocatingSearch? Of(SweepPlan grid, IResultStore? store, Func<CellSpec, CellTheory> theory)
    {
        if (grid.Locating is null)
        {
            return null;
        }

        var search = new LocatingSearch(grid, theory);
        while (store is not null && search.Advance(store))
        {
        }

        return search;
    }

    /// <summary>Adds the points of the next round; returns false where cells of the current one are neither stored nor failed, or the search is finished.</summary>
    /// <exception cref="StoreDamagedException">A stored result cannot be read.</exception>
    public bool Advance(IResultStore store)
    {
        if (IsFinished || !Read(store))
        {
            return false;
        }

        bool isAdded = false;
        foreach (Line line in _lines.Values)
        {
            foreach (long position in Middles(line))
            {
                isAdded |= line.Values.TryAdd(position, null);
            }
        }

        IsFinished = !isAdded;
        Round += isAdded ? 1 : 0;
        Plan = isAdded ? PlanOfPoints() : Plan;
        return isAdded;
    }

    /// <summary>The brackets of each line at each sequence length, in the order of the plan. Points that are not known yet are left out.</summary>
    public IEnumerable<CriticalLine> Critical()
    {
        for (long cell = 0; cell < _grid.CellCount; cell++)
        {
            if (_grid.PlaceOn(_axis, cell) != 0)
            {
                continue;
            }

            (long trajectory, int rank) = _grid.Locate(cell);
            Line line = _lines[trajectory];
            int series = SeriesOf(trajectory);
            ImmutableArray<ImmutableArray<Bracket>> brackets =
            [
                .. Enumerable.Range(0, series).Select(one =>
                {
                    (double[] points, double[] values, _) = Known(line, (rank * series) + one);
                    return Bracketing.Brackets(points, values, _locating.Target, _locating.Width);
                }),
            ];
            yield return new CriticalLine(cell, IsOfReplicates, brackets, CriticalValue.Of(brackets));
        }
    }

    /// <summary>The known values of one series of a line; x ascending, NaN where the column has no value.</summary>
    /// <param name="cell">The line's cell, as of <see cref="CriticalLine.Cell"/>.</param>
    /// <param name="replicate">The replicate; 0 where the column is a cell's.</param>
    public (double[] Points, double[] Values) Series(long cell, int replicate)
    {
        (long trajectory, int rank) = _grid.Locate(cell);
        (double[] points, double[] values, _) = Known(_lines[trajectory], (rank * SeriesOf(trajectory)) + replicate);
        return (points, values);
    }

    /// <summary>The coordinates of a line's cell on the other axes, in the order of the plan.</summary>
    public IEnumerable<string> Coordinates(long cell) => Enumerable.Range(0, _grid.Axes.Length).Where(axis => axis != _axis).Select(axis => _grid.Coordinate(cell, axis));

    private FieldValue Value(long position)
    {
        if (!_values.TryGetValue(position, out FieldValue? value))
        {
            _values[position] = value = _locating.Value(position);
        }

        return value;
    }

    private int SeriesOf(long trajectory) => IsOfReplicates ? _grid.Cell(_grid.CellIndex(trajectory, 0)).Replicates : 1;

    private (double[] Points, double[] Values, long[] Positions) Known(Line line, int series)
    {
        (long Position, double Value)[] known =
            [.. line.Values.Where(point => point.Value?[series] is not null).Select(point => (point.Key, point.Value![series]!.Value))];
        return ([.. known.Select(point => Value(point.Position).Number)], [.. known.Select(point => point.Value)], [.. known.Select(point => point.Position)]);
    }

    private HashSet<long> Middles(Line line)
    {
        var middles = new HashSet<long>();
        int series = line.Values.Values.Max(values => values!.Length);
        for (int one = 0; one < series; one++)
        {
            (double[] points, double[] values, long[] positions) = Known(line, one);
            foreach (int below in Bracketing.Wide(points, values, _locating.Target, _locating.Width))
            {
                if (_locating.Between(positions[below], positions[below + 1]) is { } middle)
                {
                    middles.Add(middle);
                }
            }
        }

        return middles;
    }

    // Reads the points that are not read yet; false where some cell is neither stored nor failed.
    private bool Read(IResultStore store)
    {
        foreach ((long trajectory, Line line) in _lines)
        {
            int series = SeriesOf(trajectory), lengths = _grid.SequenceLengthCount;
            foreach (long[] positions in line.Values.Where(point => point.Value is null).Select(point => point.Key).ToArray().Chunk(Math.Max(1, CellsAtATime / lengths)))
            {
                StoredCell[] cells = store.Cells([.. positions.SelectMany(position => Along(trajectory, position))]);
                if (cells.Any(cell => cell.IsMissing))
                {
                    return false;
                }

                foreach ((int place, long position) in positions.Index())
                {
                    line.Values[position] = [.. cells.Skip(place * lengths).Take(lengths).SelectMany(cell => ValuesOf(cell, series))];
                }
            }
        }

        return true;
    }

    // The cells of a point, by ascending sequence length.
    private IEnumerable<PlannedReading> Along(long trajectory, long position)
    {
        FieldValue value = Value(position);
        return Enumerable.Range(0, _grid.SequenceLengthCount).Select(rank => PlannedReading.Of(value.Apply(_grid.Cell(_grid.CellIndex(trajectory, rank)))));
    }

    // The values by series; null for a replicate that has failed, and for a cell of which all have.
    private IEnumerable<double?> ValuesOf(StoredCell cell, int series)
    {
        if (_ofReplicate is null)
        {
            return [cell.Result is { } result ? _ofCell!(CellSummary.Of(result, _theory(result.Spec))) : null];
        }

        Dictionary<int, Reading> readings = cell.Result?.Replicates.ToDictionary(reading => reading.Replicate) ?? [];
        return Enumerable.Range(0, series).Select(replicate => readings.TryGetValue(replicate, out Reading? reading) ? (double?)_ofReplicate(reading) : null);
    }

    // The axis with the points of all lines, and of the product with the other axes those cells that are points of their line.
    private SweepPlan PlanOfPoints()
    {
        long[] positions = [.. _lines.Values.SelectMany(line => line.Values.Keys).Distinct().Order()];
        var axis = new ListAxis(_locating.Field, [.. positions.Select(Value)]);
        var whole = new SweepPlan(_grid.Name, _grid.Fixed, _grid.Axes.SetItem(_axis, axis)) { Locating = _locating };

        // In the index of a trajectory, those of the axes after this one count less, those before it more.
        long inner = _grid.Axes.Skip(_axis + 1).Where(other => other.Field != SweepFields.SequenceLength).Aggregate(1L, (product, other) => product * other.Count);
        int[] trajectories =
        [
            .. _lines.SelectMany(line =>
            {
                (long outer, long rest) = Math.DivRem(line.Key, inner * _locating.Grid.Count);
                return line.Value.Values.Keys.Select(position => checked((int)((((outer * positions.Length) + Array.BinarySearch(positions, position)) * inner) + rest)));
            }).Order(),
        ];
        return whole.Part(trajectories);
    }

    // The points by position, with the values of the series; null where they are not read yet.
    private sealed class Line(long count)
    {
        public SortedDictionary<long, double?[]?> Values { get; } =
            new(Enumerable.Range(0, (int)count).ToDictionary(i => Locating.PositionOf(i), _ => (double?[]?)null));
    }
}

/// <summary>The roots along one line of points at one sequence length.</summary>
/// <param name="Cell">The grid's cell at its first point, which has its other coordinates.</param>
/// <param name="IsOfReplicates">Whether the brackets are those of replicates.</param>
/// <param name="Brackets">The brackets by replicate; those of the cells where the column is a cell's.</param>
/// <param name="Value">The critical value.</param>
public sealed record CriticalLine(long Cell, bool IsOfReplicates, ImmutableArray<ImmutableArray<Bracket>> Brackets, CriticalValue Value);
