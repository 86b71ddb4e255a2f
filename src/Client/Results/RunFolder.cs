using RnnSweep.Core.Results;

namespace RnnSweep.Client.Results;

/// <summary>The folder of a run: the names of its files, and how they are written.</summary>
internal sealed class RunFolder(string path)
{
    public const string SweepFile = "sweep.yaml";
    public const string ManifestFile = "manifest.json";
    public const string StoreFile = "results.db";
    public const string ReplicatesFile = "replicates.csv";
    public const string SummaryFile = "summary.csv";
    public const string ReportFile = "report.html";
    public const string LogFile = "rnnsweep.log";
    public const string LockFile = "run.lock";

    /// <summary>The folder's full path.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>The full path of one of its files.</summary>
    public string this[string file] => System.IO.Path.Combine(Path, file);

    /// <summary>Makes the folder where it is not there, and claims it for one run; see <see cref="RunFolderLock"/>.</summary>
    /// <exception cref="RunFolderBusyException">Another run has it.</exception>
    /// <exception cref="StoreUnreachableException">It cannot be written.</exception>
    public RunFolderLock Lock() => Access(() =>
    {
        Directory.CreateDirectory(Path);
        RunFolderLock claim = RunFolderLock.Take(this);
        AtomicFile.RemoveStale(Path);
        return claim;
    });

    /// <summary>The folders that <see cref="Lock"/> would make, the innermost first.</summary>
    public IReadOnlyList<string> MissingFolders()
    {
        var missing = new List<string>();
        for (string? path = Path; path is not null && !Directory.Exists(path); path = System.IO.Path.GetDirectoryName(path))
        {
            missing.Add(path);
        }

        return missing;
    }

    /// <summary>Takes back what <see cref="Lock"/> made, as far as nothing else came into it; the lock must still be held.</summary>
    /// <param name="made">What <see cref="MissingFolders"/> was before.</param>
    public void Unmake(IReadOnlyList<string> made)
    {
        try
        {
            // Who opened the lock's file before finds it locked, who comes later makes a new one, and then the folder is not empty.
            if (made.Count > 0)
            {
                File.Delete(this[LockFile]);
            }

            foreach (string path in made)
            {
                Directory.Delete(path);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Somebody uses it.
        }
    }

    /// <summary>Writes one of its files, whole or not at all.</summary>
    /// <exception cref="StoreUnreachableException">It cannot be written; what was there before is still there.</exception>
    public void Write(string file, Action<Stream> write) => Access(() =>
    {
        using var whole = new AtomicFile(this[file]);
        write(whole.Stream);
        whole.Commit();
        return true;
    });

    /// <summary>Runs what reads or writes in the folder, and says of a full disk or a missing right where it arose.</summary>
    public T Access<T>(Func<T> access)
    {
        try
        {
            return access();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnreachableException($"the folder {Path} cannot be read or written: {error.Message}", error);
        }
    }
}
