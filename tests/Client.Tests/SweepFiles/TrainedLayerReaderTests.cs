using RnnSweep.Client.SweepFiles;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Gated;

namespace RnnSweep.Client.Tests.SweepFiles;

/// <summary>Trained networks in .safetensors files, as the value of the field network.</summary>
public sealed class TrainedLayerReaderTests(SweepFolder folder) : IClassFixture<SweepFolder>
{
    [Theory]
    [InlineData(1, NetworkKind.Rnn)]
    [InlineData(3, NetworkKind.Gru)]
    [InlineData(4, NetworkKind.Lstm)]
    public void The_shape_of_the_weights_gives_the_kind_the_units_and_the_inputs(int blocks, NetworkKind kind)
    {
        ResolvedSweep sweep = Sweep(File(Layer(blocks, 2, 3)));
        CellSpec cell = sweep.Plan.Cell(0);
        Assert.Equal((kind, 2, 3, WeightScaling.Expected, 1.0), (cell.Network, cell.HiddenSize, cell.InputSize, cell.Scaling, cell.SpectralRadius));
        var layer = TrainedLayer.Unpack(sweep.Matrices[cell.NetworkDigest!]);
        Assert.Equal([.. Enumerable.Range(0, blocks * 4).Select(i => (double)i)], layer.Recurrent.Values);
        Assert.Equal([.. Enumerable.Range(0, blocks * 6).Select(i => 100.0 + i)], layer.Input.Values);
        Assert.Equal([.. Enumerable.Range(0, blocks * 2).Select(i => 200.0 + i)], layer.InputBias);
        Assert.Equal([.. Enumerable.Range(0, blocks * 2).Select(i => 300.0 + i)], layer.HiddenBias);
    }

    [Fact]
    public void Biases_may_be_missing()
    {
        ResolvedSweep sweep = Sweep(File([.. Layer(4, 2, 1).Where(tensor => !tensor.Name.StartsWith("bias", StringComparison.Ordinal))]));
        var layer = TrainedLayer.Unpack(sweep.Matrices.Values.Single());
        Assert.Equal(new double[8], layer.InputBias);
        Assert.Equal(new double[8], layer.HiddenBias);
    }

    [Fact]
    public void Of_several_networks_one_is_named_after_the_mark_and_a_list_of_them_is_an_axis()
    {
        string path = File([.. Layer(4, 2, 1, "encoder."), .. Layer(3, 2, 1, "decoder.rnn.")]);
        Assert.Contains("holds several networks: write one of their names after #. It has encoder, decoder.rnn", Problem(path), StringComparison.Ordinal);
        Assert.Contains("has no network coder, but encoder, decoder.rnn", Problem(path + "#coder"), StringComparison.Ordinal);
        Assert.Equal(NetworkKind.Gru, Sweep(path + "#decoder.rnn").Plan.Cell(0).Network);
        Assert.Equal(NetworkKind.Lstm, Sweep(path + "#encoder.").Plan.Cell(0).Network);

        ResolvedSweep both = SweepFolder.Read(null, $"network=[{path}#encoder, {path}#decoder.rnn, gru]");
        Assert.Equal(["t.safetensors#encoder", "t.safetensors#decoder.rnn", "gru"], Enumerable.Range(0, 3).Select(i => SweepFolder.Coordinates(both, 0)[i]));
        Assert.Equal([true, true, false], Enumerable.Range(0, 3).Select(i => both.Plan.Cell(i).NetworkDigest is not null));
    }

    [Fact]
    public void What_is_not_supported_is_named()
    {
        Assert.Contains("is an LSTM with a projection (weight_hr_l0 (F64, 1 × 2)), which is not supported yet", Problem(File([.. Layer(4, 2, 1), new("weight_hr_l0", [1, 2], 0)])), StringComparison.Ordinal);
        Assert.Contains("is bidirectional (weight_hh_l0_reverse", Problem(File([.. Layer(4, 2, 1), new("weight_hh_l0_reverse", [8, 2], 0)])), StringComparison.Ordinal);
        Assert.Contains("has several layers (weight_hh_l1", Problem(File([.. Layer(4, 2, 1), new("weight_hh_l1", [8, 2], 0)])), StringComparison.Ordinal);
        Assert.Contains("is no .safetensors file", Problem(folder.WriteNpy("w.npy", "<f8", "(1, 1)", false, 1)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_malformed_file_gets_one_message_with_the_tensor()
    {
        Assert.Contains("holds no recurrent network, for none of its tensors is called weight_hh_l0", Problem(File([new("w", [2, 2], 0)])), StringComparison.Ordinal);
        Assert.Contains("has weight_hh_l0 (F64, 4 × 2), but (N, N) of an nn.RNN", Problem(File([new("weight_hh_l0", [4, 2], 0)])), StringComparison.Ordinal);
        Assert.Contains("has weight_hh_l0 (F64, 4)", Problem(File([new("weight_hh_l0", [4], 0)])), StringComparison.Ordinal);
        Assert.Contains("but no weight_ih_l0", Problem(File([new("weight_hh_l0", [8, 2], 0)])), StringComparison.Ordinal);
        Assert.Contains("has weight_ih_l0 (F64, 6 × 1), but 8 rows are wanted", Problem(File([new("weight_hh_l0", [8, 2], 0), new("weight_ih_l0", [6, 1], 0)])), StringComparison.Ordinal);
        Assert.Contains("has bias_hh_l0 (F64, 7), but 8 values are wanted", Problem(File([.. Layer(4, 2, 1).Take(3), new("bias_hh_l0", [7], 0)])), StringComparison.Ordinal);
        Assert.Contains("must be finite, but holds NaN", Problem(File([.. Layer(4, 2, 1).Skip(1), new("weight_hh_l0", [8, 2], double.NaN)])), StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_and_input_must_be_those_of_the_network()
    {
        string path = File(Layer(4, 2, 3)), input = folder.WriteNpy("u.npy", "<f8", "(100, 1)", false, new double[100]);
        Assert.Contains("hidden_size must be 2, that of t.safetensors, but was 5", Problem(path, "hidden_size=5"), StringComparison.Ordinal);
        Assert.Contains("input_size must be 3, that of t.safetensors, but was 5", Problem(path, "input_size=5", "input_scale=1"), StringComparison.Ordinal);
        Assert.Contains("input must have 3 columns, the inputs of t.safetensors, but u.npy has 1", Problem(path, $"input={input}"), StringComparison.Ordinal);
        Assert.Contains("weights has no effect in a trained network", Problem(path, "weights=uniform"), StringComparison.Ordinal);
        Assert.Contains("forget_bias has no effect", Problem(path, "forget_bias=1"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_input_file_is_taken_as_it_is_unless_a_scale_is_given()
    {
        string path = File(Layer(4, 2, 1)), input = folder.WriteNpy("v.npy", "<f8", "(100, 1)", false, new double[100]);
        Assert.Equal(1, Sweep(path, $"input={input}").Plan.Cell(0).InputScale);
        Assert.Equal(0.5, Sweep(path, $"input={input}", "input_scale=0.5").Plan.Cell(0).InputScale);
        Assert.Equal(0, Sweep(path).Plan.Cell(0).InputScale);
    }

    [Fact]
    public void A_written_and_a_submitted_sweep_have_the_same_cells()
    {
        ResolvedSweep sweep = SweepFolder.Read(null, $"network=[{File(Layer(4, 2, 3))}, lstm]", "spectral_radius=0.5,1", "initial_scale=0.1");
        string[] keys = Keys(sweep);
        Assert.Equal(keys, Keys(SweepFolder.Read(folder.Write("again.yaml", SweepFileWriter.Write(sweep)))));
        Assert.Equal(keys, Keys(SubmittedSweepReader.ReadSweep(SweepFileWriter.WriteSubmitted(sweep), sweep.Matrices.GetValueOrDefault)));

        // Without the file, from what a manifest records of it.
        string written = folder.Write("recorded.yaml", SweepFileWriter.Write(sweep).Replace("t.safetensors", "gone.safetensors", StringComparison.Ordinal));
        IEnumerable<RecordedMatrix> recorded = sweep.Recorded!.Select(matrix => matrix with { Path = matrix.Path.Replace("t.safetensors", "gone.safetensors", StringComparison.Ordinal) });
        Assert.Equal(keys, Keys(SweepFileReader.Read(written, [], out _, recorded)!));

        // A matrix that is no layer is refused.
        Assert.Throws<FormatException>(() => SubmittedSweepReader.ReadSweep(SweepFileWriter.WriteSubmitted(sweep), digest => Matrix.Identity(3)));

        static string[] Keys(ResolvedSweep sweep) => [.. Enumerable.Range(0, 4).Select(i => CellKey.Of(sweep.Plan.Cell(i)).ToString())];
    }

    private static SavedTensor[] Layer(int blocks, int units, int inputs, string prefix = "") =>
    [
        new($"{prefix}weight_hh_l0", [blocks * units, units], 0, 1), new($"{prefix}weight_ih_l0", [blocks * units, inputs], 100, 1),
        new($"{prefix}bias_ih_l0", [blocks * units], 200, 1), new($"{prefix}bias_hh_l0", [blocks * units], 300, 1),
    ];

    private string File(params SavedTensor[] tensors)
    {
        var entries = new List<string>();
        var values = new List<double>();
        foreach (SavedTensor tensor in tensors)
        {
            int count = tensor.Shape.Aggregate(1, (product, size) => product * size);
            entries.Add($$"""
                "{{tensor.Name}}":{"dtype":"F64","shape":[{{string.Join(',', tensor.Shape)}}],"data_offsets":[{{8 * values.Count}},{{8 * (values.Count + count)}}]}
                """);
            values.AddRange(Enumerable.Range(0, count).Select(i => tensor.First + (i * tensor.Step)));
        }

        return folder.Write("t.safetensors", SafetensorsReaderTests.File($"{{{string.Join(',', entries)}}}", SafetensorsReaderTests.Doubles([.. values])));
    }

    private static ResolvedSweep Sweep(string network, params string[] sets) => SweepFolder.Read(null, [$"network={network}", .. sets]);

    private static string Problem(string network, params string[] sets)
    {
        Assert.Null(SweepFileReader.Read(null, [$"network={network}", .. sets], out var problems));
        return Assert.Single(problems).ToString();
    }

    private sealed record SavedTensor(string Name, int[] Shape, double First, double Step = 0);
}
