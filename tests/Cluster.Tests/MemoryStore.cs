using System.Collections.Concurrent;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Cluster.Tests;

/// <summary>A store in memory that notes every time a result came that it had already.</summary>
internal sealed class MemoryStore : IResultStore
{
    private readonly ConcurrentDictionary<CellKey, CellResult> _results = new();
    private readonly ConcurrentDictionary<CellKey, CellFailure> _failures = new();
    private int _doubles;

    public Exception? Refusal { get; set; }

    /// <summary>Results that came again.</summary>
    public int Doubles => _doubles;

    public void Add(IReadOnlyCollection<CellResult> results, IReadOnlyCollection<CellFailure> failures)
    {
        if (Refusal is not null)
        {
            throw Refusal;
        }

        foreach (CellResult result in results)
        {
            if (!_results.TryAdd(result.Key, result))
            {
                Interlocked.Increment(ref _doubles);
            }
        }

        foreach (CellFailure failure in failures)
        {
            _failures[failure.Key] = failure;
        }
    }

    public CellResult? Find(CellKey key) => _results.GetValueOrDefault(key);

    public CellFailure? FindFailure(CellKey key) => _failures.GetValueOrDefault(key);

    public IEnumerable<CellKey> Keys() => _results.Keys.Order();

    public IReadOnlyList<CellFailure> Failures() => [.. _failures.Values.OrderBy(failure => failure.Key)];

    public long Count() => _results.Count;

    public void Dispose()
    {
    }

    /// <summary>Every result as it would be stored, in the order of the keys: equal for equal bits.</summary>
    public IEnumerable<string> Payloads() => Keys().Select(key => Convert.ToHexString(CellResultCodec.Encode(_results[key])));
}
