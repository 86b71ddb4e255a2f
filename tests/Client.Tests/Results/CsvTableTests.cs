using System.Text;
using RnnSweep.Client.Results;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Results;

public sealed class CsvTableTests
{
    /// <summary>The rules of RFC 4180, § 2; spaces at the ends are quoted too, because some readers remove them.</summary>
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"it\"", "\"say \"\"it\"\"\"")]
    [InlineData("two\nlines", "\"two\nlines\"")]
    [InlineData("carriage\rreturn", "\"carriage\rreturn\"")]
    [InlineData(" before", "\" before\"")]
    [InlineData("after ", "\"after \"")]
    [InlineData("ρ", "ρ")]
    public void A_field_is_quoted_where_it_must_be(string field, string text) => Assert.Equal($"{text},{text}\n", Written(table => table.Row([field, field])));

    [Fact]
    public void Every_number_in_a_row_has_its_own_text()
    {
        // The same number twice, a missing one between equal numbers, and zeros of both signs.
        double[] numbers = [1.5, 1.5, double.NaN, 1.5, 0, -0.0, double.NegativeInfinity, -1.7976931348623157E+308];
        Assert.Equal("1.5,1.5,,1.5,0,0,-Infinity,-1.7976931348623157E+308,7\n", Written(table =>
        {
            Array.ForEach(numbers, table.Field);
            table.Field(7);
            table.EndRow();
        }));
    }

    [Fact]
    public void Fields_longer_than_the_buffer_and_equal_numbers_across_buffers_are_written()
    {
        string quotes = new('"', 200_000);
        Assert.Equal($"\"{quotes}{quotes}\"\n", Written(table => table.Row([quotes])));
        string written = Written(table =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                table.Field(0.1);
                table.EndRow();
            }
        });
        Assert.Equal(string.Concat(Enumerable.Repeat("0.1\n", 100_000)), written);
    }

    private static string Written(Action<CsvTable> write)
    {
        var stream = new MemoryStream();
        using (var table = new CsvTable(stream))
        {
            write(table);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
