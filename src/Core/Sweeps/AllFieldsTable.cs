using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Results;

namespace RnnSweep.Core.Sweeps;

/// <summary>
/// The cells of a plan with every field as a coordinate: first the axes, then the other fields in the order of the help. A matrix stands as its digest. A field without a value, such as the
/// input of a sweep without one, is left out, like name, description and label, which are no fields of a cell.
/// </summary>
public sealed class AllFieldsTable : ICellTable
{
    private readonly SweepPlan _plan;
    private readonly ImmutableArray<FixedField> _others;

    // The last cell, whose fields are read one after the other. Threads replace it as a whole.
    private LastCell? _last;

    /// <summary>Creates the table of a plan.</summary>
    public AllFieldsTable(SweepPlan plan)
    {
        (_plan, _others) = (plan, [.. FixedField.Of(plan)]);
        Coordinates = [.. plan.Coordinates, .. _others.Select(other => other.Field.Name)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Coordinates { get; }

    /// <inheritdoc/>
    public CellSpec Fixed => _plan.Fixed;

    /// <inheritdoc/>
    public IReadOnlyCollection<NetworkKind> Networks => _plan.Networks;

    /// <inheritdoc/>
    public long CellCount => _plan.CellCount;

    /// <inheritdoc/>
    public CellSpec Cell(long index) => _plan.Cell(index);

    /// <inheritdoc/>
    public PlannedReading Planned(long index) => _plan.Planned(index);

    /// <inheritdoc/>
    public string Coordinate(long index, int axis)
    {
        if (axis < _plan.Axes.Length)
        {
            return _plan.Coordinate(index, axis);
        }

        // A default may follow a field that varies, as the length of the input follows that of the state, so the text is the cell's.
        LastCell last = _last is { } known && known.Index == index ? known : _last = new LastCell(index, _plan.Cell(index));
        return _others[axis - _plan.Axes.Length].Field.Text(last.Spec) ?? "";
    }

    /// <inheritdoc/>
    public ColumnType CoordinateType(int axis) => axis < _plan.Axes.Length ? _plan.CoordinateType(axis) : _others[axis - _plan.Axes.Length].Type;

    private sealed record LastCell(long Index, CellSpec Spec);
}

/// <summary>A field that is no axis of a sweep.</summary>
/// <param name="Field">The field.</param>
/// <param name="Type">The type of its value: texts where a field of numbers holds a matrix.</param>
/// <param name="Text">Its canonical text; a matrix stands as its digest.</param>
public sealed record FixedField(SweepField Field, ColumnType Type, string Text)
{
    /// <summary>The fields of a plan that are no axes and have a value, in the order of the help.</summary>
    public static IEnumerable<FixedField> Of(SweepPlan plan) =>
        from field in SweepFields.All
        let text = plan.Coordinates.Contains(field.Name) ? null : field.Text(plan.Fixed)
        where text is not null
        select new FixedField(field, double.TryParse(text, out _) ? field.Type : new ColumnType(FieldContent.Text), text);
}
