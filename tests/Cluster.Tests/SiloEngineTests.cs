using Microsoft.Extensions.Logging.Abstractions;
using RnnSweep.Client.Engines;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;
using RnnSweep.Silo;

namespace RnnSweep.Cluster.Tests;

public sealed class SiloEngineTests
{
    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(1);

    [Fact]
    public void The_silo_engine_gives_the_same_bits_as_the_threads_engine()
    {
        SweepPlan plan = SmallSweep.Default();
        using MemoryStore silo = new(), threads = new();

        EngineOutcome outcome = Run(new SiloEngine(SmallSweep.Runner().Run, 2), plan, silo);
        Run(new ThreadsEngine(SmallSweep.Runner().Run, 2), plan, threads);

        Assert.Equal(new LedgerCounts(plan.CellCount, 0, 0, 0), outcome.Counts);
        Assert.Equal(threads.Rows(), silo.Rows());
        Assert.Equal(SmallSweep.Keys(plan).Order(), silo.Replicates().Select(cell => cell.Key));
        Assert.Equal(0, silo.Doubles);
    }

    [Fact]
    public void A_cell_with_a_failed_reading_fails_and_the_others_finish()
    {
        SweepPlan plan = SmallSweep.Default();
        using var store = new MemoryStore();

        EngineOutcome outcome = Run(
            new SiloEngine(SmallSweep.Failing(spec => spec is { HiddenSize: 12, SpectralRadius: 1, SequenceLength: 20 }, "of course"), 2), plan, store);

        Assert.Equal(new LedgerCounts(plan.CellCount - 1, 1, 0, 0), outcome.Counts);
        (long cell, string reason) = Assert.Single(outcome.Failures);
        Assert.Equal(20, plan.Cell(cell).SequenceLength);
        Assert.Equal("of course", reason);
        Assert.All(store.Failures(), failure => Assert.Equal(CellKey.Of(plan.Cell(cell)), failure.Key));
        Assert.Equal([0, 1], store.Failures().Select(failure => failure.Replicate));
        Assert.Equal(2 * (plan.CellCount - 1), store.Count());
    }

    [Fact]
    public void An_experiment_that_throws_fails_with_all_of_its_readings()
    {
        SweepPlan plan = SmallSweep.Default();
        using var store = new MemoryStore();
        ExperimentRunner runner = SmallSweep.Runner();
        ExperimentResult Run(Experiment experiment, Func<CellKey, ReplicateSet>? stored, CancellationToken token) =>
            experiment.Longest is { HiddenSize: 12, SpectralRadius: 1 } ? throw new InvalidOperationException("of\ncourse") : runner.Run(experiment, stored, token);

        EngineOutcome outcome = SiloEngineTests.Run(new SiloEngine(Run, 2), plan, store);

        Assert.Equal(new LedgerCounts(plan.CellCount - 3, 3, 0, 0), outcome.Counts);
        Assert.All(outcome.Failures.Values, reason => Assert.Equal("InvalidOperationException: of course", reason));
        Assert.Equal(6, store.Failures().Count);
    }

    [Fact]
    public void A_cancelled_run_keeps_its_done_cells_and_the_next_run_computes_the_rest()
    {
        SweepPlan plan = SmallSweep.Default();
        using var store = new MemoryStore();
        using var cancellation = new CancellationTokenSource();
        ExperimentRunner runner = SmallSweep.Runner();
        int computed = 0, secondTime = 0;
        ExperimentResult Compute(Experiment experiment, Func<CellKey, ReplicateSet>? known, CancellationToken token)
        {
            if (Interlocked.Increment(ref computed) >= 10)
            {
                // These experiments are so small that all of them would be done before the silo is cancelled.
                cancellation.Cancel();
                token.WaitHandle.WaitOne(s_hang);
            }

            return runner.Run(experiment, known, token);
        }

        EngineOutcome first = Run(new SiloEngine(Compute, 2), plan, store, cancellation.Token);
        long stored = store.Count();

        Assert.Equal(stored, 2 * first.Counts.Done); // including the experiments that were running when it was cancelled
        Assert.InRange(stored, 1, (2 * plan.CellCount) - 1);

        var replicates = store.Replicates().ToDictionary();
        var ledger = new SweepLedger(plan, key => replicates.GetValueOrDefault(key));
        EngineOutcome second = new SiloEngine(
            (experiment, known, token) =>
            {
                Interlocked.Increment(ref secondTime);
                return runner.Run(experiment, known, token);
            },
            2).Run(new EngineWork(plan, ledger, store, new ProgressMeter(plan.CellCount, first.Counts.Done, ledger.OpenWork)), CancellationToken.None);

        Assert.True(second.Counts.IsFinished);
        Assert.Equal(plan.Experiments.Count - (first.Counts.Done / plan.SequenceLengthCount), secondTime);
        Assert.Equal(2 * plan.CellCount, store.Count());
        Assert.Equal(0, store.Doubles);
    }

    [Fact]
    public void A_running_experiment_is_cancelled()
    {
        SweepPlan plan = SmallSweep.Plan("sequence_length=10");
        using var store = new MemoryStore();
        using var cancellation = new CancellationTokenSource();
        bool heard = false;
        ExperimentResult Compute(Experiment experiment, Func<CellKey, ReplicateSet>? known, CancellationToken token)
        {
            cancellation.Cancel();
            heard = token.WaitHandle.WaitOne(s_hang);
            throw new OperationCanceledException(token);
        }

        EngineOutcome outcome = Run(new SiloEngine(Compute, 1), plan, store, cancellation.Token);

        Assert.True(heard);
        Assert.Equal((0, 0), (outcome.Counts.Done, outcome.Counts.Failed));
        Assert.Empty(store.Failures());
    }

    [Fact]
    public void A_failing_store_ends_the_run_with_its_own_message()
    {
        SweepPlan plan = SmallSweep.Default();
        using var store = new MemoryStore { Refusal = new StoreUnreachableException("the disk is full") };

        var error = Assert.Throws<StoreUnreachableException>(() => Run(new SiloEngine(SmallSweep.Runner().Run, 2), plan, store));

        Assert.Equal("the disk is full", error.Message);
    }

    [Fact]
    public void A_clock_that_is_set_back_by_an_hour_does_not_stop_a_run()
    {
        SweepPlan plan = SmallSweep.Default();
        using var store = new MemoryStore();
        var clock = new ShiftedClock();
        ExperimentRunner runner = SmallSweep.Runner();
        ExperimentResult Compute(Experiment experiment, Func<CellKey, ReplicateSet>? known, CancellationToken token)
        {
            clock.Shift = TimeSpan.FromHours(-1);
            return runner.Run(experiment, known, token);
        }

        EngineOutcome outcome = Run(new SiloEngine(Compute, 1, clock), plan, store);

        Assert.Equal(new LedgerCounts(plan.CellCount, 0, 0, 0), outcome.Counts);
    }

    [Fact]
    public async Task An_embedded_silo_that_cannot_go_on_stops_retrying_and_gives_the_reason()
    {
        SweepPlan plan = SmallSweep.Plan("sequence_length=10");
        using var store = new MemoryStore();
        await using EmbeddedSilo silo = await EmbeddedSilo.Start();
        var ledger = new SweepLedger(plan);
        SweepWork sweep = new EmbeddedCatalogue(plan, store, SmallSweep.Runner().Run).Work;
        var leases = new EmbeddedLeases(sweep, ledger, _ => { });
        using var workers = new Workers(leases, 1, waitsForStore: false, NullLogger.Instance);

        leases.HandOver(silo.GiveWork(new SiloWork(new BrokenCatalogue(), Registry: null, WorkOptions.Embedded(1), Ledger: ledger), workers));
        workers.Start();
        while (workers.Fault is null)
        {
            await Task.Delay(20);
        }

        await workers.Stop();
        Assert.Equal("the catalogue is broken", workers.Fault.Message);
    }

    [Fact]
    public void A_sweep_that_ends_while_the_silo_starts_does_not_wait_for_it()
    {
        SweepPlan plan = SmallSweep.Default();
        using var store = new MemoryStore();
        using var start = new ManualResetEventSlim();
        using var engine = new SiloEngine(SmallSweep.Runner().Run, 2, new HeldClock(start));
        Task starting = engine.StartSilo();

        EngineOutcome outcome = RunAtOnce(engine, plan, store);

        Assert.Equal(new LedgerCounts(plan.CellCount, 0, 0, 0), outcome.Counts);
        Assert.Equal(2 * plan.CellCount, store.Count());
        Assert.False(starting.IsCompleted);
        start.Set();
    }

    [Fact]
    public void A_run_that_is_cancelled_while_the_silo_starts_keeps_its_done_cells()
    {
        SweepPlan plan = SmallSweep.Default();
        using var store = new MemoryStore();
        using var start = new ManualResetEventSlim();
        using var cancellation = new CancellationTokenSource();
        ExperimentRunner runner = SmallSweep.Runner();
        int computed = 0;
        ExperimentResult Compute(Experiment experiment, Func<CellKey, ReplicateSet>? known, CancellationToken token)
        {
            if (Interlocked.Increment(ref computed) >= 10)
            {
                cancellation.Cancel();
                token.WaitHandle.WaitOne(s_hang);
            }

            return runner.Run(experiment, known, token);
        }

        var engine = new SiloEngine(Compute, 2, new HeldClock(start));
        _ = engine.StartSilo();
        EngineOutcome outcome = RunAtOnce(engine, plan, store, cancellation.Token);
        start.Set();

        Assert.InRange(outcome.Counts.Done, 1, plan.CellCount - 1);
        Assert.Equal(2 * outcome.Counts.Done, store.Count());
    }

    [Fact]
    public void A_store_that_fails_while_the_silo_starts_ends_the_run_with_its_own_message()
    {
        SweepPlan plan = SmallSweep.Default();
        using var store = new MemoryStore { Refusal = new StoreUnreachableException("the disk is full") };
        using var start = new ManualResetEventSlim();

        var error = Assert.Throws<StoreUnreachableException>(() => RunAtOnce(new SiloEngine(SmallSweep.Runner().Run, 2, new HeldClock(start)), plan, store));
        start.Set();

        Assert.Equal("the disk is full", error.Message);
    }

    // A silo engine has started its silo first, so that grains run every experiment.
    internal static EngineOutcome Run(IEngine engine, SweepPlan plan, MemoryStore store, CancellationToken cancellation = default)
    {
        (engine as SiloEngine)?.StartSilo().Wait(CancellationToken.None);
        return RunAtOnce(engine, plan, store, cancellation);
    }

    private static EngineOutcome RunAtOnce(IEngine engine, SweepPlan plan, MemoryStore store, CancellationToken cancellation = default)
    {
        var ledger = new SweepLedger(plan);
        return engine.Run(new EngineWork(plan, ledger, store, new ProgressMeter(plan.CellCount, 0, ledger.OpenWork)), cancellation);
    }

    private sealed class BrokenCatalogue : ISweepCatalogue
    {
        public ValueTask<IReadOnlyList<ActiveSweep>> Active() => throw new InvalidOperationException("the catalogue is broken");

        public ValueTask<SweepWork> Find(string sweep) => throw new KeyNotFoundException(sweep);
    }

    private sealed class ShiftedClock : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;
    }
}
