using System.Collections.Concurrent;
using System.Globalization;
using RnnSweep.Client.Engines;
using RnnSweep.Client.Results;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Tests.Engines;

public sealed class ThreadsEngineTests : IDisposable
{
    // A hang guard that makes no claim about speed: a failing test must end too.
    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(3);

    private static readonly SweepPlan s_plan = Plan("spectral_radius=1..20:1", "sequence_length=30,10,20", "replicates=2");

    private readonly TemporaryFolder _folder = new();
    private readonly SqliteResultStore _store;

    public ThreadsEngineTests() => _store = SqliteResultStore.OpenOrCreate(_folder["results.db"]);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(50)]
    public void Every_reading_is_computed_once_and_is_correct(int threads)
    {
        var sink = new Sink();
        EngineWork work = Work(s_plan, sink);
        new ThreadsEngine(Fake, threads).Run(work, default);
        Assert.Equal(Specs(s_plan).Select(spec => CellKey.Of(spec)).Order(), sink.Results.Select(result => result.Key).Distinct().Order());
        Assert.All(Specs(s_plan), spec =>
            Assert.True(Grid.Same(Grid.Compute(spec), CellResult.Of(spec, CellKey.Of(spec), sink.Readings(spec).OrderBy(reading => reading.Replicate)))));
        Assert.Equal(new LedgerCounts(s_plan.CellCount, 0, 0, 0), work.Ledger.Counts);
    }

    [Fact]
    public void One_cell_of_many_replicates_is_work_for_every_thread()
    {
        SweepPlan plan = Plan("hidden_size=64", "sequence_length=1000", "replicates=1000");
        const int Threads = 4;
        using var meeting = new Barrier(Threads);
        int calls = 0;
        var sink = new Sink();
        new ThreadsEngine(
            (experiment, _, cancellation) =>
            {
                // Returns only when every thread is running an experiment.
                if (Interlocked.Increment(ref calls) <= Threads)
                {
                    Assert.True(meeting.SignalAndWait(s_hang, cancellation), "not every thread had work");
                }

                return Computed(experiment);
            },
            Threads).Run(Work(plan, sink), default);
        Assert.Empty(sink.Failed);
        Assert.Equal(Enumerable.Range(0, 1000), sink.Readings(plan.Cell(0)).Select(reading => reading.Replicate).Order());
    }

    [Fact]
    public void An_experiment_that_throws_fails_its_cells_and_the_others_finish()
    {
        var sink = new Sink();
        EngineWork work = Work(s_plan, sink);
        new ThreadsEngine(Throws, 3).Run(work, default);
        Assert.Equal(new LedgerCounts(s_plan.CellCount - 3, 3, 0, 0), work.Ledger.Counts);
        Assert.Equal(
            from spec in Specs(s_plan)
            where spec.SpectralRadius == 7
            orderby CellKey.Of(spec)
            from replicate in new[] { 0, 1 }
            select new ReadingFailure(CellKey.Of(spec), replicate, "DivideByZeroException: no such number"),
            sink.Failed.OrderBy(failure => failure.Key).ThenBy(failure => failure.Replicate));
        Assert.Equal(sink.Failed.Select(failure => failure.Key).Distinct().Order(), work.Ledger.Failures.Keys.Select(cell => CellKey.Of(s_plan.Cell(cell))).Order());
        Assert.All(work.Ledger.Failures.Values, reason => Assert.Equal("DivideByZeroException: no such number", reason));

        static ExperimentResult Throws(Experiment experiment, Func<CellKey, ReplicateSet>? stored, CancellationToken cancellation) =>
            experiment.Longest.SpectralRadius == 7 ? throw new DivideByZeroException("no such\nnumber") : Computed(experiment);
    }

    [Fact]
    public void The_next_run_retries_only_failed_readings_and_a_reading_deletes_its_failure()
    {
        long readings = 2 * s_plan.CellCount;
        Assert.Equal(readings, Run(experiment => Failing(experiment, "at first")));
        Assert.Equal(20, _store.Failures().Count);
        Assert.Equal(readings - 20, _store.Count());
        Assert.Equal(20, Run(experiment => Failing(experiment, "again")));
        Assert.All(_store.Failures(), failure => Assert.Equal("again", failure.Reason));
        Assert.Equal(20, Run(experiment => Computed(experiment)));
        Assert.Empty(_store.Failures());
        Assert.Equal(readings, _store.Count());
        Assert.Equal(0, Run(experiment => Failing(experiment, "at last")));
        Assert.All(Specs(s_plan), spec => Assert.True(Grid.Same(Grid.Compute(spec), _store.Find(spec))));

        // The number of readings that were requested.
        long Run(Func<Experiment, ExperimentResult> function)
        {
            long asked = 0;
            new ThreadsEngine(
                (experiment, stored, _) =>
                {
                    ExperimentResult result = Without(function(experiment), stored);
                    Interlocked.Add(ref asked, Count(result));
                    return result;
                },
                2).Run(Work(s_plan), default);
            return asked;
        }
    }

    [Fact]
    public void A_cell_of_which_one_replicate_fails_is_summarised_over_the_others()
    {
        EngineWork work = Work(s_plan);
        EngineOutcome outcome = new ThreadsEngine((experiment, _, _) => Failing(experiment, "no such number"), 2).Run(work, default);
        Assert.Equal(new LedgerCounts(s_plan.CellCount - 20, 20, 0, 0), outcome.Counts);
        Assert.Equal(
            Enumerable.Range(0, (int)s_plan.CellCount).Where(cell => s_plan.Cell(cell).SequenceLength == 20).Select(cell => ((long)cell, "no such number")),
            outcome.Failures.OrderBy(failure => failure.Key).Select(failure => (failure.Key, failure.Value)));

        var folder = new RunFolder(_folder.Path);
        Assert.Equal(
            new ExportCounts((2 * s_plan.CellCount) - 20, s_plan.CellCount, s_plan.CellCount - 20, 20, 0),
            new CsvExport(folder, s_plan, _store, Grid.Summary).Write());
        string[][] rows = [.. File.ReadLines(folder[RunFolder.SummaryFile]).Select(line => line.Split(','))];
        int count = Array.IndexOf(rows[0], "count"), mean = Array.IndexOf(rows[0], "log10_spectral_norm_mean");
        foreach ((CellSpec spec, string[] row) in Specs(s_plan).Zip(rows[1..]))
        {
            // Readings of the grid are 1/16 apart, so their mean is exact.
            Reading[] there = [.. Grid.Compute(spec).Replicates.Where(reading => spec.SequenceLength != 20 || reading.Replicate == 0)];
            Assert.Equal(there.Length.ToString(CultureInfo.InvariantCulture), row[count]);
            Assert.Equal(there.Average(reading => reading.Log10SpectralNorm), double.Parse(row[mean], CultureInfo.InvariantCulture), 1e-14);
        }

        Assert.Equal(
            from spec in Specs(s_plan)
            from replicate in spec.SequenceLength == 20 ? new[] { "0" } : ["0", "1"]
            select (CellKey.Of(spec).ToString(), replicate),
            File.ReadLines(folder[RunFolder.ReplicatesFile]).Skip(1).Select(line => line.Split(',')).Select(row => (row[2], row[3])));
    }

    [Fact]
    public void Added_replicates_compute_only_the_new_readings()
    {
        SweepPlan wider = Plan("spectral_radius=1..20:1", "sequence_length=30,10,20", "replicates=7");
        SweepPlan otherThreshold = Plan("spectral_radius=1..20:1", "sequence_length=30,10,20", "replicates=7", "threshold=0.5");
        Assert.Equal(2 * s_plan.CellCount, Run(s_plan));
        Assert.Equal((7 - 2) * s_plan.CellCount, Run(wider));
        Assert.Equal(0, Run(s_plan));
        Assert.Equal(0, Run(otherThreshold));
        Assert.All(Specs(s_plan).Concat(Specs(wider)).Concat(Specs(otherThreshold)), spec => Assert.True(Grid.Same(Grid.Compute(spec), _store.Find(spec))));
    }

    [Fact]
    public void Cells_that_share_their_readings_have_each_computed_once()
    {
        SweepPlan plan = Plan("spectral_radius=1..5:1", "replicates=3,7,2", "sequence_length=30,10", "threshold=0,3");
        Assert.Equal(5 * 2 * 7, Run(plan)); // radii, lengths, and the largest number of replicates
        Assert.All(Specs(plan), spec => Assert.True(Grid.Same(Grid.Compute(spec), _store.Find(spec))));
        Assert.Equal(0, Run(plan));

        // Lags depend on the threshold, so with lags only cells that differ in the number of replicates share readings.
        SweepPlan lags = Plan("spectral_radius=1..5:1", "replicates=3,7,2", "sequence_length=30,10", "threshold=0,3", "statistics=lags");
        Assert.Equal(5 * 2 * 7 * 2, Run(lags));
        Assert.All(Specs(lags), spec => Assert.True(Grid.Same(Grid.Compute(spec), _store.Find(spec))));
    }

    [Fact]
    public void Readings_that_a_stopped_run_has_stored_are_not_computed_again()
    {
        SweepPlan plan = Plan("hidden_size=64", "sequence_length=100,1000", "replicates=300");
        using var stop = new CancellationTokenSource();
        int calls = 0;
        new ThreadsEngine(
            (experiment, _, _) =>
            {
                if (Interlocked.Increment(ref calls) == 3)
                {
                    stop.Cancel();
                }

                return Computed(experiment);
            },
            2).Run(Work(plan), stop.Token);
        long stored = _store.Count();
        Assert.InRange(stored, 1, (2 * 300) - 1);
        Assert.Equal((2 * 300) - stored, Run(plan));
        Assert.All(Specs(plan), spec => Assert.True(Grid.Same(Grid.Compute(spec), _store.Find(spec))));
    }

    [Fact]
    public void A_store_that_fails_ends_the_run_with_its_own_exception()
    {
        int calls = 0;
        var error = new StoreUnreachableException("the disk is full");
        var sink = new Sink(added: _ => throw error);
        Exception thrown = Assert.Throws<StoreUnreachableException>(() => new ThreadsEngine(
            (experiment, _, cancellation) =>
            {
                // Only the first experiment finishes; the others run until the end, as long experiments do.
                if (Interlocked.Increment(ref calls) > 1)
                {
                    cancellation.WaitHandle.WaitOne();
                    cancellation.ThrowIfCancellationRequested();
                }

                return Computed(experiment);
            },
            4).Run(Work(s_plan, sink), default));
        Assert.Same(error, thrown);
        // Each of four threads runs one experiment; the first thread may have begun a second one before the store failed. No experiment begins after that.
        Assert.InRange(calls, 1, 4 + 1);
    }

    [Fact]
    public void Cancellation_stops_every_thread_and_stores_finished_readings()
    {
        using var stop = new CancellationTokenSource();
        int waiting = 0, begun = 0;
        var sink = new Sink();
        EngineWork work = Work(s_plan, sink);
        new ThreadsEngine(
            (experiment, _, cancellation) =>
            {
                if (Interlocked.Increment(ref begun) > 5)
                {
                    if (Interlocked.Increment(ref waiting) == 3)
                    {
                        stop.Cancel();
                    }

                    cancellation.WaitHandle.WaitOne();
                    cancellation.ThrowIfCancellationRequested();
                }

                return Computed(experiment);
            },
            3).Run(work, stop.Token);
        Assert.Equal(5, sink.Experiments);
        Assert.Empty(sink.Failed);
        Assert.Equal(3 * sink.Experiments, work.Ledger.Counts.Done); // every trajectory has three lengths
        Assert.False(work.Ledger.Counts.IsFinished);
    }

    [Fact]
    public void It_does_not_end_while_results_are_being_stored()
    {
        using var stop = new CancellationTokenSource();
        int begun = 0, ended = 0;
        var sink = new Sink(added: _ =>
        {
            Interlocked.Increment(ref begun);
            stop.Cancel();
            Thread.Sleep(TimeSpan.FromSeconds(1)); // longer than the engine waits for a thread that ignores the cancellation
            Interlocked.Increment(ref ended);
        });
        new ThreadsEngine(Fake, 3).Run(Work(s_plan, sink), stop.Token);
        Assert.InRange(begun, 1, int.MaxValue);
        Assert.Equal(begun, ended);
    }

    [Fact]
    public void Cancelled_before_it_begins_it_computes_nothing()
    {
        var sink = new Sink();
        new ThreadsEngine(Fake, 2).Run(Work(s_plan, sink), new CancellationToken(canceled: true));
        Assert.Equal(0, sink.Experiments);
    }

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    private static SweepPlan Plan(params string[] sets) => SweepFileReader.Read(null, sets, out _)!.Plan;

    private static IEnumerable<CellSpec> Specs(SweepPlan plan) => Enumerable.Range(0, (int)plan.CellCount).Select(i => plan.Cell(i));

    private static ExperimentResult Fake(Experiment experiment, Func<CellKey, ReplicateSet>? stored, CancellationToken cancellation) =>
        Without(Computed(experiment), stored);

    // All readings of an experiment.
    private static ExperimentResult Computed(Experiment experiment) => new(
        [
            .. experiment.Readings.Select(planned => new CellResult(
                planned.Spec,
                planned.Key,
                [.. Enumerable.Range(experiment.FirstReplicate, experiment.ReplicateCount).Select(replicate => Grid.Compute(planned.Spec, replicate))])),
        ],
        []);

    // All readings of an experiment but one of each cell of length 20: replicate 1 fails.
    private static ExperimentResult Failing(Experiment experiment, string reason)
    {
        ExperimentResult all = Computed(experiment);
        return new(
            [.. all.Results.Select(result => result with { Replicates = result.Replicates.RemoveAll(reading => Fails(result, reading)) })],
            [.. all.Results.SelectMany(result => result.Replicates.Where(reading => Fails(result, reading)).Select(reading => new ReadingFailure(result.Key, reading.Replicate, reason)))]);

        static bool Fails(CellResult result, Reading reading) => result.Spec.SequenceLength == 20 && reading.Replicate == 1;
    }

    // The readings that are not stored yet, because a runner leaves out stored ones.
    private static ExperimentResult Without(ExperimentResult result, Func<CellKey, ReplicateSet>? stored) => stored is null ? result : new(
        [.. result.Results.Select(cell => cell with { Replicates = cell.Replicates.RemoveAll(reading => stored(cell.Key).Contains(reading.Replicate)) })],
        [.. result.Failures.Where(failure => !stored(failure.Key).Contains(failure.Replicate))]);

    private static long Count(ExperimentResult result) => result.Results.Sum(cell => cell.Replicates.Length) + result.Failures.Length;

    private EngineWork Work(SweepPlan plan, Sink? sink = null)
    {
        var stored = _store.Replicates().ToDictionary();
        var ledger = new SweepLedger(plan, stored.Count == 0 ? null : key => stored.GetValueOrDefault(key));
        return new EngineWork(plan, ledger, sink as IResultStore ?? _store, new ProgressMeter(plan.CellCount, ledger.Counts.Done, ledger.OpenWork));
    }

    // Runs a plan with the stored readings and returns how many readings it computed.
    private long Run(SweepPlan plan)
    {
        long computed = 0;
        EngineOutcome outcome = new ThreadsEngine(
            (experiment, stored, cancellation) =>
            {
                ExperimentResult result = Fake(experiment, stored, cancellation);
                Interlocked.Add(ref computed, Count(result));
                return result;
            },
            3).Run(Work(plan), default);
        Assert.Equal(new LedgerCounts(plan.CellCount, 0, 0, 0), outcome.Counts);
        return computed;
    }

    /// <summary>A store that keeps each reading it is given once.</summary>
    private sealed class Sink(Action<IReadOnlyCollection<CellResult>>? added = null) : WriteOnlyStore
    {
        private readonly ConcurrentDictionary<(CellKey, int), Reading> _readings = [];

        public int Experiments => Results.Count / s_plan.SequenceLengthCount;

        public ConcurrentQueue<CellResult> Results { get; } = [];

        public ConcurrentQueue<ReadingFailure> Failed { get; } = [];

        public IEnumerable<Reading> Readings(CellSpec spec) =>
            Results.Where(result => result.Key == CellKey.Of(spec)).SelectMany(result => result.Replicates);

        public override void Add(IReadOnlyCollection<CellResult> results, IReadOnlyCollection<ReadingFailure> failures)
        {
            added?.Invoke(results);
            foreach (CellResult cell in results)
            {
                Assert.All(cell.Replicates, reading => Assert.True(_readings.TryAdd((cell.Key, reading.Replicate), reading), "a reading came twice"));
                Results.Enqueue(cell);
            }

            foreach (ReadingFailure failure in failures)
            {
                Failed.Enqueue(failure);
            }
        }
    }
}
