using RnnSweep.Client.SweepFiles;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;

namespace RnnSweep.Client.Tests.SweepFiles;

public sealed class SweepFileReaderTests(SweepFolder folder) : IClassFixture<SweepFolder>
{
    [Fact]
    public void Lists_and_ranges_become_axes_in_the_order_of_the_file()
    {
        ResolvedSweep sweep = SweepFolder.Read(folder.Write("edge-of-chaos.yaml", """
            hidden_size: 128
            spectral_radius: { from: 0.5, to: 1.5, step: 0.05 }
            activation: [tanh, hardtanh]
            sequence_length: [10, 500, 20]
            bias_scale: { from: 0.01, to: 1, count: 3, scale: log }
            statistics: [norms]
            """));
        Assert.Equal("edge-of-chaos", sweep.Name);
        Assert.Equal(["spectral_radius", "activation", "sequence_length", "bias_scale"], sweep.Plan.Axes.Select(axis => axis.Field.Name));
        Assert.Equal(21 * 2 * 3 * 3, sweep.Plan.CellCount);
        Assert.Equal(["0.5", "0.55", "0.6", "0.65"], SweepFolder.Coordinates(sweep, 0).Take(4));
        Assert.Equal(["0.01", "0.1", "1"], SweepFolder.Coordinates(sweep, 3));
        Assert.Equal((128, ActivationKind.Tanh, 500), sweep.Plan.Cell(3) is var cell ? (cell.HiddenSize, cell.Activation, cell.SequenceLength) : default);
    }

    [Fact]
    public void Json_is_a_sweep_file()
    {
        ResolvedSweep sweep = SweepFolder.Read(folder.Write("a.json", "{\n\t\"seed\": [1,2],\n\t\"spectral_radius\":{\"from\":0,\"to\":1,\"step\":0.5},\"weights\":\"sparse\"\n}"));
        Assert.Equal(6, sweep.Plan.CellCount);
        Assert.Equal(WeightEnsemble.Sparse, sweep.Plan.Fixed.Weights);
    }

    [Theory]
    [InlineData("études 2.yaml", "tudes-2")]
    [InlineData(".yaml", "sweep")]
    [InlineData("...a.b.yml", "a.b")]
    [InlineData("none", "none")]
    public void A_sweep_without_a_name_has_the_name_of_its_file(string file, string name) =>
        Assert.Equal(name, SweepFolder.Read(folder.Write(file, "seed: 1")).Name);

    [Fact]
    public void A_set_field_replaces_the_files_field_or_is_added_last()
    {
        string path = folder.Write("set.yaml", "seed: [1, 2]\nbias: nonsense\nactivation: [tanh, relu]\n");
        ResolvedSweep sweep = SweepFolder.Read(path, "transient=0..4:2", "bias=-1,1", "seed=7");
        Assert.Equal(["bias", "activation", "transient"], sweep.Plan.Axes.Select(axis => axis.Field.Name));
        Assert.Equal(7UL, sweep.Plan.Fixed.Seed);
        Assert.Equal("sweep", SweepFolder.Read(null, "seed=1").Name);
    }

    [Fact]
    public void Paths_of_matrices_are_relative_to_the_sweep_file()
    {
        folder.WriteNpy("w.npy", "<f8", "(2, 2)", false, 1, 2, 3, 4);
        folder.WriteNpy("u.npy", "<f4", "(100, 1)", false, [.. Enumerable.Range(0, 100).Select(i => (double)i)]);
        ResolvedSweep sweep = SweepFolder.Read(folder.Write("matrices.yaml", "weights: [gaussian, ./w.npy]\ninput: u.npy\ninput_scale: 1"));
        Assert.Equal(["gaussian", "w.npy"], SweepFolder.Coordinates(sweep, 0));
        Assert.Equal([1, 2, 3, 4], sweep.Matrices[sweep.Plan.Cell(1).WeightsDigest!].Values);
        Assert.Equal(99, sweep.Matrices[sweep.Plan.Cell(0).InputDigest!][99, 0]);
        Assert.Equal((2, 1), (sweep.Plan.Cell(0).HiddenSize, sweep.Plan.Cell(0).InputSize));
        Assert.StartsWith("2:14: ", Assert.Single(SweepFolder.Problems(folder.Write("wrong-size.yaml", "weights: w.npy\nhidden_size: 3"))), StringComparison.Ordinal);
        Assert.StartsWith("1:8: ", Assert.Single(SweepFolder.Problems(folder.Write("short.yaml", "input: u.npy\ntransient: 1\ninput_scale: 1"))), StringComparison.Ordinal);
        Assert.StartsWith("1:10: ", Assert.Single(SweepFolder.Problems(folder.Write("not-square.yaml", "weights: u.npy"))), StringComparison.Ordinal);
    }

    [Fact]
    public void Matrices_of_one_name_are_distinguished_by_their_folders()
    {
        foreach (string sub in (string[])["a", "b", "deep/x/m", "deep/y/m"])
        {
            Directory.CreateDirectory(Path.Combine(folder.Path, sub));
        }

        folder.WriteNpy("a/n.npy", "<f8", "(1, 1)", false, 1);
        folder.WriteNpy("b/n.npy", "<f8", "(1, 1)", false, 2);
        folder.WriteNpy("b/other.npy", "<f8", "(1, 1)", false, 3);
        folder.WriteNpy("deep/x/m/d.npy", "<f8", "(1, 1)", false, 4);
        folder.WriteNpy("deep/y/m/d.npy", "<f8", "(1, 1)", false, 5);
        folder.WriteNpy("b/wide.npy", "<f8", "(1, 2)", false, 6, 7);
        folder.WriteNpy("a/wide.npy", "<f8", "(1, 2)", false, 6, 8);
        ResolvedSweep sweep = SweepFolder.Read(folder.Write("names.yaml", "weights: [a/n.npy, b/other.npy, gaussian, b/n.npy, deep/x/m/d.npy, ./deep/y/m/d.npy]"));
        string[] names = ["a/n.npy", "other.npy", "gaussian", "b/n.npy", "x/m/d.npy", "y/m/d.npy"];
        Assert.Equal(names, SweepFolder.Coordinates(sweep, 0));
        Assert.Equal([2], sweep.Matrices[sweep.Plan.Cell(3).WeightsDigest!].Values);

        Assert.Equal(names, SweepFolder.Coordinates(SweepFolder.Read(folder.Write("names-again.yaml", SweepFileWriter.Write(sweep))), 0));
        Assert.Equal(names, SweepFolder.Coordinates(SubmittedSweepReader.ReadSweep(SweepFileWriter.WriteSubmitted(sweep), sweep.Matrices.GetValueOrDefault), 0));
        Assert.Equal(["n.npy"], SweepFolder.Coordinates(SweepFolder.Read(folder.Write("one.yaml", "weights: [b/n.npy]")), 0));

        string[] wide = SweepFolder.Problems(folder.Write("wide.yaml", "weights: [a/wide.npy, b/wide.npy]"));
        Assert.Contains(wide, line => line.Contains("a/wide.npy is 1 × 2", StringComparison.Ordinal));
        Assert.Contains(wide, line => line.Contains("b/wide.npy is 1 × 2", StringComparison.Ordinal));
    }

    [Fact]
    public void A_matrix_that_is_listed_twice_is_refused_by_the_names_it_was_given()
    {
        foreach (string sub in (string[])["c", "d"])
        {
            Directory.CreateDirectory(Path.Combine(folder.Path, sub));
            folder.WriteNpy($"{sub}/t.npy", "<f8", "(1, 1)", false, 1);
        }

        Assert.EndsWith("weights: d/t.npy holds the same matrix as c/t.npy", Assert.Single(SweepFolder.Problems(folder.Write("same.yaml", "weights: [c/t.npy, d/t.npy]"))), StringComparison.Ordinal);
        Assert.EndsWith("weights: t.npy is in the list twice", Assert.Single(SweepFolder.Problems(folder.Write("twice.yaml", "weights: [c/t.npy, c/../c/t.npy]"))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_field_without_effect_is_allowed_in_the_sweep_of_an_earlier_run()
    {
        string path = folder.Write("earlier.yaml", "density: 0.3\ninput_size: 3");
        Assert.Equal(2, SweepFolder.Problems(path).Length);
        Assert.NotNull(SweepFileReader.Read(path, [], out var problems, allowUnused: true));
        Assert.Empty(problems);
    }
}
