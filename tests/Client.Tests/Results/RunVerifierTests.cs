using Microsoft.Data.Sqlite;
using RnnSweep.Client.Results;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Results;

public sealed class RunVerifierTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly Grid _grid = new(5, 6);
    private readonly RunFolder _folder;

    public RunVerifierTests() => _folder = new RunFolder(_temporary.Path);

    [Fact]
    public void A_finished_run_has_no_problems()
    {
        Run([.. _grid.Results], []);
        AssertEqual(new VerifierReport(30, 30, 0, 0, 0, 8, []), Check());
    }

    [Fact]
    public void Failed_and_missing_cells_are_counted_and_no_problem()
    {
        CellResult[] results = [.. _grid.Results];
        Run(results[..10], [.. results[10..14].Select(r => new ReadingFailure(r.Key, 2, "it failed"))]);
        AssertEqual(new VerifierReport(30, 10, 4, 16, 0, 8, []), Check());

        // Tables that are not written yet are a problem only if the run is complete.
        File.Delete(_folder[RunFolder.SummaryFile]);
        Assert.Empty(Check().Findings);
        Run(results, []);
        File.Delete(_folder[RunFolder.SummaryFile]);
        Assert.Equal(["summary.csv is not there; 'rnnsweep export DIR' writes it"], Check().Findings);
    }

    [Fact]
    public void Readings_of_a_cell_with_a_failed_reading_are_verified()
    {
        CellResult[] results = [.. _grid.Results];
        Run([results[0] with { Replicates = results[0].Replicates.RemoveAt(1) }], [new ReadingFailure(results[0].Key, 1, "it failed")]);
        var computed = new List<(CellSpec, int)>();
        AssertEqual(new VerifierReport(30, 0, 1, 29, 0, 2, []), Check(compute: (spec, replicate) =>
        {
            computed.Add((spec, replicate));
            return Grid.Compute(spec, replicate);
        }));
        Assert.Equal([(_grid.Cell(0), 0), (_grid.Cell(0), 2)], computed);
    }

    [Fact]
    public void A_cell_with_some_of_its_readings_is_missing()
    {
        CellResult[] results = [.. _grid.Results];
        Run([results[0], results[1] with { Replicates = results[1].Replicates[..1] }], []);
        AssertEqual(new VerifierReport(30, 1, 0, 29, 0, 4, []), Check());
    }

    [Fact]
    public void Readings_of_more_replicates_than_the_sweep_has_are_no_problem()
    {
        var wider = new Grid(5, 6, replicates: 5);
        using (var store = SqliteResultStore.OpenOrCreate(_folder[RunFolder.StoreFile]))
        {
            store.Add([.. wider.Results], []);
            new CsvExport(_folder, _grid, store, Grid.Summary).Write();
        }

        AssertEqual(new VerifierReport(30, 30, 0, 0, 0, 90, []), Check(sample: 1000));
    }

    [Fact]
    public void A_cell_with_readings_of_other_replicates_only_is_missing()
    {
        CellResult first = _grid.Results.First();
        Run([first with { Replicates = [first.Replicates[0] with { Replicate = 50 }] }], []);
        AssertEqual(new VerifierReport(30, 0, 0, 30, 0, 0, []), Check());
    }

    [Fact]
    public void Keys_of_no_cell_are_listed_up_to_twenty()
    {
        CellResult[] outside = [.. new Grid(5, 12).Results.Where(r => _grid.Results.All(own => own.Key != r.Key))];
        Run([.. _grid.Results, .. outside], []);
        VerifierReport report = Check();
        Assert.Equal(21, report.Findings.Count);
        Assert.Contains(outside.Min(r => r.Key).ToString(), report.Findings[0], StringComparison.Ordinal);
        Assert.Equal("… and 10 more like these", report.Findings[^1]);

        using var store = SqliteResultStore.OpenReadOnly(_folder[RunFolder.StoreFile]);
        Assert.Empty(new RunVerifier(_folder, _grid, store, Grid.Summary).Check(0, new Random(1), Grid.Compute, shared: true).Findings);
    }

    [Theory]
    [InlineData("log10_frobenius_norm = log10_frobenius_norm + 1")]
    [InlineData("log10_frobenius_norm = NULL")]
    [InlineData("lyapunov_mean = 0")] // the number was unknown before
    [InlineData("log10_spectral_norm = log10_frobenius_norm, log10_frobenius_norm = log10_spectral_norm")]
    [InlineData("converged = 1")]
    [InlineData("status = 'state-overflow'")]
    [InlineData("status = 'unheard-of'")]
    [InlineData("status_step = 2")]
    [InlineData("checksum = checksum + 1")]
    public void A_reading_that_was_changed_is_found_although_sqlite_finds_nothing(string change)
    {
        Run([.. _grid.Results], []);
        CellKey key = _grid.Results.ElementAt(7).Key;
        Execute($"UPDATE readings SET {change} WHERE cell = (SELECT id FROM cells WHERE key = x'{key}') AND replicate = 2");
        VerifierReport report = Check();
        Assert.Equal((29, 1), (report.Done, report.Damaged));
        Assert.All(report.Findings, finding => Assert.Contains($"cell {key}, replicate 2, ", finding, StringComparison.Ordinal));
        Assert.NotEmpty(report.Findings);
    }

    [Theory]
    [InlineData("vanishing_lag = 3")]
    [InlineData("log10_memory_path = -3")]
    [InlineData("log10_singular_values = x'000000000000f03f'")]
    public void A_number_that_the_cell_does_not_measure_is_found(string change)
    {
        Run([.. _grid.Results], []);
        CellKey key = _grid.Results.ElementAt(7).Key;
        Execute($"UPDATE readings SET {change} WHERE cell = (SELECT id FROM cells WHERE key = x'{key}') AND replicate = 2");
        Assert.Contains($"cell {key}, replicate 2, holds numbers that the cell does not measure", Assert.Single(Check().Findings), StringComparison.Ordinal);
    }

    [Fact]
    public void Readings_under_the_key_of_another_cell_are_found()
    {
        Run([.. _grid.Results], []);
        (CellKey first, CellKey second) = (_grid.Results.First().Key, _grid.Results.Last().Key);
        Execute($"UPDATE cells SET key = x'00' WHERE key = x'{first}'", $"UPDATE cells SET key = x'{first}' WHERE key = x'{second}'", $"UPDATE cells SET key = x'{second}' WHERE key = x'00'");
        VerifierReport report = Check();
        Assert.Equal((28, 2), (report.Done, report.Damaged));
        Assert.Contains(report.Findings, finding => finding.Contains($"cell {first}, replicate 0, does not match its checksum", StringComparison.Ordinal));
        Assert.Contains(report.Findings, finding => finding.Contains($"cell {second}, replicate 0, does not match its checksum", StringComparison.Ordinal));
    }

    [Fact]
    public void A_removed_reading_is_missing_and_differs_from_the_tables()
    {
        Run([.. _grid.Results], []);
        Execute($"DELETE FROM readings WHERE cell = (SELECT id FROM cells WHERE key = x'{_grid.Results.First().Key}') AND replicate = 1");
        VerifierReport report = Check();
        Assert.Equal((29, 1), (report.Done, report.Missing));
        Assert.Equal(
            ["summary.csv differs from the stored results, first in line 2", "replicates.csv differs from the stored results, first in line 2"],
            report.Findings);
    }

    [Fact]
    public void A_reading_that_differs_when_recomputed_is_named_with_replicate_and_column()
    {
        Run([.. _grid.Results], []);
        CellSpec spec = _grid.Cell(4);
        VerifierReport report = Check(sample: 90, compute: (cell, replicate) => (cell, replicate) == (spec, 2) ? Nudged(Grid.Compute(cell, replicate)) : Grid.Compute(cell, replicate));
        string finding = Assert.Single(report.Findings);
        Assert.Equal(90, report.Recomputed);
        Assert.Contains($"cell {CellKey.Of(spec)} (spectral_radius 0.125, sequence_length 5), replicate 2, ", finding, StringComparison.Ordinal);
        Assert.Contains("gives log10_frobenius_norm", finding, StringComparison.Ordinal);

        static Reading Nudged(Reading reading) => reading with { Log10FrobeniusNorm = Math.BitIncrement(reading.Log10FrobeniusNorm) };
    }

    [Fact]
    public void The_sample_is_uniform()
    {
        Run([.. _grid.Results], []);
        using var store = SqliteResultStore.OpenReadOnly(_folder[RunFolder.StoreFile]);
        var random = new Random(1);
        var cells = new Dictionary<CellSpec, int>();
        var replicates = new int[3];
        for (int i = 0; i < 100; i++)
        {
            new RunVerifier(_folder, _grid, store, Grid.Summary).Check(3, random, (spec, replicate) =>
            {
                cells[spec] = cells.GetValueOrDefault(spec) + 1;
                replicates[replicate]++;
                return Grid.Compute(spec, replicate);
            });
        }

        // The expectation is 10 for each cell, with a standard deviation of 3, and 100 for each replicate, with one of 8.
        Assert.Equal(30, cells.Count);
        Assert.All(cells.Values, count => Assert.InRange(count, 1, 10 + (5 * 3)));
        Assert.All(replicates, count => Assert.InRange(count, 100 - (5 * 8), 100 + (5 * 8)));
    }

    public void Dispose() => _temporary.Dispose();

    private static void AssertEqual(VerifierReport expected, VerifierReport actual)
    {
        Assert.Equal(expected.Findings, actual.Findings);
        Assert.Equal(expected.OlderTables, actual.OlderTables);
        Assert.Equal(expected with { Findings = [] }, actual with { Findings = expected.Findings, OlderTables = expected.OlderTables });
    }

    private void Run(CellResult[] results, ReadingFailure[] failures)
    {
        using var store = SqliteResultStore.OpenOrCreate(_folder[RunFolder.StoreFile]);
        store.Add(results, failures);
        new CsvExport(_folder, _grid, store, Grid.Summary).Write();
    }

    private VerifierReport Check(int sample = 8, Func<CellSpec, int, Reading>? compute = null)
    {
        using var store = SqliteResultStore.OpenReadOnly(_folder[RunFolder.StoreFile]);
        return new RunVerifier(_folder, _grid, store, Grid.Summary).Check(sample, new Random(1), compute ?? Grid.Compute);
    }

    private void Execute(params string[] statements)
    {
        using var connection = new SqliteConnection($"Data Source={_folder[RunFolder.StoreFile]};Pooling=False");
        connection.Open();
        SqliteStoreFile.Execute(connection, statements);
    }
}
