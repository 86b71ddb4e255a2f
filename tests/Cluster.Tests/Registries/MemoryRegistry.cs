using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;

namespace RnnSweep.Cluster.Tests.Registries;

/// <summary>A registry in memory, for several silos in this process.</summary>
/// <param name="store">The store of the failures.</param>
internal sealed class MemoryRegistry(IResultStore store) : ISweepRegistry
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Sweep> _sweeps = [];
    private readonly Dictionary<string, Matrix> _matrices = [];
    private readonly List<string> _order = [];

    // Counts claims and changes of states.
    private long _time;

    /// <summary>Awaited before a claim and a record, by the method's name, as if the database took its time.</summary>
    public Func<string, Task> Delay { get; set; } = _ => Task.CompletedTask;

    /// <summary>A registry with the sweep of an <see cref="Client.Engines.Orleans.EmbeddedCatalogue"/>.</summary>
    public static async Task<MemoryRegistry> Of(SweepPlan plan, IResultStore store)
    {
        var registry = new MemoryRegistry(store);
        await registry.Enter(Client.Engines.Orleans.EmbeddedCatalogue.Sweep, "", plan, new Dictionary<string, Matrix>());
        return registry;
    }

    public Task Enter(string sweep, string text, SweepPlan plan, IReadOnlyDictionary<string, Matrix> matrices, int? priority = null) => Locked(() =>
    {
        foreach ((string digest, Matrix matrix) in matrices)
        {
            _matrices.TryAdd(digest, matrix);
        }

        if (!_sweeps.TryGetValue(sweep, out Sweep? entered))
        {
            _sweeps[sweep] = entered = new Sweep(new StoredSweep(text, [.. matrices.Keys]), new SweepEntry(
                sweep, plan.Name, plan.CellCount, SweepState.Active, priority ?? FairShare.UsualPriority, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow, 0, 0));
            _order.Add(sweep);
        }
        else if (entered.Entry.State != SweepState.Active)
        {
            entered.Entry = entered.Entry with { State = SweepState.Active, Activity = entered.Entry.Activity with { Damage = null } };
            entered.Losses.Clear();
            entered.Parts.Clear();
            entered.FailuresBefore = [.. store.Failures()];
        }

        entered.Entry = entered.Entry with { Priority = priority ?? entered.Entry.Priority };

        return true;
    });

    /// <summary>Removes a sweep with its leases and losses.</summary>
    public Task Remove(string sweep) => Locked(() => _order.Remove(sweep) && _sweeps.Remove(sweep));

    public Task<IReadOnlyList<SweepEntry>> Sweeps() => Locked<IReadOnlyList<SweepEntry>>(() => [.. _order.Select(id => _sweeps[id].Entry)]);

    public Task<StoredSweep?> Find(string sweep) => Locked(() => _sweeps.GetValueOrDefault(sweep)?.Stored);

    public Task<Matrix> Matrix(string digest) => Locked(() => Kept(digest));

    public Task<SweepHistory?> Recall(string sweep) => Locked(() => !_sweeps.TryGetValue(sweep, out Sweep? found) ? null : new SweepHistory(
        found.Entry.State,
        found.Entry.Cells,
        [.. found.Held.OrderBy(held => held.Key.Silo).ThenBy(held => held.Key.Lease).Select(held => (held.Key.Silo, held.Value))],
        found.Losses.ToImmutableDictionary())
    {
        Counts = (found.Entry.Done, found.Entry.Failed),
        Parts = found.Parts.Count == 0 ? null : new RecordedParts(found.FirstCell, [.. found.Parts.Values]),
    });

    public async Task<long?> Claim(string sweep)
    {
        await Delay(nameof(Claim));
        return await Locked<long?>(() =>
        {
            if (!_sweeps.TryGetValue(sweep, out Sweep? found))
            {
                return null;
            }

            found.Claimed = ++_time;
            return ++found.Epoch;
        });
    }

    /// <summary>How often a sweep has been claimed.</summary>
    public long Epoch(string sweep) => Locked(() => _sweeps[sweep].Epoch).Result;

    public Task Ping(CancellationToken cancellation) => Task.CompletedTask;

    public Task<IReadOnlyList<ReadingFailure>> Failures(string sweep) =>
        Locked<IReadOnlyList<ReadingFailure>>(() => [.. store.Failures().Except(_sweeps[sweep].FailuresBefore)]);

    public async Task<SweepState?> Note(string sweep, long epoch, SweepState state, long done, long failed, RecordedParts? parts = null, SweepActivity activity = default)
    {
        await Delay(nameof(Note));
        return await Locked(() => Noted(sweep, epoch, state, done, failed, parts, activity));
    }

    private SweepState? Noted(string sweep, long epoch, SweepState state, long done, long failed, RecordedParts? parts, SweepActivity activity)
    {
        if (!_sweeps.TryGetValue(sweep, out Sweep? found) || found.Epoch != epoch)
        {
            return null;
        }

        if (found.Entry.State is SweepState.Active or SweepState.Paused || found.Entry.State == state)
        {
            found.Changed = found.Entry.State == state ? found.Changed : ++_time;
            found.Entry = found.Entry with { State = state, Done = done, Failed = failed, Activity = activity };
        }

        if (parts is not null)
        {
            found.FirstCell = parts.FirstCell;
            foreach (DonePart part in parts.Parts)
            {
                found.Parts[part.Index] = part;
            }
        }

        return found.Entry.State;
    }

    public Task<bool> Lose(string sweep, long epoch, string silo, IReadOnlyDictionary<long, int> losses) => Locked(() =>
    {
        if (!_sweeps.TryGetValue(sweep, out Sweep? found) || found.Epoch != epoch)
        {
            return false;
        }

        foreach ((long experiment, int count) in losses)
        {
            found.Losses[experiment] = Math.Max(count, found.Losses.GetValueOrDefault(experiment));
        }

        foreach ((string Silo, long Lease) held in found.Held.Keys.Where(held => held.Silo == silo).ToArray())
        {
            found.Held.Remove(held);
        }

        return true;
    });

    public Task<IReadOnlyList<RunningExperiments>> Hold(string sweep, string silo, HeldLease lease, IReadOnlyCollection<long> over) => Locked<IReadOnlyList<RunningExperiments>>(() =>
    {
        long claimed = _sweeps.GetValueOrDefault(sweep)?.Claimed ?? 0;
        RunningExperiments[] others =
        [
            .. from other in _sweeps
               where other.Key != sweep && (other.Value.Entry.State != SweepState.Finished || other.Value.Changed >= claimed)
               let held = other.Value.Entry.State == SweepState.Active ? other.Value.Held.Values.Select(held => held.Experiments) : []
               from experiments in held.DefaultIfEmpty([])
               select new RunningExperiments(other.Key, experiments),
        ];
        if (_sweeps.TryGetValue(sweep, out Sweep? found))
        {
            Forget(found, silo, over);
            found.Held[(silo, lease.Id)] = lease;
        }

        return others;
    });

    public Task Release(string sweep, string silo, IReadOnlyCollection<long> over) => Locked(() =>
    {
        if (_sweeps.TryGetValue(sweep, out Sweep? found))
        {
            Forget(found, silo, over);
        }

        return true;
    });

    private static void Forget(Sweep sweep, string silo, IReadOnlyCollection<long> over)
    {
        foreach (long lease in over)
        {
            sweep.Held.Remove((silo, lease));
        }
    }

    private Matrix Kept(string digest) => _matrices.GetValueOrDefault(digest) ?? throw new KeyNotFoundException($"there is no matrix {digest}");

    private Task<T> Locked<T>(Func<T> access)
    {
        try
        {
            lock (_gate)
            {
                return Task.FromResult(access());
            }
        }
        catch (Exception error)
        {
            return Task.FromException<T>(error);
        }
    }

    private sealed class Sweep(StoredSweep stored, SweepEntry entry)
    {
        public StoredSweep Stored => stored;

        public SweepEntry Entry { get; set; } = entry;

        public long Epoch { get; set; }

        public long Claimed { get; set; }

        public long Changed { get; set; }

        public CellKey FirstCell { get; set; }

        public Dictionary<int, DonePart> Parts { get; } = [];

        public HashSet<ReadingFailure> FailuresBefore { get; set; } = [];

        public Dictionary<(string Silo, long Lease), HeldLease> Held { get; } = [];

        public Dictionary<long, int> Losses { get; } = [];
    }
}
