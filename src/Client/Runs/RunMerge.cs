using RnnSweep.Client.Reports;
using RnnSweep.Client.Results;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using Serilog.Core;

namespace RnnSweep.Client.Runs;

/// <summary>Unites folders of one sweep, its shards as a rule, in a folder that is then as if one run had computed it all.</summary>
/// <param name="runs">The folders to unite, in any order.</param>
/// <param name="folder">Where to: a new folder, or one of the whole sweep.</param>
internal sealed class RunMerge(IReadOnlyList<StoredRun> runs, RunFolder folder)
{
    /// <summary>Unites them. A second call with the same folders changes nothing.</summary>
    /// <exception cref="UsageException">They are not of one sweep; nothing was written.</exception>
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
            // As it was resolved for the shard, which is as it is resolved for the whole.
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
            Matrices = sweep.Recorded,
            Sessions = sessions,
        }.Write(folder);
        var theory = new Theory();
        var toReport = new Report(folder, sweep.Plan, store, theory);
        ExportCounts counts = new CsvExport(folder, sweep.Plan, store, new SummaryTable(theory.OfMeasured)) { Visit = toReport.Gather }.Write(cancellation);
        ReportOutcome report = toReport.TryWrite(cancellation);
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

    // Where the parts come from, in the order of time; of a folder that is merged again they are there already.
    private static Manifest.Session[] Sessions(StoredRun[] all) =>
        [.. all.SelectMany(run => Manifest.Read(run.Folder)?.Sessions ?? []).Distinct().OrderBy(session => session.Started)];

    // By shard where all shards are parts of the same number; a folder of the whole sweep has none to be named.
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

/// <summary>What a merge came to.</summary>
/// <param name="Sweep">The whole sweep.</param>
/// <param name="Counts">Where its cells stand.</param>
/// <param name="MissingShards">Those with cells missing, where they can be named.</param>
/// <param name="InstructionSets">With what the results were computed.</param>
/// <param name="Report">What became of the report.</param>
internal sealed record MergeOutcome(
    ResolvedSweep Sweep, ExportCounts Counts, IReadOnlyList<MissingShard> MissingShards, IReadOnlyList<string> InstructionSets, ReportOutcome Report);

/// <summary>A shard that cells are missing of.</summary>
/// <param name="Shard">Which.</param>
/// <param name="Cells">How many.</param>
/// <param name="Run">Its folder, not finished; null where none was given.</param>
internal sealed record MissingShard(Shard Shard, long Cells, StoredRun? Run);
