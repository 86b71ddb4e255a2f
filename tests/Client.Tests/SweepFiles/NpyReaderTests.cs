using RnnSweep.Client.SweepFiles;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Client.Tests.SweepFiles;

public sealed class NpyReaderTests(SweepFolder folder) : IClassFixture<SweepFolder>
{
    private static string Problem(string path)
    {
        Assert.False(NpyReader.TryRead(path, out _, out string? problem));
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
        Assert.True(NpyReader.TryRead(folder.WriteNpy("m.npy", type, "(2, 3)", isFortran, values), out Matrix? matrix, out _));
        Assert.Equal((2, 3), (matrix.Rows, matrix.Columns));
        Assert.Equal([1, 2, 3, 4, 5, 6], matrix.Values);
    }

    [Fact]
    public void A_vector_is_a_column()
    {
        Assert.True(NpyReader.TryRead(folder.WriteNpy("v.npy", "<f8", "(3,)", false, 1, 2, 3), out Matrix? matrix, out _));
        Assert.Equal((3, 1), (matrix.Rows, matrix.Columns));
    }

    [Fact]
    public void A_matrix_larger_than_the_buffer_is_whole()
    {
        double[] values = [.. Enumerable.Range(0, 200 * 200).Select(i => i * 0.5)];
        Assert.True(NpyReader.TryRead(folder.WriteNpy("l.npy", "<f8", "(200, 200)", false, values), out Matrix? matrix, out _));
        Assert.Equal(values, matrix.Values);
    }

    [Theory]
    [InlineData("<i8", "(2,)", "must hold little-endian float64 or float32 (<f8, <f4), but holds <i8")]
    [InlineData(">f8", "(2,)", "but holds >f8")]
    [InlineData("|O", "(2,)", "but holds |O")]
    [InlineData("<f8", "()", "1 or 2 dimensions, but has 0")]
    [InlineData("<f8", "(1, 2, 1)", "but has 3")]
    [InlineData("<f8", "(0,)", "the size 0")]
    [InlineData("<f8", "(-2,)", "the size -2")]
    [InlineData("<f8", "(99999999999999999999,)", "sizes must be from 1")]
    [InlineData("<f8", "(3,)", "should hold 3 × 1 values of 8 bytes after its header, but holds 16 bytes")]
    [InlineData("<f8", "(2147483647, 2147483647)", "should hold 2147483647 × 2147483647")]
    [InlineData("<f8", "2", "without order or shape")]
    public void A_matrix_that_cannot_be_used_is_said_so(string type, string shape, string message) =>
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
            Assert.NotEmpty(Problem(folder.Write("cut.npy", whole[..length])));
    }

    [Fact]
    public void A_header_that_claims_to_be_huge_is_refused_unread() =>
        Assert.Contains("has a header of 4294967295 bytes", Problem(folder.Write("huge.npy", [0x93, .. "NUMPY"u8, 2, 0, 255, 255, 255, 255])), StringComparison.Ordinal);

    [Fact]
    public void A_path_that_is_no_file_is_said_so()
    {
        Assert.Equal("does not exist", Problem(Path.Combine(folder.Path, "none.npy")));
        Assert.Equal("is a folder", Problem(folder.Path));
    }
}
