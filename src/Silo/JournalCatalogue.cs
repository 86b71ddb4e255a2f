using System.Collections.Concurrent;
using System.Diagnostics;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;

namespace RnnSweep.Silo;

/// <summary>The sweeps of a cluster's journal, and the one experiment that computes all of their cells on this silo, with its caches.</summary>
internal sealed class JournalCatalogue : ISweepCatalogue, IMatrixSource
{
    // Every idle thread of every silo asks what there is to do, again and again.
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(0.5);

    private readonly ISweepJournal _journal;
    private readonly Experiment _experiment;
    private readonly ConcurrentDictionary<string, Task<SweepPlan>> _plans = new();
    private readonly ConcurrentDictionary<string, Matrix> _matrices = new();
    private readonly Lock _gate = new();
    private (long Time, Task<IReadOnlyList<string>> Sweeps)? _active;

    public JournalCatalogue(ISweepJournal journal, long cacheBytes)
    {
        _journal = journal;
        _experiment = new Experiment(this, new WeightsCache(cacheBytes), new TrajectoryCache(cacheBytes));
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

    public CellResult Compute(string sweep, CellSpec spec, Onward onward, CancellationToken cancellation) => _experiment.Run(spec, onward, cancellation);

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
