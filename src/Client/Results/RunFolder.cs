using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Results;

/// <summary>The folder of a run: the names of its files, and how they are written.</summary>
internal sealed class RunFolder(string path)
{
    public const string SweepFile = "sweep.yaml";
    public const string ManifestFile = "manifest.json";
    public const string StoreFile = "results.db";
    public const string ReplicatesFile = "replicates.csv";
    public const string SummaryFile = "summary.csv";
    public const string SpectrumFile = "spectrum.csv";
    public const string LagsFile = "lags.csv";
    public const string LeadingFile = "leading.csv";
    public const string HistoryFile = "history.csv";
    public const string CriticalFile = "critical.csv";
    public const string CriticalSummaryFile = "critical_summary.csv";
    public const string ReportFile = "report.html";
    public const string LogFile = "rnnsweep.log";
    public const string LockFile = "run.lock";

    /// <summary>The tables of a sweep, which depend on what its cells measure; the summary is the first.</summary>
    public static IReadOnlyList<string> Tables(CellSpec spec) =>
    [
        SummaryFile, ReplicatesFile, .. spec.MeasuresSpectrum ? new[] { SpectrumFile } : [], .. spec.MeasuresLags ? new[] { LagsFile } : [],
        .. spec.MeasuresLeading ? new[] { LeadingFile, HistoryFile } : [],
    ];

    /// <summary>The tables of a search along an axis.</summary>
    public static IReadOnlyList<string> CriticalTables { get; } = [CriticalFile, CriticalSummaryFile];

    /// <summary>The files that a finished run leaves for the user.</summary>
    public static IEnumerable<string> OutputFiles(SweepPlan plan, bool isReported, TableFormat format = TableFormat.Csv)
    {
        IEnumerable<string> all = plan.Locating is null ? Tables(plan.Fixed) : Tables(plan.Fixed).Concat(CriticalTables);
        IEnumerable<string> tables = format == TableFormat.Parquet ? all.Select(AsParquet) : all;
        return isReported ? [.. tables, ReportFile] : tables;
    }

    /// <summary>The name of a table as Parquet.</summary>
    public static string AsParquet(string table) => System.IO.Path.ChangeExtension(table, ".parquet");

    /// <summary>The folder's full path.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>The full path of one of its files.</summary>
    public string this[string file] => System.IO.Path.Combine(Path, file);

    /// <summary>Creates the folder where it is missing, and locks it for one run; see <see cref="RunFolderLock"/>.</summary>
    /// <exception cref="RunFolderBusyException">Another run has locked the folder.</exception>
    /// <exception cref="StoreUnreachableException">It cannot be written.</exception>
    public RunFolderLock Lock() => Access(() =>
    {
        Directory.CreateDirectory(Path);
        RunFolderLock claim = RunFolderLock.Take(this);
        AtomicFile.RemoveStale(Path);
        return claim;
    });

    /// <summary>The folders that <see cref="Lock"/> would create, the innermost first.</summary>
    public IReadOnlyList<string> MissingFolders()
    {
        var missing = new List<string>();
        for (string? path = Path; path is not null && !Directory.Exists(path); path = System.IO.Path.GetDirectoryName(path))
        {
            missing.Add(path);
        }

        return missing;
    }

    /// <summary>Removes the folders that <see cref="Lock"/> created, where they are empty; the lock must still be held.</summary>
    /// <param name="made">The result of <see cref="MissingFolders"/> before the lock.</param>
    public void RemoveCreated(IReadOnlyList<string> made)
    {
        try
        {
            // A process that has opened the lock's file finds it locked. One that comes later creates a new file, and then the folder is not empty and stays.
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
            // Another process uses the folder.
        }
    }

    /// <summary>Writes one of its files, whole or not at all.</summary>
    /// <exception cref="StoreUnreachableException">The file cannot be written; the previous one is kept.</exception>
    public void Write(string file, Action<Stream> write) => Access(() =>
    {
        using var whole = new AtomicFile(this[file]);
        write(whole.Stream);
        whole.Commit();
        return true;
    });

    /// <summary>Runs an access to the folder, and translates its errors, such as a full disk or a missing permission.</summary>
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
