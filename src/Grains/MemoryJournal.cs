using System.Collections;
using System.Collections.Immutable;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>A journal that lives as long as the process: for an embedded silo, which has no cluster to outlive it, and for tests.</summary>
public sealed class MemoryJournal : ISweepJournal
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Sweep> _sweeps = [];
    private readonly Dictionary<string, Matrix> _matrices = [];
    private readonly List<string> _order = [];

    /// <inheritdoc/>
    public Task Enter(string sweep, SweepDescription description, IReadOnlyDictionary<string, Matrix> matrices) => Locked(() =>
    {
        Dictionary<string, Matrix> needed = description.Matrices.ToDictionary(
            digest => digest, digest => matrices.GetValueOrDefault(digest) ?? _matrices.GetValueOrDefault(digest) ?? throw NoMatrix(digest));
        long cells = description.Plan(digest => needed[digest]).CellCount;
        foreach ((string digest, Matrix matrix) in needed)
        {
            _matrices.TryAdd(digest, matrix);
        }

        if (_sweeps.TryAdd(sweep, new Sweep(description, cells)))
        {
            _order.Add(sweep);
        }

        _sweeps[sweep].Activate();
        return true;
    });

    /// <inheritdoc/>
    public Task<IReadOnlyList<SweepEntry>> Sweeps() => Locked<IReadOnlyList<SweepEntry>>(() => [.. _order.Select(id => _sweeps[id].Entry(id))]);

    /// <inheritdoc/>
    public Task<SweepDescription?> Description(string sweep) => Locked(() => _sweeps.GetValueOrDefault(sweep)?.Description);

    /// <inheritdoc/>
    public Task<Matrix> Matrix(string digest) => Locked(() => _matrices.GetValueOrDefault(digest) ?? throw NoMatrix(digest));

    /// <inheritdoc/>
    public Task<SweepMemory?> Recall(string sweep) => Locked(() => _sweeps.GetValueOrDefault(sweep)?.Recall());

    /// <inheritdoc/>
    public Task Note(string sweep, SweepChange change) => Locked(() =>
    {
        (_sweeps.GetValueOrDefault(sweep) ?? throw new KeyNotFoundException($"there is no sweep {sweep}")).Note(change);
        return true;
    });

    /// <inheritdoc/>
    public Task<ImmutableArray<SweepEvent>> Events(string sweep, long after, int limit) =>
        Locked<ImmutableArray<SweepEvent>>(() => [.. _sweeps.GetValueOrDefault(sweep)?.EventsAfter(after).Take(limit) ?? []]);

    private static KeyNotFoundException NoMatrix(string digest) => new($"there is no matrix {digest}");

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

    private sealed class Sweep(SweepDescription description, long cells)
    {
        private readonly DateTimeOffset _entered = DateTimeOffset.UtcNow;
        private readonly SortedDictionary<long, HeldLease> _leases = [];
        private readonly Dictionary<long, int> _losses = [];

        // The experiments in the order of their numbers, -1 where one got another number later: eight bytes an event, for a sweep has one for each of its
        // experiments. Of those that are done a bit more; those that failed have their number and reason besides.
        private readonly List<long> _events = [];
        private readonly BitArray _done = new(0);
        private readonly Dictionary<long, SweepEvent> _failed = [];
        private long _doneCount;
        private SweepState _state = SweepState.Active;
        private long _lastLease;

        public SweepDescription Description { get; } = description;

        public SweepEntry Entry(string id) => new(id, Description.Name, cells, _state, _entered);

        public SweepMemory Recall() => new(
            _state,
            [.. _leases.Values],
            _losses.ToImmutableDictionary(),
            _failed.ToImmutableDictionary(failed => failed.Key, failed => failed.Value.Failure!),
            _doneCount + _failed.Count,
            _lastLease);

        public IEnumerable<SweepEvent> EventsAfter(long number)
        {
            for (int place = (int)Math.Min(number, _events.Count); place < _events.Count; place++)
            {
                long experiment = _events[place];
                if (experiment >= 0)
                {
                    yield return _failed.GetValueOrDefault(experiment) ?? new SweepEvent(place + 1, experiment, null);
                }
            }
        }

        public void Activate()
        {
            if (_state != SweepState.Active)
            {
                _state = SweepState.Active;
                _losses.Clear();
                Array.ForEach([.. _failed.Keys], Forget);
            }
        }

        public void Note(SweepChange change)
        {
            foreach (HeldLease granted in change.Granted)
            {
                if (_leases.TryGetValue(granted.Id, out HeldLease? held) && !held.IsSameAs(granted))
                {
                    throw held.Conflict();
                }

                _leases[granted.Id] = granted;
                _lastLease = Math.Max(_lastLease, granted.Id);
            }

            foreach (long ended in change.Ended)
            {
                _leases.Remove(ended);
            }

            foreach ((long experiment, int losses) in change.Losses)
            {
                _losses[experiment] = Math.Max(losses, _losses.GetValueOrDefault(experiment));
            }

            foreach ((long experiment, string? failure) in change.Outcomes)
            {
                if (IsDone(experiment) || (failure is not null && _failed.ContainsKey(experiment)))
                {
                    continue;
                }

                Forget(experiment);
                _events.Add(experiment);
                if (failure is null)
                {
                    if (experiment >= _done.Length)
                    {
                        _done.Length = Math.Max((int)experiment + 1, 2 * _done.Length); // an array of bits has no place beyond
                    }

                    _done[(int)experiment] = true;
                    _doneCount++;
                }
                else
                {
                    _failed[experiment] = new SweepEvent(_events.Count, experiment, failure);
                }
            }

            _state = change.State ?? _state;
        }

        private bool IsDone(long experiment) => experiment < _done.Length && _done[(int)experiment];

        private void Forget(long experiment)
        {
            if (_failed.Remove(experiment, out SweepEvent? passed))
            {
                _events[(int)passed.Number - 1] = -1;
            }
        }
    }
}
