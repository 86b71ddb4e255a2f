using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;

namespace RnnSweep.Cluster.Tests;

/// <summary>The loop of every engine, with sources and stores that a test controls.</summary>
public sealed class WorkersTests
{
    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Experiments_are_settled_only_after_their_readings_are_stored()
    {
        SweepPlan plan = SmallSweep.Default();
        using var store = new MemoryStore();
        var ledger = new SweepLedger(plan);
        int batches = 0;
        using var workers = new Workers(
            new LedgerLeases(
                new SweepWork("s", plan, store, SmallSweep.Runner().Run),
                ledger,
                settled =>
                {
                    batches++;
                    Assert.True(store.Count() >= 2 * settled.Counts.Done);
                }),
            2,
            waitsForStore: false,
            NullLogger.Instance);

        workers.Start();
        await workers.Completion.WaitAsync(s_hang);
        await workers.Stop();

        Assert.Null(workers.Fault);
        Assert.Equal(new LedgerCounts(plan.CellCount, 0, 0, 0), ledger.Counts);
        Assert.InRange(batches, 1, (int)plan.Experiments.Count / 4); // results that finish together are stored together
    }

    [Fact]
    public async Task No_experiments_run_while_the_queue_of_the_store_is_full()
    {
        var source = new FloodSource(20);
        using var workers = new Workers(source, 2, waitsForStore: false, NullLogger.Instance);
        workers.Start();
        await Wait.Until(() => source.Taken >= 4);
        await Task.Delay(200); // without the limit it would take all leases in this time
        Assert.InRange(source.Taken, 4, 10);

        source.Store.Open.Set();
        await workers.Completion.WaitAsync(s_hang);
        await workers.Stop();
        Assert.Equal(20, source.Settled.Distinct().Count());
    }

    [Fact]
    public async Task Workers_wait_for_an_unreachable_store_and_settle_every_experiment_once()
    {
        var source = new FloodSource(3);
        source.Store.Open.Set();
        source.Store.Refusals = 2;
        using var workers = new Workers(source, 1, waitsForStore: true, NullLogger.Instance);
        workers.Start();
        await workers.Completion.WaitAsync(s_hang);
        await workers.Stop();
        Assert.Null(workers.Fault);
        Assert.Equal([0, 1, 2], source.Settled.Order());
    }

    [Fact]
    public async Task Leases_are_renewed_during_a_short_outage_of_the_store_and_expire_during_a_long_one()
    {
        Assert.True(await RenewalsDuringOutage(TimeSpan.FromMinutes(10)) > 1);

        // Renewals are seconds apart, so the outage has lasted longer than a millisecond at the first.
        Assert.Equal(0, await RenewalsDuringOutage(TimeSpan.FromMilliseconds(1)));
    }

    // The number of renewals while the store refuses a lease's results for some seconds. Afterwards the results are stored all the same.
    private static async Task<int> RenewalsDuringOutage(TimeSpan longest)
    {
        var source = new FloodSource(1) { IsFinite = false };
        source.Store.Open.Set();
        source.Store.Refusals = int.MaxValue;
        using var workers = new Workers(source, 1, waitsForStore: true, NullLogger.Instance) { LongestOutage = longest };
        workers.Start();
        await Wait.Until(() => source.Store.Refusals < int.MaxValue);
        await Task.Delay(TimeSpan.FromSeconds(8)); // two renewals
        int renewals = source.Renewals;
        source.Store.Refusals = 0;
        await Wait.Until(() => source.Settled.Count == 1);
        await workers.Stop();
        return renewals;
    }

    [Fact]
    public async Task Stopping_gives_unrun_experiments_back_and_does_not_wait_for_one_that_ignores_cancellation()
    {
        using var release = new ManualResetEventSlim();
        var source = new FloodSource(5) { OnRun = () => release.Wait(s_hang) };
        using var workers = new Workers(source, 1, waitsForStore: false, NullLogger.Instance);
        workers.Start();
        await Wait.Until(() => source.Taken == 1);

        await workers.Stop().WaitAsync(s_hang);

        Assert.Equal([1L], source.GivenBack);
        Assert.Empty(source.Settled);
        release.Set();
    }

    /// <summary>A source of leases with one experiment each, whose result fills a fifth of the queue.</summary>
    private sealed class FloodSource : ILeaseSource
    {
        private const int Readings = (int)(BatchingWriter.Capacity / 5);

        private readonly int _leases;
        private readonly SweepWork _sweep;
        private readonly SweepPlan _plan = SmallSweep.Plan("hidden_size=1");
        private int _taken, _renewals;

        public FloodSource(int leases)
        {
            _leases = leases;
            _sweep = new SweepWork("s", _plan, Store, (experiment, _, _) =>
            {
                OnRun?.Invoke();
                CellKey key = experiment.Readings[0].Key;
                return new ExperimentResult([], [.. Enumerable.Range(0, Readings).Select(replicate => new ReadingFailure(key, replicate, "why"))]);
            });
        }

        public Action? OnRun { get; init; }

        public SlowStore Store { get; } = new();

        public int Taken => Volatile.Read(ref _taken);

        public ConcurrentQueue<long> Settled { get; } = [];

        public ConcurrentQueue<long> GivenBack { get; } = [];

        public bool IsFinite { get; init; } = true;

        public int Renewals => Volatile.Read(ref _renewals);

        public ValueTask<WorkLease?> Take(CancellationToken cancellation)
        {
            int taken = Interlocked.Increment(ref _taken);
            return taken <= _leases ? new(new WorkLease(_sweep, taken, [0], _ => false)) : default;
        }

        public Task<IReadOnlyList<ExperimentOutcome>> Run(WorkLease lease, WorkerThreads threads) => threads.Run(lease);

        public Task Settle(string sweep, IReadOnlyList<ExperimentOutcome> outcomes)
        {
            foreach (ExperimentOutcome outcome in outcomes)
            {
                Settled.Enqueue(outcome.Lease.Id - 1);
            }

            return Task.CompletedTask;
        }

        public Task<IReadOnlyList<long>> Renew(string sweep, IReadOnlyList<WorkLease> leases)
        {
            Interlocked.Increment(ref _renewals);
            return Task.FromResult<IReadOnlyList<long>>([]);
        }

        public Task GiveBack(string sweep, IReadOnlyList<WorkLease> leases)
        {
            foreach (WorkLease lease in leases)
            {
                GivenBack.Enqueue(lease.Id);
            }

            return Task.CompletedTask;
        }
    }

    /// <summary>A store that accepts nothing until it is opened, and throws a few times.</summary>
    private sealed class SlowStore : WriteOnlyStore
    {
        public ManualResetEventSlim Open { get; } = new();

        public int Refusals { get; set; }

        public override void Add(IReadOnlyCollection<CellResult> results, IReadOnlyCollection<ReadingFailure> failures)
        {
            Assert.True(Open.Wait(s_hang));
            if (Refusals-- > 0)
            {
                throw new StoreUnreachableException("not now");
            }
        }
    }
}
