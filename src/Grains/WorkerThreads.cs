using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Grains;

/// <summary>
/// A fixed number of threads that run experiments. They are not pool threads, so Orleans' scheduler, membership probes and timers never wait for arithmetic.
/// </summary>
public sealed partial class WorkerThreads : IDisposable
{
    private readonly BlockingCollection<Action> _queue = [];
    private readonly ILogger _log;

    /// <summary>Starts the threads.</summary>
    public WorkerThreads(int count, ILogger log)
    {
        (Count, _log) = (count, log);
        for (int i = 0; i < count; i++)
        {
            new Thread(Work) { IsBackground = true, Name = $"experiments {i}" }.Start();
        }
    }

    /// <summary>Number of threads.</summary>
    public int Count { get; }

    /// <summary>Runs the experiments of a lease on the next thread that is free.</summary>
    /// <returns>Their outcomes, in the order of the lease; experiments that were not run because the lease was stopped are left out.</returns>
    /// <exception cref="StoreUnreachableException">The store could not be asked for an experiment's stored readings.</exception>
    public Task<IReadOnlyList<ExperimentOutcome>> Run(WorkLease lease)
    {
        // Continuations run on the thread pool, not on a worker thread.
        var completion = new TaskCompletionSource<IReadOnlyList<ExperimentOutcome>>(TaskCreationOptions.RunContinuationsAsynchronously);
        ActivityContext caller = Activity.Current?.Context ?? default;
        _queue.Add(() =>
        {
            try
            {
                completion.SetResult(RunAll(lease, caller));
            }
            catch (Exception error)
            {
                completion.SetException(error);
            }
        });
        return completion.Task;
    }

    /// <summary>Ends the threads when the queue is empty.</summary>
    public void Dispose() => _queue.CompleteAdding();

    private List<ExperimentOutcome> RunAll(WorkLease lease, ActivityContext caller)
    {
        var outcomes = new List<ExperimentOutcome>(lease.Experiments.Count);
        foreach (long index in lease.Experiments)
        {
            if (lease.Stopped.IsCancellationRequested)
            {
                break;
            }

            LogBegin(_log, index, lease.Sweep.Id);
            using Activity? trace = Telemetry.Traces.StartActivity(ActivityKind.Internal, caller, name: "experiment");
            trace?.SetTag("rnnsweep.sweep", lease.Sweep.Id).SetTag("rnnsweep.experiment", index).SetTag("rnnsweep.lease", lease.Id);
            if (TryRun(lease, index) is not { } result)
            {
                break;
            }

            if (result.Failures is [var failure, ..])
            {
                trace?.SetStatus(ActivityStatusCode.Error, failure.Reason);
                LogFailed(_log, index, lease.Sweep.Id, failure.Key.ToString(), failure.Replicate, failure.Reason);
            }

            outcomes.Add(new ExperimentOutcome(lease, index, result));
        }

        return outcomes;
    }

    // Returns null when the lease was stopped. The duration is recorded before the outcome is returned, so that the metrics of a finished sweep are complete.
    private static ExperimentResult? TryRun(WorkLease lease, long index)
    {
        SweepWork sweep = lease.Sweep;
        Experiment experiment = sweep.Plan.Experiments[index];
        long start = Stopwatch.GetTimestamp();
        Telemetry.BusyThreads.Add(1);
        try
        {
            FaultPoint.Pass(FaultPoint.ExperimentBegins, index, lease.Stopped);
            Func<CellKey, ReplicateSet>? stored = lease.IsPartlyStored(index) ? sweep.Store.ReplicatesOf(experiment) : null;
            ExperimentResult result = sweep.Run(experiment, stored, lease.Stopped);
            Telemetry.ExperimentDuration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds);
            return result;
        }
        catch (OperationCanceledException) when (lease.Stopped.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception error) when (error is not (StoreUnreachableException or StoreDamagedException))
        {
            Telemetry.ExperimentDuration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds);
            return new ExperimentResult([], experiment.Failures(error));
        }
        finally
        {
            Telemetry.BusyThreads.Add(-1);
        }
    }

    private void Work()
    {
        foreach (Action action in _queue.GetConsumingEnumerable())
        {
            action();
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Experiment {Experiment} of sweep {Sweep} begins")]
    private static partial void LogBegin(ILogger log, long experiment, string sweep);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Experiment {Experiment} of sweep {Sweep} failed, first cell {Key}, replicate {Replicate}: {Reason}")]
    private static partial void LogFailed(ILogger log, long experiment, string sweep, string key, int replicate, string reason);
}
