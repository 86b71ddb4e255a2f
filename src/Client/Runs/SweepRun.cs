using System.Diagnostics;
using RnnSweep.Client.Engines;
using RnnSweep.Client.Live;
using RnnSweep.Client.Reports;
using RnnSweep.Client.Results;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using Serilog;
using Serilog.Core;

namespace RnnSweep.Client.Runs;

/// <summary>
/// One start of a run: locks the folder, reads what is stored, lets the engine compute the rest, and writes the tables when no cell is open. The store is the
/// only record of what is done, so the process may be killed at any time.
/// </summary>
/// <param name="sweep">The sweep.</param>
/// <param name="folder">The run's folder.</param>
/// <param name="storeFile">The store's file.</param>
/// <param name="computation">Runs experiments in this process; null where a cluster runs them.</param>
/// <param name="engine">The engine.</param>
/// <param name="verbose">Whether the log is written to the error stream, too, instead of the progress.</param>
internal sealed class SweepRun(ResolvedSweep sweep, RunFolder folder, string storeFile, Computation? computation, IEngine engine, bool verbose)
{
    // Shared by the tables and all reports, because it caches its values.
    private readonly Theory _theory = new();

    // The search along an axis, with the cells of all rounds so far; null where the sweep has none.
    private LocatingSearch? _search;
    private ProgressMeter _meter = new(0, 0, 0);

    /// <summary>Serves the run to browsers; null without <c>--watch</c>.</summary>
    public LiveRun? Live { get; init; }

    /// <summary>Folders whose readings of the sweep's cells are copied instead of computed.</summary>
    public IReadOnlyList<RunFolder> Siblings { get; init; } = [];

    /// <summary>Called when a cell has failed, perhaps several times and from any thread.</summary>
    public Action? OnFailed { get; init; }

    /// <summary>Runs until the sweep is finished or interrupted.</summary>
    /// <exception cref="OtherSweepException">The folder holds results of another sweep.</exception>
    public RunOutcome Run(Interruption interruption)
    {
        IReadOnlyList<string> created = folder.MissingFolders();
        using RunFolderLock held = folder.Lock();
        bool isShared = RunStore.IsShared(folder, storeFile);
        using SqliteResultStore store = OpenStore(created);
        IReadOnlyList<(RunFolder Folder, long Readings)> copied = SiblingReadings.Copy(sweep.Plan, store, Siblings);
        _search = LocatingSearch.Of(sweep.Plan, store, _theory.OfMeasured);
        SweepLedger ledger = RunStore.Ledger(sweep with { Plan = Plan }, store, folder, isShared);
        folder.Write(RunFolder.SweepFile, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(SweepFileWriter.Write(sweep))));
        Logger log = RunLog.Open(folder[RunFolder.LogFile], verbose);

        var session = new Manifest.Session { Started = DateTimeOffset.Now, Engine = engine.Name, Parallelism = engine.Parallelism };
        IReadOnlyList<Manifest.Session> before = Manifest.Read(folder)?.Sessions ?? [];
        WriteManifest(isShared, [.. before, session]);

        LedgerCounts start = ledger.Counts;
        log.Information(
            "{Sweep}: {Cells} cells, {Stored} stored, engine {Engine}, {Parallelism} at a time, rnnsweep {Version} {Commit}, {InstructionSet}",
            sweep.Title, start.Cells, start.Done, engine.Name, engine.Parallelism, Machine.Version, Machine.Commit, Machine.InstructionSet);
        foreach ((RunFolder from, long readings) in copied)
        {
            log.Information("{Readings} readings copied from {Folder}", readings, from.Path);
            Console.Error.WriteLine($"copied {readings} readings from {Path.GetRelativePath(Environment.CurrentDirectory, from.Path)}");
        }

        var clock = Stopwatch.StartNew();
        IResultStore results = computation is null ? store : new WatchedStore(store, computation.Stages);
        _meter = Meter(ledger);
        long computed = 0, failed = 0;
        Live?.Begin(WriteReport, () => _meter.LockedLine(clock.Elapsed), () => Interlocked.Read(ref computed) + _meter.LockedCount);
        EngineOutcome outcome = RunRound(ledger, results, interruption);
        while (outcome.Counts.IsFinished && !interruption.Token.IsCancellationRequested && _search?.Advance(store) == true)
        {
            (computed, failed) = (computed + _meter.Computed, Math.Max(failed, _meter.Failed));
            ledger = StoredLedger.Of(Plan, store, withFailures: outcome.Failures.Count > 0); // what has failed in this run is not tried again
            log.Information("Round {Round}: {Open} more cells", _search.Round, ledger.Counts.Open);
            _meter = Meter(ledger);
            outcome = RunRound(ledger, results, interruption);
        }

        long allComputed = computed + _meter.Computed, allFailed = Math.Max(failed, _meter.Failed);
        log.Information("{Computed} cells computed, {Failed} failed, in {Elapsed}; {Caches}", allComputed, allFailed, clock.Elapsed, computation?.CacheLine);
        var outputs = new RunOutputs(folder, Plan, store, _theory, _search);
        bool isComplete = outcome.Counts.IsFinished && _search is null or { IsFinished: true } && WithProgress(interruption, () => WriteTables(outputs, interruption.Token));
        log.Information(isComplete ? "Tables written" : "Interrupted");

        bool isManifestWritten = TryWriteManifest(isShared, [.. before, session with { Finished = DateTimeOffset.Now, Computed = allComputed, Failed = allFailed }]);
        TimeSpan elapsed = clock.Elapsed;
        ReportOutcome report = isComplete ? outputs.TryWriteReport(interruption.Token) : ReportOutcome.NotWritten;
        report = report == ReportOutcome.Written && !isManifestWritten ? ReportOutcome.Incomplete : report;
        Live?.Finish($"{(isComplete ? "Finished" : "Interrupted")}: {_meter.LockedLine(elapsed)}");
        RunLog.Close();
        return new RunOutcome(sweep with { Plan = Plan }, _search, outcome.Counts, isComplete, report, start.Done, allComputed, elapsed, outcome.Failures)
        {
            Sentences = outputs.Sentences,
        };
    }

    // At first as if every thread were in the middle of an experiment of the mean size.
    private ProgressMeter Meter(SweepLedger ledger) => new(ledger.Counts.Cells, ledger.Counts.Done, ledger.OpenWork)
    {
        OnFailed = OnFailed,
        InProgress = computation is null ? null : () => computation.Stages.WorkInProgress,
        Running = ledger.OpenWork * (engine.Parallelism ?? 0) / Math.Max(1, (double)Plan.Experiments.Count * ledger.Counts.Open / Math.Max(1, ledger.Counts.Cells)),
    };

    private SweepPlan Plan => _search?.Plan ?? sweep.Plan;

    private EngineOutcome RunRound(SweepLedger ledger, IResultStore results, Interruption interruption) => ledger.Counts.Open == 0
        ? new EngineOutcome(ledger.Counts, ledger.Failures)
        : WithProgress(interruption, () => engine.Run(new EngineWork(Plan, ledger, results, _meter), interruption.Token));

    // Reads through its own connection, because reading takes long and the run is writing meanwhile.
    private void WriteReport(Stream stream)
    {
        using var results = SqliteResultStore.OpenReadOnly(storeFile);
        Report.Of(folder, Plan, results, _theory, _search is null ? null : LocatingSearch.Of(sweep.Plan, results, _theory.OfMeasured)).WritePage(stream);
    }

    // Where the store cannot be opened, the folders that the run created are removed.
    private SqliteResultStore OpenStore(IReadOnlyList<string> created)
    {
        try
        {
            return SqliteResultStore.OpenOrCreate(storeFile);
        }
        catch
        {
            folder.RemoveCreated(created);
            throw;
        }
    }

    // An interruption while the tables are written is treated like an earlier one: the run can be continued.
    private bool WriteTables(RunOutputs outputs, CancellationToken cancellation)
    {
        StageBoard.Place? place = computation?.Stages.Current;
        place?.Stage = Stage.Tables;
        try
        {
            _ = outputs.WriteTables(cancellation);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        finally
        {
            place?.Stage = Stage.None;
        }
    }

    // Shows the progress during some work.
    private T WithProgress<T>(Interruption interruption, Func<T> work)
    {
        using ProgressDisplay? display = verbose ? null : new ProgressDisplay(_meter, interruption.Token, computation?.Stages);
        interruption.IsShown = display?.IsBar ?? false;
        try
        {
            return work();
        }
        finally
        {
            interruption.IsShown = false;
        }
    }

    // All results are stored at the end, so a manifest that cannot be written does not fail the run.
    private bool TryWriteManifest(bool isShared, IReadOnlyList<Manifest.Session> sessions)
    {
        try
        {
            WriteManifest(isShared, sessions);
            return true;
        }
        catch (StoreUnreachableException error)
        {
            Console.Error.WriteLine($"the end of the run could not be recorded in {RunFolder.ManifestFile}: {error.Message}");
            Log.Warning(error, "No manifest of the end");
            return false;
        }
    }

    private void WriteManifest(bool isShared, IReadOnlyList<Manifest.Session> sessions) =>
        new Manifest
        {
            Name = sweep.Name,
            Cells = Plan.CellCount,
            Shard = sweep.Plan.Shard?.ToString(),
            Store = isShared ? storeFile : null,
            Axes = TableSchemas.Axes(sweep.Plan),
            Fields = TableSchemas.Fields(Plan),
            Columns = TableSchemas.Types(Plan),
            Matrices = sweep.Recorded,
            Sessions = sessions,
        }.Write(folder);
}

/// <summary>How a run ended.</summary>
/// <param name="Sweep">The sweep with the cells of all rounds.</param>
/// <param name="Search">The search along an axis; null where the sweep has none.</param>
/// <param name="Counts">Numbers of cells by state.</param>
/// <param name="IsComplete">Whether every cell was tried and the tables are written; false where the run was interrupted.</param>
/// <param name="Report">The outcome of the report; Incomplete, too, where the manifest, which it shows, could not be written at the end.</param>
/// <param name="Stored">Cells that were stored before.</param>
/// <param name="Computed">Cells computed by this run.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="Failures">The failed cells, by index, with the reason.</param>
internal sealed record RunOutcome(
    ResolvedSweep Sweep, LocatingSearch? Search, LedgerCounts Counts, bool IsComplete, ReportOutcome Report, long Stored, long Computed, TimeSpan Elapsed, IReadOnlyDictionary<long, string> Failures)
{
    /// <summary>The sentences of the report; empty where none was written.</summary>
    public IReadOnlyList<string> Sentences { get; init; } = [];
}
