using System.Diagnostics.CodeAnalysis;

namespace RnnSweep.Core.Experiments;

/// <summary>Values by key up to a number of bytes; the least recently used goes first. Not safe from several threads by itself.</summary>
internal sealed class RecencyList<TKey, TValue>(long limit)
    where TKey : notnull
{
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value, long Bytes)>> _byKey = [];
    private readonly LinkedList<(TKey Key, TValue Value, long Bytes)> _byUse = new();

    public long Bytes { get; private set; }

    /// <summary>The value of a key, which counts as a use.</summary>
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

    /// <summary>Takes the value of a key out of the list.</summary>
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

    /// <summary>Adds a value under a key, in place of an earlier one; whatever no longer fits is let go, the new one included.</summary>
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
