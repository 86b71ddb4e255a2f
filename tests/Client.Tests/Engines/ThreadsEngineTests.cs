using System.Collections.Concurrent;
using RnnSweep.Client.Engines;
using RnnSweep.Client.Results;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Tests.Engines;

public sealed class ThreadsEngineTests
{
    private static readonly SweepPlan s_plan = SweepFileReader.Read(null,
        ["spectral_radius=1..20:1", "sequence_length=30,10,20", "replicates=2"], out _)!.Plan;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(50)]
    public void Every_cell_is_computed_once_and_its_result_is_its_own(int threads)
    {
        var sink = new Sink();
        var ledger = new SweepLedger(s_plan);
        new ThreadsEngine((spec, _, _) => Grid.Compute(spec), threads).Run(ledger, sink, default);
        Assert.Equal(Enumerable.Range(0, (int)s_plan.CellCount).Select(i => (long)i), sink.Results.Keys.Order());
        Assert.All(sink.Results, done => Assert.Equal(CellKey.Of(s_plan.Cell(done.Key)), done.Value.Key));
        Assert.Equal(new LedgerCounts(s_plan.CellCount, 0, 0, 0), ledger.Counts);
    }

    [Fact]
    public void Lengths_of_a_trajectory_come_to_one_thread_in_ascending_order_and_all_but_the_last_go_on()
    {
        var calls = new ConcurrentQueue<(int Thread, CellSpec Spec, bool GoesOn)>();
        new ThreadsEngine(
            (spec, onward, _) =>
            {
                calls.Enqueue((Environment.CurrentManagedThreadId, spec, onward.GoesOn));
                return Grid.Compute(spec);
            },
            4).Run(new SweepLedger(s_plan), new Sink(), default);
        foreach (var trajectory in calls.GroupBy(call => call.Spec.SpectralRadius))
        {
            Assert.Single(trajectory.Select(call => call.Thread).Distinct());
            Assert.Equal([(10, true), (20, true), (30, false)], trajectory.Select(call => (call.Spec.SequenceLength, call.GoesOn)));
        }
    }

    [Fact]
    public void A_cell_that_throws_is_a_failure_and_the_others_finish()
    {
        var sink = new Sink();
        var ledger = new SweepLedger(s_plan);
        new ThreadsEngine(Fails, 3).Run(ledger, sink, default);
        Assert.Equal(new LedgerCounts(s_plan.CellCount - 20, 20, 0, 0), ledger.Counts);
        Assert.All(sink.Failures, failure =>
        {
            Assert.Equal(20, s_plan.Cell(failure.Key).SequenceLength);
            Assert.Equal(CellKey.Of(s_plan.Cell(failure.Key)), failure.Value.Key);
            Assert.Equal("DivideByZeroException: no such number", failure.Value.Reason);
            Assert.Equal(failure.Value.Reason, ledger.Failures[failure.Key]);
        });
    }

    [Fact]
    public void Failed_cells_are_tried_again_by_the_next_run_and_a_result_takes_the_failure_away()
    {
        using var folder = new TemporaryFolder();
        using var store = SqliteResultStore.OpenOrCreate(folder["results.db"]);
        Assert.Equal(s_plan.CellCount, Run(Fails));
        Assert.Equal(20, store.Failures().Count);
        Assert.Equal(20, Run((spec, _, _) => throw new DivideByZeroException("again")));
        Assert.All(store.Failures(), failure => Assert.Equal("DivideByZeroException: again", failure.Reason));
        Assert.Equal(20, Run((spec, _, _) => Grid.Compute(spec)));
        Assert.Empty(store.Failures());
        Assert.Equal(s_plan.CellCount, store.Count());
        Assert.Equal(0, Run(Fails));

        long Run(CellFunction function)
        {
            HashSet<CellKey> stored = [.. store.Keys()];
            long calls = 0;
            using var writer = new ResultWriter(store);
            new ThreadsEngine(
                (spec, onward, cancellation) =>
                {
                    Interlocked.Increment(ref calls);
                    return function(spec, onward, cancellation);
                },
                2).Run(new SweepLedger(s_plan, stored.Contains), new Sink(writer.Add, writer.Add), default);
            writer.Flush();
            return calls;
        }
    }

    [Fact]
    public void A_sink_that_takes_no_more_ends_the_run_with_its_own_exception()
    {
        int calls = 0;
        var error = new StoreUnreachableException("the disk is full");
        var sink = new Sink(done: _ => throw error);
        Exception thrown = Assert.Throws<StoreUnreachableException>(() => new ThreadsEngine(
            (spec, _, cancellation) =>
            {
                // Only the first gets through; the others wait for the end as a long cell does.
                if (Interlocked.Increment(ref calls) > 1)
                {
                    cancellation.WaitHandle.WaitOne();
                    cancellation.ThrowIfCancellationRequested();
                }

                return Grid.Compute(spec);
            },
            4).Run(new SweepLedger(s_plan), sink, default));
        Assert.Same(error, thrown);
        Assert.True(calls <= 4, $"{calls} cells were begun");
    }

    [Fact]
    public void Cancelled_it_stops_every_thread_and_hands_on_what_was_finished()
    {
        using var stop = new CancellationTokenSource();
        int waiting = 0;
        var sink = new Sink();
        var ledger = new SweepLedger(s_plan);
        new ThreadsEngine(
            (spec, _, cancellation) =>
            {
                if (sink.Results.Count >= 5)
                {
                    if (Interlocked.Increment(ref waiting) == 3)
                    {
                        stop.Cancel();
                    }

                    cancellation.WaitHandle.WaitOne();
                    cancellation.ThrowIfCancellationRequested();
                }

                return Grid.Compute(spec);
            },
            3).Run(ledger, sink, stop.Token);
        Assert.InRange(sink.Results.Count, 5, 8);
        Assert.Empty(sink.Failures);
        Assert.Equal(sink.Results.Count, ledger.Counts.Done);
        Assert.False(ledger.Counts.IsFinished);
    }

    [Fact]
    public void It_does_not_end_while_a_result_is_being_handed_on()
    {
        using var stop = new CancellationTokenSource();
        int begun = 0, ended = 0;
        var sink = new Sink(done: _ =>
        {
            Interlocked.Increment(ref begun);
            stop.Cancel();
            Thread.Sleep(TimeSpan.FromSeconds(1)); // longer than a thread is waited for that does not heed the cancellation
            Interlocked.Increment(ref ended);
        });
        new ThreadsEngine((spec, _, _) => Grid.Compute(spec), 3).Run(new SweepLedger(s_plan), sink, stop.Token);
        Assert.Equal(begun, ended);
    }

    [Fact]
    public void Cancelled_before_it_begins_it_computes_nothing()
    {
        var sink = new Sink();
        new ThreadsEngine((spec, _, _) => Grid.Compute(spec), 2).Run(new SweepLedger(s_plan), sink, new CancellationToken(canceled: true));
        Assert.Empty(sink.Results);
    }

    private static CellResult Fails(CellSpec spec, Onward onward, CancellationToken cancellation) =>
        spec.SequenceLength == 20 ? throw new DivideByZeroException("no such\nnumber") : Grid.Compute(spec);

    private sealed class Sink(Action<CellResult>? done = null, Action<CellFailure>? failed = null) : ICellSink
    {
        public ConcurrentDictionary<long, CellResult> Results { get; } = [];

        public ConcurrentDictionary<long, CellFailure> Failures { get; } = [];

        public void Done(LeasedCell cell, CellResult result)
        {
            done?.Invoke(result);
            Assert.True(Results.TryAdd(cell.Index, result), "a cell came twice");
        }

        public void Failed(LeasedCell cell, CellFailure failure)
        {
            failed?.Invoke(failure);
            Assert.True(Failures.TryAdd(cell.Index, failure), "a cell failed twice");
        }
    }
}
