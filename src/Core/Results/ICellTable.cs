using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Results;

/// <summary>The cells that the tables list, in the order of their rows, each made when it is asked for.</summary>
public interface ICellTable
{
    /// <summary>Names of the coordinates that vary from cell to cell, in the order of their columns.</summary>
    IReadOnlyList<string> Coordinates { get; }

    /// <summary>The values of all fields that do not vary; what is measured is among them, and with it the columns.</summary>
    CellSpec Fixed { get; }

    /// <summary>Number of cells.</summary>
    long CellCount { get; }

    /// <summary>The cell at an index from 0.</summary>
    CellSpec Cell(long index);

    /// <summary>The cell at an index with its key.</summary>
    PlannedReading Planned(long index) => PlannedReading.Of(Cell(index));

    /// <summary>The text of one coordinate of a cell; <paramref name="axis"/> counts as in <see cref="Coordinates"/>.</summary>
    string Coordinate(long index, int axis);
}
