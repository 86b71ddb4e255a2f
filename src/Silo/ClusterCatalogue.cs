using System.Collections.Concurrent;
using System.Diagnostics;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Results;
using RnnSweep.Grains;

namespace RnnSweep.Silo;

/// <summary>The sweeps of a cluster, and the runner of their experiments on this silo.</summary>
/// <param name="registry">Where the sweeps are.</param>
/// <param name="reader">Reads their files.</param>
/// <param name="storeOf">The store of the sweep with an id.</param>
/// <param name="cacheBytes">Size of the cache of weights.</param>
internal sealed class ClusterCatalogue(ISweepRegistry registry, ISweepReader reader, Func<string, IResultStore> storeOf, long cacheBytes) : ISweepCatalogue
{
    // How long the list of active sweeps is cached, because idle workers ask for it continually.
    private static readonly TimeSpan s_activeLifetime = TimeSpan.FromSeconds(0.5);

    private readonly WeightsCache _weights = new(cacheBytes);
    private readonly ConcurrentDictionary<string, Entry> _sweeps = new();

    // A matrix is shared by the sweeps that name it, and freed with the last of them.
    private readonly ConcurrentDictionary<string, WeakReference<Matrix>> _matrices = new();
    private readonly Lock _gate = new();
    private (long Time, Task<IReadOnlyList<ActiveSweep>> Sweeps)? _active;

    /// <summary>How long a plan and its matrices are kept after their last use when the sweep is not active.</summary>
    internal TimeSpan UnusedLifetime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Number of plans in memory.</summary>
    internal int Count => _sweeps.Count;

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
        Entry found = _sweeps.GetOrAdd(sweep, id => new Entry(new Lazy<Task<SweepWork>>(() => Read(id))));
        found.Touch();
        try
        {
            return await found.Work.Value;
        }
        catch
        {
            _sweeps.TryRemove(KeyValuePair.Create(sweep, found)); // the next call retries, because the database may be reachable again
            throw;
        }
    }

    private async Task<IReadOnlyList<ActiveSweep>> ReadActive()
    {
        ActiveSweep[] active = [.. (await registry.Sweeps()).Where(sweep => sweep.State == SweepState.Active).Select(sweep => new ActiveSweep(sweep.Id, sweep.Priority))];
        FreeUnused([.. active.Select(sweep => sweep.Id)]);
        return active;
    }

    // A lease holds its plan and its matrices, so experiments of a cancelled sweep that still run are not affected.
    private void FreeUnused(HashSet<string> active)
    {
        bool hasFreed = false;
        foreach (KeyValuePair<string, Entry> sweep in _sweeps)
        {
            if (!active.Contains(sweep.Key) && sweep.Value.Idle > UnusedLifetime)
            {
                hasFreed |= _sweeps.TryRemove(sweep);
            }
        }

        foreach (KeyValuePair<string, WeakReference<Matrix>> matrix in _matrices)
        {
            if (!matrix.Value.TryGetTarget(out _))
            {
                _matrices.TryRemove(matrix);
            }
        }

        if (hasFreed && active.Count == 0)
        {
            // A silo without work allocates too little for a collection, which would give the memory of plans and matrices back to the machine.
            Task.Run(() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive));
        }
    }

    private async Task<SweepWork> Read(string sweep)
    {
        StoredSweep stored = await registry.Find(sweep) ?? throw new KeyNotFoundException($"there is no sweep {sweep}");
        Dictionary<string, Matrix> matrices = [];
        foreach (string digest in stored.Matrices)
        {
            if (!_matrices.TryGetValue(digest, out WeakReference<Matrix>? known) || !known.TryGetTarget(out Matrix? matrix))
            {
                matrix = await Matrix(digest);
                _matrices[digest] = new WeakReference<Matrix>(matrix);
            }

            matrices[digest] = matrix;
        }

        try
        {
            return new SweepWork(sweep, reader.Read(stored.Text, matrices.GetValueOrDefault), storeOf(sweep), new ExperimentRunner(new Matrices(matrices), _weights).Run);
        }
        catch (FormatException error)
        {
            throw new StoreDamagedException($"the sweep file of {sweep} in the cluster's database cannot be read: {error.Message}", error);
        }
    }

    private async Task<Matrix> Matrix(string digest)
    {
        try
        {
            return await registry.Matrix(digest);
        }
        catch (KeyNotFoundException error)
        {
            throw new StoreDamagedException(error.Message, error);
        }
    }

    private sealed class Matrices(Dictionary<string, Matrix> matrices) : IMatrixSource
    {
        public Matrix Find(string digest) =>
            matrices.TryGetValue(digest, out Matrix? matrix) ? matrix : throw new KeyNotFoundException($"there is no matrix {digest}");
    }

    private sealed class Entry(Lazy<Task<SweepWork>> work)
    {
        private long _lastUse = Stopwatch.GetTimestamp();

        public Lazy<Task<SweepWork>> Work => work;

        public TimeSpan Idle => Stopwatch.GetElapsedTime(Volatile.Read(ref _lastUse));

        public void Touch() => Volatile.Write(ref _lastUse, Stopwatch.GetTimestamp());
    }
}
