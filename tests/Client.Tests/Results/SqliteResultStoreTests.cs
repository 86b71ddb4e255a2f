using Microsoft.Data.Sqlite;
using RnnSweep.Client.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Tests.Results;

public sealed class SqliteResultStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Grid _grid = new(4, 5);

    private string FilePath => _folder["results.db"];

    [Fact]
    public void Added_readings_are_found_after_reopening()
    {
        ReadingFailure failure = new(CellKey.Of(new CellSpec { Seed = 99 }), 3, "a reason with 'quotes' and ünïcode");
        using (var store = SqliteResultStore.OpenOrCreate(FilePath))
        {
            store.Add([.. _grid.Results], [failure]);
        }

        using var again = SqliteResultStore.OpenReadOnly(FilePath);
        Assert.Equal(3 * _grid.CellCount, again.Count()); // three replicates per cell
        Assert.All(_grid.Results, result => Assert.True(Grid.Same(result, again.Find(result.Spec))));
        Assert.Equal(Keys(_grid), Keys(again));
        Assert.Equal([failure], again.Failures());
        Assert.Equal([failure], again.FindFailures(failure.Key));
        Assert.Null(again.Find(new CellSpec { Seed = 99 }));
        Assert.Empty(again.FindFailures(_grid.Results.First().Key));
        Assert.Empty(again.IntegrityErrors());
    }

    // A trained network stands in the table by its digest, which does not tell what gates it has.
    [Theory]
    [InlineData(NetworkKind.Gru, null)]
    [InlineData(NetworkKind.Rnn, "abc")]
    public void A_number_of_a_gate_that_the_network_does_not_have_is_damage(NetworkKind network, string? digest)
    {
        var spec = new CellSpec { Network = network, NetworkDigest = digest, Replicates = 1 };
        using var store = SqliteResultStore.OpenOrCreate(FilePath);
        store.Add([new CellResult(spec, CellKey.Of(spec), [new Reading()])], []);
        Assert.NotNull(store.Find(spec));
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = FilePath, Pooling = false }.ConnectionString);
        connection.Open();
        using SqliteCommand change = connection.CreateCommand();
        change.CommandText = "UPDATE readings SET forget_gate_mean = 0.5";
        change.ExecuteNonQuery();
        Assert.Throws<StoreDamagedException>(() => store.Find(spec));
    }

    [Fact]
    public void Every_number_is_read_back_bit_for_bit()
    {
        double[] numbers = [0.1, -1.5, double.Epsilon, double.MaxValue, double.NegativeInfinity, double.PositiveInfinity, double.NaN, Math.PI, 1, -7];
        var spec = new CellSpec { HiddenSize = 3, SequenceLength = 4, Replicates = numbers.Length, MeasuresSpectrum = true, MeasuresLags = true, MeasuresLeading = true, Seed = ulong.MaxValue, Network = NetworkKind.Lstm };
        var written = new CellResult(spec, CellKey.Of(spec), [.. numbers.Select((_, replicate) => Filled(replicate))]);
        using var store = SqliteResultStore.OpenOrCreate(FilePath);
        store.Add([written], []);
        CellResult read = store.Find(spec)!;
        Assert.Equal(numbers.Length, read.Replicates.Length);
        foreach ((Reading expected, Reading actual) in written.Replicates.Zip(read.Replicates))
        {
            Assert.Equal(ReadingColumns.All.Select(column => Bits(column.Value(expected))), ReadingColumns.All.Select(column => Bits(column.Value(actual))));
            Assert.Equal(expected with { Outcome = actual.Outcome }, actual);
        }

        // A different number in every column and in every list.
        Reading Filled(int replicate)
        {
            int next = replicate;
            return new Reading
            {
                Replicate = replicate,
                Log10SpectralNorm = Next(),
                Log10FrobeniusNorm = Next(),
                Log10GradientNorm = Next(),
                Log10AbsDeterminant = Next(),
                LyapunovMax = Next(),
                LyapunovMean = Next(),
                LyapunovMaxSlope = Next(),
                LyapunovMaxWithinSem = Next(),
                Converged = (replicate % 3) switch { 0 => null, 1 => true, _ => false },
                Log10PascanuBound = Next(),
                Log10PathBound = Next(),
                MeanSlope = Next(),
                MeanLogSlope = Next(),
                Omega = Next(),
                WeightsSpectralNorm = Next(),
                Log10MinSingularValue = Next(),
                Log10ConditionNumber = Next(),
                UnstableFraction = Next(),
                EntropyRate = Next(),
                KaplanYorkeDimension = Next(),
                SumRuleResidual = Next(),
                Lyapunov1 = Next(),
                Lyapunov1WithinSem = Next(),
                Lyapunov2 = Next(),
                Lyapunov2WithinSem = Next(),
                LyapunovSum = Next(),
                Leading = replicate % 3 == 0 ? null : new LeadingResult { Exponents = new([Next(), Next()]), WithinSems = new([Next(), Next()]), History = new([Next(), Next(), Next(), Next()]) },
                InputGateMean = Next(),
                InputGateP05 = Next(),
                InputGateP95 = Next(),
                ForgetGateMean = Next(),
                ForgetGateP05 = Next(),
                ForgetGateP95 = Next(),
                OutputGateMean = Next(),
                OutputGateP05 = Next(),
                OutputGateP95 = Next(),
                ResetGateMean = Next(),
                ResetGateP05 = Next(),
                ResetGateP95 = Next(),
                UpdateGateMean = Next(),
                UpdateGateP05 = Next(),
                UpdateGateP95 = Next(),
                SaturatedFraction = Next(),
                Log10MemoryPath = Next(),
                VanishingLag = replicate % 2 == 0 ? int.MaxValue - replicate : null,
                ExplodingLag = replicate % 2 == 0 ? null : replicate,
                Spectrum = replicate % 4 == 0 ? null : new SpectrumResult { Log10SingularValues = new([Next(), Next(), Next()]), FrameExponents = new(replicate % 4 == 1 ? [] : [Next(), Next(), Next()]) },
                Lags = replicate % 5 == 0 ? null : new LagsResult { Log10SpectralNorms = new([Next(), Next()]), Log10FrobeniusNorms = new([Next(), Next()]) },
                Status = (ReplicateStatus)(replicate % 5),
                StatusStep = replicate == 0 ? null : -replicate,
            };

            double Next() => numbers[next++ % numbers.Length];
        }

        static long Bits(double value) => BitConverter.DoubleToInt64Bits(double.IsNaN(value) ? double.NaN : value);
    }

    [Fact]
    public void A_reading_that_is_stored_is_never_replaced()
    {
        CellResult first = _grid.Results.First();
        using var store = SqliteResultStore.OpenOrCreate(FilePath);
        store.Add([first], []);
        store.Add([first with { Replicates = [.. first.Replicates.Select(reading => reading with { Log10SpectralNorm = 99 })] }, .. _grid.Results.Skip(1)], []);
        Assert.True(Grid.Same(first, store.Find(first.Spec)));
        Assert.Equal(3 * _grid.CellCount, store.Count());
    }

    [Fact]
    public void Readings_of_a_cell_can_be_added_in_parts_and_are_found_in_order()
    {
        using var store = SqliteResultStore.OpenOrCreate(FilePath);
        foreach (int replicate in new[] { 2, 0, 1 })
        {
            store.Add([.. _grid.Results.Select(result => result with { Replicates = [result.Replicates[replicate]] })], []);
        }

        Assert.All(_grid.Results, result => Assert.True(Grid.Same(result, store.Find(result.Spec))));
        Assert.All(store.Replicates(), cell => Assert.Equal(3, cell.Value.CountIn(0, 3)));
    }

    [Fact]
    public void A_cell_with_fewer_replicates_or_another_threshold_finds_its_readings()
    {
        using var store = SqliteResultStore.OpenOrCreate(FilePath);
        store.Add([.. _grid.Results], []);
        CellSpec spec = _grid.Cell(0) with { Replicates = 2, Threshold = 0 };
        CellResult found = store.Find(spec)!;
        Assert.True(found.IsComplete);
        Assert.Equal([Outcome.Vanishing, Outcome.Vanishing], found.Replicates.Select(reading => reading.Outcome)); // at a radius of 1/8 norms are below 1
        Assert.True(Grid.Same(Grid.Compute(spec), found));

        CellResult wider = store.Find(_grid.Cell(0) with { Replicates = 4 })!;
        Assert.False(wider.IsComplete);
        Assert.Equal([0, 1, 2], wider.Replicates.Select(reading => reading.Replicate));
    }

    [Fact]
    public void Stored_replicates_are_listed_for_all_cells_or_some()
    {
        using var store = SqliteResultStore.OpenOrCreate(FilePath);
        CellResult[] results = [.. _grid.Results];
        store.Add([results[0], .. results[1..3].Select((result, i) => result with { Replicates = result.Replicates.RemoveAt(i) })], []);
        bool[][] expected = [[true, true, true], [false, true, true], [true, false, true]];
        foreach (var stored in new[] { store.Replicates(), store.Replicates(results[..4].Select(result => result.Key)) }.Select(cells => cells.ToDictionary()))
        {
            Assert.Equal(3, stored.Count);
            Assert.All(expected.Index(), cell => Assert.Equal(cell.Item, Enumerable.Range(0, 3).Select(stored[results[cell.Index].Key].Contains)));
        }
    }

    [Fact]
    public void A_reading_goes_before_a_failure_whichever_comes_first()
    {
        CellResult[] results = [.. _grid.Results.Take(3)];
        ReadingFailure[] Failures(int i) => [.. Enumerable.Range(0, 3).Select(replicate => new ReadingFailure(results[i].Key, replicate, "it failed"))];
        using var store = SqliteResultStore.OpenOrCreate(FilePath);
        store.Add([], Failures(0));
        store.Add([results[0]], []);
        store.Add([results[1]], []);
        store.Add([], Failures(1));
        store.Add([results[2]], Failures(2));
        Assert.Empty(store.Failures());
        Assert.Equal(3 * 3, store.Count());
    }

    [Fact]
    public void A_reading_deletes_the_failure_of_its_replicate_and_no_other()
    {
        CellResult result = _grid.Results.First();
        using var store = SqliteResultStore.OpenOrCreate(FilePath);
        store.Add([], [new ReadingFailure(result.Key, 0, "first"), new ReadingFailure(result.Key, 2, "last"), new ReadingFailure(_grid.Results.Last().Key, 0, "of another cell")]);
        store.Add([result with { Replicates = result.Replicates[..2] }], []);
        Assert.Equal([new ReadingFailure(result.Key, 2, "last")], store.FindFailures(result.Key));
        Assert.Equal(2, store.Failures().Count);
    }

    [Fact]
    public void A_failure_replaces_an_earlier_one_and_failures_come_by_their_keys_and_replicates()
    {
        CellKey[] keys = [.. _grid.Results.Select(r => r.Key)];
        using var store = SqliteResultStore.OpenOrCreate(FilePath);
        store.Add([], [.. keys.SelectMany(key => new[] { 11, 2 }.Select(replicate => new ReadingFailure(key, replicate, "first")))]);
        store.Add([], [new ReadingFailure(keys[3], 11, "second")]);
        Assert.Equal(keys.Order().SelectMany(key => new[] { (key, 2), (key, 11) }), store.Failures().Select(f => (f.Key, f.Replicate)));
        Assert.Equal(["first", "second"], store.FindFailures(keys[3]).Select(failure => failure.Reason));
    }

    [Fact]
    public void Keys_are_listed_in_ascending_order_over_many_pages()
    {
        var grid = new Grid(100, 90, replicates: 1);
        using var store = SqliteResultStore.OpenOrCreate(FilePath);
        store.Add([.. grid.Results], []);
        Assert.Equal(Keys(grid), Keys(store));
    }

    [Fact]
    public void Many_threads_may_add_the_same_results()
    {
        using var store = SqliteResultStore.OpenOrCreate(FilePath);
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, thread =>
        {
            foreach (CellResult[] batch in _grid.Results.Skip(thread % 3).Chunk(4))
            {
                store.Add(batch, []);
                Assert.All(batch, result => Assert.True(Grid.Same(result, store.Find(result.Spec))));
            }
        });
        Assert.Equal(3 * _grid.CellCount, store.Count());
    }

    [Fact]
    public void A_batch_that_fails_leaves_nothing_of_itself()
    {
        using var store = SqliteResultStore.OpenOrCreate(FilePath);
        CellResult[] results = [.. _grid.Results];
        store.Add([results[0]], []);

        // The last reading of the batch has numbers that cannot be stored.
        Assert.ThrowsAny<Exception>(() => store.Add([.. results[1..], results[1] with { Replicates = [null!] }], []));
        Assert.Equal([results[0].Key], Keys(store));
        Assert.Equal(3, store.Count());

        store.Add(results, []);
        Assert.Equal(3 * _grid.CellCount, store.Count());
    }

    [Fact]
    public void Whole_batches_survive_a_kill_of_the_process()
    {
        using var store = SqliteResultStore.OpenOrCreate(FilePath);
        foreach (CellResult[] batch in _grid.Results.Chunk(5))
        {
            store.Add(batch, []);
            using TemporaryFolder killed = _folder.Copy();
            Assert.Contains("results.db-wal", Directory.EnumerateFiles(killed.Path).Select(Path.GetFileName));

            // First opened read-only, as by `verify`, then to write.
            using (var reader = SqliteResultStore.OpenReadOnly(killed["results.db"]))
            {
                Assert.Equal(Keys(store), Keys(reader));
            }

            using var writer = SqliteResultStore.OpenOrCreate(killed["results.db"]);
            Assert.Equal(Keys(store), Keys(writer));
            Assert.All(_grid.Results.Take(Keys(store).Length), result => Assert.True(Grid.Same(result, writer.Find(result.Spec))));
        }
    }

    [Fact]
    public void A_log_that_is_cut_anywhere_contains_whole_batches()
    {
        using var store = SqliteResultStore.OpenOrCreate(FilePath);
        foreach (CellResult[] batch in _grid.Results.Chunk(5))
        {
            store.Add(batch, []);
        }

        long length = new FileInfo(_folder["results.db-wal"]).Length;
        for (long cut = 0; cut < length; cut += 3001)
        {
            using TemporaryFolder killed = _folder.Copy();
            using (var log = new FileStream(killed["results.db-wal"], FileMode.Open))
            {
                log.SetLength(cut);
            }

            File.Delete(killed["results.db-shm"]);
            using var survivor = SqliteResultStore.OpenOrCreate(killed["results.db"]);
            long count = survivor.Count();
            Assert.Equal(0, count % (5 * 3)); // batches of five cells of three replicates
            Assert.All(_grid.Results.Take((int)count / 3), result => Assert.True(Grid.Same(result, survivor.Find(result.Spec))));
        }
    }

    [Fact]
    public void A_reader_creates_no_file_and_changes_none()
    {
        using (var store = SqliteResultStore.OpenOrCreate(FilePath))
        {
            store.Add([.. _grid.Results], []);
        }

        Dictionary<string, string> before = _folder.Contents();
        using (var reader = SqliteResultStore.OpenReadOnly(FilePath))
        {
            Assert.Equal(_grid.CellCount, Keys(reader).Length);
            Assert.Equal(before, _folder.Contents());
            Assert.Throws<InvalidOperationException>(() => reader.Add([.. _grid.Results], []));
        }

        Assert.Equal(before, _folder.Contents());
        Assert.Equal([FilePath], before.Keys);
        Assert.Throws<StoreUnreachableException>(() => SqliteResultStore.OpenReadOnly(_folder["other.db"]));
        Assert.Equal(before, _folder.Contents());
    }

    [Fact]
    public void A_reader_sees_the_commits_of_a_running_run()
    {
        SqliteResultStore.OpenOrCreate(FilePath).Dispose();
        using var reader = SqliteResultStore.OpenReadOnly(FilePath);
        Assert.Equal(0, reader.Count());
        using (var writer = SqliteResultStore.OpenOrCreate(FilePath))
        {
            foreach (CellResult result in _grid.Results)
            {
                writer.Add([result], []);
                Assert.True(Grid.Same(result, reader.Find(result.Spec)));
            }

            using var late = SqliteResultStore.OpenReadOnly(FilePath);
            Assert.Equal(3 * _grid.CellCount, late.Count());
        }

        Assert.Equal(3 * _grid.CellCount, reader.Count());
    }

    [Fact]
    public async Task A_reader_that_opens_the_store_while_a_run_ends_finds_no_damage()
    {
        var grid = new Grid(20, 30);
        SqliteResultStore.OpenOrCreate(FilePath).Dispose();
        bool isOver = false;
        var reading = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                using var reader = SqliteResultStore.OpenReadOnly(FilePath);
                Assert.InRange(reader.Count(), 0, 3 * grid.CellCount);
            }
        })));

        // Closing a store moves its log into its file and deletes the log.
        try
        {
            foreach (CellResult[] batch in grid.Results.Chunk(3))
            {
                using var store = SqliteResultStore.OpenOrCreate(FilePath);
                store.Add(batch, []);
            }
        }
        finally
        {
            Volatile.Write(ref isOver, true);
        }

        await reading;
    }

    [Fact]
    public void Paths_may_contain_special_characters()
    {
        foreach (string name in new[] { "a b.db", "100%25.db", "what?.db", "#1.db", "semi;colon=.db", "ünïcode.db", "file:x.db" })
        {
            using (var store = SqliteResultStore.OpenOrCreate(_folder[name]))
            {
                store.Add([.. _grid.Results], []);
            }

            using var reader = SqliteResultStore.OpenReadOnly(_folder[name]);
            Assert.Equal(3 * _grid.CellCount, reader.Count());
        }

        Assert.Equal(7, Directory.EnumerateFiles(_folder.Path).Count());
    }

    [Fact]
    public void It_is_in_wal_mode_and_keeps_to_it()
    {
        SqliteResultStore.OpenOrCreate(FilePath).Dispose();
        using var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode";
        Assert.Equal("wal", command.ExecuteScalar());
    }

    public void Dispose() => _folder.Dispose();

    // The number of cells that have readings.
    private static CellKey[] Keys(SqliteResultStore store) => [.. store.Replicates().Select(cell => cell.Key)];

    private static CellKey[] Keys(Grid grid) => [.. grid.Results.Select(result => result.Key).Order()];
}
