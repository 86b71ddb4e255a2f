using System.Collections.Concurrent;
using System.Diagnostics;

namespace RnnSweep.Grains;

/// <summary>
/// The threads that compute: a fixed number, none of Orleans', so that its scheduler, membership probes and timers never wait for
/// arithmetic.
/// </summary>
public sealed class WorkerThreads : IDisposable
{
    private readonly BlockingCollection<Action> _queue = [];

    /// <summary>Starts the threads.</summary>
    public WorkerThreads(int count)
    {
        Count = count;
        for (int i = 0; i < count; i++)
        {
            new Thread(Work) { IsBackground = true, Name = $"experiments {i}" }.Start();
        }
    }

    /// <summary>Number of threads.</summary>
    public int Count { get; }

    /// <summary>Runs an action on the next thread that is free.</summary>
    public Task Run(Action action)
    {
        // Continuations go back to the grain's scheduler, never on a worker.
        var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _queue.Add(() =>
        {
            try
            {
                action();
                completion.SetResult();
            }
            catch (Exception error)
            {
                completion.SetException(error);
            }
        });
        return completion.Task;
    }

    /// <summary>Lets the threads end when the queue is empty.</summary>
    public void Dispose() => _queue.CompleteAdding();

    /// <summary>
    /// Runs an experiment, and records how long it took before anybody hears of the outcome: who knows a sweep to be finished finds its numbers
    /// complete. An experiment that was stopped half-way took no time.
    /// </summary>
    public static T Measure<T>(Func<T> function)
    {
        long start = Stopwatch.GetTimestamp();
        bool isStopped = false;
        Telemetry.BusyThreads.Add(1);
        try
        {
            return function();
        }
        catch (OperationCanceledException)
        {
            isStopped = true;
            throw;
        }
        finally
        {
            Telemetry.BusyThreads.Add(-1);
            if (!isStopped)
            {
                Telemetry.ExperimentDuration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }
    }

    private void Work()
    {
        foreach (Action action in _queue.GetConsumingEnumerable())
        {
            action();
        }
    }
}
