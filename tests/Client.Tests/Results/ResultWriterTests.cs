using System.Collections.Concurrent;
using System.Diagnostics;
using RnnSweep.Client.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Tests.Results;

public sealed class ResultWriterTests
{
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);

    // A hang guard, and no claim about speed: a test that fails must end, too.
    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(3);

    private readonly Grid _grid = new(10, 10);

    [Fact]
    public void What_was_added_from_many_threads_is_committed_by_a_flush()
    {
        using var folder = new TemporaryFolder();
        using var store = SqliteResultStore.OpenOrCreate(folder["results.db"]);
        using var writer = new ResultWriter(store, Never);
        Parallel.ForEach(_grid.Results, writer.Add);
        writer.Add(new ReadingFailure(CellKey.Of(new CellSpec { Seed = 5 }), 0, "it failed"));
        writer.Flush();
        Assert.Equal(_grid.CellCount + 1, writer.Committed);
        Assert.Equal(3 * _grid.CellCount, store.Count()); // three replicates a cell
        Assert.Single(store.Failures());
    }

    [Fact]
    public void A_result_is_committed_without_a_flush_when_its_batch_has_waited()
    {
        var store = new FakeStore();
        using var writer = new ResultWriter(store);
        var clock = Stopwatch.StartNew();
        writer.Add(_grid.Results.First());
        Assert.True(SpinWait.SpinUntil(() => writer.Committed == 1, s_hang));
        Assert.True(clock.Elapsed.TotalSeconds >= 0.4); // later than at once: others may join the batch
    }

    [Fact]
    public void Results_that_come_together_are_one_batch()
    {
        var store = new FakeStore();
        using (var writer = new ResultWriter(store, Never))
        {
            foreach (CellResult result in _grid.Results)
            {
                writer.Add(result);
            }

            Assert.Empty(store.Batches);
        }

        Assert.Equal([(int)_grid.CellCount], store.Batches);
    }

    [Fact]
    public void Whoever_adds_waits_when_too_much_is_waiting()
    {
        // 4 a result (itself and three replicates): two fill the writer.
        var store = new FakeStore { Open = new ManualResetEventSlim() };
        using var writer = new ResultWriter(store, Never, capacity: 8);
        const System.Threading.ThreadState Resting = System.Threading.ThreadState.WaitSleepJoin | System.Threading.ThreadState.Stopped;
        int added = 0;
        var adding = new Thread(() =>
        {
            foreach (CellResult result in _grid.Results)
            {
                writer.Add(result);
                Interlocked.Increment(ref added);
            }
        })
        { IsBackground = true };
        adding.Start();

        // One batch of one or two is being committed and one of two waits; the rest has to.
        Assert.True(SpinWait.SpinUntil(() => added >= 3 && (adding.ThreadState & Resting) != 0, s_hang));
        Assert.InRange(added, 3, 4);
        store.Open.Set();
        Assert.True(adding.Join(s_hang));
        writer.Flush();
        Assert.Equal(_grid.CellCount, writer.Committed);
        Assert.All(store.Batches, size => Assert.InRange(size, 1, 2));
    }

    [Fact]
    public void A_result_heavier_than_the_capacity_gets_through()
    {
        using var writer = new ResultWriter(new FakeStore(), Never, capacity: 2);
        writer.Add(_grid.Results.First());
        writer.Flush();
        Assert.Equal(1, writer.Committed);
    }

    [Fact]
    public void A_failure_of_the_store_comes_up_in_every_later_call()
    {
        var store = new FakeStore { Error = new StoreUnreachableException("the disk is full") };
        using var writer = new ResultWriter(store, Never, capacity: 8);
        var error = Assert.Throws<StoreUnreachableException>(() =>
        {
            foreach (CellResult result in _grid.Results)
            {
                writer.Add(result);
            }
        });
        Assert.Same(store.Error, error);
        Assert.Throws<StoreUnreachableException>(writer.Flush);
        Assert.Throws<StoreUnreachableException>(() => writer.Add(_grid.Results.First()));
        Assert.Equal(0, writer.Committed);
    }

    [Fact]
    public void An_empty_writer_flushes_at_once()
    {
        var store = new FakeStore();
        using var writer = new ResultWriter(store, Never);
        writer.Flush();
        Assert.Empty(store.Batches);
    }

    private sealed class FakeStore : IResultStore
    {
        public ConcurrentQueue<int> Batches { get; } = [];

        public ManualResetEventSlim? Open { get; init; }

        public Exception? Error { get; init; }

        public void Add(IReadOnlyCollection<CellResult> results, IReadOnlyCollection<ReadingFailure> failures)
        {
            Open?.Wait(s_hang);
            if (Error is not null)
            {
                throw Error;
            }

            Batches.Enqueue(results.Count + failures.Count);
        }

        public IReadOnlyList<CellResult?> Find(IReadOnlyList<PlannedReading> cells) => new CellResult?[cells.Count];

        public IReadOnlyList<ReadingFailure> FindFailures(CellKey key) => [];

        public IEnumerable<KeyValuePair<CellKey, ReplicateSet>> Replicates() => [];

        public IEnumerable<KeyValuePair<CellKey, ReplicateSet>> Replicates(IEnumerable<CellKey> keys) => [];

        public IReadOnlyList<ReadingFailure> Failures() => [];

        public long Count() => 0;

        public void Dispose() => Open?.Dispose();
    }
}
