using System.Collections.Immutable;
using System.Globalization;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Gated;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>Reads a trained nn.RNN, nn.GRU or nn.LSTM from a .safetensors file, recognised by the names and shapes of its tensors.</summary>
internal sealed class TrainedNetworkReader
{
    private const string Recurrent = "weight_hh_l", Input = "weight_ih_l", InputBias = "bias_ih_l", HiddenBias = "bias_hh_l", Projection = "weight_hr_l", Reverse = "_reverse", First = Recurrent + "0";

    private readonly FileStream _file;
    private readonly long _start;
    private readonly string _prefix;
    private readonly Dictionary<string, Tensor> _tensors;

    private TrainedNetworkReader(FileStream file, string? wanted)
    {
        ImmutableArray<Tensor> tensors = SafetensorsHeader.Read(file);
        (_file, _start, _prefix) = (file, file.Position, Prefix(tensors, wanted));
        _tensors = tensors.Where(tensor => tensor.Name.StartsWith(_prefix, StringComparison.Ordinal)).ToDictionary(tensor => tensor.Name[_prefix.Length..]);
    }

    /// <summary>Reads the network, packed (<see cref="TrainedNetwork.Pack"/>), with the prefix of its tensors' names.</summary>
    /// <param name="file">The file.</param>
    /// <param name="prefix">The part of the tensors' names before weight_hh_l0, a dot at its end may be left out; null where the file holds one network.</param>
    /// <exception cref="InvalidDataException">There is no such network, or it is not supported.</exception>
    public static NamedMatrix Read(FileStream file, string? prefix)
    {
        var reader = new TrainedNetworkReader(file, prefix);
        TrainedNetwork network = reader.Network();
        return new NamedMatrix(reader._prefix.TrimEnd('.'), network.Pack(), new MatrixContents(network.Shape));
    }

    private TrainedNetwork Network()
    {
        if (_tensors.Values.FirstOrDefault(tensor => tensor.Name[_prefix.Length..].StartsWith(Projection, StringComparison.Ordinal)) is { } projection)
        {
            throw new InvalidDataException($"is an LSTM with a projection ({projection}), which is not supported");
        }

        Tensor first = _tensors[First];
        if (first.Shape is not [var rows, > 0 and <= int.MaxValue and var units] || Kind(rows, units) is not { } kind)
        {
            throw new InvalidDataException($"has {first}, but (N, N) of an nn.RNN, (3 N, N) of an nn.GRU or (4 N, N) of an nn.LSTM is wanted");
        }

        Tensor input = Find(Input + "0") ?? throw new InvalidDataException($"has {first}, but no {_prefix}{Input}0");
        if (input.Shape is not [_, > 0 and <= int.MaxValue and var inputs])
        {
            throw new InvalidDataException($"has {input}, but ({rows}, M) is wanted, as {first} has {rows} rows");
        }

        // A gap in the numbers would leave out layers without a word.
        int layers = Layers(), directions = Find(First + Reverse) is null ? 1 : 2;
        var shape = new TrainedShape(kind, (int)units, (int)inputs, layers, directions);
        if (TrainedNetwork.PackedLength(shape) > Array.MaxLength)
        {
            throw new InvalidDataException($"has {first}, and with it more weights than fit in memory");
        }

        return new TrainedNetwork(
            shape,
            [
                .. from layer in Enumerable.Range(0, layers)
                   from direction in Enumerable.Range(0, directions)
                   select Layer($"{layer}{(direction == 0 ? "" : Reverse)}", rows, units, shape.InputsOf(layer)),
            ]);
    }

    private TrainedLayer Layer(string end, long rows, long units, long inputs)
    {
        return new TrainedLayer(Matrix(Recurrent, units), Matrix(Input, inputs), Bias(InputBias), Bias(HiddenBias));

        Matrix Matrix(string name, long columns)
        {
            Tensor tensor = Find(name + end) ?? throw new InvalidDataException($"has {_tensors[First]}, but no {_prefix}{name}{end}");
            return tensor.Shape is [var tensorRows, var tensorColumns] && tensorRows == rows && tensorColumns == columns
                ? Values(tensor, rows, columns)
                : throw new InvalidDataException($"has {tensor}, but {rows} × {columns} are wanted, as it has {_tensors[First]}");
        }

        double[] Bias(string name)
        {
            if (Find(name + end) is not { } bias)
            {
                return new double[rows]; // bias=False
            }

            return bias.Shape is [var length] && length == rows ? Values(bias, rows, 1).Values : throw new InvalidDataException($"has {bias}, but {rows} values are wanted");
        }
    }

    private Matrix Values(Tensor tensor, long rows, long columns)
    {
        ElementType type = SafetensorsReader.TypeOf(tensor);
        _file.Seek(_start + tensor.Start, SeekOrigin.Begin);
        try
        {
            return MatrixReader.Values(_file, rows, columns, type, isFortran: false);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"has {tensor}, which {error.Message}");
        }
    }

    private int Layers()
    {
        int[] layers =
        [
            .. _tensors.Keys.Where(name => name.StartsWith(Recurrent, StringComparison.Ordinal))
                .Select(name => name[Recurrent.Length..].Replace(Reverse, "", StringComparison.Ordinal))
                .Select(number => int.TryParse(number, NumberStyles.None, null, out int layer) ? layer : -1)
                .Where(layer => layer >= 0).Distinct(),
        ];
        int highest = layers.Max();
        return highest == layers.Length - 1
            ? layers.Length
            : throw new InvalidDataException($"has {_prefix}{Recurrent}{highest}, but not the {Recurrent}… of all layers below it");
    }

    private Tensor? Find(string name) => _tensors.GetValueOrDefault(name);

    private static NetworkKind? Kind(long rows, long units) => rows == units ? NetworkKind.Rnn : rows == 3 * units ? NetworkKind.Gru : rows == 4 * units ? NetworkKind.Lstm : null;

    private static string Prefix(ImmutableArray<Tensor> tensors, string? wanted)
    {
        string[] prefixes = [.. tensors.Where(tensor => tensor.Name.EndsWith(First, StringComparison.Ordinal)).Select(tensor => tensor.Name[..^First.Length])];
        if (wanted is not null)
        {
            return prefixes.FirstOrDefault(prefix => prefix == wanted || prefix == wanted + ".")
                ?? throw new InvalidDataException($"has no network {Excerpt.Of(wanted)}, but {List(prefixes)}");
        }

        return prefixes switch
        {
            [var only] => only,
            [] => throw new InvalidDataException($"holds no recurrent network, for none of its tensors is called {First}"),
            _ => throw new InvalidDataException($"holds several networks: write one of their names after #. It has {List(prefixes)}"),
        };
    }

    private static string List(string[] prefixes) => prefixes.Length == 0
        ? "none"
        : SafetensorsReader.List([.. prefixes.Take(SafetensorsReader.MostListed).Select(prefix => prefix.Length == 0 ? "one without a name" : Excerpt.Of(prefix.TrimEnd('.')))], prefixes.Length);
}
