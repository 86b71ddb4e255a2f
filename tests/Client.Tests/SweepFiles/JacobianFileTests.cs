using RnnSweep.Client.Engines;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Client.Tests.SweepFiles;

/// <summary>Files of Jacobians, as the value of the field jacobians.</summary>
public sealed class JacobianFileTests(SweepFolder folder) : IClassFixture<SweepFolder>
{
    // Two sequences of three steps of 2 × 2, small whole numbers that every type holds.
    private static readonly double[] s_values = [.. Enumerable.Range(0, 24).Select(i => (double)(i * 7 % 11))];

    private static ResolvedSweep Sweep(string path, params string[] sets) => SweepFolder.Read(null, [$"jacobians={path}", "sequence_length=3", .. sets]);

    private static string Problem(string path, params string[] sets) => Assert.Single(SweepFolder.Problems(null, [$"jacobians={path}", "sequence_length=3", .. sets]));

    private string Npy(string shape, params double[] values) => folder.WriteNpy("J.npy", "<f8", shape, false, values);

    private static double[] ReadAll(ResolvedSweep sweep)
    {
        IMatrixRows rows = sweep.Rows.Values.Single();
        var values = new double[rows.Rows * rows.Columns];
        rows.Read(0, values);
        return values;
    }

    [Fact]
    public void Three_dimensions_are_one_sequence_and_four_are_replicates()
    {
        CellSpec one = Sweep(Npy("(6, 2, 2)", s_values)).Plan.Cell(0), two = Sweep(Npy("(2, 3, 2, 2)", s_values)).Plan.Cell(0);
        string digest = new Matrix(12, 2, s_values).Digest();
        Assert.Equal((digest, 0, 2, 1), (one.JacobiansDigest, one.JacobianSequences, one.HiddenSize, one.Replicates));
        Assert.Equal((digest, 2, 2, 2), (two.JacobiansDigest, two.JacobianSequences, two.HiddenSize, two.Replicates));
        Assert.NotEqual(CellKey.Of(one), CellKey.Of(two));
        Assert.Equal(1, Sweep(Npy("(2, 3, 2, 2)", s_values), "replicates=1").Plan.Cell(0).Replicates);
        Assert.Equal(5, Sweep(Npy("(6, 2, 2)", s_values), "replicates=5").Plan.Cell(0).Replicates);
    }

    [Theory]
    [InlineData("<f8")]
    [InlineData("<f4")]
    [InlineData(">f8")]
    [InlineData(">f4")]
    [InlineData("<f2")]
    [InlineData("<i4")]
    [InlineData(">i2")]
    [InlineData("|u1")]
    public void Every_type_gives_the_same_values(string type)
    {
        byte[] bytes = [.. s_values.SelectMany(value =>
        {
            byte[] little = type[1..] switch
            {
                "f8" => BitConverter.GetBytes(value),
                "f4" => BitConverter.GetBytes((float)value),
                "f2" => BitConverter.GetBytes((Half)value),
                "i4" => BitConverter.GetBytes((int)value),
                "i2" => BitConverter.GetBytes((short)value),
                _ => [(byte)value],
            };
            return type[0] == '>' ? little.Reverse() : little;
        })];
        ResolvedSweep sweep = Sweep(folder.WriteNpy("t.npy", $"'{type}'", "(2, 3, 2, 2)", false, bytes));
        Assert.Equal(s_values, ReadAll(sweep));
        Assert.Equal(new Matrix(12, 2, s_values).Digest(), sweep.Plan.Cell(0).JacobiansDigest);
    }

    [Fact]
    public void Rows_within_the_file_are_read_wherever_they_begin()
    {
        IMatrixRows rows = Sweep(Npy("(6, 2, 2)", s_values)).Rows.Values.Single();
        for (int first = 0; first < 12; first++)
        {
            var values = new double[2 * (12 - first)];
            rows.Read(first, values);
            Assert.Equal(s_values[(2 * first)..], values);
            Assert.Throws<ArgumentOutOfRangeException>(() => rows.Read(first + 1, values));
        }
    }

    [Fact]
    public void A_tensor_of_a_safetensors_file_is_the_only_one_or_that_of_the_name()
    {
        const string Header = """
            {"w":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]},"a":{"dtype":"F64","shape":[6,2,2],"data_offsets":[8,200]},"b":{"dtype":"F32","shape":[1,3,1,1],"data_offsets":[200,212]}}
            """;
        byte[] data = [.. SafetensorsReaderTests.Doubles([9, .. s_values]), .. new float[] { 1, 2, 3 }.SelectMany(BitConverter.GetBytes)];
        string path = folder.Write("J.safetensors", SafetensorsReaderTests.File(Header, data));
        Assert.Contains("needs a #name after it, for it does not hold just one tensor of 3 or 4 dimensions, but w (F64, 1 × 1), a (F64, 6 × 2 × 2)", Problem(path), StringComparison.Ordinal);
        Assert.Equal(s_values, ReadAll(Sweep(path + "#a")));
        Assert.Equal([1, 2, 3], ReadAll(Sweep(path + "#b")));
        Assert.Contains("has no tensor c", Problem(path + "#c"), StringComparison.Ordinal);
        Assert.Contains("but has 2", Problem(path + "#w"), StringComparison.Ordinal);
        string only = folder.Write("only.safetensors", SafetensorsReaderTests.File(Header.Replace(",\"b\"", ",\"__metadata__\":{},\"b\"", StringComparison.Ordinal).Replace("[1,3,1,1]", "[3]", StringComparison.Ordinal), data));
        Assert.Equal("only.safetensors#a", Sweep(only).Recorded!.Single().Name);
    }

    [Theory]
    [InlineData("(24,)", "J.npy must have the 3 dimensions (T, N, N) or the 4 (S, T, N, N), but has 1")]
    [InlineData("(6, 4)", "but has 2")]
    [InlineData("(1, 1, 6, 2, 2)", "but has 5")]
    [InlineData("(4, 3, 2)", "must hold square matrices, (T, N, N) or (S, T, N, N), but is 4 × 3 × 2")]
    [InlineData("(0, 3, 2, 2)", "the size 0, but sizes must be from 1")]
    [InlineData("(0, 2, 2)", "the size 0")]
    [InlineData("(7, 2, 2)", "should hold 7 × 2 × 2 values of 8 bytes after its header, but holds 192 bytes")]
    [InlineData("(5, 2, 2)", "should hold 5 × 2 × 2 values of 8 bytes after its header, but holds 192 bytes")]
    [InlineData("(2147483647, 2147483647, 2147483647, 2147483647)", "should hold 2147483647 × 2147483647")]
    public void A_shape_that_is_not_of_jacobians_is_refused(string shape, string message) => Assert.Contains(message, Problem(Npy(shape, s_values)), StringComparison.Ordinal);

    [Fact]
    public void Fortran_order_is_refused_by_name() => Assert.Contains(
        "J.npy is in Fortran order, but Jacobians are read in C order", Problem(folder.WriteNpy("J.npy", "<f8", "(6, 2, 2)", true, s_values)), StringComparison.Ordinal);

    [Theory]
    [InlineData(double.NaN, "(6, 2, 2)", "must be finite, but holds NaN at step 4, row 1, column 0 (from 0)")]
    [InlineData(double.PositiveInfinity, "(6, 2, 2)", "holds Infinity at step 4")]
    [InlineData(double.NegativeInfinity, "(2, 3, 2, 2)", "holds -Infinity at sequence 1, step 1, row 1, column 0")]
    public void A_value_that_is_not_finite_is_said_with_its_place(double value, string shape, string message)
    {
        double[] values = [.. s_values];
        values[18] = value;
        Assert.Contains(message, Problem(Npy(shape, values)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_place_in_a_file_of_several_pieces_is_the_right_one()
    {
        var values = new double[100 * 50 * 50];
        values[^3] = double.NaN;
        Assert.Contains("step 99, row 49, column 47", Problem(Npy("(100, 50, 50)", values)), StringComparison.Ordinal);
    }

    [Fact]
    public void Any_truncation_is_refused()
    {
        byte[] whole = File.ReadAllBytes(Npy("(3, 1, 1)", 1, 2, 3));
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.NotEmpty(Problem(folder.Write("cut.npy", whole[..length])));
        }
    }

    // Changing any byte gives a sweep or a reported problem, never another exception.
    [Theory]
    [InlineData("J.npy")]
    [InlineData("J.safetensors")]
    public void Any_change_of_a_byte_gives_a_sweep_or_problems(string name)
    {
        byte[] file = name == "J.npy"
            ? File.ReadAllBytes(Npy("(3, 1, 1)", 1, 2, 3))
            : SafetensorsReaderTests.File("""{"w":{"dtype":"F64","shape":[3,1,1],"data_offsets":[0,24]}}""", SafetensorsReaderTests.Doubles(1, 2, 3));
        for (int place = 0; place < file.Length; place++)
        {
            foreach (byte value in (byte[])[0, (byte)'1', (byte)'9', (byte)'(', (byte)',', 255, (byte)(file[place] ^ 1)])
            {
                byte[] changed = [.. file];
                changed[place] = value;
                _ = SweepFolder.Problems(null, $"jacobians={folder.Write("changed" + Path.GetExtension(name), changed)}", "sequence_length=3");
            }
        }
    }

    [Fact]
    public void Steps_replicates_and_sizes_must_be_those_of_the_file()
    {
        string path = Npy("(2, 3, 2, 2)", s_values);
        Assert.EndsWith(
            ": jacobians must hold a Jacobian for each of 1 + 0 + 3 steps (transient + frame_transient + sequence_length), but J.npy holds 3", Problem(path, "transient=1"), StringComparison.Ordinal);
        Assert.Contains("of 0 + 1 + 3 steps", Problem(path, "frame_transient=1", "statistics=spectrum"), StringComparison.Ordinal);
        Assert.Contains("replicates must be at most 2, the number of sequences of J.npy, but was 3", Problem(path, "replicates=3"), StringComparison.Ordinal);
        Assert.Contains("hidden_size must be 2, the size of the Jacobians of J.npy, but was 3", Problem(path, "hidden_size=3"), StringComparison.Ordinal);
        Assert.Equal(2, Sweep(path, "hidden_size=2", "input_size=2").Plan.Cell(0).HiddenSize);
    }

    [Theory]
    [InlineData("activation=relu")]
    [InlineData("network=lstm")]
    [InlineData("spectral_radius=0.9")]
    [InlineData("spectral_radius=0.9,1")]
    [InlineData("weights=orthogonal")]
    [InlineData("scaling=expected")]
    [InlineData("bias=1")]
    [InlineData("forget_bias=1")]
    [InlineData("initial_state=1")]
    [InlineData("initial_scale=0")]
    [InlineData("input_scale=1")]
    [InlineData("leak=0.5")]
    [InlineData("jacobian=as-printed")]
    public void A_field_of_networks_has_no_effect(string set)
    {
        string field = set.Split('=')[0];
        Assert.Equal($"--set {set}: {field} has no effect with jacobians, which come from another model; leave {field} out", Problem(Npy("(6, 2, 2)", s_values), set));
    }

    [Fact]
    public void Activity_needs_the_states_of_a_network() => Assert.Contains(
        "activity in statistics needs the states of a network, which jacobians do not tell; leave activity out", Problem(Npy("(6, 2, 2)", s_values), "statistics=norms,activity"), StringComparison.Ordinal);

    [Fact]
    public void A_layout_needs_jacobians() =>
        Assert.Contains("jacobians_layout has no effect without jacobians", Assert.Single(SweepFolder.Problems(null, "jacobians_layout=transposed")), StringComparison.Ordinal);

    [Fact]
    public void A_written_and_a_submitted_sweep_have_the_same_cells()
    {
        ResolvedSweep sweep = Sweep(Npy("(2, 3, 2, 2)", s_values), "jacobians_layout=transposed,numerator", "statistics=spectrum,lags");
        string[] keys = Keys(sweep);
        string written = SweepFileWriter.Write(sweep);
        Assert.Equal(keys, Keys(SweepFolder.Read(folder.Write("again.yaml", written))));
        var matrix = new Matrix(12, 2, s_values);
        Assert.Equal(keys, Keys(SubmittedSweepReader.ReadSweep(SweepFileWriter.WriteSubmitted(sweep), digest => digest == matrix.Digest() ? matrix : null)));

        // Without the file, from what a manifest records of it.
        IEnumerable<RecordedMatrix> recorded = sweep.Recorded!.Select(file => file with { Path = file.Path.Replace("J.npy", "gone.npy", StringComparison.Ordinal) });
        string path = folder.Write("recorded.yaml", written.Replace("J.npy", "gone.npy", StringComparison.Ordinal));
        Assert.Equal(keys, Keys(SweepFileReader.Read(path, [], out _, recorded)!));

        // A matrix of another size is refused.
        FormatException error = Assert.Throws<FormatException>(() => SubmittedSweepReader.ReadSweep(SweepFileWriter.WriteSubmitted(sweep), _ => Matrix.Identity(3)));
        Assert.Contains("2x3x2x2 is not the shape of Jacobians in a matrix of 3 × 3", error.Message, StringComparison.Ordinal);

        static string[] Keys(ResolvedSweep sweep) => [.. Enumerable.Range(0, 2).Select(i => CellKey.Of(sweep.Plan.Cell(i)).ToString())];
    }

    // 1 × 1 Jacobians: the products of 1, 2, 3 and of 4, 5, 6.
    [Fact]
    public void Readings_are_those_of_the_mapped_file()
    {
        ResolvedSweep sweep = Sweep(Npy("(2, 3, 1, 1)", 1, 2, 3, 4, 5, 6));
        var runner = new ExperimentRunner(new MatrixTable(sweep), new WeightsCache(0));
        double[] norms = [.. runner.Run(sweep.Plan.Experiments[0]).Results.Single().Replicates.Select(reading => reading.Log10SpectralNorm)];
        Assert.Equal(Math.Log10(6), norms[0], 1e-14);
        Assert.Equal(Math.Log10(120), norms[1], 1e-14);
    }

    [Fact]
    public void A_cluster_gets_the_values_if_they_are_few()
    {
        Assert.Equal(s_values, ClusterEngine.Submission(Sweep(Npy("(6, 2, 2)", s_values))).Matrices.Single().Values);

        // 3 × 1700 × 1700 numbers of two bytes are 69 MB as doubles.
        string large = folder.WriteNpy("large.npy", "'<f2'", "(3, 1700, 1700)", false, new byte[2 * 3 * 1700 * 1700]);
        string problem = Assert.Throws<UsageException>(() => ClusterEngine.Submission(Sweep(large))).Message;
        Assert.Contains("the Jacobians have 69.4 MB, but a cluster takes sweeps of at most 67.1 MB with their matrices", problem, StringComparison.Ordinal);

        // Weights of 2900 × 2900 numbers are 67.3 MB.
        string weights = folder.WriteNpy("weights.npy", "'<f2'", "(2900, 2900)", false, new byte[2 * 2900 * 2900]);
        ResolvedSweep sweep = SweepFolder.Read(null, [$"weights={weights}"]);
        Assert.Contains("the matrices have 67.3 MB, but a cluster takes", Assert.Throws<UsageException>(() => ClusterEngine.Submission(sweep)).Message, StringComparison.Ordinal);
    }
}
