using System.Globalization;
using RnnSweep.Client.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Tests.Results;

public sealed class CsvExportTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly Grid _grid = new(3, 4);
    private readonly SqliteResultStore _store;
    private readonly RunFolder _folder;

    public CsvExportTests()
    {
        _folder = new RunFolder(_temporary.Path);
        _store = SqliteResultStore.OpenOrCreate(_folder[RunFolder.StoreFile]);
    }

    private string Replicates => _folder[RunFolder.ReplicatesFile];

    private string Summary => _folder[RunFolder.SummaryFile];

    private CsvExport Export => new(_folder, _grid, _store, Grid.Summary);

    [Fact]
    public void The_tables_have_these_headers()
    {
        Export.Write();
        Assert.Equal(
            "spectral_radius,sequence_length,cell_key,replicate,log10_spectral_norm,log10_frobenius_norm,log10_gradient_norm,"
            + "log10_abs_determinant,lyapunov_max,lyapunov_mean,lyapunov_max_slope,lyapunov_max_within_sem,converged,log10_pascanu_bound,log10_path_bound,mean_slope,mean_log_slope,omega,"
            + "weights_spectral_norm,outcome,status,status_step\n",
            File.ReadAllText(Replicates));
        Assert.Equal(
            "spectral_radius,sequence_length,cell_key,count,count_ok,"
            + "log10_spectral_norm_mean,log10_spectral_norm_sd,log10_spectral_norm_sem,log10_spectral_norm_min,log10_spectral_norm_q05,"
            + "log10_spectral_norm_q25,log10_spectral_norm_median,log10_spectral_norm_q75,log10_spectral_norm_q95,log10_spectral_norm_max,"
            + "log10_gradient_norm_mean,log10_gradient_norm_sd,log10_gradient_norm_sem,log10_gradient_norm_min,log10_gradient_norm_q05,"
            + "log10_gradient_norm_q25,log10_gradient_norm_median,log10_gradient_norm_q75,log10_gradient_norm_q95,log10_gradient_norm_max,"
            + "lyapunov_max_mean,lyapunov_max_sd,lyapunov_max_sem,lyapunov_max_min,lyapunov_max_q05,"
            + "lyapunov_max_q25,lyapunov_max_median,lyapunov_max_q75,lyapunov_max_q95,lyapunov_max_max,"
            + "lyapunov_max_slope_mean,lyapunov_max_slope_sd,lyapunov_max_slope_sem,lyapunov_max_slope_median,lyapunov_max_within_sem_mean,"
            + "fraction_converged,fraction_vanishing,fraction_stable,fraction_exploding,theory_lyapunov_max\n",
            File.ReadAllText(Summary));
    }

    [Fact]
    public void Rows_come_in_the_order_of_the_plan_then_of_the_replicates()
    {
        _store.Add([.. _grid.Results], []);
        Assert.Equal(new ExportCounts(36, 12, 12, 0, 0), Export.Write());

        string[][] rows = [.. File.ReadLines(Replicates).Skip(1).Select(line => line.Split(','))];
        Assert.Equal(
            from radius in new[] { "0.125", "0.25", "0.375" }
            from length in new[] { "1", "2", "3", "4" }
            from replicate in new[] { "0", "1", "2" }
            select (radius, length, replicate),
            rows.Select(row => (row[0], row[1], row[3])));
        Assert.Equal(_grid.Results.SelectMany(r => Enumerable.Repeat(r.Key.ToString(), 3)), rows.Select(row => row[2]));
        Assert.Equal(["-Infinity", "", "zero-gradient", "1"], new[] { 6, 7, 20, 21 }.Select(i => rows[1][i]));
        Assert.Equal(_grid.Results.Select(r => r.Key.ToString()), File.ReadLines(Summary).Skip(1).Select(line => line.Split(',')[2]));
        Assert.Equal((byte)'s', File.ReadAllBytes(Summary)[0]);
        Assert.DoesNotContain((byte)'\r', File.ReadAllBytes(Summary));
    }

    [Fact]
    public void The_bytes_do_not_depend_on_the_order_of_insertion()
    {
        _store.Add([.. _grid.Results], []);
        Export.Write();

        using var other = new TemporaryFolder();
        using var store = SqliteResultStore.OpenOrCreate(other["results.db"]);
        foreach (CellResult[] batch in _grid.Results.OrderDescending(Comparer<CellResult>.Create((a, b) => a.Key.CompareTo(b.Key))).Chunk(5))
        {
            store.Add([], [.. batch.Select(r => new ReadingFailure(r.Key, 1, "at first"))]);

            // The readings of a cell are added in several batches, the last ones first.
            store.Add([.. batch.Select(r => r with { Replicates = r.Replicates[1..] })], []);
            store.Add([.. batch.Select(r => r with { Replicates = r.Replicates[..1] })], []);
        }

        new CsvExport(new RunFolder(other.Path), _grid, store, Grid.Summary).Write();
        Assert.Equal(File.ReadAllBytes(Replicates), File.ReadAllBytes(other[RunFolder.ReplicatesFile]));
        Assert.Equal(File.ReadAllBytes(Summary), File.ReadAllBytes(other[RunFolder.SummaryFile]));
    }

    [Fact]
    public void A_failed_cell_has_a_row_in_the_summary_and_a_missing_one_has_none()
    {
        CellResult[] results = [.. _grid.Results];
        _store.Add([results[0], results[3]], Failures(results[1], 0, 1, 2));
        Assert.Equal(new ExportCounts(6, 3, 2, 1, 9), Export.Write());

        string[] failed = File.ReadAllLines(Summary)[2].Split(',');
        Assert.Equal(["0.125", "2", results[1].Key.ToString(), "0", "0"], failed[..5]);
        Assert.All(failed[5..], field => Assert.Equal("", field));
    }

    [Fact]
    public void A_cell_of_which_one_replicate_failed_keeps_its_other_readings_and_is_summarised_over_them()
    {
        // The grid's readings lack numbers that a status of ok includes.
        CellResult[] results =
        [
            .. _grid.Results.Select(result => result with { Replicates = [.. result.Replicates.Select(reading => reading with { Log10AbsDeterminant = 0, LyapunovMean = 0, Omega = 0 })] }),
        ];
        _store.Add([results[0] with { Replicates = results[0].Replicates.RemoveAt(1) }, results[1]], Failures(results[0], 1));
        Assert.Equal(new ExportCounts(2 + 3, 2, 1, 1, 10), Export.Write());
        string[][] rows = [.. File.ReadLines(Replicates).Skip(1).Select(line => line.Split(','))];
        Assert.Equal(["0", "2", "0", "1", "2"], rows.Select(row => row[3]));

        // The mean and the median of two numbers are the same; the grid's readings are 1/16 apart.
        string[] header = File.ReadLines(Summary).First().Split(','), row = File.ReadLines(Summary).ElementAt(1).Split(',');
        double[] norms = [results[0].Replicates[0].Log10SpectralNorm, results[0].Replicates[2].Log10SpectralNorm];
        Assert.Equal("2", Field("count"));
        Assert.Equal("2", Field("count_ok")); // replicate 1 of the grid has unknown numbers
        Assert.Equal(norms.Average(), Number("log10_spectral_norm_mean"), 1e-15);
        Assert.Equal(norms.Min(), Number("log10_spectral_norm_min"));
        Assert.Equal(norms.Max(), Number("log10_spectral_norm_max"));

        string Field(string name) => row[Array.IndexOf(header, name)];
        double Number(string name) => double.Parse(Field(name), CultureInfo.InvariantCulture);
    }

    [Fact]
    public void A_cell_of_which_readings_are_missing_has_no_rows()
    {
        CellResult[] results = [.. _grid.Results];
        _store.Add([results[0] with { Replicates = results[0].Replicates[..2] }, results[1]], []);
        Assert.Equal(new ExportCounts(3, 1, 1, 0, 11), Export.Write());
        Assert.All(File.ReadLines(Replicates).Skip(1), line => Assert.Equal(results[1].Key.ToString(), line.Split(',')[2]));
    }

    [Fact]
    public void Outcomes_follow_the_threshold_of_the_exported_sweep()
    {
        var computed = new Grid(3, 4, measured: new CellSpec { Threshold = 1e6 });
        _store.Add([.. computed.Results], []);
        new CsvExport(_folder, computed, _store, Grid.Summary).Write();
        Assert.Equal(["stable"], Outcomes());

        // With a threshold of 0 a norm is above or below it, unless the norm is 0.
        var strict = new Grid(3, 4, measured: new CellSpec { Threshold = 0 });
        new CsvExport(_folder, strict, _store, Grid.Summary).Write();
        foreach (string[] row in File.ReadLines(Replicates).Skip(1).Select(line => line.Split(',')))
        {
            double norm = double.Parse(row[4], CultureInfo.InvariantCulture);
            Assert.Equal(norm < 0 ? "vanishing" : norm > 0 ? "exploding" : "stable", row[19]);
        }

        IEnumerable<string> Outcomes() => File.ReadLines(Replicates).Skip(1).Select(line => line.Split(',')[19]).Distinct();
    }

    [Fact]
    public void An_interrupted_export_keeps_the_previous_tables()
    {
        _store.Add([.. _grid.Results.Take(5)], []);
        Export.Write();
        (string replicates, string summary) = (File.ReadAllText(Replicates), File.ReadAllText(Summary));
        string[] files = Files();

        _store.Add([.. _grid.Results], []);
        int cells = 0;
        var broken = new CsvExport(_folder, _grid, _store, new SummaryTable(_ => ++cells < 8 ? CellTheory.Unknown : throw new StoreDamagedException("here")));
        Assert.Throws<StoreDamagedException>(() => broken.Write());
        Assert.Throws<OperationCanceledException>(() => Export.Write(new CancellationToken(canceled: true)));
        Assert.Equal((replicates, summary), (File.ReadAllText(Replicates), File.ReadAllText(Summary)));
        Assert.Equal(files, Files());
    }

    [SkippableFact]
    public void A_full_disk_keeps_the_previous_tables()
    {
        using var disk = SmallDisk.MountOrSkip(_temporary["disk"]);
        var folder = new RunFolder(disk.Path);
        _store.Add([.. _grid.Results], []);
        new CsvExport(folder, _grid, _store, Grid.Summary).Write();
        byte[] before = File.ReadAllBytes(folder[RunFolder.ReplicatesFile]);

        var large = new Grid(50, 50);
        _store.Add([.. large.Results], []);
        Assert.Throws<StoreUnreachableException>(() => new CsvExport(folder, large, _store, Grid.Summary).Write());
        Assert.Equal(before, File.ReadAllBytes(folder[RunFolder.ReplicatesFile]));
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(disk.Path).Count());
    }

    [Fact]
    public void The_first_line_that_differs_is_reported()
    {
        Assert.Equal([new CsvDifference("summary.csv", null), new CsvDifference("replicates.csv", null)], Export.Differences());

        _store.Add([.. _grid.Results], []);
        Export.Write();
        Assert.Empty(Export.Differences());

        byte[] sound = File.ReadAllBytes(Summary);
        for (int i = 0; i < sound.Length; i += 101)
        {
            byte[] damaged = [.. sound];
            damaged[i] ^= 1;
            File.WriteAllBytes(Summary, damaged);
            long line = 1 + sound.AsSpan(0, i).Count((byte)'\n');
            Assert.Equal([new CsvDifference("summary.csv", line)], Export.Differences());
        }

        File.WriteAllBytes(Summary, sound[..^1]);
        Assert.Equal([new CsvDifference("summary.csv", 13)], Export.Differences());
        File.WriteAllBytes(Summary, [.. sound, (byte)'x']);
        Assert.Equal([new CsvDifference("summary.csv", 14)], Export.Differences());
        File.Delete(Summary);
        Assert.Equal([new CsvDifference("summary.csv", null)], Export.Differences());
    }

    [Fact]
    public void Spectrum_and_lags_have_tables_of_their_own_where_they_are_measured()
    {
        var grid = new Grid(2, 3, measured: new CellSpec { HiddenSize = 2, MeasuresSpectrum = true, MeasuresLags = true, LagCount = 2 });
        _store.Add([.. grid.Results], []);
        var export = new CsvExport(_folder, grid, _store, Grid.Summary);
        Assert.Equal(new ExportCounts(18, 6, 6, 0, 0), export.Write());

        string[] spectrum = File.ReadAllLines(_folder[RunFolder.SpectrumFile]), lags = File.ReadAllLines(_folder[RunFolder.LagsFile]);
        Assert.Equal("spectral_radius,sequence_length,cell_key,replicate,index,lyapunov,log10_singular_value", spectrum[0]);
        Assert.Equal("spectral_radius,sequence_length,cell_key,replicate,lag,log10_spectral_norm,log10_frobenius_norm", lags[0]);
        Assert.Equal(
            from radius in new[] { "0.125", "0.25" }
            from length in new[] { "1", "2", "3" }
            from replicate in new[] { "0", "1", "2" }
            from index in new[] { "1", "2" }
            select (radius, length, replicate, index),
            spectrum.Skip(1).Select(line => line.Split(',')).Select(row => (row[0], row[1], row[3], row[4])));
        Assert.Equal(
            from radius in new[] { "0.125", "0.25" }
            from length in new[] { 1, 2, 3 }
            from replicate in new[] { 0, 1, 2 }
            from lag in new[] { 1, length }.Distinct()
            select string.Join(',', radius, length, replicate, lag, replicate == 1 ? "," : $"{(lag == 1 ? "0.5" : lag == 2 ? "1" : "1.5")},{2 * lag}"),
            lags.Skip(1).Select(line => line.Split(',')).Select(row => string.Join(',', row.Where((_, i) => i != 2))));
        Assert.Empty(export.Differences());

        File.WriteAllLines(_folder[RunFolder.LagsFile], lags[..5]);
        Assert.Equal([new CsvDifference("lags.csv", 6) { IsOlder = true }], export.Differences());
        File.Delete(_folder[RunFolder.SpectrumFile]);
        Assert.Equal([new CsvDifference("spectrum.csv", null), new CsvDifference("lags.csv", 6) { IsOlder = true }], export.Differences());
    }

    [Fact]
    public void A_hundred_thousand_rows_stream_through()
    {
        var grid = new Grid(100, 100, replicates: 10);
        foreach (CellResult[] batch in grid.Results.Chunk(1000))
        {
            _store.Add(batch, []);
        }

        var export = new CsvExport(_folder, grid, _store, Grid.Summary);
        Assert.Equal(100_000, export.Write().ReplicateRows);
        string[] rows = [.. File.ReadLines(Replicates).Skip(1)];
        Assert.Equal(100_000, rows.Length);

        // The rows are made in parts by several threads: each row is at its place in the plan, and no part occurs twice.
        Assert.All(rows.Index(), row => Assert.StartsWith($"{grid.Coordinate(row.Index / 10, 0)},{grid.Coordinate(row.Index / 10, 1)},", row.Item));
        Assert.All(rows.Index(), row => Assert.Equal($"{row.Index % 10}", row.Item.Split(',')[3]));
        Assert.Empty(export.Differences());
    }

    [Fact]
    public void Cells_of_very_many_replicates_are_written_in_their_place()
    {
        var grid = new Grid(2, 2, replicates: (int)CsvPart.MostReplicates + 1);
        _store.Add([.. grid.Results], []);
        long each = CsvPart.MostReplicates + 1;
        Assert.Equal(new ExportCounts(4 * each, 4, 4, 0, 0), new CsvExport(_folder, grid, _store, Grid.Summary).Write());
        Assert.All(
            File.ReadLines(Replicates).Skip(1).Index(),
            row => Assert.StartsWith($"{grid.Coordinate(row.Index / each, 0)},{grid.Coordinate(row.Index / each, 1)},", row.Item));
    }

    public void Dispose()
    {
        _store.Dispose();
        _temporary.Dispose();
    }

    private static ReadingFailure[] Failures(CellResult of, params int[] replicates) => [.. replicates.Select(replicate => new ReadingFailure(of.Key, replicate, "it failed"))];

    private string[] Files() => [.. Directory.EnumerateFiles(_folder.Path).Order()];
}
