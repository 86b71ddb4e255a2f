using System.Collections.Concurrent;
using System.Diagnostics;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Results;
using RnnSweep.Grains;

namespace RnnSweep.Silo;

/// <summary>The sweeps of a cluster, and the runner of their experiments on this silo.</summary>
internal sealed class ClusterCatalogue : ISweepCatalogue, IMatrixSource
{
    // How long the list of active sweeps is cached, because idle workers ask for it continually.
    private static readonly TimeSpan s_activeLifetime = TimeSpan.FromSeconds(0.5);

    private readonly ISweepRegistry _registry;
    private readonly ISweepReader _reader;
    private readonly IResultStore _store;
    private readonly ExperimentRunner _runner;
    private readonly ConcurrentDictionary<string, Task<SweepWork>> _sweeps = new();
    private readonly ConcurrentDictionary<string, Matrix> _matrices = new();
    private readonly Lock _gate = new();
    private (long Time, Task<IReadOnlyList<ActiveSweep>> Sweeps)? _active;

    public ClusterCatalogue(ISweepRegistry registry, ISweepReader reader, IResultStore store, long cacheBytes)
    {
        (_registry, _reader, _store) = (registry, reader, store);
        _runner = new ExperimentRunner(this, new WeightsCache(cacheBytes));
    }

    public async ValueTask<IReadOnlyList<ActiveSweep>> Active()
    {
        Task<IReadOnlyList<ActiveSweep>> sweeps;
        lock (_gate)
        {
            if (_active is not { } active || Stopwatch.GetElapsedTime(active.Time) > s_activeLifetime)
            {
                _active = active = (Stopwatch.GetTimestamp(), ReadActive());
            }

            sweeps = active.Sweeps;
        }

        return await sweeps;
    }

    public async ValueTask<SweepWork> Find(string sweep)
    {
        Task<SweepWork> found = _sweeps.GetOrAdd(sweep, Read);
        try
        {
            return await found;
        }
        catch
        {
            _sweeps.TryRemove(KeyValuePair.Create(sweep, found)); // the next call retries, because the database may be reachable again
            throw;
        }
    }

    Matrix IMatrixSource.Find(string digest) => FindMatrix(digest);

    private Matrix FindMatrix(string digest) =>
        _matrices.TryGetValue(digest, out Matrix? matrix) ? matrix : throw new KeyNotFoundException($"there is no matrix {digest}");

    private async Task<IReadOnlyList<ActiveSweep>> ReadActive() =>
        [.. (await _registry.Sweeps()).Where(sweep => sweep.State == SweepState.Active).Select(sweep => new ActiveSweep(sweep.Id, sweep.Priority))];

    private async Task<SweepWork> Read(string sweep)
    {
        StoredSweep stored = await _registry.Find(sweep) ?? throw new KeyNotFoundException($"there is no sweep {sweep}");
        foreach (string digest in stored.Matrices)
        {
            _matrices.TryAdd(digest, await _registry.Matrix(digest));
        }

        return new SweepWork(sweep, _reader.Read(stored.Text, _matrices.GetValueOrDefault), _store, _runner.Run);
    }
}
