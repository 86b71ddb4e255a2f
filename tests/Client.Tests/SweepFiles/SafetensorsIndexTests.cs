using RnnSweep.Client.SweepFiles;
using RnnSweep.Core.Experiments;
using static RnnSweep.Client.Tests.SweepFiles.SafetensorsReaderTests;

namespace RnnSweep.Client.Tests.SweepFiles;

/// <summary>Models in several .safetensors files, with an index beside them.</summary>
public sealed class SafetensorsIndexTests(SweepFolder folder) : IClassFixture<SweepFolder>
{
    private const string Index = "model.safetensors.index.json";

    private const string Map = """
        {"metadata": {"total_size": 48}, "weight_map": {
          "rnn.weight_hh_l0": "model-00001-of-00002.safetensors", "rnn.weight_ih_l0": "model-00002-of-00002.safetensors"}}
        """;

    private void WriteModel(string map = Map)
    {
        folder.Write("model-00001-of-00002.safetensors", File("""{"rnn.weight_hh_l0":{"dtype":"F64","shape":[2,2],"data_offsets":[0,32]}}""", Doubles(1, 2, 3, 6)));
        folder.Write("model-00002-of-00002.safetensors", File("""{"rnn.weight_ih_l0":{"dtype":"F64","shape":[2,1],"data_offsets":[0,16]}}""", Doubles(4, 5)));
        folder.Write(Index, map);
    }

    private string Problem(string map, string tensor)
    {
        WriteModel(map);
        return Assert.Single(SweepFolder.Problems(folder.Write("bad.yaml", $"weights: \"{Index}{tensor}\"")));
    }

    [Theory]
    [InlineData("#rnn.weight_hh_l0")]
    [InlineData("")]
    public void A_tensor_is_found_in_the_file_that_the_index_names(string tensor)
    {
        WriteModel();
        ResolvedSweep sweep = SweepFolder.Read(folder.Write("indexed.yaml", $"weights: [gaussian, {Index}{tensor}]"));
        Assert.Equal(["gaussian", $"{Index}#rnn.weight_hh_l0"], SweepFolder.Coordinates(sweep, 0));
        Assert.Equal([1, 2, 3, 6], sweep.Matrices[sweep.Plan.Cell(1).WeightsDigest!].Values);
        Assert.Equal(sweep.Plan.Cell(1), SweepFolder.Read(folder.Write("again.yaml", SweepFileWriter.Write(sweep))).Plan.Cell(1));
    }

    [Fact]
    public void The_tensor_is_the_same_as_from_the_file_itself()
    {
        WriteModel();
        ResolvedSweep sweep = SweepFolder.Read(folder.Write("same.yaml", $"weights: {Index}#rnn.weight_hh_l0\ninput: {Index}#rnn.weight_ih_l0\ninput_scale: 1\nsequence_length: 2"));
        ResolvedSweep direct = SweepFolder.Read(folder.Write(
            "direct.yaml", "weights: model-00001-of-00002.safetensors\ninput: model-00002-of-00002.safetensors\ninput_scale: 1\nsequence_length: 2"));
        Assert.Equal(direct.Plan.Cell(0), sweep.Plan.Cell(0));
    }

    [Theory]
    [InlineData("#", "needs the name of a tensor after #; it holds rnn.weight_hh_l0, rnn.weight_ih_l0")]
    [InlineData("#rnn.weight_hh", "has no tensor rnn.weight_hh (did you mean rnn.weight_hh_l0?), but rnn.weight_hh_l0, rnn.weight_ih_l0")]
    public void An_unknown_tensor_is_reported_with_the_existing_names(string tensor, string message) =>
        Assert.Contains($"{Index} {message}", Problem(Map, tensor), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"weight_map": {"w": "../w.safetensors"}}""", "has w in ../w.safetensors, but a file must be in the folder of the index")]
    [InlineData("""{"weight_map": {"w": "a/../../w.safetensors"}}""", "must be in the folder of the index")]
    [InlineData("""{"weight_map": {"w": "/etc/w.safetensors"}}""", "must be in the folder of the index")]
    [InlineData("""{"weight_map": {"w": "..\\w.safetensors"}}""", "must be in the folder of the index")]
    [InlineData("""{"weight_map": {"w": "w.bin"}}""", "has w in w.bin, but a file must be a .safetensors file")]
    [InlineData("""{"weight_map": {"w": ""}}""", "must be a .safetensors file")]
    [InlineData("""{"weight_map": {"w": "a\u0000.safetensors"}}""", "must be a .safetensors file")]
    [InlineData("""{"weight_map": {"w": "gone.safetensors"}}""", "has w in gone.safetensors, which does not exist")]
    [InlineData("""{"weight_map": {"w": "model-00001-of-00002.safetensors"}}""", "has w in model-00001-of-00002.safetensors, which has no tensor w, but rnn.weight_hh_l0 (F64, 2 × 2)")]
    [InlineData("""{"weight_map": {"w": 1}}""", "has a weight_map in which w is not the name of a file")]
    [InlineData("""{"weight_map": {"w": "a.safetensors", "w": "b.safetensors"}}""", "not readable as JSON")]
    [InlineData("""{"weight_map": []}""", "has no object weight_map")]
    [InlineData("""[]""", "has no object weight_map")]
    [InlineData("""{"weight_map": {"w": """, "not readable as JSON")]
    [InlineData("", "not readable as JSON")]
    public void An_index_that_cannot_be_used_is_refused(string map, string message) => Assert.Contains(message, Problem(map, "#w"), StringComparison.Ordinal);

    [Fact]
    public void An_index_of_several_tensors_needs_a_name() => Assert.Contains(
        "needs a #name after it, for it does not name just one weight_hh_l0, but a, b",
        Problem("""{"weight_map": {"a": "a.safetensors", "b": "b.safetensors"}}""", ""),
        StringComparison.Ordinal);
}
