using System.Collections.Immutable;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Networks.Gated;

/// <summary>The sizes of a trained recurrent network, PyTorch's nn.RNN, nn.GRU or nn.LSTM.</summary>
/// <param name="Kind">Its equations: rnn, gru or lstm.</param>
/// <param name="Units">N of every layer.</param>
/// <param name="Inputs">M, the length of the input of the first layer.</param>
/// <param name="Layers">Number of layers.</param>
/// <param name="Directions">1, or 2 where the network is bidirectional.</param>
public sealed record TrainedShape(NetworkKind Kind, int Units, int Inputs, int Layers, int Directions)
{
    /// <summary>Number of values of <see cref="ToArray"/>.</summary>
    internal const int Values = 5;

    /// <summary>Number of blocks of N rows in the weights of a layer.</summary>
    internal int Blocks => GateBlocks.Of(Kind).Count;

    /// <summary>Length of a layer's input: M, or the hidden states of the layer below in all directions.</summary>
    public int InputsOf(int layer) => layer == 0 ? Inputs : checked(Units * Directions);

    /// <summary>The sizes as numbers.</summary>
    internal double[] ToArray() => [(int)Kind, Units, Inputs, Layers, Directions];

    /// <summary>Reads <see cref="ToArray"/>; null where the numbers are no sizes.</summary>
    internal static TrainedShape? Of(ReadOnlySpan<double> values)
    {
        foreach (double value in values)
        {
            if (!(value >= 0 && value <= int.MaxValue && value == Math.Floor(value)))
            {
                return null;
            }
        }

        return values is [<= (int)NetworkKind.Lstm, > 0, > 0, > 0, 1 or 2]
            ? new TrainedShape((NetworkKind)(int)values[0], (int)values[1], (int)values[2], (int)values[3], (int)values[4])
            : null;
    }
}

/// <summary>One direction of one trained layer: PyTorch's weight_hh, weight_ih, bias_ih and bias_hh, with blocks of N rows in PyTorch's order.</summary>
/// <param name="Recurrent">weight_hh, G·N × N.</param>
/// <param name="Input">weight_ih, G·N × the length of its input.</param>
/// <param name="InputBias">bias_ih, length G·N.</param>
/// <param name="HiddenBias">bias_hh, length G·N.</param>
public sealed record TrainedLayer(Matrix Recurrent, Matrix Input, double[] InputBias, double[] HiddenBias);

/// <summary>A trained recurrent network.</summary>
/// <param name="Shape">Its sizes.</param>
/// <param name="Layers">Its layers from the first on, each in all directions: direction d of layer l is at l · directions + d.</param>
public sealed record TrainedNetwork(TrainedShape Shape, ImmutableArray<TrainedLayer> Layers)
{
    private const int HeaderRows = 1, BiasColumns = 2;

    /// <summary>
    /// The network as one matrix, which is stored, hashed and sent like the other matrices that a sweep names: a row with its sizes, then for each layer and direction, for each row of
    /// the blocks, its weight_hh, weight_ih, bias_ih and bias_hh. Rows are filled up with zeros between weight_ih and the biases.
    /// </summary>
    public Matrix Pack()
    {
        (long rows, long columns) = Size(Shape);
        var packed = new Matrix(checked((int)rows), checked((int)columns));
        Shape.ToArray().CopyTo(packed.Row(0));
        for (int place = 0, row = HeaderRows; place < Layers.Length; place++)
        {
            TrainedLayer layer = Layers[place];
            for (int i = 0; i < layer.Recurrent.Rows; i++)
            {
                Span<double> values = packed.Row(row++);
                layer.Recurrent.Row(i).CopyTo(values);
                layer.Input.Row(i).CopyTo(values[Shape.Units..]);
                (values[^2], values[^1]) = (layer.InputBias[i], layer.HiddenBias[i]);
            }
        }

        return packed;
    }

    /// <summary>The sizes of a packed network.</summary>
    /// <exception cref="FormatException">The matrix is not that of a network.</exception>
    public static TrainedShape ShapeOf(Matrix packed) =>
        packed is { HasValues: true, Rows: > 0, Columns: >= TrainedShape.Values } && TrainedShape.Of(packed.Row(0)[..TrainedShape.Values]) is { } shape
            && Size(shape) == (packed.Rows, packed.Columns)
                ? shape
                : throw new FormatException("the matrix is not that of a trained network");

    /// <summary>One direction of a layer of a packed network.</summary>
    /// <param name="packed">The network.</param>
    /// <param name="layer">The layer, from 0.</param>
    /// <param name="direction">The direction, 0 or 1.</param>
    public static TrainedLayer Layer(Matrix packed, int layer, int direction)
    {
        TrainedShape shape = ShapeOf(packed);
        int rows = shape.Blocks * shape.Units, first = FirstRow(shape, layer, direction), inputs = shape.InputsOf(layer);
        var result = new TrainedLayer(new Matrix(rows, shape.Units), new Matrix(rows, inputs), new double[rows], new double[rows]);
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<double> row = packed.Row(first + i);
            row[..shape.Units].CopyTo(result.Recurrent.Row(i));
            row.Slice(shape.Units, inputs).CopyTo(result.Input.Row(i));
            (result.InputBias[i], result.HiddenBias[i]) = (row[^2], row[^1]);
        }

        return result;
    }

    /// <summary>The recurrent weights of a block of a packed network, N × N.</summary>
    /// <param name="packed">The network.</param>
    /// <param name="index">(layer · directions + direction) · blocks + the block's place in <see cref="GateBlocks.DrawOrder"/>.</param>
    internal static Matrix RecurrentBlock(Matrix packed, int index)
    {
        TrainedShape shape = ShapeOf(packed);
        (int place, int order) = Math.DivRem(index, shape.Blocks);
        (int layer, int direction) = Math.DivRem(place, shape.Directions);
        int first = FirstRow(shape, layer, direction) + (GateBlocks.Of(shape.Kind).DrawOrder[order] * shape.Units);
        var weights = new Matrix(shape.Units, shape.Units);
        for (int i = 0; i < shape.Units; i++)
        {
            packed.Row(first + i)[..shape.Units].CopyTo(weights.Row(i));
        }

        return weights;
    }

    /// <summary>Number of values of a packed network.</summary>
    public static long PackedLength(TrainedShape shape)
    {
        (long rows, long columns) = Size(shape);
        return (long)Int128.Min((Int128)rows * columns, long.MaxValue);
    }

    private static int FirstRow(TrainedShape shape, int layer, int direction) => HeaderRows + (((layer * shape.Directions) + direction) * shape.Blocks * shape.Units);

    private static (long Rows, long Columns) Size(TrainedShape shape)
    {
        long widest = shape.Layers > 1 ? Math.Max(shape.Inputs, (long)shape.Units * shape.Directions) : shape.Inputs;
        return (HeaderRows + ((long)shape.Layers * shape.Directions * shape.Blocks * shape.Units), Math.Max(TrainedShape.Values, shape.Units + widest + BiasColumns));
    }
}
