namespace RnnSweep.Core.Sweeps;

/// <summary>The experiments that wait, by descending work and otherwise in plan order.</summary>
internal sealed class OpenExperiments
{
    private readonly PlanExperiments _experiments;

    // Null where all experiments have similar work. They are then taken in plan order without a list.
    private readonly long[]? _order;
    private readonly Func<long, bool> _isOpen;
    private readonly PriorityQueue<long, (double NegativeWork, long Index)> _returned = new();
    private long _next;

    public OpenExperiments(PlanExperiments experiments, Func<long, bool> isOpen)
    {
        (_experiments, _isOpen) = (experiments, isOpen);
        long count = 0;
        for (long index = 0; index < experiments.Count; index++)
        {
            if (isOpen(index))
            {
                count++;
                Work += experiments.Work(index);
            }
        }

        if (!experiments.AreAlike)
        {
            _order = LargestFirst(count);
        }
    }

    /// <summary>Total operations of the experiments that were open at the start.</summary>
    public double Work { get; }

    /// <summary>Takes the next experiment.</summary>
    public bool TryTake(out long experiment)
    {
        while (_order is null && _next < _experiments.Count && !_isOpen(_next))
        {
            _next++;
        }

        bool hasNext = _next < (_order?.LongLength ?? _experiments.Count);
        long next = hasNext ? _order?[_next] ?? _next : -1;
        if (_returned.TryPeek(out long returned, out (double NegativeWork, long Index) priority) && (!hasNext || priority.CompareTo((-_experiments.Work(next), next)) <= 0))
        {
            experiment = returned;
            _returned.Dequeue();
            return true;
        }

        experiment = next;
        _next += hasNext ? 1 : 0;
        return hasNext;
    }

    /// <summary>Puts an experiment back in the queue.</summary>
    public void PutBack(long experiment) => _returned.Enqueue(experiment, (-_experiments.Work(experiment), experiment));

    private long[] LargestFirst(long count)
    {
        var order = new long[count];
        var keys = new double[count];
        long place = 0;
        for (long index = 0; index < _experiments.Count; index++)
        {
            if (_isOpen(index))
            {
                (order[place], keys[place++]) = (index, -_experiments.Work(index));
            }
        }

        Array.Sort(keys, order);
        for (int start = 0, end; start < order.Length; start = end)
        {
            for (end = start + 1; end < order.Length && keys[end] == keys[start];)
            {
                end++;
            }

            Array.Sort(order, start, end - start); // the sort above is not stable
        }

        return order;
    }
}
