using System.Collections.Immutable;
using RnnSweep.Client.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Reports;

/// <summary>
/// The data of a report, read in one pass over the cells. Where a sweep has more cells than a page can show, the axes are thinned; the counts are of all cells.
/// </summary>
internal sealed class ReportData
{
    /// <summary>The most cells that a page shows: twice 100 × 100.</summary>
    public const int MostCells = 20_000;

    // The most values of replicates that are kept, over all cells.
    private const int MostValues = 8_000_000;

    private readonly SweepPlan _plan;
    private readonly Func<CellSpec, CellTheory> _theory;
    private readonly IReadOnlyDictionary<string, string>? _labels;
    private readonly Dictionary<long, int>[] _placeOf;
    private readonly int _mostReplicates;
    private readonly ReadingStatus _status;
    private readonly Dictionary<long, ReportCell> _byPlaces = [];

    /// <summary>Creates the data of a plan, without cells.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="theory">The predictions of theory for a cell.</param>
    /// <param name="labels">The labels of axes by field; null for none.</param>
    public ReportData(SweepPlan plan, Func<CellSpec, CellTheory> theory, IReadOnlyDictionary<string, string>? labels = null)
    {
        (_plan, _theory, _labels) = (plan, theory, labels);
        long[][] kept = Thin([.. plan.Axes.Select(axis => axis.Count)]);
        Axes = [.. plan.Axes.Select((axis, a) => ReportAxis.Of(axis, kept[a], LabelOf(axis.Field)))];
        _placeOf = [.. Axes.Select((axis, a) => axis.Order.Select((i, place) => (Index: kept[a][i], place)).ToDictionary(pair => pair.Index, pair => pair.place))];
        long shown = kept.Aggregate(1L, (count, places) => count * places.Length);
        _mostReplicates = (int)Math.Max(64, MostValues / shown);
        Empty = new EmptyFields(plan);
        _status = ReadingStatus.For(plan.Fixed);
        Columns = ReportColumns.Of(plan);
    }

    public string Name => _plan.Name;

    /// <summary>The values of all fields that do not vary.</summary>
    public CellSpec Fixed => _plan.Fixed;

    /// <summary>Cancels the drawing of the report.</summary>
    public CancellationToken Cancellation { get; set; }

    public ImmutableArray<ReportAxis> Axes { get; }

    /// <summary>The columns of summary.csv that the page shows.</summary>
    public ImmutableArray<TableColumn<CellSummary>> Columns { get; }

    /// <summary>The cells that are shown, in the order of the tables.</summary>
    public List<ReportCell> Cells { get; } = [];

    /// <summary>Whether a bound on the norm is known; for gated networks none is.</summary>
    public bool HasBounds => Cells.Exists(cell => !double.IsNaN(cell.Bound));

    /// <summary>Number of cells of the sweep.</summary>
    public long CellCount => _plan.CellCount;

    public long Done { get; private set; }

    public long Failed { get; private set; }

    public long Missing => CellCount - Done - Failed;

    /// <summary>Whether the page shows only some of the cells.</summary>
    public bool IsThinned => CellCount > Cells.Count;

    /// <summary>The numbers of replicates, and of cells, that have a status other than ok, over all cells.</summary>
    public SortedDictionary<string, (long Replicates, long Cells)> Troubles { get; } = new(StringComparer.Ordinal);

    /// <summary>The empty fields of the tables, over all cells.</summary>
    public EmptyFields Empty { get; }

    /// <summary>The text of a cell's coordinates, as in the tables; empty where nothing varies.</summary>
    public string CoordinatesOf(long cell) => string.Join(", ", _plan.Coordinates.Select((name, axis) => $"{name} {_plan.Coordinate(cell, axis)}"));

    /// <summary>Number of failed cells by reason, over all cells.</summary>
    public SortedDictionary<string, long> Failures { get; } = new(StringComparer.Ordinal);

    /// <summary>λ_1 of theory for any cell, also one that the sweep does not have, in nats per step; NaN where none is known.</summary>
    public double TheoryOf(CellSpec spec) => _theory(spec).LyapunovMax;

    /// <summary>The label that the sweep gives a field's axis; null where it gives none.</summary>
    public string? LabelOf(SweepField field) => _labels?.GetValueOrDefault(field.Name);

    /// <summary>The index of a field's axis; -1 where the field does not vary.</summary>
    public int AxisOf(string field) => Axes.ToList().FindIndex(axis => axis.Name == field);

    /// <summary>The cell at an index on each axis; null where it belongs to another shard.</summary>
    public ReportCell? At(ReadOnlySpan<int> places) => _byPlaces.GetValueOrDefault(Place(places));

    /// <summary>Reads the cells of a plan.</summary>
    /// <exception cref="StoreDamagedException">A stored result cannot be read.</exception>
    public static ReportData Read(SweepPlan plan, IResultStore store, Func<CellSpec, CellTheory> theory, IReadOnlyDictionary<string, string>? labels = null, CancellationToken cancellation = default)
    {
        const int atATime = 512;
        var data = new ReportData(plan, theory, labels) { Cancellation = cancellation };
        for (long first = 0; first < plan.CellCount; first += atATime)
        {
            cancellation.ThrowIfCancellationRequested();
            PlannedReading[] planned = [.. Enumerable.Range(0, (int)Math.Min(atATime, plan.CellCount - first)).Select(i => plan.Planned(first + i))];
            StoredCell[] stored = store.Cells(planned);
            for (int i = 0; i < planned.Length; i++)
            {
                data.Add(new ExportedCell(first + i, planned[i], stored[i], null));
            }
        }

        return data;
    }

    /// <summary>Adds a cell of the plan. To be called with each cell once, in the plan's order.</summary>
    public void Add(ExportedCell cell)
    {
        Count(cell.Stored);
        CellSummary? summary = cell.Summary ?? (cell.Stored.Result is { } result ? CellSummary.Of(result, _theory(cell.Planned.Spec)) : null);
        if (summary is not null)
        {
            Empty.Add(cell.Index, cell.Stored.Result!, summary);
        }

        if (PlacesOf(cell.Index) is { } places)
        {
            var shown = ReportCell.Of(cell with { Summary = summary }, places, Cells.Count, _mostReplicates);
            Cells.Add(shown);
            _byPlaces[Place(places.AsSpan())] = shown;
        }
    }

    /// <summary>The indices that are kept of each axis: evenly spread, with both ends.</summary>
    internal static long[][] Thin(long[] counts)
    {
        long[] kept = [.. counts];
        while (kept.Aggregate(1.0, (product, count) => product * count) > MostCells)
        {
            int longest = Array.IndexOf(kept, kept.Max());
            kept[longest] = Math.Max(2, kept[longest] * 3 / 4);
            if (kept.All(count => count <= 2))
            {
                break;
            }
        }

        return [.. kept.Select((count, axis) => count == counts[axis]
            ? Enumerable.Range(0, (int)count).Select(place => (long)place).ToArray()
            : [.. Enumerable.Range(0, (int)count).Select(i => (long)Math.Round(i * (counts[axis] - 1.0) / (count - 1)))])];
    }

    private void Count(StoredCell cell)
    {
        Done += cell.IsDone ? 1 : 0;
        Failed += cell.Failure is null ? 0 : 1;
        if (cell.Failure is { } failure)
        {
            Failures[failure] = Failures.GetValueOrDefault(failure) + 1;
        }

        foreach (var group in cell.Result?.Replicates.GroupBy(_status.Of).Where(group => group.Key != ReplicateStatus.Ok) ?? [])
        {
            string status = ReplicateTable.Text(group.Key);
            (long replicates, long cells) = Troubles.GetValueOrDefault(status);
            Troubles[status] = (replicates + group.Count(), cells + 1);
        }
    }

    private ImmutableArray<int>? PlacesOf(long index)
    {
        var places = ImmutableArray.CreateBuilder<int>(Axes.Length);
        for (int a = 0; a < Axes.Length; a++)
        {
            if (!_placeOf[a].TryGetValue(_plan.PlaceOn(a, index), out int place))
            {
                return null;
            }

            places.Add(place);
        }

        return places.MoveToImmutable();
    }

    private long Place(ReadOnlySpan<int> places)
    {
        long place = 0;
        for (int a = 0; a < Axes.Length; a++)
        {
            place = (place * Axes[a].Count) + places[a];
        }

        return place;
    }
}
