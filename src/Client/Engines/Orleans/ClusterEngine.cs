using System.Collections.Frozen;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using RnnSweep.Client.Commands;
using RnnSweep.Client.Runs;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;
using RnnSweep.Silo;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>
/// The engine of a cluster: silos that know nothing of this process compute the sweep; it follows what becomes of its experiments, and copies their readings into the run's own store. It may end at any instant, and begins again where its store ends.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="sweep">The sweep, which has been submitted.</param>
/// <param name="hasAnswered">Whether the cluster has answered this process just now: from then on it is waited for where it does not.</param>
internal sealed class ClusterEngine(ClusterAddress cluster, ResolvedSweep sweep, bool hasAnswered) : IEngine
{
    private const int MostInBatch = 1000;

    // A silo that is restarted, a database that is: for so long nobody is told.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10), s_pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    public string Name => "cluster";

    public int? Parallelism => null;

    public string Id { get; } = sweep.Describe().Id;

    public EngineOutcome Run(EngineWork work, CancellationToken cancellation) => RunAsync(work, cancellation).GetAwaiter().GetResult();

    private async Task<EngineOutcome> RunAsync(EngineWork work, CancellationToken cancellation)
    {
        using Activity? trace = Telemetry.Traces.StartActivity("attach", ActivityKind.Client);
        trace?.SetTag("rnnsweep.sweep", Id);
        var progress = new Progress(work);
        bool isKnown = hasAnswered;
        DateTime silentSince = DateTime.MaxValue;
        while (true)
        {
            try
            {
                await using ClusterDatabase database = await cluster.Open(cancellation);
                await using ClusterConnection connection = await cluster.Connect(database, cancellation);
                ISweepGrain grain = connection.Grains.GetGrain<ISweepGrain>(Id);
                if (!isKnown)
                {
                    await RequireKnown(grain);
                    isKnown = true;
                }

                silentSince = DateTime.MaxValue;
                if (await Follow(grain, new PostgreSqlResultStore(database), progress, cancellation))
                {
                    return progress.Outcome();
                }
            }
            catch (RunStoreException error)
            {
                ExceptionDispatchInfo.Throw(error.InnerException!);
            }
            catch (Exception) when (cancellation.IsCancellationRequested)
            {
                return progress.Outcome();
            }
            catch (Exception error) when (isKnown && error is not (UsageException or StoreDamagedException or RunStoreException))
            {
                // Every silo may be gone for a while; the sweep goes on when one is back.
                silentSince = silentSince == DateTime.MaxValue ? DateTime.UtcNow : silentSince;
                RunLog.Current?.Warning("The cluster does not answer: {Error}", error.Message);
                if (DateTime.UtcNow - silentSince > s_patience)
                {
                    throw new StoreUnreachableException($"{error.Message}; the cluster has not answered for {s_patience.TotalMinutes} minutes, and 'rnnsweep attach {Id}' goes on when it is back");
                }

                await Task.Delay(s_pause, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task RequireKnown(ISweepGrain grain)
    {
        if (await grain.Status() is null)
        {
            throw new UsageException($"rnnsweep: there is no sweep {Id} on this cluster; 'rnnsweep status' lists those that there are");
        }
    }

    /// <summary>What is sent to a cluster.</summary>
    public static SweepSubmission Submission(ResolvedSweep sweep) => new(
        sweep.Describe().Text,
        [.. sweep.Matrices.Values.Select(matrix => new SubmittedMatrix(matrix.Rows, matrix.Columns, ImmutableCollectionsMarshal.AsImmutableArray(matrix.Values)))]);

    // Whether the sweep is over: finished, or cancelled.
    private static async Task<bool> Follow(ISweepGrain grain, PostgreSqlResultStore results, Progress progress, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var events = Channel.CreateBounded<SweepEvent>(10 * MostInBatch);

        // A run lasts for hours, and would be a trace of ten thousands of questions how far it is.
        Activity? trace = Activity.Current;
        Activity.Current = null;
        Task watching = Watch(grain, progress.Cursor, events.Writer, end.Token);
        Task polling = Poll(grain, progress, end.Token);
        Activity.Current = trace;
        try
        {
            while (await events.Reader.WaitToReadAsync(cancellation))
            {
                var batch = new List<SweepEvent>();
                while (batch.Count < MostInBatch && events.Reader.TryRead(out SweepEvent? next))
                {
                    batch.Add(next);
                }

                progress.Take(batch, results);
            }

            await watching;
            SweepStatus status = (await grain.Status())!;
            return status.State != SweepState.Active;
        }
        finally
        {
            await end.CancelAsync();
            await Task.WhenAll(watching, polling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task Watch(ISweepGrain grain, long after, ChannelWriter<SweepEvent> events, CancellationToken cancellation)
    {
        try
        {
            await foreach (SweepEvent next in grain.Watch(after).WithBatchSize(MostInBatch).WithCancellation(cancellation))
            {
                await events.WriteAsync(next, cancellation);
            }

            events.Complete();
        }
        catch (Exception error)
        {
            events.Complete(error);
            throw;
        }
    }

    private static async Task Poll(ISweepGrain grain, Progress progress, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            if (await grain.Status() is { } status)
            {
                progress.Show(status);
            }

            await Task.Delay(s_interval, cancellation);
        }
    }

    /// <summary>What this process has seen of the sweep.</summary>
    private sealed class Progress(EngineWork work)
    {
        private readonly long _stored = work.Ledger.Counts.Done;
        private double _fraction;

        /// <summary>The number of the last event that was taken.</summary>
        public long Cursor { get; private set; }

        /// <summary>Copies what events report into the run's store, and counts it only then: the cluster's database may be away in between.</summary>
        public void Take(List<SweepEvent> events, PostgreSqlResultStore results)
        {
            Experiment[] experiments = [.. events.Select(next => work.Plan.Experiments[next.Experiment])];
            ILookup<CellKey, ReadingFailure> failures = results.FailuresOf(
                experiments.Where((_, i) => events[i].Failure is not null).SelectMany(experiment => experiment.Readings).Select(reading => reading.Key).Distinct())
                .ToLookup(failure => failure.Key);
            ReadingFailure[][] failed = [.. experiments.Select((experiment, i) => events[i].Failure is null ? [] : experiment.FailuresAmong(key => failures[key], events[i].Failure!).ToArray())];
            Copy(experiments, failed, results);
            foreach ((Experiment experiment, ReadingFailure[] of) in experiments.Zip(failed))
            {
                _ = of.Length == 0 ? work.Ledger.ReportDone(experiment.Index) : work.Ledger.ReportFailed(experiment.Index, of);
            }

            Cursor = events[^1].Number;
            Show(null);
        }

        /// <summary>Tells the meter.</summary>
        public void Show(SweepStatus? status)
        {
            lock (work.Meter)
            {
                _fraction = status is null ? _fraction : status.Work <= 0 ? 1 : status.WorkDone / status.Work;
                LedgerCounts counts = work.Ledger.Counts;
                work.Meter.Set(_fraction * work.Ledger.OpenWork, counts.Done - _stored, counts.Failed);
            }
        }

        public EngineOutcome Outcome() => new(work.Ledger.Counts, work.Ledger.Failures.ToFrozenDictionary());

        // What of the experiments the run's own store lacks.
        private void Copy(Experiment[] experiments, ReadingFailure[][] failed, PostgreSqlResultStore results)
        {
            PlannedReading[] cells = [.. experiments.SelectMany(experiment => experiment.Readings).DistinctBy(cell => cell.Key)];
            var stored = work.Store.Replicates(cells.Select(cell => cell.Key)).ToDictionary();
            PlannedReading[] open = [.. cells.Where(cell => !stored.GetValueOrDefault(cell.Key).HasFirst(cell.Spec.Replicates))];
            CellResult[] found =
            [
                .. results.Find(open).OfType<CellResult>().Select(result => result with
                {
                    Replicates = result.Replicates.RemoveAll(reading => stored.GetValueOrDefault(result.Key).Contains(reading.Replicate)),
                }),
            ];
            var there = found.ToDictionary(result => result.Key, result => result.Replicates.Select(reading => reading.Replicate).ToHashSet());
            for (int i = 0; i < experiments.Length; i++)
            {
                foreach ((CellKey key, int replicate) in Readings(experiments[i]))
                {
                    bool isKnown = stored.GetValueOrDefault(key).Contains(replicate) || (there.TryGetValue(key, out HashSet<int>? replicates) && replicates.Contains(replicate))
                        || failed[i].Any(failure => failure.Key == key && failure.Replicate == replicate);
                    if (!isKnown)
                    {
                        throw new StoreDamagedException(FormattableString.Invariant(
                            $"experiment {experiments[i].Index} is done on the cluster, but its database has no reading of cell {key}, replicate {replicate}: its silos may be of another version of rnnsweep"));
                    }
                }
            }

            try
            {
                work.Store.Add(found, [.. failed.SelectMany(of => of)]);
            }
            catch (Exception error)
            {
                throw new RunStoreException(error);
            }
        }

        private static IEnumerable<(CellKey Key, int Replicate)> Readings(Experiment experiment) =>
            from reading in experiment.Readings
            from replicate in Enumerable.Range(experiment.FirstReplicate, experiment.ReplicateCount)
            select (reading.Key, replicate);
    }

    /// <summary>The run's own store does not take results: unlike that of the cluster, it is not waited for.</summary>
    private sealed class RunStoreException(Exception error) : Exception(error.Message, error);
}
