namespace RnnSweep.Core.Sweeps;

/// <summary>
/// Experiments that have lost a holder and wait to be retried: after the first loss in a lease of their own, after the second on a holder without
/// other leases.
/// </summary>
/// <param name="isOpen">Whether an experiment still waits.</param>
internal sealed class RetryQueue(Func<long, bool> isOpen)
{
    private readonly Dictionary<long, int> _losses = [];
    private readonly Queue<long> _forOwnLease = new(), _forIdleHolder = new();

    /// <summary>How often an experiment has lost its holder.</summary>
    public int LossesOf(long experiment) => _losses.GetValueOrDefault(experiment);

    /// <summary>Whether an experiment waits for a holder without other leases.</summary>
    public bool HasForIdleHolder => HasOpen(_forIdleHolder);

    /// <summary>Whether an experiment waits for a lease of its own.</summary>
    public bool HasForOwnLease => HasOpen(_forOwnLease);

    /// <summary>Sets how often an experiment has lost its holder.</summary>
    public void SetLosses(long experiment, int losses) => _losses[experiment] = losses;

    /// <summary>Queues an experiment to be retried.</summary>
    public void Add(long experiment) => (LossesOf(experiment) > 1 ? _forIdleHolder : _forOwnLease).Enqueue(experiment);

    /// <summary>Takes the experiment that <see cref="HasForIdleHolder"/> reports.</summary>
    public long TakeForIdleHolder() => _forIdleHolder.Dequeue();

    /// <summary>Takes the experiment that <see cref="HasForOwnLease"/> reports.</summary>
    public long TakeForOwnLease() => _forOwnLease.Dequeue();

    // Removes experiments that were settled while they waited.
    private bool HasOpen(Queue<long> queue)
    {
        while (queue.TryPeek(out long experiment) && !isOpen(experiment))
        {
            queue.Dequeue();
        }

        return queue.Count > 0;
    }
}
