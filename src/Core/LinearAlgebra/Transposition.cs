namespace RnnSweep.Core.LinearAlgebra;

/// <summary>Copies of a block with its rows and columns exchanged.</summary>
internal static class Transposition
{
    // A tile's rows and columns together stay in the nearest cache, and within its ways where the strides are powers of two.
    private const int Tile = 8;

    /// <summary>target_ji = source_ij of a rows × columns block; strides are the distances between rows in memory.</summary>
    public static void Copy(ReadOnlySpan<double> source, int sourceStride, Span<double> target, int targetStride, int rows, int columns)
    {
        for (int i0 = 0; i0 < rows; i0 += Tile)
        {
            int i1 = Math.Min(rows, i0 + Tile);
            for (int j0 = 0; j0 < columns; j0 += Tile)
            {
                int j1 = Math.Min(columns, j0 + Tile);
                for (int j = j0; j < j1; j++)
                {
                    Span<double> row = target.Slice((j * targetStride) + i0, i1 - i0);
                    int from = (i0 * sourceStride) + j;
                    for (int i = 0; i < row.Length; i++, from += sourceStride)
                    {
                        row[i] = source[from];
                    }
                }
            }
        }
    }
}
