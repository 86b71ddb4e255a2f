using System.Collections.Immutable;
using RnnSweep.Client.Results;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Runs;

/// <summary>A run's folder, opened by a command that only reads results.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Shown">The folder as the user named it.</param>
/// <param name="Sweep">Its sweep; of a shard's folder, that shard.</param>
/// <param name="StoreFile">Its store.</param>
/// <param name="Search">The search along an axis, as far as the store leads it, whose points are those of the sweep; null where the sweep has none.</param>
internal sealed record StoredRun(RunFolder Folder, string Shown, ResolvedSweep Sweep, string StoreFile, LocatingSearch? Search)
{
    /// <summary>The theory with which the search and the run's tables are made.</summary>
    public Theory Theory { get; private init; } = new();

    /// <summary>Opens a folder that a run has written to.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="store">The store's file; null for the manifest's.</param>
    /// <param name="isComputing">Whether cells will be computed, for which the matrix files must be those of the run; otherwise the files are not read.</param>
    /// <exception cref="UsageException">The folder is not a run's, or a matrix file is missing or has changed.</exception>
    public static StoredRun Open(string path, string? store, bool isComputing = false)
    {
        var folder = new RunFolder(path);
        if (!File.Exists(folder[RunFolder.SweepFile]))
        {
            throw new UsageException(Directory.Exists(path)
                ? $"rnnsweep: {path} is not a run's folder: it has no {RunFolder.SweepFile}"
                : $"rnnsweep: there is no folder {path}{NearestPath.OfRun(path, RunFolder.SweepFile)}");
        }

        Manifest? manifest = Manifest.Read(folder);
        ResolvedSweep? sweep = SweepFileReader.Read(folder[RunFolder.SweepFile], [], out ImmutableArray<SweepProblem> problems, isComputing ? null : manifest?.Matrices, allowUnused: true);
        if ((sweep is null ? manifest?.ChangedOnDisk(folder.Path) : manifest?.Changed(sweep.Recorded)) is { } changed)
        {
            throw new UsageException($"rnnsweep: {path}: {changed}");
        }

        if (sweep is null)
        {
            throw new UsageException(problems.Select(problem => problem.ToString()));
        }

        Shard? shard = Shard.TryParse(manifest?.Shard, out Shard? noted) ? noted : null;
        (string file, var theory) = (RunStore.PathOf(folder, store), new Theory());
        LocatingSearch? search = RunStore.Search(sweep, file, theory);
        return new StoredRun(folder, path, search is null ? sweep.Part(shard) : sweep with { Plan = search.Plan }, file, search) { Theory = theory };
    }

    /// <summary>The numbers of its cells by state, as a line for the user.</summary>
    public string Counts(long done, long failed, long missing) => $"{Sweep.Title}: {done} of {Sweep.Plan.CellCount} cells done, {failed} failed, {missing} missing";

    /// <summary>
    /// Locks the folder for writing, so that files made from an earlier state of the store cannot replace those that a run writes at its end.
    /// </summary>
    /// <exception cref="UsageException">A run has locked the folder; the message ends with <paramref name="hint"/>.</exception>
    public RunFolderLock Lock(string hint)
    {
        try
        {
            return Folder.Lock();
        }
        catch (RunFolderBusyException error)
        {
            string process = error.ProcessId is { } id ? $" (process {id})" : "";
            throw new UsageException($"rnnsweep: a run{process} is writing {Folder.Path}; {hint}");
        }
    }
}
