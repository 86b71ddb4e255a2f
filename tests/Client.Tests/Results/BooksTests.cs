using Microsoft.Data.Sqlite;
using RnnSweep.Client.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Tests.Results;

public sealed class BooksTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly Grid _grid = new(5, 6);
    private readonly RunFolder _folder;

    public BooksTests() => _folder = new RunFolder(_temporary.Path);

    [Fact]
    public void A_finished_run_is_in_order()
    {
        Run([.. _grid.Results], []);
        AssertEqual(new BooksReport(30, 30, 0, 0, 0, 8, []), Check());
    }

    [Fact]
    public void Failed_and_missing_cells_are_counted_and_no_fault_of_the_books()
    {
        CellResult[] results = [.. _grid.Results];
        Run(results[..10], [.. results[10..14].Select(r => new CellFailure(r.Key, "it failed"))]);
        AssertEqual(new BooksReport(30, 10, 4, 16, 0, 8, []), Check());

        // Tables that are not written yet are not missed, unless the run is complete.
        File.Delete(_folder[RunFolder.SummaryFile]);
        Assert.Empty(Check().Findings);
        Run(results, []);
        File.Delete(_folder[RunFolder.SummaryFile]);
        Assert.Equal(["summary.csv is not there; 'rnnsweep export DIR' writes it"], Check().Findings);
    }

    [Fact]
    public void Keys_of_no_cell_are_listed_up_to_twenty()
    {
        CellResult[] strangers = [.. new Grid(5, 12).Results.Where(r => _grid.Results.All(own => own.Key != r.Key))];
        Run([.. _grid.Results, .. strangers], []);
        BooksReport report = Check();
        Assert.Equal(21, report.Findings.Count);
        Assert.Contains(strangers.Min(r => r.Key).ToString(), report.Findings[0], StringComparison.Ordinal);
        Assert.Equal("… and 10 more like these", report.Findings[^1]);

        using var store = SqliteResultStore.OpenReadOnly(_folder[RunFolder.StoreFile]);
        Assert.Empty(new Books(_folder, _grid, store, Grid.Summary).Check(0, new Random(1), Grid.Compute, shared: true).Findings);
    }

    [Fact]
    public void A_payload_that_was_changed_is_found_although_sqlite_is_content()
    {
        Run([.. _grid.Results], []);
        CellKey key = _grid.Results.ElementAt(7).Key;
        Execute($"UPDATE results SET payload = (SELECT payload FROM results WHERE key != x'{key}' LIMIT 1) WHERE key = x'{key}'");
        BooksReport report = Check();
        Assert.Equal((29, 1), (report.Done, report.Damaged));
        Assert.All(report.Findings, finding => Assert.Contains(key.ToString(), finding, StringComparison.Ordinal));
        Assert.NotEmpty(report.Findings);
    }

    [Fact]
    public void A_result_that_was_removed_is_missing_and_the_tables_tell()
    {
        Run([.. _grid.Results], []);
        Execute($"DELETE FROM results WHERE key = x'{_grid.Results.First().Key}'");
        BooksReport report = Check();
        Assert.Equal((29, 1), (report.Done, report.Missing));
        Assert.Equal(
            ["summary.csv differs from the stored results, first in line 2", "replicates.csv differs from the stored results, first in line 2"],
            report.Findings);
    }

    [Fact]
    public void A_cell_that_computes_otherwise_is_named_with_replicate_and_column()
    {
        Run([.. _grid.Results], []);
        CellSpec spec = _grid.Cell(4);
        BooksReport report = Check(sample: 30, compute: cell => cell == spec ? Nudged(cell) : Grid.Compute(cell));
        string finding = Assert.Single(report.Findings);
        Assert.Equal(30, report.Recomputed);
        Assert.Contains($"cell {CellKey.Of(spec)} (spectral_radius 0.125, sequence_length 5)", finding, StringComparison.Ordinal);
        Assert.Contains("gives log10_frobenius_norm", finding, StringComparison.Ordinal);
        Assert.Contains("in replicate 2", finding, StringComparison.Ordinal);

        static CellResult Nudged(CellSpec cell)
        {
            CellResult result = Grid.Compute(cell);
            Reading last = result.Replicates[2];
            Reading nudged = last with { Log10FrobeniusNorm = Math.BitIncrement(last.Log10FrobeniusNorm) };
            return result with { Replicates = result.Replicates.SetItem(2, nudged) };
        }
    }

    [Fact]
    public void The_sample_is_fair()
    {
        Run([.. _grid.Results], []);
        using var store = SqliteResultStore.OpenReadOnly(_folder[RunFolder.StoreFile]);
        var random = new Random(1);
        var chosen = new Dictionary<CellSpec, int>();
        for (int i = 0; i < 100; i++)
        {
            new Books(_folder, _grid, store, Grid.Summary).Check(3, random, cell =>
            {
                chosen[cell] = chosen.GetValueOrDefault(cell) + 1;
                return Grid.Compute(cell);
            });
        }

        // 10 expected for each cell, with a standard deviation of 3.
        Assert.Equal(30, chosen.Count);
        Assert.All(chosen.Values, count => Assert.InRange(count, 1, 10 + (5 * 3)));
    }

    public void Dispose() => _temporary.Dispose();

    private static void AssertEqual(BooksReport expected, BooksReport actual)
    {
        Assert.Equal(expected.Findings, actual.Findings);
        Assert.Equal(expected.OlderTables, actual.OlderTables);
        Assert.Equal(expected with { Findings = [] }, actual with { Findings = expected.Findings, OlderTables = expected.OlderTables });
    }

    private void Run(CellResult[] results, CellFailure[] failures)
    {
        using var store = SqliteResultStore.OpenOrCreate(_folder[RunFolder.StoreFile]);
        store.Add(results, failures);
        new CsvExport(_folder, _grid, store, Grid.Summary).Write();
    }

    private BooksReport Check(int sample = 8, Func<CellSpec, CellResult>? compute = null)
    {
        using var store = SqliteResultStore.OpenReadOnly(_folder[RunFolder.StoreFile]);
        return new Books(_folder, _grid, store, Grid.Summary).Check(sample, new Random(1), compute ?? Grid.Compute);
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder[RunFolder.StoreFile]};Pooling=False");
        connection.Open();
        SqliteStoreFile.Execute(connection, sql);
    }
}
