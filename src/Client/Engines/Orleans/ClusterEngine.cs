using System.Collections.Frozen;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;
using RnnSweep.Silo;
using RnnSweep.Silo.PostgreSql;
using Serilog;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>
/// The engine of a cluster. The silos run the sweep independently of this process, which copies their readings into the run's own store, in the order in which
/// they were stored, and polls the sweep grain for the progress. It may be killed at any time, and continues from what its store holds.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="sweep">The sweep, which has been submitted.</param>
/// <param name="hasAnswered">Whether the cluster has answered this process already; from then on, failures to reach it are retried.</param>
internal sealed class ClusterEngine(ClusterAddress cluster, ResolvedSweep sweep, bool hasAnswered) : IEngine
{
    // How long an unreachable cluster is retried, because silos and databases may be restarting, and the pause between two attempts.
    private static readonly TimeSpan s_retryTimeout = TimeSpan.FromMinutes(10), s_pollInterval = TimeSpan.FromSeconds(1);

    // A call that takes longer is abandoned, and repeated through a new connection.
    private static readonly TimeSpan s_callTimeout = TimeSpan.FromSeconds(15);

    public string Name => "cluster";

    public int? Parallelism => null;

    public string Id { get; } = IdOf(sweep);

    public EngineOutcome Run(EngineWork work, CancellationToken cancellation) => RunAsync(work, cancellation).GetAwaiter().GetResult();

    private async Task<EngineOutcome> RunAsync(EngineWork work, CancellationToken cancellation)
    {
        using Activity? trace = Telemetry.Traces.StartActivity("attach", ActivityKind.Client);
        trace?.SetTag("rnnsweep.sweep", Id);
        var copy = new ReadingCopy(work.Plan, work.Store);
        bool hasConnected = hasAnswered;
        long? unreachableSince = null;
        while (true)
        {
            try
            {
                await using ClusterDatabase database = await cluster.Open(cancellation);
                await using ClusterConnection connection = await cluster.Connect(database, cancellation);
                ISweepGrain grain = connection.Grains.GetGrain<ISweepGrain>(Id);
                hasConnected = true; // from now on a call that fails, because its silo has just died, is retried
                await Follow(grain, new PostgreSqlResultStore(database, Id), work, copy, onAnswer: () => unreachableSince = null, cancellation);
                return Outcome(work, copy);
            }
            catch (RunStoreException error)
            {
                ExceptionDispatchInfo.Throw(error.InnerException!);
            }
            catch (Exception) when (cancellation.IsCancellationRequested)
            {
                return Outcome(work, copy);
            }
            catch (Exception error) when (hasConnected && error is not (UsageException or StoreDamagedException))
            {
                // Every silo may be gone for a while; the sweep goes on when one is back.
                unreachableSince ??= Stopwatch.GetTimestamp();
                Log.Warning("The cluster does not answer: {Error}", error.Message);
                if (Stopwatch.GetElapsedTime(unreachableSince.Value) > s_retryTimeout)
                {
                    throw new StoreUnreachableException($"{error.Message}; the cluster has not answered for {s_retryTimeout.TotalMinutes} minutes; continue with 'rnnsweep attach {Id}' when it is reachable");
                }

                await Task.Delay(s_pollInterval, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>The id of a sweep on a cluster.</summary>
    public static string IdOf(ResolvedSweep sweep) => StoredSweep.IdOf(sweep.Name, SweepFileWriter.WriteSubmitted(sweep));

    /// <summary>What is sent to a cluster. Matrices in files are read whole, if all are small enough for a cluster.</summary>
    /// <exception cref="UsageException">They are not.</exception>
    public static SweepSubmission Submission(ResolvedSweep sweep)
    {
        RequireSize(sweep);
        return new(
            SweepFileWriter.WriteSubmitted(sweep),
            [.. sweep.Matrices.Values.Concat(sweep.Rows.Values.Select(ReadWhole))
                .Select(matrix => new SubmittedMatrix(matrix.Rows, matrix.Columns, ImmutableCollectionsMarshal.AsImmutableArray(matrix.Values)))]);
    }

    // A larger message would be refused by Orleans, and its connection closed.
    private static void RequireSize(ResolvedSweep sweep)
    {
        bool hasRows = sweep.Rows.Count > 0;
        double bytes = sizeof(double)
            * (sweep.Matrices.Values.Sum(matrix => (double)matrix.Rows * matrix.Columns) + sweep.Rows.Values.Sum(rows => (double)rows.Rows * rows.Columns));
        if (bytes > SiloProcess.MostBytes)
        {
            throw new UsageException(
                $"{(hasRows ? sweep.PlaceOf(SweepFields.Jacobians.Name) : "rnnsweep")}: the {(hasRows ? "Jacobians" : "matrices")} have {Computation.Bytes(bytes)}, but a cluster takes sweeps of at most {Computation.Bytes(SiloProcess.MostBytes)} with their matrices; run the sweep on one machine");
        }
    }

    private static Matrix ReadWhole(IMatrixRows rows)
    {
        var matrix = new Matrix(rows.Rows, rows.Columns);
        rows.Read(0, matrix.Values);
        return matrix;
    }

    // Returns when the sweep is finished or cancelled; a paused one is followed until it is resumed.
    private static async Task Follow(ISweepGrain grain, PostgreSqlResultStore results, EngineWork work, ReadingCopy copy, Action onAnswer, CancellationToken cancellation)
    {
        // A run lasts for hours; its trace would contain tens of thousands of progress calls.
        Activity.Current = null;
        string cursor = results.Cursor();
        _ = copy.CopyMissing(results, cancellation);
        while (true)
        {
            SweepProgress progress = await grain.Progress().WaitAsync(s_callTimeout, cancellation)
                ?? throw new StoreDamagedException("the sweep was removed from the cluster's database while it was followed; submitting it again continues it");
            onAnswer();
            if (progress.Damage is { } damage)
            {
                throw new StoreDamagedException(damage);
            }

            Show(progress, work);
            string next = results.Cursor();
            copy.CopyAdded(results, cursor, next, progress.Done, cancellation);
            cursor = next;
            if (progress.State is SweepState.Active or SweepState.Paused)
            {
                await Task.Delay(s_pollInterval, cancellation);
                continue;
            }

            // Copies failures, and readings of the same cells that other sweeps have stored.
            if (copy.CopyMissing(results, cancellation) is var (key, replicate) && progress.State == SweepState.Finished)
            {
                throw new StoreDamagedException(
                    $"the sweep is finished on the cluster, but its database has no reading of cell {key}, replicate {replicate}: its silos may be of another version of rnnsweep");
            }

            return;
        }
    }

    private static void Show(SweepProgress progress, EngineWork work)
    {
        double fraction = progress.IsFinished ? 1 : progress.Work > 0 ? progress.WorkDone / progress.Work : 0;
        work.ShowProgress(fraction * work.Ledger.OpenWork, progress.Done, progress.Failed);
    }

    // Counts the run's own store, without the failures that it keeps from an earlier run.
    private static EngineOutcome Outcome(EngineWork work, ReadingCopy copy)
    {
        var stored = work.Store.Replicates().ToDictionary();
        ILookup<CellKey, ReadingFailure> failures = copy.Failures.Values.ToLookup(failure => failure.Key);
        var ledger = new SweepLedger(work.Plan, key => stored.GetValueOrDefault(key), failures: key => failures[key]);
        return new EngineOutcome(ledger.Counts, ledger.Failures.ToFrozenDictionary());
    }
}
