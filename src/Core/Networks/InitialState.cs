using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Networks;

/// <summary>The state before the transient.</summary>
public static class InitialState
{
    /// <summary>
    /// Number of initial states in a matrix: its rows, one for each replicate; 0 where it holds one that all replicates share, as a vector, which is a single column, or a single row. Null
    /// where it does not fit.
    /// </summary>
    /// <param name="rows">Rows of the matrix.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="length">Length of the state.</param>
    public static int? Count(int rows, int columns, long length) =>
        (columns == 1 && rows == length) || (columns == length && rows == 1) ? 0 : columns == length ? rows : null;

    /// <summary>The state of a replicate from a matrix, plus z · scale.</summary>
    public static double[] Of(Matrix matrix, int length, double scale, ulong seed, int replicate)
    {
        double[] state = Draw(length, 0, scale, seed, replicate);
        TensorPrimitives.Add(state, Count(matrix.Rows, matrix.Columns, length) == 0 ? matrix.Values : matrix.Row(replicate), state);
        return state;
    }

    /// <summary>constant + z · scale, length N, z standard normal.</summary>
    public static double[] Draw(int hiddenSize, double constant, double scale, ulong seed, int replicate)
    {
        var state = new double[hiddenSize];
        if (scale != 0)
        {
            Philox.For(seed, replicate, StreamRole.InitialState).FillNormal(state);
        }

        for (int i = 0; i < hiddenSize; i++)
        {
            state[i] = constant + (state[i] * scale);
        }

        return state;
    }
}
