using RnnSweep.Client.Reports;
using RnnSweep.Client.Results;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using Serilog.Core;

namespace RnnSweep.Client.Runs;

/// <summary>Merges folders of one sweep, usually its shards, into a folder with the content that one run of the whole sweep would leave.</summary>
/// <param name="runs">The folders to merge, in any order.</param>
/// <param name="folder">The target: a new folder, or one of the whole sweep.</param>
internal sealed class RunMerge(IReadOnlyList<StoredRun> runs, RunFolder folder)
{
    /// <summary>Merges the folders. A second call with the same folders changes nothing.</summary>
    /// <exception cref="UsageException">The folders are not of one sweep; nothing was written.</exception>
    /// <exception cref="StoreDamagedException">One is damaged, or two have different results of one cell; nothing was written.</exception>
    public MergeOutcome Merge(CancellationToken cancellation)
    {
        bool exists = File.Exists(folder[RunFolder.SweepFile]);
        using RunFolderLock? heldBefore = exists ? folder.Lock() : null;
        StoredRun? target = exists ? StoredRun.Open(folder.Path, null) : null;
        StoredRun[] all = [.. target is null ? [] : new[] { target }, .. runs];
        RequireOneSweep(all, target);

        ResolvedSweep sweep = all[0].Sweep.Part(null);
        var union = new ResultUnion(sweep.Plan);
        foreach (StoredRun run in all)
        {
            union.Add(run, cancellation);
        }

        using RunFolderLock? held = exists ? null : folder.Lock();
        string storeFile = RunStore.PathOf(folder, null);
        using var store = SqliteResultStore.OpenOrCreate(storeFile);
        if (!exists)
        {
            // A shard's sweep file is that of the whole sweep.
            byte[] text = runs[0].Folder.Access(() => File.ReadAllBytes(runs[0].Folder[RunFolder.SweepFile]));
            folder.Write(RunFolder.SweepFile, stream => stream.Write(text));
        }

        Logger log = RunLog.Open(folder[RunFolder.LogFile], verbose: false);
        foreach (StoredRun run in runs)
        {
            union.CopyTo(store, run, cancellation);
            log.Information("Merged {Folder}, {Sweep}", run.Folder.Path, run.Sweep.Title);
        }

        Manifest.Session[] sessions = Sessions(all);
        new Manifest
        {
            Name = sweep.Name,
            Cells = sweep.Plan.CellCount,
            Store = RunStore.IsShared(folder, storeFile) ? storeFile : null,
            Axes = TableSchemas.Axes(sweep.Plan),
            Fields = TableSchemas.Fields(sweep.Plan),
            Columns = TableSchemas.Types(sweep.Plan),
            Matrices = sweep.Recorded,
            Sessions = sessions,
        }.Write(folder);
        var outputs = new RunOutputs(folder, sweep.Plan, store, new Theory(), search: null);
        ExportCounts counts = outputs.WriteTables(cancellation);
        ReportOutcome report = outputs.TryWriteReport(cancellation);
        log.Information("Tables written: {Done} cells done, {Failed} failed, {Missing} missing", counts.Done, counts.Failed, counts.Missing);
        RunLog.Close();
        string[] sets = [.. sessions.Where(session => session.Computed > 0).Select(session => session.InstructionSet).Distinct().Order()];
        return new MergeOutcome(sweep, counts, counts.Missing > 0 ? MissingShards(sweep.Plan, union) : [], sets, report);
    }

    private void RequireOneSweep(StoredRun[] all, StoredRun? target)
    {
        if (runs.Any(run => run.Folder.Path == folder.Path) || target?.Sweep.Plan.Shard is not null)
        {
            throw new UsageException($"rnnsweep: {folder.Path} is one of the parts; choose another folder with -o, for the whole");
        }

        if (all.FirstOrDefault(run => run.Search is not null) is { } searching)
        {
            throw new UsageException($"rnnsweep: {searching.Shown} is of a sweep with locate ({searching.Search!.Locating.Text}), whose cells follow from its results; run it in one folder, which resumes");
        }

        string[] differences =
        [
            .. from run in all.Skip(1)
               let difference = PlanDifference.Of(run.Sweep.Plan, all[0].Sweep.Plan)
               where difference is not null
               select $"rnnsweep: {run.Shown} is of another sweep than {all[0].Shown}: {difference}",
        ];
        if (differences.Length > 0)
        {
            throw new UsageException([.. differences, "rnnsweep: nothing was merged"]);
        }
    }

    // The sessions of all folders, in the order of time; a merge repeated into the same folder finds them recorded already.
    private static Manifest.Session[] Sessions(StoredRun[] all) =>
        [.. all.SelectMany(run => Manifest.Read(run.Folder)?.Sessions ?? []).Distinct().OrderBy(session => session.Started)];

    // Missing cells by shard, where all shards are parts of the same number; empty for folders of the whole sweep.
    private MissingShard[] MissingShards(SweepPlan plan, ResultUnion union)
    {
        if (runs.Select(run => run.Sweep.Plan.Shard?.Count).OfType<int>().Distinct().ToArray() is not [var count])
        {
            return [];
        }

        var shards = new Shards(plan, count);
        var missing = new SortedDictionary<int, long>();
        for (long i = 0; i < plan.CellCount; i++)
        {
            if (union.IsMissing(plan.Planned(i)))
            {
                int number = shards.Of(plan.Locate(i).Trajectory).Number;
                missing[number] = missing.GetValueOrDefault(number) + 1;
            }
        }

        return
        [
            .. from entry in missing
               let shard = new Shard(entry.Key, count)
               select new MissingShard(shard, entry.Value, runs.FirstOrDefault(run => run.Sweep.Plan.Shard == shard)),
        ];
    }
}

/// <summary>The result of a merge.</summary>
/// <param name="Sweep">The whole sweep.</param>
/// <param name="Counts">Numbers of its cells by state.</param>
/// <param name="MissingShards">The shards with missing cells, where they are known.</param>
/// <param name="InstructionSets">The instruction sets with which the results were computed.</param>
/// <param name="Report">The outcome of the report.</param>
internal sealed record MergeOutcome(
    ResolvedSweep Sweep, ExportCounts Counts, IReadOnlyList<MissingShard> MissingShards, IReadOnlyList<string> InstructionSets, ReportOutcome Report);

/// <summary>A shard with missing cells.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Cells">Number of missing cells.</param>
/// <param name="Run">Its unfinished folder; null where none was given.</param>
internal sealed record MissingShard(Shard Shard, long Cells, StoredRun? Run);
