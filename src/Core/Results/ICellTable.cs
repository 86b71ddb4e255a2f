using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Results;

/// <summary>The cells that the tables list, in row order. Each cell is created on request.</summary>
public interface ICellTable
{
    /// <summary>Names of the coordinates that vary between cells, in column order.</summary>
    IReadOnlyList<string> Coordinates { get; }

    /// <summary>The values of the fields that are equal in all cells, including the measured statistics, which with <see cref="Networks"/> determine the columns.</summary>
    CellSpec Fixed { get; }

    /// <summary>The kinds of network that its cells have.</summary>
    IReadOnlyCollection<NetworkKind> Networks => [Fixed.Network];

    /// <summary>Number of cells.</summary>
    long CellCount { get; }

    /// <summary>The cell at an index from 0.</summary>
    CellSpec Cell(long index);

    /// <summary>The cell at an index, with its key.</summary>
    PlannedReading Planned(long index) => PlannedReading.Of(Cell(index));

    /// <summary>The text of one coordinate of a cell; <paramref name="axis"/> is an index into <see cref="Coordinates"/>.</summary>
    string Coordinate(long index, int axis);

    /// <summary>The type of one coordinate; <paramref name="axis"/> is an index into <see cref="Coordinates"/>.</summary>
    ColumnType CoordinateType(int axis);

    /// <summary>The columns with which every table begins: the coordinates and cell_key.</summary>
    IEnumerable<TypedColumn> TypedStart() =>
        [.. Coordinates.Select((name, axis) => new TypedColumn(name, CoordinateType(axis))), new("cell_key", new(FieldContent.Text))];
}
