namespace RnnSweep.Client.Results;

/// <summary>
/// A file that appears whole or not at all: written beside its place and renamed at <see cref="Commit"/>. Disposed before that, it
/// leaves what was there before.
/// </summary>
internal sealed class AtomicFile : IDisposable
{
    private readonly string _path;
    private readonly string _temporary;
    private bool _committed;

    public AtomicFile(string path)
    {
        _path = path;
        _temporary = TemporaryPath(path);

        // FileShare.None locks it, which tells it from one that a killed process left.
        Stream = new FileStream(_temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
    }

    /// <summary>What is written so far.</summary>
    public FileStream Stream { get; }

    /// <summary>A name beside a file, for what is to become that file.</summary>
    public static string TemporaryPath(string path) =>
        Path.Combine(Path.GetDirectoryName(path) ?? "", $".{Path.GetFileName(path)}.{Path.GetRandomFileName()[..8]}.tmp");

    /// <summary>Removes what killed processes left of files that were never committed.</summary>
    public static void RemoveStale(string folder)
    {
        // The star at the end takes the journal of a database, too.
        foreach (string temporary in Directory.EnumerateFiles(folder, ".*.tmp*"))
        {
            try
            {
                using (new FileStream(temporary, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                {
                    File.Delete(temporary);
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Its process lives, or it is not ours to delete; either way it is in nobody's way.
            }
        }
    }

    public static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is removed with the stale ones of the next run.
        }
    }

    /// <summary>Puts the file in its place, with its content on the disk before its name is.</summary>
    public void Commit()
    {
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
        File.Move(_temporary, _path, overwrite: true);
        _committed = true;
    }

    public void Dispose()
    {
        if (_committed)
        {
            return;
        }

        try
        {
            Stream.Dispose();
        }
        catch (IOException)
        {
            // A full disk, again: what it holds is not wanted.
        }

        TryDelete(_temporary);
    }
}
