using RnnSweep.Client.SweepFiles;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.SweepFiles;

public sealed class NpyReaderTests(SweepFolder folder) : IClassFixture<SweepFolder>
{
    private static string Problem(string path)
    {
        Assert.False(NpyReader.TryRead(path, MatrixUse.Plain, out _, out string? problem));
        return problem;
    }

    [Theory]
    [InlineData("<f8", false)]
    [InlineData("<f8", true)]
    [InlineData("<f4", false)]
    [InlineData("<f4", true)]
    public void Either_order_and_width_gives_the_same_matrix(string type, bool isFortran)
    {
        double[] values = isFortran ? [1, 4, 2, 5, 3, 6] : [1, 2, 3, 4, 5, 6];
        Assert.True(NpyReader.TryRead(folder.WriteNpy("m.npy", type, "(2, 3)", isFortran, values), MatrixUse.Plain, out NamedMatrix? matrix, out _));
        Assert.Equal((2, 3), (matrix.Matrix.Rows, matrix.Matrix.Columns));
        Assert.Equal([1, 2, 3, 4, 5, 6], matrix.Matrix.Values);
    }

    // 1, 2, 3 and 127 (1 and 0 for bool): the little-endian bytes of each value.
    [Theory]
    [InlineData("f8", "000000000000F03F 0000000000000040 0000000000000840 0000000000C05F40")]
    [InlineData("f4", "0000803F 00000040 00004040 0000FE42")]
    [InlineData("f2", "003C 0040 0042 F057")]
    [InlineData("i8", "0100000000000000 0200000000000000 0300000000000000 7F00000000000000")]
    [InlineData("i4", "01000000 02000000 03000000 7F000000")]
    [InlineData("i2", "0100 0200 0300 7F00")]
    [InlineData("i1", "01 02 03 7F")]
    [InlineData("u8", "0100000000000000 0200000000000000 0300000000000000 7F00000000000000")]
    [InlineData("u4", "01000000 02000000 03000000 7F000000")]
    [InlineData("u2", "0100 0200 0300 7F00")]
    [InlineData("u1", "01 02 03 7F")]
    public void Every_type_of_number_gives_the_same_matrix_in_either_byte_order(string type, string bytes)
    {
        byte[][] values = [.. bytes.Split(' ').Select(Convert.FromHexString)];
        foreach ((string order, bool isReversed) in ((string, bool)[])[("<", false), ("=", false), ("|", false), (">", true)])
        {
            byte[] data = [.. values.SelectMany(value => isReversed ? value.Reverse() : value)];
            foreach (byte version in (byte[])[1, 2, 3])
            {
                Assert.True(NpyReader.TryRead(folder.WriteNpy("t.npy", $"'{order}{type}'", "(2, 2)", true, data, version), MatrixUse.Plain, out NamedMatrix? matrix, out string? problem), problem);
                Assert.Equal([1, 3, 2, 127], matrix.Matrix.Values);
            }
        }
    }

    [Theory]
    [InlineData("|i1", "FF 80", -1, -128)]
    [InlineData("<i2", "FEFF 0080", -2, -32768)]
    [InlineData(">i4", "FFFFFFFD 80000000", -3, -2147483648)]
    [InlineData("<i8", "FCFFFFFFFFFFFFFF 0000000000000080", -4, -9223372036854775808d)]
    [InlineData(">u8", "FFFFFFFFFFFFFFFF 0000000000000001", 18446744073709551616d, 1)]
    [InlineData("<u4", "FFFFFFFF 01000000", 4294967295, 1)]
    [InlineData("|b1", "01 00", 1, 0)]
    public void Whole_numbers_keep_their_signs(string type, string bytes, double first, double second)
    {
        Assert.True(NpyReader.TryRead(folder.WriteNpy("i.npy", $"'{type}'", "(2,)", false, Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal))), MatrixUse.Plain, out NamedMatrix? matrix, out _));
        Assert.Equal([first, second], matrix.Matrix.Values);
    }

    [Fact]
    public void Records_are_refused() => Assert.EndsWith(
        "but holds records of several fields ([('shape', '<f8'), ('b', '<i4')])",
        Problem(folder.WriteNpy("r.npy", "[('shape', '<f8'), ('b', '<i4')]", "(2,)", false, new byte[24])),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("<f2", "003C 007E", "holds NaN in row 1, column 0")]
    [InlineData(">f4", "7F800000 3F800000", "holds Infinity in row 0, column 0")]
    [InlineData(">f8", "3FF0000000000000 FFF0000000000000", "holds -Infinity in row 1, column 0")]
    public void A_value_that_is_not_finite_is_refused_in_every_type(string type, string bytes, string message) => Assert.Contains(
        message, Problem(folder.WriteNpy("n.npy", $"'{type}'", "(2,)", false, Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)))), StringComparison.Ordinal);

    [Fact]
    public void A_vector_is_a_column()
    {
        Assert.True(NpyReader.TryRead(folder.WriteNpy("v.npy", "<f8", "(3,)", false, 1, 2, 3), MatrixUse.Plain, out NamedMatrix? matrix, out _));
        Assert.Equal((3, 1), (matrix.Matrix.Rows, matrix.Matrix.Columns));
    }

    [Fact]
    public void A_matrix_larger_than_the_buffer_is_read_completely()
    {
        double[] values = [.. Enumerable.Range(0, 200 * 200).Select(i => i * 0.5)];
        Assert.True(NpyReader.TryRead(folder.WriteNpy("l.npy", "<f8", "(200, 200)", false, values), MatrixUse.Plain, out NamedMatrix? matrix, out _));
        Assert.Equal(values, matrix.Matrix.Values);
    }

    [Theory]
    [InlineData("<c16", "(1,)", "must hold float16, float32, float64, whole numbers of 8 to 64 bits or bool, but holds complex numbers (<c16)")]
    [InlineData("|O", "(2,)", "but holds Python objects (|O)")]
    [InlineData("<U2", "(2,)", "but holds strings (<U2)")]
    [InlineData("|S8", "(2,)", "but holds strings (|S8)")]
    [InlineData("<f16", "(1,)", "but holds floating-point numbers of another size (<f16)")]
    [InlineData("<M8[ns]", "(2,)", "but holds dates or durations (<M8[ns])")]
    [InlineData("|V8", "(2,)", "but holds raw bytes (|V8)")]
    [InlineData("<i3", "(2,)", "but holds another type (<i3)")]
    [InlineData("<f8", "()", "1 or 2 dimensions, but has 0")]
    [InlineData("<f8", "(1, 2, 1)", "but has 3")]
    [InlineData("<f8", "(0,)", "the size 0")]
    [InlineData("<f8", "(-2,)", "the size -2")]
    [InlineData("<f8", "(99999999999999999999,)", "sizes must be from 1")]
    [InlineData("<f8", "(3,)", "should hold 3 × 1 values of 8 bytes after its header, but holds 16 bytes")]
    [InlineData("<f8", "(2147483647, 2147483647)", "should hold 2147483647 × 2147483647")]
    [InlineData("<f8", "2", "without order or shape")]
    public void A_matrix_that_cannot_be_used_is_reported(string type, string shape, string message) =>
        Assert.Contains(message, Problem(folder.WriteNpy("bad.npy", type, shape, false, 1, 2)), StringComparison.Ordinal);

    [Fact]
    public void A_value_that_is_not_finite_is_said_with_its_place() =>
        Assert.Equal(
            "must be finite, but holds NaN in row 1, column 0 (from 0)",
            Problem(folder.WriteNpy("nan.npy", "<f8", "(2, 2)", true, 1, double.NaN, 2, 3)));

    [Fact]
    public void Any_truncation_is_refused()
    {
        byte[] whole = File.ReadAllBytes(folder.WriteNpy("whole.npy", "<f8", "(2, 2)", false, 1, 2, 3, 4));
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.NotEmpty(Problem(folder.Write("cut.npy", whole[..length])));
        }
    }

    [Fact]
    public void A_header_that_claims_to_be_huge_is_refused_unread() =>
        Assert.Contains("has a header of 4294967295 bytes", Problem(folder.Write("huge.npy", [0x93, .. "NUMPY"u8, 2, 0, 255, 255, 255, 255])), StringComparison.Ordinal);

    [Fact]
    public void A_path_that_is_not_a_file_is_reported()
    {
        Assert.Equal("does not exist", Problem(Path.Combine(folder.Path, "none.npy")));
        Assert.Equal("is a folder", Problem(folder.Path));
    }
}
