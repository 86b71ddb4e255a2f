using Microsoft.Data.Sqlite;
using RnnSweep.Client.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Tests.Results;

public sealed class SqliteResultStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Grid _grid = new(4, 5);

    private string FilePath => _folder["results.db"];

    [Fact]
    public void What_was_added_is_there_after_reopening()
    {
        CellFailure failure = new(CellKey.Of(new CellSpec { Seed = 99 }), "a reason with 'quotes' and ünïcode");
        using (var store = SqliteResultStore.OpenOrCreate(FilePath))
        {
            store.Add([.. _grid.Results], [failure]);
        }

        using var again = SqliteResultStore.OpenReadOnly(FilePath);
        Assert.Equal(_grid.CellCount, again.Count());
        Assert.All(_grid.Results, result => Assert.True(Same(result, again.Find(result.Key))));
        Assert.Equal(_grid.Results.Select(r => r.Key).Order(), again.Keys());
        Assert.Equal([failure], again.Failures());
        Assert.Equal(failure, again.FindFailure(failure.Key));
        Assert.Null(again.Find(failure.Key));
        Assert.Null(again.FindFailure(_grid.Results.First().Key));
        Assert.Empty(again.IntegrityErrors());
    }

    [Fact]
    public void A_result_that_is_stored_is_never_replaced()
    {
        CellResult first = _grid.Results.First();
        using var store = SqliteResultStore.OpenOrCreate(FilePath);
        store.Add([first], []);
        store.Add([first with { Replicates = [] }, .. _grid.Results.Skip(1)], []);
        Assert.True(Same(first, store.Find(first.Key)));
        Assert.Equal(_grid.CellCount, store.Count());
    }

    [Fact]
    public void A_result_goes_before_a_failure_whichever_comes_first()
    {
        CellResult[] results = [.. _grid.Results.Take(3)];
        CellFailure Failure(int i) => new(results[i].Key, "it failed");
        using var store = SqliteResultStore.OpenOrCreate(FilePath);
        store.Add([], [Failure(0)]);
        store.Add([results[0]], []);
        store.Add([results[1]], []);
        store.Add([], [Failure(1)]);
        store.Add([results[2]], [Failure(2)]);
        Assert.Empty(store.Failures());
        Assert.Equal(3, store.Count());
    }

    [Fact]
    public void A_failure_replaces_an_earlier_one_and_failures_come_by_their_keys()
    {
        CellKey[] keys = [.. _grid.Results.Select(r => r.Key)];
        using var store = SqliteResultStore.OpenOrCreate(FilePath);
        store.Add([], [.. keys.Select(key => new CellFailure(key, "first"))]);
        store.Add([], [new CellFailure(keys[3], "second")]);
        Assert.Equal(keys.Order(), store.Failures().Select(f => f.Key));
        Assert.Equal("second", store.FindFailure(keys[3])?.Reason);
    }

    [Fact]
    public void Keys_come_ascending_over_many_pages()
    {
        var grid = new Grid(100, 90, replicates: 1);
        using var store = SqliteResultStore.OpenOrCreate(FilePath);
        store.Add([.. grid.Results], []);
        Assert.Equal(grid.Results.Select(r => r.Key).Order(), store.Keys());
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
                Assert.All(batch, result => Assert.True(Same(result, store.Find(result.Key))));
            }
        });
        Assert.Equal(_grid.CellCount, store.Count());
    }

    [Fact]
    public void A_batch_that_fails_leaves_nothing_of_itself()
    {
        using var store = SqliteResultStore.OpenOrCreate(FilePath);
        CellResult[] results = [.. _grid.Results];
        store.Add([results[0]], []);

        // The last of the batch cannot be encoded.
        Assert.ThrowsAny<Exception>(() => store.Add([.. results[1..], new CellResult(default, default)], []));
        Assert.Equal([results[0].Key], store.Keys());

        store.Add(results, []);
        Assert.Equal(_grid.CellCount, store.Count());
    }

    [Fact]
    public void Whole_batches_are_there_when_the_process_dies()
    {
        using var store = SqliteResultStore.OpenOrCreate(FilePath);
        foreach (CellResult[] batch in _grid.Results.Chunk(5))
        {
            store.Add(batch, []);
            using TemporaryFolder killed = _folder.Copy();
            Assert.Contains("results.db-wal", Directory.EnumerateFiles(killed.Path).Select(Path.GetFileName));

            // First to read, as `verify` would, then to go on.
            using (var reader = SqliteResultStore.OpenReadOnly(killed["results.db"]))
            {
                Assert.Equal(store.Keys(), reader.Keys());
            }

            using var writer = SqliteResultStore.OpenOrCreate(killed["results.db"]);
            Assert.Equal(store.Keys(), writer.Keys());
            Assert.All(writer.Keys(), key => Assert.NotNull(writer.Find(key)));
        }
    }

    [Fact]
    public void A_log_cut_anywhere_gives_whole_batches()
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
            Assert.Equal(0, count % 5);
            Assert.All(_grid.Results.Take((int)count), result => Assert.True(Same(result, survivor.Find(result.Key))));
        }
    }

    [Fact]
    public void A_reader_makes_no_file_and_changes_none()
    {
        using (var store = SqliteResultStore.OpenOrCreate(FilePath))
        {
            store.Add([.. _grid.Results], []);
        }

        Dictionary<string, string> before = _folder.Contents();
        using (var reader = SqliteResultStore.OpenReadOnly(FilePath))
        {
            Assert.Equal(_grid.CellCount, reader.Keys().LongCount());
            Assert.Equal(before, _folder.Contents());
            Assert.Throws<InvalidOperationException>(() => reader.Add([.. _grid.Results], []));
        }

        Assert.Equal(before, _folder.Contents());
        Assert.Equal([FilePath], before.Keys);
        Assert.Throws<StoreUnreachableException>(() => SqliteResultStore.OpenReadOnly(_folder["other.db"]));
        Assert.Equal(before, _folder.Contents());
    }

    [Fact]
    public void A_reader_sees_what_a_run_commits_meanwhile()
    {
        SqliteResultStore.OpenOrCreate(FilePath).Dispose();
        using var reader = SqliteResultStore.OpenReadOnly(FilePath);
        Assert.Equal(0, reader.Count());
        using (var writer = SqliteResultStore.OpenOrCreate(FilePath))
        {
            foreach (CellResult result in _grid.Results)
            {
                writer.Add([result], []);
                Assert.True(Same(result, reader.Find(result.Key)));
            }

            using var late = SqliteResultStore.OpenReadOnly(FilePath);
            Assert.Equal(_grid.CellCount, late.Count());
        }

        Assert.Equal(_grid.CellCount, reader.Count());
    }

    [Fact]
    public async Task A_reader_that_comes_while_a_run_ends_finds_no_damage()
    {
        var grid = new Grid(20, 30);
        SqliteResultStore.OpenOrCreate(FilePath).Dispose();
        bool isOver = false;
        var reading = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                using var reader = SqliteResultStore.OpenReadOnly(FilePath);
                Assert.InRange(reader.Count(), 0, grid.CellCount);
            }
        })));

        // A store that is closed moves its log into its file and takes the log away.
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
    public void Paths_with_odd_characters_are_paths()
    {
        foreach (string name in new[] { "a b.db", "100%25.db", "what?.db", "#1.db", "semi;colon=.db", "ünïcode.db", "file:x.db" })
        {
            using (var store = SqliteResultStore.OpenOrCreate(_folder[name]))
            {
                store.Add([.. _grid.Results], []);
            }

            using var reader = SqliteResultStore.OpenReadOnly(_folder[name]);
            Assert.Equal(_grid.CellCount, reader.Count());
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

    private static bool Same(CellResult expected, CellResult? actual) =>
        actual is not null && CellResultCodec.Encode(expected).AsSpan().SequenceEqual(CellResultCodec.Encode(actual));
}
