namespace RnnSweep.Core.Experiments;

/// <summary>A set of replicates of a cell. Most sets are the replicates from 0 up to some number and need no array. The default is the empty set.</summary>
public readonly struct ReplicateSet
{
    // The set contains 0 to _start - 1 and the larger replicates in _others, ascending.
    private readonly int _start;
    private readonly int[]? _others;

    private ReplicateSet(int start, int[]? others) => (_start, _others) = (start, others);

    /// <summary>Number of replicates in the set.</summary>
    public int Count => _start + (_others?.Length ?? 0);

    /// <summary>The set of the replicates 0 to <paramref name="count"/> − 1.</summary>
    public static ReplicateSet First(int count) => new(count, null);

    /// <summary>The set of some replicates.</summary>
    /// <param name="replicates">Their indices, ascending, none twice.</param>
    public static ReplicateSet Of(IReadOnlyList<int> replicates)
    {
        int start = 0;
        while (start < replicates.Count && replicates[start] == start)
        {
            start++;
        }

        return new ReplicateSet(start, start == replicates.Count ? null : [.. replicates.Skip(start)]);
    }

    /// <summary>Whether a replicate is in the set.</summary>
    public bool Contains(int replicate) => replicate < _start || (_others is not null && Array.BinarySearch(_others, replicate) >= 0);

    /// <summary>Whether the replicates 0 to <paramref name="count"/> − 1 are all in the set.</summary>
    public bool HasFirst(int count) => CountIn(0, count) == count;

    /// <summary>How many of the replicates <paramref name="first"/> to <paramref name="end"/> − 1 are in the set.</summary>
    public int CountIn(int first, int end)
    {
        int count = Math.Max(0, Math.Min(_start, end) - first);
        foreach (int replicate in _others ?? [])
        {
            count += replicate >= first && replicate < end ? 1 : 0;
        }

        return count;
    }
}
