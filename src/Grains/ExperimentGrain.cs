using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Orleans.Placement;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>Runs experiments on a worker thread of the silo whose pump calls, and deactivates itself.</summary>
[PreferLocalPlacement]
internal sealed partial class ExperimentGrain(SiloWork siloWork, SweepPump pump, WorkerThreads workers, ResultReporter reporter, ILogger<ExperimentGrain> log)
    : Grain, IExperimentGrain
{
    /// <inheritdoc/>
    public async Task Run(string sweep, long lease, ImmutableArray<LeasedExperiment> experiments)
    {
        CancellationToken withdrawn = pump.Token(sweep, lease);
        SweepPlan plan = await siloWork.Catalogue.Plan(sweep);
        ActivityContext caller = Activity.Current?.Context ?? default;
        try
        {
            await workers.Run(() =>
            {
                foreach (LeasedExperiment leased in experiments)
                {
                    withdrawn.ThrowIfCancellationRequested();
                    Run(sweep, lease, leased, plan.Experiments[leased.Index], caller, withdrawn);
                }
            });
        }
        finally
        {
            DeactivateOnIdle(); // a hundred thousand experiments leave nothing behind
        }
    }

    // On a worker thread.
    private void Run(string sweep, long lease, LeasedExperiment leased, Experiment experiment, ActivityContext caller, CancellationToken cancellation)
    {
        string key = experiment.Readings[^1].Key.ToString();
        if (key != leased.Key)
        {
            throw new InvalidOperationException($"experiment {leased.Index} of {sweep} is {key} on this silo, and not {leased.Key}; all silos of a cluster must have the same version of rnnsweep");
        }

        using Activity? trace = Telemetry.Traces.StartActivity(ActivityKind.Internal, caller, name: "experiment");
        trace?.SetTag("rnnsweep.sweep", sweep).SetTag("rnnsweep.experiment", leased.Index).SetTag("rnnsweep.lease", lease);
        LogBegin(log, leased.Index, sweep);
        FaultPoint.Pass(FaultPoint.ExperimentBegins, leased.Index, cancellation);
        ExperimentResult result;
        try
        {
            Func<CellKey, ReplicateSet>? stored = leased.IsPartlyStored ? siloWork.Store.ReplicatesOf(experiment) : null;
            result = WorkerThreads.Measure(() => siloWork.Catalogue.Run(sweep, experiment, stored, cancellation));
        }
        catch (Exception error) when (error is not (OperationCanceledException or StoreUnreachableException or StoreDamagedException))
        {
            result = new ExperimentResult([], experiment.Failures(error));
        }

        if (result.Failures is [var failure, ..])
        {
            trace?.SetStatus(ActivityStatusCode.Error, failure.Reason);
            LogFailed(log, leased.Index, sweep, failure.Key.ToString(), failure.Replicate, failure.Reason);
        }

        reporter.Add(new ExperimentOutcome(sweep, lease, leased.Index, result));
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Experiment {Experiment} of {Sweep} begins")]
    private static partial void LogBegin(ILogger log, long experiment, string sweep);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Experiment {Experiment} of {Sweep} failed, first cell {Key}, replicate {Replicate}: {Reason}")]
    private static partial void LogFailed(ILogger log, long experiment, string sweep, string key, int replicate, string reason);
}
