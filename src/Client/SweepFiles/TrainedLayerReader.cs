using System.Collections.Immutable;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Gated;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>Reads a trained nn.RNN, nn.GRU or nn.LSTM of one layer from a .safetensors file, recognised by the names and shapes of its tensors.</summary>
internal static class TrainedLayerReader
{
    private const string Recurrent = "weight_hh_l0", Input = "weight_ih_l0", InputBias = "bias_ih_l0", HiddenBias = "bias_hh_l0";

    /// <summary>Reads the layer, packed (<see cref="TrainedLayer.Pack"/>), with the prefix of its tensors' names.</summary>
    /// <param name="file">The file.</param>
    /// <param name="prefix">The part of the tensors' names before weight_hh_l0, a dot at its end may be left out; null where the file holds one network.</param>
    /// <exception cref="InvalidDataException">There is no such layer, or it is not supported.</exception>
    public static NamedMatrix Read(FileStream file, string? prefix)
    {
        ImmutableArray<Tensor> tensors = SafetensorsHeader.Read(file);
        long start = file.Position;
        string found = Prefix(tensors, prefix);
        RefuseUnsupported(tensors, found);
        Tensor recurrent = tensors.First(tensor => tensor.Name == found + Recurrent);
        if (recurrent.Shape is not [var rows, > 0 and var units] || Kind(rows, units) is not { } kind)
        {
            throw new InvalidDataException($"has {recurrent}, but (N, N) of an nn.RNN, (3 N, N) of an nn.GRU or (4 N, N) of an nn.LSTM is wanted");
        }

        Matrix hidden = Values(recurrent, rows, units);
        Tensor input = Find(tensors, found + Input) ?? throw new InvalidDataException($"has {recurrent}, but no {found + Input}");
        if (input.Shape is not [var inputRows, > 0 and var inputs] || inputRows != rows)
        {
            throw new InvalidDataException($"has {input}, but {rows} rows are wanted, as {recurrent} has");
        }

        return new NamedMatrix(found.TrimEnd('.'), new TrainedLayer(kind, hidden, Values(input, rows, inputs), Bias(InputBias), Bias(HiddenBias)).Pack());

        double[] Bias(string name)
        {
            if (Find(tensors, found + name) is not { } bias)
            {
                return new double[rows]; // bias=False
            }

            return bias.Shape is [var length] && length == rows ? Values(bias, rows, 1).Values : throw new InvalidDataException($"has {bias}, but {rows} values are wanted");
        }

        Matrix Values(Tensor tensor, long tensorRows, long columns)
        {
            ElementType type = SafetensorsReader.TypeOf(tensor);
            file.Seek(start + tensor.Start, SeekOrigin.Begin);
            return MatrixReader.Values(file, tensorRows, columns, type, isFortran: false);
        }
    }

    private static Tensor? Find(ImmutableArray<Tensor> tensors, string name) => tensors.FirstOrDefault(tensor => tensor.Name == name);

    private static NetworkKind? Kind(long rows, long units) => rows == units ? NetworkKind.Rnn : rows == 3 * units ? NetworkKind.Gru : rows == 4 * units ? NetworkKind.Lstm : null;

    private static string Prefix(ImmutableArray<Tensor> tensors, string? wanted)
    {
        string[] prefixes = [.. tensors.Where(tensor => tensor.Name.EndsWith(Recurrent, StringComparison.Ordinal)).Select(tensor => tensor.Name[..^Recurrent.Length])];
        if (wanted is not null)
        {
            return prefixes.FirstOrDefault(prefix => prefix == wanted || prefix == wanted + ".")
                ?? throw new InvalidDataException($"has no network {Excerpt.Of(wanted)}, but {List(prefixes)}");
        }

        return prefixes switch
        {
            [var only] => only,
            [] => throw new InvalidDataException($"holds no recurrent network, for none of its tensors is called {Recurrent}"),
            _ => throw new InvalidDataException($"holds several networks: write one of their names after #. It has {List(prefixes)}"),
        };
    }

    private static void RefuseUnsupported(ImmutableArray<Tensor> tensors, string prefix)
    {
        foreach ((string name, string what) in new[]
        {
            ("weight_hr_l0", "is an LSTM with a projection"), (Recurrent + "_reverse", "is bidirectional"), ("weight_hh_l1", "has several layers"),
        })
        {
            if (Find(tensors, prefix + name) is { } tensor)
            {
                throw new InvalidDataException($"{what} ({tensor}), which is not supported yet");
            }
        }
    }

    private static string List(string[] prefixes) =>
        prefixes.Length == 0 ? "none" : string.Join(", ", prefixes.Take(12).Select(prefix => prefix.Length == 0 ? "one without a name" : Excerpt.Of(prefix.TrimEnd('.'))));
}
