using Microsoft.Data.Sqlite;
using RnnSweep.Client.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Tests.Results;

public sealed class UnusableStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Grid _grid = new(10, 10);

    private string FilePath => _folder["results.db"];

    [Fact]
    public void A_file_that_is_not_a_database_is_not_changed()
    {
        File.WriteAllText(FilePath, string.Join('\n', Enumerable.Repeat("radius,length,norm", 500)));
        AssertRefused<StoreDamagedException>("is not an SQLite database");
    }

    [Fact]
    public void An_empty_file_and_a_log_beside_it_are_not_changed()
    {
        File.WriteAllBytes(FilePath, []);
        File.WriteAllText(_folder["results.db-wal"], "what is left of a store");
        AssertRefused<StoreDamagedException>("is empty");
    }

    [Fact]
    public void A_database_of_another_program_is_not_changed()
    {
        Execute("CREATE TABLE results (key, payload); CREATE TABLE failures (key, reason); PRAGMA journal_mode = WAL");
        AssertRefused<StoreDamagedException>("another program");
    }

    [Fact]
    public void A_store_of_a_newer_format_is_not_changed()
    {
        SqliteResultStore.OpenOrCreate(FilePath).Dispose();
        Execute("PRAGMA user_version = 7");
        AssertRefused<StoreDamagedException>("format 7");
    }

    [Fact]
    public void A_store_of_an_older_format_is_not_changed_and_the_message_says_what_to_do()
    {
        MakeFormat1(FilePath);
        AssertRefused<StoreDamagedException>("in format 1, and this version reads format 6: choose another folder with -o, or delete this one and run the sweep again");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void A_store_of_an_unknown_format_is_not_changed(int format)
    {
        SqliteResultStore.OpenOrCreate(FilePath).Dispose();
        Execute($"PRAGMA user_version = {format}");
        AssertRefused<StoreDamagedException>($"has format {format}, ");
    }

    [Theory]
    [InlineData("cells")]
    [InlineData("readings")]
    [InlineData("failures")]
    public void A_store_without_one_of_its_tables_is_not_changed(string table)
    {
        SqliteResultStore.OpenOrCreate(FilePath).Dispose();
        Execute($"DROP TABLE {table}");
        AssertRefused<StoreDamagedException>("does not have the tables");
    }

    [Fact]
    public void A_truncated_store_is_left_as_it_is()
    {
        Fill();
        long length = new FileInfo(FilePath).Length;
        foreach (long cut in new[] { 50, 100, 4000, length / 2, length - 4096, length - 1 })
        {
            using (var file = new FileStream(FilePath, FileMode.Open))
            {
                file.SetLength(cut);
            }

            AssertRefused<StoreDamagedException>(FilePath);
            File.Delete(FilePath);
            Fill();
        }
    }

    [Fact]
    public void Damage_anywhere_is_found_or_harmless()
    {
        Fill();
        byte[] sound = File.ReadAllBytes(FilePath);
        CellResult[] expected = [.. _grid.Results];
        var random = new Random(1);
        int found = 0;
        for (int i = 0; i < 300; i++)
        {
            byte[] damaged = [.. sound];
            int place = i < 100 ? i : random.Next(damaged.Length);
            random.NextBytes(damaged.AsSpan(place, Math.Min(random.Next(1, 40), damaged.Length - place)));
            File.WriteAllBytes(FilePath, damaged);
            found += Find(expected) ? 1 : 0;
        }

        // Some bytes of a database are unused, but most are used.
        Assert.InRange(found, 150, 300);
    }

    [Fact]
    public void A_missing_folder_or_a_file_in_its_place_is_unreachable()
    {
        Assert.Throws<StoreUnreachableException>(() => SqliteResultStore.OpenOrCreate(_folder["missing/results.db"]));
        File.WriteAllText(_folder["file"], "");
        Assert.Throws<StoreUnreachableException>(() => SqliteResultStore.OpenOrCreate(_folder["file/results.db"]));
        Assert.Throws<StoreUnreachableException>(() => SqliteResultStore.OpenOrCreate(_folder.Path));
        Assert.Equal([_folder["file"]], Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_store_that_another_program_has_locked_is_unreachable()
    {
        using var store = SqliteResultStore.OpenOrCreate(FilePath, TimeSpan.FromSeconds(0.1));
        using var other = new SqliteConnection($"Data Source={FilePath};Pooling=False");
        other.Open();
        SqliteStoreFile.Execute(other, "BEGIN IMMEDIATE");
        var error = Assert.Throws<StoreUnreachableException>(() => store.Add([.. _grid.Results], []));
        Assert.Contains("locked", error.Message, StringComparison.Ordinal);
        Assert.Throws<StoreUnreachableException>(() => SqliteResultStore.OpenOrCreate(FilePath, TimeSpan.FromSeconds(0.1)));

        SqliteStoreFile.Execute(other, "ROLLBACK");
        store.Add([.. _grid.Results], []);
        Assert.Equal(3 * _grid.CellCount, store.Count()); // three replicates per cell
    }

    [SkippableFact]
    public void A_full_disk_stops_the_batch_and_keeps_those_before()
    {
        using var disk = SmallDisk.MountOrSkip(_folder["disk"]);
        string path = Path.Combine(disk.Path, "results.db");
        using (var store = SqliteResultStore.OpenOrCreate(path))
        {
            long stored = 0;
            var error = Assert.Throws<StoreUnreachableException>(() =>
            {
                foreach (CellResult[] batch in new Grid(100, 100, 50).Results.Chunk(10))
                {
                    store.Add(batch, []);
                    stored += batch.Sum(result => result.Replicates.Length);
                }
            });
            Assert.Contains("full", error.Message, StringComparison.Ordinal);
            Assert.True(stored > 0);
            Assert.Equal(stored, store.Count());
        }

        // The stored readings can still be read, but a new store cannot be created.
        using var reader = SqliteResultStore.OpenReadOnly(path);
        Assert.All(new Grid(100, 100, 50).Specs.Take(reader.Replicates().Count()), spec => Assert.True(Grid.Same(Grid.Compute(spec), reader.Find(spec))));
        disk.Fill();
        Assert.Throws<StoreUnreachableException>(() => SqliteResultStore.OpenOrCreate(Path.Combine(disk.Path, "second.db")));
        Assert.False(File.Exists(Path.Combine(disk.Path, "second.db")));
    }

    [SkippableFact]
    public void A_read_only_disk_can_be_read_and_not_be_written()
    {
        using var disk = SmallDisk.MountOrSkip(_folder["disk"]);
        string path = Path.Combine(disk.Path, "results.db");
        using (var store = SqliteResultStore.OpenOrCreate(path))
        {
            store.Add([.. _grid.Results], []);
        }

        disk.MakeReadOnly();
        Assert.Throws<StoreUnreachableException>(() => SqliteResultStore.OpenOrCreate(path));
        Assert.Throws<StoreUnreachableException>(() => SqliteResultStore.OpenOrCreate(Path.Combine(disk.Path, "second.db")));
        using var reader = SqliteResultStore.OpenReadOnly(path);
        Assert.Equal(3 * _grid.CellCount, reader.Count());
    }

    [SkippableFact]
    public void The_store_of_a_killed_run_can_be_read_on_a_read_only_disk()
    {
        using var disk = SmallDisk.MountOrSkip(_folder["disk"]);
        using (var store = SqliteResultStore.OpenOrCreate(FilePath))
        {
            store.Add([.. _grid.Results], []);
            using TemporaryFolder killed = _folder.Copy();
            foreach (string file in Directory.EnumerateFiles(killed.Path))
            {
                File.Copy(file, Path.Combine(disk.Path, Path.GetFileName(file)));
            }
        }

        disk.MakeReadOnly();
        using var reader = SqliteResultStore.OpenReadOnly(Path.Combine(disk.Path, "results.db"));
        Assert.Equal(3 * _grid.CellCount, reader.Count());
    }

    [Theory]
    [InlineData(13, typeof(StoreUnreachableException))]
    [InlineData(10, typeof(StoreUnreachableException))]
    [InlineData(8, typeof(StoreUnreachableException))]
    [InlineData(14, typeof(StoreUnreachableException))]
    [InlineData(5, typeof(StoreUnreachableException))]
    [InlineData(11, typeof(StoreDamagedException))]
    [InlineData(26, typeof(StoreDamagedException))]
    [InlineData(21, typeof(SqliteException))]
    public void Every_error_of_sqlite_has_its_meaning(int code, Type meaning) =>
        Assert.IsType(meaning, SqliteErrors.Translate(new SqliteException("an error", code), FilePath));

    public void Dispose() => _folder.Dispose();

    /// <summary>Creates a store of the previous version: one row per cell, with all its readings in one value.</summary>
    internal static void MakeFormat1(string path)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        SqliteStoreFile.Execute(
            connection,
            "CREATE TABLE results (key BLOB NOT NULL PRIMARY KEY, payload BLOB NOT NULL)",
            "CREATE TABLE failures (key BLOB NOT NULL PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID",
            "INSERT INTO results VALUES (zeroblob(32), x'0102')",
            $"PRAGMA application_id = {0x524E4E53}", // "RNNS"
            "PRAGMA user_version = 1",
            "PRAGMA journal_mode = WAL");
    }

    private void AssertRefused<T>(string message)
        where T : Exception
    {
        Dictionary<string, string> before = _folder.Contents();
        foreach (var open in new Func<string, TimeSpan?, SqliteResultStore>[] { SqliteResultStore.OpenOrCreate, SqliteResultStore.OpenReadOnly })
        {
            var error = Assert.Throws<T>(() => open(FilePath, null));
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
            Assert.Contains(FilePath, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
            Assert.Equal(before, _folder.Contents());
        }
    }

    /// <summary>Reads everything: every reading must be correct, or the exception must report damage.</summary>
    private bool Find(CellResult[] expected)
    {
        try
        {
            bool damaged = false;
            using var store = SqliteResultStore.OpenReadOnly(FilePath);
            foreach (CellResult right in expected)
            {
                try
                {
                    CellResult? result = store.Find(right.Spec);
                    damaged |= result is not { IsComplete: true };
                    Assert.All(result?.Replicates ?? [], reading => Assert.Equal(right.Replicates[reading.Replicate], reading));
                }
                catch (StoreDamagedException)
                {
                    damaged = true;
                }
            }

            return store.IntegrityErrors().Count > 0 || store.Replicates().Count() != expected.Length || store.Failures().Count > 0 || damaged;
        }
        catch (StoreDamagedException)
        {
            return true;
        }
    }

    private void Fill()
    {
        using var store = SqliteResultStore.OpenOrCreate(FilePath);
        store.Add([.. _grid.Results], []);
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False");
        connection.Open();
        SqliteStoreFile.Execute(connection, sql);
    }
}
