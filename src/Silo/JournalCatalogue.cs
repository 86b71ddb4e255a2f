using System.Collections.Concurrent;
using System.Diagnostics;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;

namespace RnnSweep.Silo;

/// <summary>The sweeps of a cluster's journal, and the runner of all their experiments on this silo.</summary>
internal sealed class JournalCatalogue : ISweepCatalogue, IMatrixSource
{
    // Every idle thread of every silo asks what there is to do, again and again.
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(0.5);

    private readonly ISweepJournal _journal;
    private readonly ExperimentRunner _runner;
    private readonly ConcurrentDictionary<string, Task<SweepPlan>> _plans = new();
    private readonly ConcurrentDictionary<string, Matrix> _matrices = new();
    private readonly Lock _gate = new();
    private (long Time, Task<IReadOnlyList<string>> Sweeps)? _active;

    public JournalCatalogue(ISweepJournal journal, long cacheBytes)
    {
        _journal = journal;
        _runner = new ExperimentRunner(this, new WeightsCache(cacheBytes));
    }

    public async ValueTask<IReadOnlyList<string>> Active()
    {
        Task<IReadOnlyList<string>> sweeps;
        lock (_gate)
        {
            if (_active is not { } active || Stopwatch.GetElapsedTime(active.Time) > s_fresh)
            {
                _active = active = (Stopwatch.GetTimestamp(), ReadActive());
            }

            sweeps = active.Sweeps;
        }

        return await sweeps;
    }

    public async ValueTask<SweepPlan> Plan(string sweep)
    {
        Task<SweepPlan> plan = _plans.GetOrAdd(sweep, ReadPlan);
        try
        {
            return await plan;
        }
        catch
        {
            _plans.TryRemove(KeyValuePair.Create(sweep, plan)); // a database that was away may be back
            throw;
        }
    }

    public ExperimentResult Run(string sweep, Experiment experiment, Func<CellKey, ReplicateSet>? stored, CancellationToken cancellation) =>
        _runner.Run(experiment, stored, cancellation);

    public Matrix Find(string digest) =>
        _matrices.TryGetValue(digest, out Matrix? matrix) ? matrix : throw new KeyNotFoundException($"there is no matrix {digest}");

    private async Task<IReadOnlyList<string>> ReadActive() =>
        [.. (await _journal.Sweeps()).Where(sweep => sweep.State == SweepState.Active).Select(sweep => sweep.Id)];

    private async Task<SweepPlan> ReadPlan(string sweep)
    {
        SweepDescription description = await _journal.Description(sweep) ?? throw new KeyNotFoundException($"there is no sweep {sweep}");
        foreach (string digest in description.Matrices)
        {
            _matrices.TryAdd(digest, await _journal.Matrix(digest));
        }

        return description.Plan(Find);
    }
}
