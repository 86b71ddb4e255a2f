using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>
/// The engine of a cluster for a sweep with a search along an axis. The cluster computes plain sweeps: a round is submitted as one, or as one for each line of points where the lines have
/// different points, with the cells that the run's store lacks.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="sweep">The sweep.</param>
internal sealed class ClusterSearchEngine(ClusterSettings cluster, ResolvedSweep sweep) : IEngine
{
    public string Name => "cluster";

    public int? Parallelism => null;

    public EngineOutcome Run(EngineWork work, CancellationToken cancellation)
    {
        ResolvedSweep[] parts = [.. Parts(sweep, work.Plan, work.Store.Replicates().ToDictionary(), work.Ledger.Failures.Keys.ToHashSet())];
        Array.ForEach(parts, part => ClusterSweeps.Submit(cluster, part, cancellation: cancellation));
        bool anyFailure = work.Ledger.Failures.Count > 0;
        (double done, long computed, long failed) = (0, 0, work.Ledger.Failures.Count);
        foreach (ResolvedSweep part in parts)
        {
            if (cancellation.IsCancellationRequested)
            {
                break;
            }

            SweepLedger ledger = StoredLedger.Of(part.Plan, work.Store, withFailures: false);
            var meter = new ProgressMeter(part.Plan.CellCount, 0, ledger.OpenWork);
            EngineOutcome outcome = new ClusterEngine(new ClusterAddress(cluster), part, hasAnswered: true).Run(new EngineWork(part.Plan, ledger, work.Store, meter), cancellation);
            anyFailure |= outcome.Failures.Count > 0;
            (done, computed, failed) = (done + ledger.OpenWork, computed + outcome.Counts.Done - ledger.Counts.Done, failed + outcome.Counts.Failed);
            lock (work.Meter)
            {
                work.Meter.Set(done, computed, failed);
            }
        }

        SweepLedger all = StoredLedger.Of(work.Plan, work.Store, anyFailure);
        return new EngineOutcome(all.Counts, all.Failures);
    }

    /// <summary>The first round as a plain sweep.</summary>
    public static ResolvedSweep GridOf(ResolvedSweep sweep)
    {
        FieldSetting[] settings = [.. sweep.Settings.Select(setting => setting with { Locating = null })];
        return sweep with { Plan = SweepPlan.Of(sweep.Name, settings), Settings = [.. settings] };
    }

    /// <summary>The plain sweeps of the cells that are not stored, and have not failed in this run.</summary>
    /// <param name="sweep">The sweep with the search.</param>
    /// <param name="plan">The cells of all rounds so far.</param>
    /// <param name="stored">The stored replicates of each cell.</param>
    /// <param name="failed">The cells that have failed, by index.</param>
    internal static IEnumerable<ResolvedSweep> Parts(ResolvedSweep sweep, SweepPlan plan, IReadOnlyDictionary<CellKey, ReplicateSet> stored, IReadOnlySet<long> failed)
    {
        Locating locating = plan.Locating!;
        int located = plan.Coordinates.ToList().IndexOf(locating.Field.Name);
        int[] others = [.. Enumerable.Range(0, plan.Axes.Length).Where(axis => axis != located && plan.Axes[axis].Field != SweepFields.SequenceLength)];

        // The points that each line lacks, by the line's first cell among them.
        var lines = new Dictionary<string, (long Cell, List<long> Points)>();
        for (long trajectory = 0; trajectory < plan.TrajectoryCount; trajectory++)
        {
            long cell = plan.CellIndex(trajectory, 0);
            if (Enumerable.Range(0, plan.SequenceLengthCount).All(rank => IsKnown(plan.CellIndex(trajectory, rank))))
            {
                continue;
            }

            string line = string.Join(',', others.Select(axis => plan.PlaceOn(axis, cell)));
            (lines.TryGetValue(line, out var known) ? known : lines[line] = (cell, [])).Points.Add(plan.PlaceOn(located, cell));
        }

        long lineCount = others.Aggregate(1L, (product, axis) => product * plan.Axes[axis].Count);
        bool areAlike = lines.Count == lineCount && lines.Values.All(line => line.Points.SequenceEqual(lines.Values.First().Points));
        if (areAlike && plan.Axes[located].Count == locating.Grid.Count && lines.Values.First().Points.Count == locating.Grid.Count)
        {
            yield return GridOf(sweep);
            yield break;
        }

        foreach ((long cell, List<long> points) in areAlike ? lines.Values.Take(1) : lines.Values)
        {
            FieldSetting[] settings =
            [
                .. sweep.Settings.Select(setting =>
                {
                    int axis = setting.IsAxis ? plan.Coordinates.ToList().IndexOf(setting.Field.Name) : -1;
                    return axis == located ? Listed(axis, points)
                        : !areAlike && others.Contains(axis) ? Listed(axis, [plan.PlaceOn(axis, cell)])
                        : setting;
                }),
            ];
            yield return sweep with { Plan = SweepPlan.Of(sweep.Name, settings), Settings = [.. settings] };
        }

        bool IsKnown(long cell)
        {
            PlannedReading planned = plan.Planned(cell);
            return stored.GetValueOrDefault(planned.Key).HasFirst(planned.Spec.Replicates) || failed.Contains(cell);
        }

        FieldSetting Listed(int axis, IReadOnlyList<long> places) =>
            new(new ListAxis(plan.Axes[axis].Field, [.. places.Select(place => plan.Axes[axis].Value(place))]), IsAxis: true);
    }
}
