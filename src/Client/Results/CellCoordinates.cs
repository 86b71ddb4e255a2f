using RnnSweep.Core.Results;

namespace RnnSweep.Client.Results;

/// <summary>The coordinates of a cell for messages.</summary>
internal static class CellCoordinates
{
    /// <summary><c> (spectral_radius 0.9, sequence_length 50)</c>, with a space in front; empty where nothing varies.</summary>
    public static string InBrackets(ICellTable table, long cell) =>
        table.Coordinates.Count == 0 ? "" : $" ({string.Join(", ", table.Coordinates.Select((name, axis) => $"{name} {table.Coordinate(cell, axis)}"))})";
}
