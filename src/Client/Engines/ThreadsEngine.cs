using RnnSweep.Client.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Engines;

/// <summary>The engine of one process: threads of its own, each taking leases from the ledger until there are no more.</summary>
/// <param name="run">Computes a cell; safe from any thread.</param>
/// <param name="parallelism">Number of threads.</param>
internal sealed class ThreadsEngine(CellFunction run, int parallelism) : IEngine
{
    // Operations of a lease, some milliseconds: of smaller trajectories several go together.
    private const double LeaseWork = 1e7;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(0.5);

    // Held while a result is handed on, so that none comes after the run has ended.
    private readonly Lock _handingOn = new();
    private volatile bool _isOver;

    public string Name => "threads";

    public int? Parallelism => parallelism;

    public EngineOutcome Run(EngineWork work, CancellationToken cancellation)
    {
        using var writer = new ResultWriter(work.Store);
        Run(work.Ledger, new StoringSink(writer, work.Meter), cancellation);
        writer.Flush();
        return new EngineOutcome(work.Ledger.Counts, work.Ledger.Failures);
    }

    /// <summary>Hands every result to a sink, from any thread; an exception of the sink ends the run.</summary>
    public void Run(SweepLedger ledger, ICellSink sink, CancellationToken cancellation)
    {
        // Not disposed: a thread that is left behind may still look at it.
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Exception? fault = null;
        Thread[] threads = [.. Enumerable.Range(0, parallelism).Select(index => new Thread(Work) { IsBackground = true, Name = $"cells {index}" })];
        Array.ForEach(threads, thread => thread.Start());
        Join(threads, stop.Token);
        lock (_handingOn)
        {
            _isOver = true;
        }

        if (fault is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
        }

        void Work()
        {
            try
            {
                while (!stop.IsCancellationRequested && NextLease(ledger) is { } lease)
                {
                    foreach ((LeasedCell cell, Onward onward) in lease.InOrder())
                    {
                        Compute(cell, onward, ledger, sink, stop.Token);
                    }
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // The open cells of the lease are computed by the next run.
            }
            catch (Exception error)
            {
                // A sink that takes no more results ends the run for all threads: going on would be work for nothing.
                Interlocked.CompareExchange(ref fault, error, null);
                stop.Cancel();
            }
        }
    }

    /// <summary>
    /// Waits for all threads; once it is cancelled, a moment only. Inside a factorisation nothing asks for cancellation, and one of a large matrix
    /// takes minutes: its thread is left to end with the process.
    /// </summary>
    private static void Join(Thread[] threads, CancellationToken cancellation)
    {
        foreach (Thread thread in threads)
        {
            while (!thread.Join(s_patience) && !cancellation.IsCancellationRequested)
            {
            }
        }
    }

    private static Lease? NextLease(SweepLedger ledger)
    {
        lock (ledger)
        {
            return ledger.TryLease(TimeSpan.Zero, work: LeaseWork);
        }
    }

    private void Compute(LeasedCell cell, Onward onward, SweepLedger ledger, ICellSink sink, CancellationToken cancellation)
    {
        CellResult result;
        try
        {
            result = run(cell.Spec, onward, cancellation);
        }
        catch (Exception error) when (error is not OperationCanceledException && !_isOver)
        {
            // Whatever went wrong inside one cell is that cell's failure; the others are computed all the same.
            string reason = $"{error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")}";
            HandOn(() =>
            {
                sink.Failed(cell, new CellFailure(cell.Key, reason));
                lock (ledger)
                {
                    ledger.ReportFailed(cell.Index, cell.Key, reason);
                }
            });
            return;
        }

        HandOn(() =>
        {
            sink.Done(cell, result);
            lock (ledger)
            {
                ledger.ReportDone(cell.Index, cell.Key);
            }
        });
    }

    private void HandOn(Action report)
    {
        lock (_handingOn)
        {
            if (_isOver)
            {
                throw new OperationCanceledException(); // left behind: nobody takes results any more
            }

            report();
        }
    }
}

/// <summary>Computes a cell: <see cref="Experiment.Run"/>, or what a test puts in its place.</summary>
internal delegate CellResult CellFunction(CellSpec spec, Onward onward, CancellationToken cancellation);
