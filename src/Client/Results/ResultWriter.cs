using System.Diagnostics;
using System.Runtime.ExceptionServices;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Results;

/// <summary>
/// Collects results from any thread and commits them to a store in batches, from a thread of its own, half a second after the first
/// one of a batch. Where the store fails, every later call says so; nothing more is written.
/// </summary>
internal sealed class ResultWriter : IDisposable
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(0.5);

    // In readings: while more than this wait to be stored, Add blocks.
    private const long DefaultCapacity = 100_000, BytesOfReading = 200;

    private readonly object _gate = new();
    private readonly IResultStore _store;
    private readonly TimeSpan _delay;
    private readonly long _capacity;
    private readonly Thread _thread;

    private List<CellResult> _results = [];
    private List<ReadingFailure> _failures = [];
    private long _firstAt;
    private long _weight;
    private long _added;
    private long _committed;
    private int _flushing;
    private bool _closing;
    private ExceptionDispatchInfo? _error;

    public ResultWriter(IResultStore store, TimeSpan? delay = null, long capacity = DefaultCapacity)
    {
        (_store, _delay, _capacity) = (store, delay ?? Delay, capacity);
        _thread = new Thread(CommitAll) { IsBackground = true, Name = "results" };
        _thread.Start();
    }

    // Half of what may wait is enough for a batch; the other half keeps those who add going while it is committed.
    private bool IsFull => _weight >= _capacity / 2;

    /// <summary>Number of results and failures that are safely in the store.</summary>
    public long Committed => Interlocked.Read(ref _committed);

    /// <summary>Takes a result; waits while too many are waiting.</summary>
    public void Add(CellResult result) => Add(Weight(result), result, item => _results.Add(item));

    /// <summary>Takes a failure.</summary>
    public void Add(ReadingFailure failure) => Add(1, failure, item => _failures.Add(item));

    /// <summary>Returns when all that was added is committed, or throws what the store threw.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing, this);
            long target = _added;
            _flushing++;
            Monitor.PulseAll(_gate);
            while (_committed < target && _error is null)
            {
                Monitor.Wait(_gate);
            }

            _flushing--;
            _error?.Throw();
        }
    }

    /// <summary>Commits what is waiting. Does not throw: whoever needs to know calls <see cref="Flush"/> first.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closing = true;
            Monitor.PulseAll(_gate);
        }

        _thread.Join();
    }

    // In readings of the norms alone: one that holds long lists weighs as many as have its bytes.
    private static long Weight(CellResult result)
    {
        long weight = 1;
        foreach (Reading reading in result.Replicates)
        {
            weight += 1 + (sizeof(double) * Numbers(reading) / BytesOfReading);
        }

        return weight;
    }

    private static long Numbers(Reading reading) =>
        reading.Spectrum is null && reading.Lags is null ? 0 : (2L * (reading.Spectrum?.Log10SingularValues.Count ?? 0)) + (2L * (reading.Lags?.Log10SpectralNorms.Count ?? 0));

    private void Add<T>(long weight, T item, Action<T> add)
    {
        lock (_gate)
        {
            // An empty writer takes anything, so a result heavier than the capacity gets through.
            while (_weight > 0 && _weight + weight > _capacity && _error is null && !_closing)
            {
                Monitor.Wait(_gate);
            }

            _error?.Throw();
            ObjectDisposedException.ThrowIf(_closing, this);
            bool isFirst = _weight == 0, wasFull = IsFull;
            if (isFirst)
            {
                _firstAt = Stopwatch.GetTimestamp();
            }

            add(item);
            _weight += weight;
            _added++;

            // To wake a thread costs more than a small cell: the first of a batch sets its time, and the one that fills it is the last it waits for.
            if (isFirst || (IsFull && !wasFull))
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void CommitAll()
    {
        try
        {
            while (Next() is var (results, failures))
            {
                _store.Add(results, failures);
                lock (_gate)
                {
                    Interlocked.Add(ref _committed, results.Count + failures.Count);
                    Monitor.PulseAll(_gate);
                }
            }
        }
        catch (Exception error)
        {
            lock (_gate)
            {
                _error = ExceptionDispatchInfo.Capture(error);
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Waits for the next batch; null when there is none and none will come.</summary>
    private (List<CellResult> Results, List<ReadingFailure> Failures)? Next()
    {
        lock (_gate)
        {
            while (!IsDue(out TimeSpan wait))
            {
                if (_weight == 0 && _closing)
                {
                    return null;
                }

                Monitor.Wait(_gate, wait);
            }

            var batch = (_results, _failures);
            (_results, _failures, _weight) = ([], [], 0);
            Monitor.PulseAll(_gate);
            return batch;
        }
    }

    private bool IsDue(out TimeSpan wait)
    {
        TimeSpan left = _delay - Stopwatch.GetElapsedTime(_firstAt);
        wait = _weight == 0 ? Timeout.InfiniteTimeSpan : left;

        return _weight > 0 && (left <= TimeSpan.Zero || _closing || _flushing > 0 || IsFull);
    }
}
