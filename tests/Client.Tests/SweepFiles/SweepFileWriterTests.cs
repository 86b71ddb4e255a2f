using FsCheck;
using FsCheck.Fluent;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Tests.Commands;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Tests.SweepFiles;

public sealed class SweepFileWriterTests(SweepFolder folder) : IClassFixture<SweepFolder>
{
    [Fact]
    public void A_written_sweep_reads_back_to_the_same_cells() => Prop.ForAll(RandomSweep.Texts(), text =>
    {
        ResolvedSweep sweep = SweepFolder.Read(folder.Write("first.yaml", text));
        string written = SweepFileWriter.Write(sweep);
        ResolvedSweep again = SweepFolder.Read(folder.Write("second.yaml", written));
        return again.Name == sweep.Name
            && SweepFileWriter.Write(again).Split('\n').Order().SequenceEqual(written.Split('\n').Order())
            && Lines(again).SequenceEqual(Lines(sweep));
    }).QuickCheckThrowOnFailure();

    public static TheoryData<string> Examples => [.. Directory.GetFiles(SourceTree.PathOf("examples"), "*.yaml").Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Every_example_is_accepted_and_so_is_its_written_text(string example)
    {
        ResolvedSweep sweep = SweepFolder.Read(SourceTree.PathOf("examples", example));
        ResolvedSweep again = SweepFolder.Read(folder.Write("example.yaml", SweepFileWriter.Write(sweep)));
        Assert.Equal(Lines(sweep), Lines(again));
    }

    [Fact]
    public void A_descending_range_is_written_as_one() => Assert.StartsWith(
        """
        spectral_radius: { from: 1.5, to: 0.5, step: -0.05 }
        sequence_length: { from: 1000, to: 10, count: 3, scale: log }
        bias: { from: 1, to: -1, count: 5 }

        """.ReplaceLineEndings("\n"),
        SweepFileWriter.Write(SweepFolder.Read(null, "spectral_radius=1.5..0.50:-5e-2", "sequence_length=log:1e3..10/3", "bias=1..-1.0/5")),
        StringComparison.Ordinal);

    [Fact]
    public void A_written_sweep_has_every_field_once()
    {
        string written = SweepFileWriter.Write(SweepFolder.Read(folder.Write("some.yaml", "seed: 3\nbias: [0, 1]\nhidden_size: 7")));
        string[] names = [.. written.Split('\n').Select(line => line.Split(':')[0].TrimStart('#', ' ')).Where(name => SweepFields.Find(name) is not null)];
        Assert.Equal(SweepFields.All.Select(field => field.Name).Order(), names.Order());
        Assert.StartsWith("seed: 3\nbias: [0, 1]\nhidden_size: 7\n# Not given, so these hold:\nname: some\n# description: (none)\n# label: (none)\nnetwork: rnn\nlayer: all\ndirection: forward\nactivation: tanh\n", written, StringComparison.Ordinal);
    }

    [Fact]
    public void Ranges_stay_ranges_in_canonical_numbers() => Assert.StartsWith(
        """
        spectral_radius: { from: 0.5, to: 1.5, step: 0.05 }
        sequence_length: { from: 10, to: 1000, count: 3, scale: log }
        bias: { from: -1, to: 1, count: 5 }

        """.ReplaceLineEndings("\n"),
        SweepFileWriter.Write(SweepFolder.Read(null, "spectral_radius=0.50..1.5:5e-2", "sequence_length=log:10..1e3/3", "bias=-1.0..1/5")),
        StringComparison.Ordinal);

    [Fact]
    public void Matrices_are_written_with_their_full_path_including_special_characters()
    {
        string path = folder.WriteNpy("a \"b\" # é'\\.npy", "<f8", "(1, 1)", false, 2);
        ResolvedSweep sweep = SweepFolder.Read(null, $"weights={path}", "name=null");
        ResolvedSweep again = SweepFolder.Read(folder.Write("paths.yaml", SweepFileWriter.Write(sweep)));
        Assert.Equal(Lines(sweep), Lines(again));
        Assert.Equal(("null", 1), (again.Name, again.Plan.Fixed.HiddenSize));
    }

    private static IEnumerable<string> Lines(ResolvedSweep sweep) =>
        Enumerable.Range(0, (int)sweep.Plan.CellCount).Select(i =>
            string.Join(',', Enumerable.Range(0, sweep.Plan.Axes.Length).Select(axis => sweep.Plan.Coordinate(i, axis)).Append(CellKey.Of(sweep.Plan.Cell(i)).ToString())));
}
