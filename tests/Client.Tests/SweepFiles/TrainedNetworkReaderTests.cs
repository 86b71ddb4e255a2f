using RnnSweep.Client.SweepFiles;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Gated;

namespace RnnSweep.Client.Tests.SweepFiles;

/// <summary>Trained networks in .safetensors files, as the value of the field network.</summary>
public sealed class TrainedNetworkReaderTests(SweepFolder folder) : IClassFixture<SweepFolder>
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
        TrainedLayer layer = TrainedNetwork.Layer(sweep.Matrices[cell.NetworkDigest!], 0, 0);
        Assert.Equal([.. Enumerable.Range(0, blocks * 4).Select(i => (double)i)], layer.Recurrent.Values);
        Assert.Equal([.. Enumerable.Range(0, blocks * 6).Select(i => 100.0 + i)], layer.Input.Values);
        Assert.Equal([.. Enumerable.Range(0, blocks * 2).Select(i => 200.0 + i)], layer.InputBias);
        Assert.Equal([.. Enumerable.Range(0, blocks * 2).Select(i => 300.0 + i)], layer.HiddenBias);
    }

    [Fact]
    public void Biases_may_be_missing()
    {
        ResolvedSweep sweep = Sweep(File([.. Layer(4, 2, 1).Where(tensor => !tensor.Name.StartsWith("bias", StringComparison.Ordinal))]));
        TrainedLayer layer = TrainedNetwork.Layer(sweep.Matrices.Values.Single(), 0, 0);
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
        Assert.Contains("is an LSTM with a projection (weight_hr_l0 (F64, 1 × 2)), which is not supported", Problem(File([.. Layer(4, 2, 1), new("weight_hr_l0", [1, 2], 0)])), StringComparison.Ordinal);
        Assert.Contains("is no .safetensors file", Problem(folder.WriteNpy("w.npy", "<f8", "(1, 1)", false, 1)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_malformed_file_gets_one_message_with_the_tensor()
    {
        Assert.Contains("holds no recurrent network, for none of its tensors is called weight_hh_l0", Problem(File([new("w", [2, 2], 0)])), StringComparison.Ordinal);
        Assert.Contains("has weight_hh_l0 (F64, 4 × 2), but (N, N) of an nn.RNN", Problem(File([new("weight_hh_l0", [4, 2], 0)])), StringComparison.Ordinal);
        Assert.Contains("has weight_hh_l0 (F64, 4)", Problem(File([new("weight_hh_l0", [4], 0)])), StringComparison.Ordinal);
        Assert.Contains("but no weight_ih_l0", Problem(File([new("weight_hh_l0", [8, 2], 0)])), StringComparison.Ordinal);
        Assert.Contains("has weight_ih_l0 (F64, 6 × 1), but 8 × 1 are wanted, as it has weight_hh_l0 (F64, 8 × 2)", Problem(File([new("weight_hh_l0", [8, 2], 0), new("weight_ih_l0", [6, 1], 0)])), StringComparison.Ordinal);
        Assert.Contains("has bias_hh_l0 (F64, 7), but 8 values are wanted", Problem(File([.. Layer(4, 2, 1).Take(3), new("bias_hh_l0", [7], 0)])), StringComparison.Ordinal);
        Assert.Contains("has weight_hh_l0 (F64, 8 × 2), which must be finite, but holds NaN in row 0, column 0", Problem(File([.. Layer(4, 2, 1).Skip(1), new("weight_hh_l0", [8, 2], double.NaN)])), StringComparison.Ordinal);
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
    public void Layers_are_read_from_below_and_one_of_them_can_be_measured()
    {
        string path = File([.. Layer(4, 2, 3), .. Layer(4, 2, 2, layer: "1")]);
        CellSpec whole = Sweep(path).Plan.Cell(0);
        Assert.Equal((2, 2, 3, 8), (whole.NetworkLayers, whole.HiddenSize, whole.InputSize, whole.StateSize));
        ResolvedSweep axis = Sweep(path, "layer=all,0,1");
        Assert.Equal([8, 4, 4], Enumerable.Range(0, 3).Select(i => axis.Plan.Cell(i).StateSize));
        Assert.Equal(["all", "0", "1"], SweepFolder.Coordinates(axis, 0));
        Assert.Contains("layer must be all, or from 0 to 1 in t.safetensors, but was 2", Problem(path, "layer=2"), StringComparison.Ordinal);
        Assert.Contains("layer must be all, or a whole number ≥ 0, but was top", Problem(path, "layer=top"), StringComparison.Ordinal);
        Assert.Contains("direction must be forward in t.safetensors, which is not bidirectional", Problem(path, "direction=backward"), StringComparison.Ordinal);
        Assert.Contains("has weight_ih_l1 (F64, 8 × 3), but 8 × 2 are wanted", Problem(File([.. Layer(4, 2, 3), .. Layer(4, 2, 3, layer: "1")])), StringComparison.Ordinal);
        Assert.Contains("has weight_hh_l2, but not the weight_hh_l… of all layers below it", Problem(File([.. Layer(4, 2, 3), .. Layer(4, 2, 2, layer: "2")])), StringComparison.Ordinal);
        SweepFileReader.Read(null, ["network=lstm", "layer=0"], out var problems);
        Assert.Contains("layer has no effect without a trained network", Assert.Single(problems).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_field_that_layers_of_an_rnn_do_not_have_is_refused()
    {
        string path = File([.. Layer(1, 2, 3), .. Layer(1, 2, 2, layer: "1")]);
        foreach (string set in new[] { "leak=0.5", "diffusion=1", "jacobian=as-printed", "state=pre-activation" })
        {
            Assert.Contains(" has no effect on several layers, but t.safetensors has 2", Problem(path, set), StringComparison.Ordinal);
            Assert.NotNull(Sweep(path, set, "layer=0"));
        }

        Assert.NotNull(Sweep(path, "state=post-activation", "activation=relu"));
    }

    [Fact]
    public void Both_directions_are_read()
    {
        string path = File([.. Layer(3, 2, 3), .. Layer(3, 2, 3, layer: "0_reverse")]);
        Assert.Equal([Direction.Forward, Direction.Backward], Enumerable.Range(0, 2).Select(i => Sweep(path, "direction=forward,backward").Plan.Cell(i).Direction));
        Assert.Contains("but no weight_ih_l0_reverse", Problem(File([.. Layer(3, 2, 3), new("weight_hh_l0_reverse", [6, 2], 0)])), StringComparison.Ordinal);

        string deep = File([.. Layer(3, 2, 3), .. Layer(3, 2, 3, layer: "0_reverse"), .. Layer(3, 2, 4, layer: "1"), .. Layer(3, 2, 4, layer: "1_reverse")]);
        Assert.Contains("t.safetensors is bidirectional and has 2 layers: set layer: 0", Problem(deep), StringComparison.Ordinal);
        Assert.Contains("is bidirectional and has 2 layers: set layer: 0", Problem(deep, "layer=0,1"), StringComparison.Ordinal);
        Assert.Equal(2, Sweep(deep, "layer=0", "direction=backward").Plan.Cell(0).StateSize);
    }

    [Fact]
    public void A_pattern_is_an_axis_of_checkpoints_called_by_their_numbers()
    {
        foreach ((int step, double shift) in new[] { (100, 0.1), (9, 0.2), (2000, 0.3) })
        {
            File($"ckpt-{step}.safetensors", [new("weight_hh_l0", [2, 2], shift), .. Layer(1, 2, 1).Skip(1)]);
        }

        ResolvedSweep sweep = Sweep($"{folder.Path}/ckpt-*.safetensors");
        Assert.Equal(["9", "100", "2000"], SweepFolder.Coordinates(sweep, 0));
        ResolvedSweep listed = Sweep($"[{folder.Path}/ckpt-2000.safetensors, {folder.Path}/ckpt-9.safetensors]");
        Assert.Equal(["9", "2000"], SweepFolder.Coordinates(listed, 0));
        ResolvedSweep again = SweepFolder.Read(folder.Write("ckpt.yaml", SweepFileWriter.Write(sweep)));
        Assert.Equal(["9", "100", "2000"], SweepFolder.Coordinates(again, 0));
        Assert.Equal(Keys(sweep, 3), Keys(again, 3));
        Assert.Equal(Keys(sweep, 3), Keys(SubmittedSweepReader.ReadSweep(SweepFileWriter.WriteSubmitted(sweep), sweep.Matrices.GetValueOrDefault), 3));
        Assert.Contains("no file matches none-*.safetensors", Problem("none-*.safetensors"), StringComparison.Ordinal);
    }

    [Fact]
    public void Sequences_give_each_replicate_its_own_input()
    {
        string path = File(Layer(4, 2, 3)), input = folder.WriteNpy("s.npy", "<f8", "(5, 20, 3)", false, new double[300]);
        ResolvedSweep sweep = Sweep(path, $"input={input}", "sequence_length=20");
        CellSpec cell = sweep.Plan.Cell(0);
        Assert.Equal((5, 5, 1.0, 0.0), (cell.InputSequences, cell.Replicates, cell.InputScale, cell.InitialScale));
        Assert.Equal(3, Sweep(path, $"input={input}", "sequence_length=20", "replicates=3").Plan.Cell(0).Replicates);
        Assert.Contains("replicates must be at most 5, the number of sequences in s.npy, but was 6", Problem(path, $"input={input}", "sequence_length=20", "replicates=6"), StringComparison.Ordinal);
        Assert.Contains("but has 20 rows in each sequence", Problem(path, $"input={input}", "sequence_length=21"), StringComparison.Ordinal);
        Assert.Equal(Keys(sweep, 1), Keys(SweepFolder.Read(folder.Write("seq.yaml", SweepFileWriter.Write(sweep))), 1));
        Assert.Equal(Keys(sweep, 1), Keys(SubmittedSweepReader.ReadSweep(SweepFileWriter.WriteSubmitted(sweep), sweep.Matrices.GetValueOrDefault), 1));
        Assert.Throws<FormatException>(() => SubmittedSweepReader.ReadSweep(
            SweepFileWriter.WriteSubmitted(sweep).Replace(":5/", ":7/", StringComparison.Ordinal), sweep.Matrices.GetValueOrDefault));
        Assert.Contains("must have 1 to 3 dimensions, but has 4", Problem(path, $"input={folder.WriteNpy("four.npy", "<f8", "(1, 5, 20, 3)", false, new double[300])}"), StringComparison.Ordinal);
        Assert.Contains("sizes must be from 1", Problem(path, $"input={folder.WriteNpy("none.npy", "<f8", "(0, 20, 3)", false)}"), StringComparison.Ordinal);
        Assert.Contains(
            "must be finite, but holds NaN in sequence 1, row 2, column 0",
            Problem(path, $"input={folder.WriteNpy("nan.npy", "<f8", "(2, 3, 1)", false, 1, 2, 3, 4, 5, double.NaN)}"),
            StringComparison.Ordinal);
    }

    // numpy stores the first index fastest there: x[s, t, m] is at s + 2 (t + 3 m).
    [Fact]
    public void Sequences_in_fortran_order_are_the_same_sequences()
    {
        double[] plain = [.. Enumerable.Range(0, 24).Select(i => (double)i)];
        var fortran = new double[24];
        for (int i = 0; i < 24; i++)
        {
            (int s, int t, int m) = (i / 12, i / 4 % 3, i % 4);
            fortran[s + (2 * (t + (3 * m)))] = plain[i];
        }

        Assert.True(NpyReader.TryRead(folder.WriteNpy("f.npy", "<f8", "(2, 3, 4)", true, fortran), MatrixUse.Sequences, out NamedMatrix? matrix, out _));
        Assert.Equal(plain, matrix.Matrix.Values);
        Assert.Equal((6, 2), (matrix.Matrix.Rows, matrix.Contents.Sequences));
    }

    [Fact]
    public void The_initial_state_may_be_a_file_with_one_state_or_one_for_each_replicate()
    {
        string path = File(Layer(4, 2, 1)), one = folder.WriteNpy("h.npy", "<f8", "(4,)", false, 1, 2, 3, 4), three = folder.WriteNpy("hs.npy", "<f8", "(3, 4)", false, new double[12]);
        ResolvedSweep sweep = Sweep(path, $"initial_state={one}");
        CellSpec cell = sweep.Plan.Cell(0);
        Assert.Equal((0.0, 0.0, 16), (cell.InitialState, cell.InitialScale, cell.Replicates));
        Assert.NotNull(cell.InitialStateDigest);
        Assert.Equal(Keys(sweep, 1), Keys(SweepFolder.Read(folder.Write("h.yaml", SweepFileWriter.Write(sweep))), 1));
        Assert.Equal(Keys(sweep, 1), Keys(SubmittedSweepReader.ReadSweep(SweepFileWriter.WriteSubmitted(sweep), sweep.Matrices.GetValueOrDefault), 1));
        Assert.Equal(3, Sweep(path, $"initial_state={three}").Plan.Cell(0).Replicates);
        Assert.Contains("replicates must be at most 3, the number of initial states in hs.npy, but was 4", Problem(path, $"initial_state={three}", "replicates=4"), StringComparison.Ordinal);
        Assert.Contains("initial_state must have 64 values, the length of the state, or rows of as many, but h.npy is 4 × 1", SweepProblem($"initial_state={one}"), StringComparison.Ordinal);
        Assert.Equal(0.25, SweepFolder.Read(null, "initial_state=0.25").Plan.Cell(0).InitialState);
        Assert.Contains("initial_state must be a finite number, or a path ending in .npy", SweepProblem("initial_state=h0.txt"), StringComparison.Ordinal);
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
        string[] keys = Keys(sweep, 4);
        Assert.Equal(keys, Keys(SweepFolder.Read(folder.Write("again.yaml", SweepFileWriter.Write(sweep))), 4));
        Assert.Equal(keys, Keys(SubmittedSweepReader.ReadSweep(SweepFileWriter.WriteSubmitted(sweep), sweep.Matrices.GetValueOrDefault), 4));

        // Without the file, from what a manifest records of it.
        string written = folder.Write("recorded.yaml", SweepFileWriter.Write(sweep).Replace("t.safetensors", "gone.safetensors", StringComparison.Ordinal));
        IEnumerable<RecordedMatrix> recorded = sweep.Recorded!.Select(matrix => matrix with { Path = matrix.Path.Replace("t.safetensors", "gone.safetensors", StringComparison.Ordinal) });
        Assert.Equal(keys, Keys(SweepFileReader.Read(written, [], out _, recorded)!, 4));

        // A matrix that is no network is refused.
        Assert.Throws<FormatException>(() => SubmittedSweepReader.ReadSweep(SweepFileWriter.WriteSubmitted(sweep), digest => Matrix.Identity(3)));
    }

    private static string[] Keys(ResolvedSweep sweep, int count) => [.. Enumerable.Range(0, count).Select(i => CellKey.Of(sweep.Plan.Cell(i)).ToString())];

    private static SavedTensor[] Layer(int blocks, int units, int inputs, string prefix = "", string layer = "0") =>
    [
        new($"{prefix}weight_hh_l{layer}", [blocks * units, units], 0, 1), new($"{prefix}weight_ih_l{layer}", [blocks * units, inputs], 100, 1),
        new($"{prefix}bias_ih_l{layer}", [blocks * units], 200, 1), new($"{prefix}bias_hh_l{layer}", [blocks * units], 300, 1),
    ];

    private string File(params SavedTensor[] tensors) => File("t.safetensors", tensors);

    private string File(string name, SavedTensor[] tensors)
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

        return folder.Write(name, SafetensorsReaderTests.File($"{{{string.Join(',', entries)}}}", SafetensorsReaderTests.Doubles([.. values])));
    }

    private static ResolvedSweep Sweep(string network, params string[] sets) => SweepFolder.Read(null, [$"network={network}", .. sets]);

    private static string Problem(string network, params string[] sets)
    {
        Assert.Null(SweepFileReader.Read(null, [$"network={network}", .. sets], out var problems));
        return Assert.Single(problems).ToString();
    }

    private static string SweepProblem(params string[] sets)
    {
        Assert.Null(SweepFileReader.Read(null, sets, out var problems));
        return Assert.Single(problems).ToString();
    }

    private sealed record SavedTensor(string Name, int[] Shape, double First, double Step = 0);
}
