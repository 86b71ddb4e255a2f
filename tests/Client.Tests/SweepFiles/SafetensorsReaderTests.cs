using System.Buffers.Binary;
using System.Text;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.SweepFiles;

public sealed class SafetensorsReaderTests(SweepFolder folder) : IClassFixture<SweepFolder>
{
    private const string Square = """{"w":{"dtype":"F64","shape":[2,2],"data_offsets":[0,32]}}""";

    internal static byte[] File(string header, params byte[] data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header), length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        return [.. length, .. json, .. data];
    }

    internal static byte[] Doubles(params double[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private NamedMatrix Read(byte[] file, string? name = null, bool wantsSquare = true)
    {
        Assert.True(SafetensorsReader.TryRead(folder.Write("t.safetensors", file), name, wantsSquare ? MatrixUse.RecurrentWeights : MatrixUse.Plain, out NamedMatrix? matrix, out string? problem), problem);
        return matrix;
    }

    private string Problem(byte[] file, string? name = null, bool wantsSquare = true)
    {
        Assert.False(SafetensorsReader.TryRead(folder.Write("t.safetensors", file), name, wantsSquare ? MatrixUse.RecurrentWeights : MatrixUse.Plain, out _, out string? problem));
        return problem;
    }

    // The bits of 1, −2, 0.5 and 3 in each of the formats.
    [Theory]
    [InlineData("F64", "000000000000F03F00000000000000C0000000000000E03F0000000000000840")]
    [InlineData("F32", "0000803F000000C00000003F00004040")]
    [InlineData("F16", "003C00C000380042")]
    [InlineData("BF16", "803F00C0003F4040")]
    public void Every_type_gives_the_same_matrix(string type, string bytes)
    {
        byte[] data = Convert.FromHexString(bytes);
        string header = $$$"""{"__metadata__":{"format":"pt"},"w":{"dtype":"{{{type}}}","shape":[2,2],"data_offsets":[0,{{{data.Length}}}]}}   """;
        NamedMatrix read = Read(File(header, data));
        Assert.Equal(("w", 2, 2), (read.Name, read.Matrix.Rows, read.Matrix.Columns));
        Assert.Equal([1, -2, 0.5, 3], read.Matrix.Values);
    }

    [Fact]
    public void Without_a_name_it_is_the_one_square_matrix_or_that_of_an_nn_rnn()
    {
        const string Both = """
            {"rnn.weight_ih_l0":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]},"rnn.weight_hh_l0":{"dtype":"F64","shape":[1,1],"data_offsets":[8,16]},
             "bias":{"dtype":"F64","shape":[1],"data_offsets":[16,24]}}
            """;
        byte[] file = File(Both, Doubles(5, 6, 7));
        Assert.Equal([6], Read(file).Matrix.Values);
        Assert.Equal([5], Read(file, "rnn.weight_ih_l0").Matrix.Values);
        Assert.Equal([7], Read(file, "bias").Matrix.Values);
        Assert.Contains(
            "needs a #name after it, for it does not hold just one matrix, but rnn.weight_ih_l0 (F64, 1 × 1), rnn.weight_hh_l0 (F64, 1 × 1), bias (F64, 1)",
            Problem(file, wantsSquare: false),
            StringComparison.Ordinal);
        Assert.Contains(
            "needs the name of a tensor after #; it holds rnn.weight_ih_l0 (F64, 1 × 1), rnn.weight_hh_l0 (F64, 1 × 1), bias (F64, 1)", Problem(file, ""), StringComparison.Ordinal);
        Assert.Contains("has no tensor rnn.weight_hh (did you mean rnn.weight_hh_l0?), but rnn.weight_ih_l0 (F64", Problem(file, "rnn.weight_hh"), StringComparison.Ordinal);
        Assert.Contains("has no tensor nonesuch, but rnn.weight_ih_l0 (F64, 1 × 1)", Problem(file, "nonesuch"), StringComparison.Ordinal);
        Assert.Contains("just one square matrix", Problem(File(Both.Replace("weight_hh", "weight", StringComparison.Ordinal), Doubles(5, 6, 7))), StringComparison.Ordinal);
        Assert.Contains("none at all", Problem(File("{}")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"w":{"dtype":"F64","shape":[2,2],"data_offsets":[0,40]}}""", "at the bytes 0 to 40, but holds 32 bytes")]
    [InlineData("""{"w":{"dtype":"F64","shape":[2,2],"data_offsets":[16,0]}}""", "at the bytes 16 to 0")]
    [InlineData("""{"w":{"dtype":"F64","shape":[2,2],"data_offsets":[-32,0]}}""", "must hold non-negative integers")]
    [InlineData("""{"w":{"dtype":"F64","shape":[2,1.5],"data_offsets":[0,32]}}""", "shape of w is invalid: it must hold non-negative integers")]
    [InlineData("""{"w":{"dtype":"F64","shape":[99999999999999999999,2],"data_offsets":[0,32]}}""", "must hold non-negative integers")]
    [InlineData("""{"w":{"dtype":"F64","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", "not the size of its shape")]
    [InlineData("""{"w":{"dtype":"F64","shape":[3,2],"data_offsets":[0,32]}}""", "in 32 bytes, which is not the size of its shape")]
    [InlineData("""{"w":{"dtype":"F64","shape":[2,2]}}""", "lacks a dtype, a shape, or two data_offsets")]
    [InlineData("""{"w":{"dtype":"F64","shape":[2,2],"data_offsets":[0,32,1]}}""", "two data_offsets")]
    [InlineData("""{"w":{"dtype":"F64","dtype":"F32","shape":[2,2],"data_offsets":[0,32]}}""", "two of dtype")]
    [InlineData("""{"w":{"dtype":"F64","shape":"2","data_offsets":[0,32]}}""", "shape of w is not a list")]
    [InlineData("""{"w":{"dtype":"I64","shape":[2,2],"data_offsets":[0,32]}}""", "has w (I64, 2 × 2), but only F64, F32, F16 and BF16 are read")]
    [InlineData("""{"w":{"dtype":"F64","shape":[1,2,2],"data_offsets":[0,32]}}""", "just one square matrix")]
    [InlineData("""{"w":[1]}""", "w is not an object")]
    [InlineData("""[1]""", "not a JSON object")]
    [InlineData("""{"w":""", "not readable as JSON")]
    [InlineData("""{} {}""", "not readable as JSON")]
    [InlineData("""{"w":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},"w":{"dtype":"F64","shape":[2],"data_offsets":[16,32]}}""", "names w twice")]
    [InlineData("""{"w":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},"v":{"dtype":"F64","shape":[2],"data_offsets":[8,24]}}""", "in the same bytes")]
    public void An_invalid_header_is_reported(string header, string message) =>
        Assert.Contains(message, Problem(File(header, Doubles(1, 2, 3, 4))), StringComparison.Ordinal);

    [Theory]
    [InlineData("FFFFFFFFFFFFFFFF", "its header would be 18446744073709551615 bytes")]
    [InlineData("0900000000000000", "its header would be 9 bytes")]
    [InlineData("00", "less than 8 bytes")]
    public void A_length_beyond_the_file_is_refused_unread(string bytes, string message) =>
        Assert.Contains(message, Problem(Convert.FromHexString(bytes)), StringComparison.Ordinal);

    [Fact]
    public void A_value_that_is_not_finite_is_said_with_its_place() => Assert.Equal(
        "must be finite, but holds NaN in row 1, column 0 (from 0)", Problem(File(Square, Doubles(1, 2, double.NaN, 4))));

    [Fact]
    public void Any_truncation_is_refused()
    {
        byte[] whole = File(Square, Doubles(1, 2, 3, 4));
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.NotEmpty(Problem(whole[..length]));
        }
    }

    // Changing any byte gives a matrix or a reported problem, never another exception.
    [Fact]
    public void Any_change_of_a_byte_gives_a_matrix_or_a_problem()
    {
        byte[] file = File(Square, Doubles(1, 2, 3, 4));
        for (int place = 0; place < file.Length; place++)
        {
            foreach (byte value in (byte[])[0, 255, (byte)'"', (byte)'9', (byte)'[', (byte)'}', (byte)'\\', 0x80])
            {
                byte[] changed = [.. file];
                changed[place] = value;
                bool ok = SafetensorsReader.TryRead(folder.Write("fuzz.safetensors", changed), null, MatrixUse.RecurrentWeights, out NamedMatrix? matrix, out string? problem);
                Assert.Equal((ok, !ok), (matrix is not null, problem is not null));
            }
        }
    }

    [Fact]
    public void A_sweep_names_tensors_and_its_resolved_file_names_them_again()
    {
        const string Header = """
            {"a":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]},"b.c":{"dtype":"F64","shape":[1,1],"data_offsets":[8,16]},
             "gru.weight_hh_l0":{"dtype":"F64","shape":[3,1],"data_offsets":[16,40]},"u":{"dtype":"F64","shape":[4,1],"data_offsets":[40,72]}}
            """;
        folder.Write("m.safetensors", File(Header, Doubles(1, 2, 3, 4, 5, 6, 7, 8, 9)));
        string path = folder.Write(
            "tensors.yaml", "weights: [m.safetensors#a, m.safetensors#b.c]\ninput: m.safetensors#u\ninput_scale: 1\nsequence_length: 4");
        ResolvedSweep sweep = SweepFolder.Read(path);
        Assert.Equal(["m.safetensors#a", "m.safetensors#b.c"], SweepFolder.Coordinates(sweep, 0));
        Assert.Equal((1, 1, 3), (sweep.Plan.Cell(0).HiddenSize, sweep.Plan.Cell(0).InputSize, sweep.Matrices.Count));

        ResolvedSweep again = SweepFolder.Read(folder.Write("again.yaml", SweepFileWriter.Write(sweep)));
        Assert.Equal(sweep.Plan.Cell(1), again.Plan.Cell(1));

        string gru = Assert.Single(SweepFolder.Problems(null, $"weights={folder.Path}/m.safetensors"));
        Assert.EndsWith("m.safetensors#gru.weight_hh_l0 is 3 × 1: that of a GRU (3 blocks); name the file as network, which measures it whole", gru, StringComparison.Ordinal);
        string lstm = Assert.Single(SweepFolder.Problems(null, $"weights={folder.Path}/m.safetensors#u"));
        Assert.EndsWith("is 4 × 1: that of an LSTM (4 blocks); name the file as network, which measures it whole", lstm, StringComparison.Ordinal);
    }
}
