using RnnSweep.Client.Engines;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.Progress;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;
using RnnSweep.Silo;

namespace RnnSweep.Cluster.Tests;

public sealed class SiloEngineTests
{
    [Fact]
    public void The_silo_gives_the_bits_of_the_threads()
    {
        SweepPlan plan = SmallSweep.Default();
        using MemoryStore silo = new(), threads = new();

        EngineOutcome outcome = Run(new SiloEngine(SmallSweep.Experiment().Run, 2), plan, silo);
        Run(new ThreadsEngine(SmallSweep.Experiment().Run, 2), plan, threads);

        Assert.Equal(new LedgerCounts(plan.CellCount, 0, 0, 0), outcome.Counts);
        Assert.Equal(threads.Payloads(), silo.Payloads());
        Assert.Equal(SmallSweep.Keys(plan).Order(), silo.Keys());
        Assert.Equal(0, silo.Doubles);
    }

    [Fact]
    public void A_cell_that_throws_is_a_failure_and_the_others_finish()
    {
        SweepPlan plan = SmallSweep.Default();
        using var store = new MemoryStore();
        Experiment experiment = SmallSweep.Experiment();
        CellResult Compute(CellSpec spec, Onward onward, CancellationToken cancellation) =>
            spec is { HiddenSize: 12, SpectralRadius: 1, SequenceLength: 20 } ? throw new InvalidOperationException("of\ncourse") : experiment.Run(spec, onward, cancellation);

        EngineOutcome outcome = Run(new SiloEngine(Compute, 2), plan, store);

        Assert.Equal(new LedgerCounts(plan.CellCount - 1, 1, 0, 0), outcome.Counts);
        (long cell, string reason) = Assert.Single(outcome.Failures);
        Assert.Equal(20, plan.Cell(cell).SequenceLength);
        Assert.Equal("InvalidOperationException: of course", reason);
        Assert.Equal(CellKey.Of(plan.Cell(cell)), Assert.Single(store.Failures()).Key);
    }

    [Fact]
    public void A_run_that_is_cancelled_keeps_what_it_says_is_done_and_the_next_one_computes_the_rest()
    {
        SweepPlan plan = SmallSweep.Default();
        using var store = new MemoryStore();
        using var cancellation = new CancellationTokenSource();
        Experiment experiment = SmallSweep.Experiment();
        int computed = 0, secondTime = 0;
        CellResult Compute(CellSpec spec, Onward onward, CancellationToken token)
        {
            if (Interlocked.Increment(ref computed) >= 30)
            {
                // These cells are so small that all of them would be done before the silo hears of it.
                cancellation.Cancel();
                token.WaitHandle.WaitOne(TimeSpan.FromSeconds(60)); // a hang guard
            }

            return experiment.Run(spec, onward, token);
        }

        EngineOutcome first = Run(new SiloEngine(Compute, 2), plan, store, cancellation.Token);
        long stored = store.Count();

        Assert.Equal(stored, first.Counts.Done); // with the cells that were under way when it was cancelled
        Assert.InRange(stored, 1, plan.CellCount - 1);

        var ledger = new SweepLedger(plan, store.Keys().ToHashSet().Contains);
        EngineOutcome second = new SiloEngine(
            (spec, onward, token) =>
            {
                Interlocked.Increment(ref secondTime);
                return experiment.Run(spec, onward, token);
            },
            2).Run(new EngineWork(plan, ledger, store, new ProgressMeter(plan.CellCount, stored, ledger.OpenWork)), CancellationToken.None);

        Assert.True(second.Counts.IsFinished);
        Assert.Equal(plan.CellCount - stored, secondTime);
        Assert.Equal(plan.CellCount, store.Count());
        Assert.Equal(0, store.Doubles);
    }

    [Fact]
    public void A_cell_under_way_hears_of_a_cancellation()
    {
        SweepPlan plan = SmallSweep.Plan("sequence_length=10");
        using var store = new MemoryStore();
        using var cancellation = new CancellationTokenSource();
        bool heard = false;
        CellResult Compute(CellSpec spec, Onward onward, CancellationToken token)
        {
            cancellation.Cancel();
            heard = token.WaitHandle.WaitOne(TimeSpan.FromSeconds(60)); // a hang guard
            throw new OperationCanceledException(token);
        }

        EngineOutcome outcome = Run(new SiloEngine(Compute, 1), plan, store, cancellation.Token);

        Assert.True(heard);
        Assert.Equal((0, 0), (outcome.Counts.Done, outcome.Counts.Failed));
        Assert.Empty(store.Failures());
    }

    [Fact]
    public void A_store_that_refuses_ends_the_run_with_its_own_words()
    {
        SweepPlan plan = SmallSweep.Default();
        using var store = new MemoryStore { Refusal = new StoreUnreachableException("the disk is full") };

        var error = Assert.Throws<StoreUnreachableException>(() => Run(new SiloEngine(SmallSweep.Experiment().Run, 2), plan, store));

        Assert.Equal("the disk is full", error.Message);
    }

    [Fact]
    public void A_clock_that_is_set_back_by_an_hour_does_not_stop_a_run()
    {
        SweepPlan plan = SmallSweep.Default();
        using var store = new MemoryStore();
        var clock = new ShiftedClock();
        Experiment experiment = SmallSweep.Experiment();
        CellResult Compute(CellSpec spec, Onward onward, CancellationToken token)
        {
            clock.Shift = TimeSpan.FromHours(-1);
            return experiment.Run(spec, onward, token);
        }

        EngineOutcome outcome = Run(new SiloEngine(Compute, 1, clock), plan, store);

        Assert.Equal(new LedgerCounts(plan.CellCount, 0, 0, 0), outcome.Counts);
    }

    [Fact]
    public async Task An_embedded_silo_that_cannot_go_on_stops_trying_and_says_why()
    {
        SweepPlan plan = SmallSweep.Plan("sequence_length=10");
        using var store = new MemoryStore();
        await using EmbeddedSilo silo = await EmbeddedSilo.Start();

        await silo.StartWork(new SiloWork(new BrokenCatalogue(), await EmbeddedCatalogue.Journal(plan), store, WorkOptions.Embedded(1)));
        while (silo.Fault is null)
        {
            await Task.Delay(20);
        }

        await silo.StopWork();
        Assert.Equal("the embedded silo cannot go on: the catalogue is broken", silo.Fault.Message);
    }

    [Fact]
    public void The_embedded_silo_listens_at_no_port()
    {
        SweepPlan plan = SmallSweep.Plan("sequence_length=10");
        using var store = new MemoryStore();
        int[] before = Listening(), during = [];
        Experiment experiment = SmallSweep.Experiment();
        CellResult Compute(CellSpec spec, Onward onward, CancellationToken token)
        {
            during = Listening();
            return experiment.Run(spec, onward, token);
        }

        Run(new SiloEngine(Compute, 1), plan, store);

        Assert.Empty(during.Except(before));
    }

    // Ports of this process' own sockets, by the inodes of its descriptors: other programs of the machine come and go.
    private static int[] Listening()
    {
        if (!OperatingSystem.IsLinux())
        {
            return [];
        }

        HashSet<string> own = [.. Directory.EnumerateFiles("/proc/self/fd").Select(file => new FileInfo(file).LinkTarget).OfType<string>()];
        return
        [
            .. from table in new[] { "/proc/self/net/tcp", "/proc/self/net/tcp6" }
               where File.Exists(table)
               from line in File.ReadLines(table).Skip(1)
               let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
               where fields[3] == "0A" && own.Contains($"socket:[{fields[9]}]")
               select Convert.ToInt32(fields[1].Split(':')[1], 16),
        ];
    }

    private static EngineOutcome Run(IEngine engine, SweepPlan plan, MemoryStore store, CancellationToken cancellation = default)
    {
        var ledger = new SweepLedger(plan);
        return engine.Run(new EngineWork(plan, ledger, store, new ProgressMeter(plan.CellCount, 0, ledger.OpenWork)), cancellation);
    }

    private sealed class BrokenCatalogue : ISweepCatalogue
    {
        public ValueTask<IReadOnlyList<string>> Active() => throw new InvalidOperationException("the catalogue is broken");

        public ValueTask<SweepPlan> Plan(string sweep) => throw new KeyNotFoundException(sweep);

        public CellResult Compute(string sweep, CellSpec spec, Onward onward, CancellationToken cancellation) => throw new NotSupportedException();
    }

    private sealed class ShiftedClock : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;
    }
}
