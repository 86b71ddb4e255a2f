using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Networks.Gated;

/// <summary>A trained recurrent layer: PyTorch's weight_hh, weight_ih, bias_ih and bias_hh, with blocks of N rows in PyTorch's order.</summary>
/// <param name="Kind">Its equations: rnn, gru or lstm.</param>
/// <param name="Recurrent">weight_hh, G·N × N.</param>
/// <param name="Input">weight_ih, G·N × M.</param>
/// <param name="InputBias">bias_ih, length G·N.</param>
/// <param name="HiddenBias">bias_hh, length G·N.</param>
public sealed record TrainedLayer(NetworkKind Kind, Matrix Recurrent, Matrix Input, double[] InputBias, double[] HiddenBias)
{
    // The first row of a packed layer holds the kind and N.
    private const int HeaderRows = 1, BiasColumns = 2;

    /// <summary>N.</summary>
    public int Units => Recurrent.Columns;

    /// <summary>M.</summary>
    public int Inputs => Input.Columns;

    /// <summary>
    /// The layer as one matrix, which is stored, hashed and sent like the other matrices that a sweep names: a row with the kind and N, then for each row of the blocks its weight_hh,
    /// weight_ih, bias_ih and bias_hh; (1 + G·N) × (N + M + 2).
    /// </summary>
    public Matrix Pack()
    {
        var packed = new Matrix(HeaderRows + Recurrent.Rows, Units + Inputs + BiasColumns);
        (packed[0, 0], packed[0, 1]) = ((int)Kind, Units);
        for (int i = 0; i < Recurrent.Rows; i++)
        {
            Span<double> row = packed.Row(HeaderRows + i);
            Recurrent.Row(i).CopyTo(row);
            Input.Row(i).CopyTo(row[Units..]);
            (row[^2], row[^1]) = (InputBias[i], HiddenBias[i]);
        }

        return packed;
    }

    /// <summary>Reads what <see cref="Pack"/> wrote.</summary>
    /// <exception cref="FormatException">The matrix is not that of a layer.</exception>
    public static TrainedLayer Unpack(Matrix packed)
    {
        NetworkKind kind = KindOf(packed);
        int units = UnitsOf(kind, packed), rows = packed.Rows - HeaderRows, inputs = packed.Columns - units - BiasColumns;
        var layer = new TrainedLayer(kind, new Matrix(rows, units), new Matrix(rows, inputs), new double[rows], new double[rows]);
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<double> row = packed.Row(HeaderRows + i);
            row[..units].CopyTo(layer.Recurrent.Row(i));
            row[units..^BiasColumns].CopyTo(layer.Input.Row(i));
            (layer.InputBias[i], layer.HiddenBias[i]) = (row[^2], row[^1]);
        }

        return layer;
    }

    /// <summary>The kind of a packed layer.</summary>
    /// <exception cref="FormatException">The matrix is not that of a layer.</exception>
    public static NetworkKind KindOf(Matrix packed)
    {
        if (packed is { HasValues: true, Rows: > HeaderRows, Columns: > BiasColumns } && packed[0, 0] is 0 or 1 or 2)
        {
            var kind = (NetworkKind)(int)packed[0, 0];
            int units = UnitsOf(kind, packed);
            if (units > 0 && packed[0, 1] == units && (units * GateBlocks.Of(kind).Count) + HeaderRows == packed.Rows && packed.Columns > units + BiasColumns)
            {
                return kind;
            }
        }

        throw new FormatException("the matrix is not that of a trained layer");
    }

    /// <summary>N of a packed layer of a kind.</summary>
    public static int UnitsOf(NetworkKind kind, Matrix packed) => (packed.Rows - HeaderRows) / GateBlocks.Of(kind).Count;

    /// <summary>M of a packed layer of a kind.</summary>
    public static int InputsOf(NetworkKind kind, Matrix packed) => packed.Columns - UnitsOf(kind, packed) - BiasColumns;

    /// <summary>The recurrent weights of a block of a packed layer, N × N.</summary>
    internal static Matrix RecurrentBlock(Matrix packed, int block)
    {
        int units = UnitsOf(KindOf(packed), packed);
        var weights = new Matrix(units, units);
        for (int i = 0; i < units; i++)
        {
            packed.Row(HeaderRows + (block * units) + i)[..units].CopyTo(weights.Row(i));
        }

        return weights;
    }
}
