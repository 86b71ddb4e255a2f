using System.Diagnostics.CodeAnalysis;

namespace RnnSweep.Core.Experiments;

/// <summary>A cache up to a number of bytes that evicts the least recently used value first. Not thread-safe.</summary>
internal sealed class LruCache<TKey, TValue>(long limit)
    where TKey : notnull
{
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value, long Bytes)>> _byKey = [];
    private readonly LinkedList<(TKey Key, TValue Value, long Bytes)> _byUse = new();

    public long Bytes { get; private set; }

    public int Count => _byKey.Count;

    /// <summary>Finds the value of a key and marks it as used.</summary>
    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (!_byKey.TryGetValue(key, out LinkedListNode<(TKey Key, TValue Value, long Bytes)>? node))
        {
            value = default;
            return false;
        }

        _byUse.Remove(node);
        _byUse.AddFirst(node);
        value = node.Value.Value;
        return true;
    }

    /// <summary>Removes a key and returns its value.</summary>
    public bool TryTake(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (!_byKey.Remove(key, out LinkedListNode<(TKey Key, TValue Value, long Bytes)>? node))
        {
            value = default;
            return false;
        }

        _byUse.Remove(node);
        Bytes -= node.Value.Bytes;
        value = node.Value.Value;
        return true;
    }

    /// <summary>Adds a value or replaces the value of a key, then evicts values, possibly the new one, down to the limit.</summary>
    public void Add(TKey key, TValue value, long bytes)
    {
        TryTake(key, out _);
        _byKey[key] = _byUse.AddFirst((key, value, bytes));
        Bytes += bytes;
        while (Bytes > limit && _byUse.Last is { } oldest)
        {
            TryTake(oldest.Value.Key, out _);
        }
    }
}
