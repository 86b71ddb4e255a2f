using System.Collections.Immutable;
using System.Text;
using Parquet.Schema;
using RnnSweep.Client.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Tests.Results;

public sealed class ParquetExportTests : IDisposable
{
    private static readonly ImmutableArray<TypedColumn> s_twoColumns =
        [new("name", new(FieldContent.Text)), new("number", new(FieldContent.Real, CanBeEmpty: true))];

    private readonly TemporaryFolder _temporary = new();
    private readonly Grid _grid = new(3, 4, measured: new CellSpec { HiddenSize = 5, MeasuresSpectrum = true, MeasuresLags = true });
    private readonly SqliteResultStore _store;
    private readonly RunFolder _folder;

    public ParquetExportTests()
    {
        _folder = new RunFolder(_temporary.Path);
        _store = SqliteResultStore.OpenOrCreate(_folder[RunFolder.StoreFile]);
    }

    private CsvExport Csv => new(_folder, _grid, _store, Grid.Summary);

    [Fact]
    public void Every_value_is_that_of_the_csv()
    {
        _store.Add([.. _grid.Results.Skip(1)], [new ReadingFailure(_grid.Results.First().Key, 0, "it failed")]);
        Assert.Equal(Csv.Write(), new ParquetExport(_grid, Csv).Write());
        foreach (string table in RunFolder.Tables(_grid.Fixed))
        {
            string[][] rows = [.. File.ReadLines(_folder[table]).Select(line => line.Split(','))];
            ParquetFile found = ParquetFile.Read(_folder[RunFolder.AsParquet(table)]);
            Assert.Equal(rows[0], found.Columns.Select(column => column.Name));
            Assert.Equal(rows.Length - 1, found.Groups.Sum());
            Assert.All(rows.Skip(1).Index(), row => Assert.Equal(row.Item, found.Row(row.Index)));
        }

        // The failed replicate makes a cell without numbers, and the sample has an infinity: neither is tested in vain.
        ParquetFile replicates = ParquetFile.Read(_folder["replicates.parquet"]);
        Assert.Contains(double.NegativeInfinity, Column(replicates, "log10_gradient_norm"));
        Assert.Contains(null, Column(replicates, "status_step"));
        Assert.Contains(null, Column(ParquetFile.Read(_folder["summary.parquet"]), "lyapunov_max_mean"));
    }

    [Theory]
    [InlineData("spectral_radius", typeof(double), false)]
    [InlineData("sequence_length", typeof(long), false)]
    [InlineData("cell_key", typeof(string), false)]
    [InlineData("replicate", typeof(long), false)]
    [InlineData("lyapunov_max", typeof(double), true)]
    [InlineData("converged", typeof(bool), true)]
    [InlineData("vanishing_lag", typeof(long), true)]
    [InlineData("outcome", typeof(string), true)]
    [InlineData("status", typeof(string), false)]
    [InlineData("status_step", typeof(long), true)]
    public void A_column_has_its_declared_type(string name, Type type, bool canBeNull)
    {
        new ParquetExport(_grid, Csv).Write();
        DataField column = Assert.Single(ParquetFile.Read(_folder["replicates.parquet"]).Columns, column => column.Name == name);
        Assert.Equal((type, canBeNull), (column.ClrType == typeof(ReadOnlyMemory<char>) ? typeof(string) : column.ClrType, column.IsNullable));
    }

    [Fact]
    public void The_same_results_give_the_same_bytes()
    {
        _store.Add([.. _grid.Results], []);
        new ParquetExport(_grid, Csv).Write();
        byte[] first = File.ReadAllBytes(_folder["replicates.parquet"]);
        new ParquetExport(_grid, Csv).Write();
        Assert.Equal(first, File.ReadAllBytes(_folder["replicates.parquet"]));
    }

    [Fact]
    public void An_export_that_fails_keeps_the_previous_files()
    {
        new ParquetExport(_grid, Csv).Write();
        string[] before = [.. Directory.EnumerateFiles(_folder.Path).Order()];
        byte[] replicates = File.ReadAllBytes(_folder["replicates.parquet"]);
        _store.Add([.. _grid.Results], []);
        var interrupted = new CsvExport(_folder, _grid, _store, Grid.Summary) { Visit = cell => throw new IOException("the disk is full") };
        Assert.Throws<StoreUnreachableException>(() => new ParquetExport(_grid, interrupted).Write());
        Assert.Equal(before, Directory.EnumerateFiles(_folder.Path).Order());
        Assert.Equal(replicates, File.ReadAllBytes(_folder["replicates.parquet"]));
    }

    [Theory]
    [InlineData(0, new long[] { 0 })]
    [InlineData(2, new long[] { 2 })]
    [InlineData(3, new long[] { 3 })]
    [InlineData(7, new long[] { 3, 3, 1 })]
    public void Rows_are_written_group_by_group_whatever_the_pieces_they_come_in(int rows, long[] groups)
    {
        string[] names = ["plain", "a,b", "a \"quoted\" name", "Größe", "12e34", "NA", " "];
        byte[] csv = Encoding.UTF8.GetBytes("name,number\n" + string.Concat(Enumerable.Range(0, rows).Select(i => $"{Quoted(names[i])},{(i % 2 == 0 ? $"-{i}.5" : "")}\n")));
        foreach (int piece in new[] { 1, 5, 1000 })
        {
            using (FileStream file = File.Create(_folder["table.parquet"]))
            {
                using var table = new ParquetTable(s_twoColumns, file, rowsPerGroup: 3);
                foreach (byte[] bytes in csv.Chunk(piece))
                {
                    table.Write(bytes);
                }

                table.Finish();
                Assert.Equal(rows, table.Rows);
            }

            ParquetFile found = ParquetFile.Read(_folder["table.parquet"]);
            Assert.Equal(groups, found.Groups);
            Assert.Equal(names[..rows], found.Values[0]);
            Assert.Equal(Enumerable.Range(0, rows).Select(i => i % 2 == 0 ? (object?)-(i + 0.5) : null), found.Values[1]);
        }
    }

    [Fact]
    public void Seeds_beyond_the_signed_numbers_stay_exact()
    {
        using (FileStream file = File.Create(_folder["table.parquet"]))
        {
            using var table = new ParquetTable([new("seed", new(FieldContent.Word))], file);
            table.Write(Encoding.UTF8.GetBytes($"seed\n0\n{ulong.MaxValue}\n"));
            table.Finish();
        }

        Assert.Equal([0UL, ulong.MaxValue], Assert.Single(ParquetFile.Read(_folder["table.parquet"]).Values));
    }

    public void Dispose()
    {
        _store.Dispose();
        _temporary.Dispose();
    }

    private static object?[] Column(ParquetFile file, string name) => file.Values[Array.FindIndex(file.Columns, column => column.Name == name)];

    private static string Quoted(string field) => field.IndexOfAny([',', '"', ' ']) >= 0 ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;
}
