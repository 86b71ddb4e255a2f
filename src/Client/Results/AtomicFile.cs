namespace RnnSweep.Client.Results;

/// <summary>
/// A file that is written atomically: to a temporary file beside it, which <see cref="Commit"/> renames. Disposing it without a commit keeps the previous file.
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

        // FileShare.None locks the file, so that RemoveStale can distinguish it from that of a killed process.
        Stream = new FileStream(_temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
    }

    /// <summary>The stream to write to.</summary>
    public FileStream Stream { get; }

    /// <summary>The path of a temporary file beside a file.</summary>
    public static string TemporaryPath(string path) =>
        Path.Combine(Path.GetDirectoryName(path) ?? "", $".{Path.GetFileName(path)}.{Path.GetRandomFileName()[..8]}.tmp");

    /// <summary>Removes the temporary files of killed processes.</summary>
    public static void RemoveStale(string folder)
    {
        // The last star matches the journal of a database, too.
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
                // Its process is still running, or this process may not delete it; it does no harm.
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
            // The next run removes it as stale.
        }
    }

    /// <summary>Renames the file, after its content has been flushed to the disk.</summary>
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
            // The disk may be full; the content is discarded anyway.
        }

        TryDelete(_temporary);
    }
}
