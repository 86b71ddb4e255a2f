using RnnSweep.Client.Results;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Tests.Results;

public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly RunFolder _folder;

    public RunFolderTests() => _folder = new RunFolder(_temporary["runs/first"]);

    [Fact]
    public void A_second_run_on_a_folder_is_refused_with_the_first_runs_process()
    {
        using (_folder.Lock())
        {
            var error = Assert.Throws<RunFolderBusyException>(() => new RunFolder(_folder.Path).Lock());
            Assert.Equal(Environment.ProcessId, error.ProcessId);
            Assert.Contains(_folder.Path, error.Message, StringComparison.Ordinal);
        }

        _folder.Lock().Dispose();
        Assert.Equal(0, new FileInfo(_folder[RunFolder.LockFile]).Length);
    }

    [Fact]
    public void The_lock_file_of_a_killed_run_does_not_block_the_next_run()
    {
        Directory.CreateDirectory(_folder.Path);
        File.WriteAllText(_folder[RunFolder.LockFile], "123456789\n");
        _folder.Lock().Dispose();
    }

    [Fact]
    public void A_file_is_written_completely_or_not_at_all()
    {
        using (_folder.Lock())
        {
            _folder.Write("a.txt", stream => stream.Write("first"u8));
            _folder.Write("a.txt", stream => stream.Write("second"u8));
            Assert.Equal("second", File.ReadAllText(_folder["a.txt"]));
        }

        Assert.Equal(["a.txt", "run.lock"], Names());
    }

    [Fact]
    public void A_failed_write_keeps_the_previous_file()
    {
        Directory.CreateDirectory(_folder.Path);
        _folder.Write("a.txt", stream => stream.Write("first"u8));
        Assert.Throws<StoreUnreachableException>(() => _folder.Write("a.txt", stream =>
        {
            stream.Write("half of the sec"u8);
            throw new IOException("No space left on device");
        }));
        Assert.Equal("first", File.ReadAllText(_folder["a.txt"]));
        Assert.Equal(["a.txt"], Names());
    }

    [SkippableFact]
    public void A_full_disk_keeps_the_previous_file()
    {
        using var disk = SmallDisk.MountOrSkip(_temporary["disk"]);
        var folder = new RunFolder(disk.Path);
        folder.Write("a.txt", stream => stream.Write("first"u8));
        Assert.Throws<StoreUnreachableException>(() => folder.Write("a.txt", stream => stream.Write(new byte[2 << 20])));
        Assert.Equal("first", File.ReadAllText(folder["a.txt"]));
        Assert.Equal([folder["a.txt"]], Directory.EnumerateFiles(disk.Path));
    }

    [Fact]
    public void Taking_the_lock_deletes_temporary_files_of_killed_runs_only()
    {
        Directory.CreateDirectory(_folder.Path);
        File.WriteAllText(AtomicFile.TemporaryPath(_folder["summary.csv"]), "half a ta");
        File.WriteAllText(_folder["mine.tmp"], "not ours");
        using var alive = new AtomicFile(_folder["replicates.csv"]);
        alive.Stream.Write("a row"u8);
        _folder.Lock().Dispose();
        alive.Commit();
        Assert.Equal(["mine.tmp", "replicates.csv", "run.lock"], Names());
    }

    [Fact]
    public void A_folder_that_cannot_be_created_is_unreachable()
    {
        File.WriteAllText(_temporary["file"], "");
        Assert.Throws<StoreUnreachableException>(() => new RunFolder(_temporary["file/run"]).Lock());
        Assert.Throws<StoreUnreachableException>(() => new RunFolder(_temporary["missing"]).Write("a.txt", _ => { }));
    }

    public void Dispose() => _temporary.Dispose();

    private IEnumerable<string?> Names() => Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal);
}
