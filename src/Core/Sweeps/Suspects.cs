namespace RnnSweep.Core.Sweeps;

/// <summary>
/// Experiments that have lost a holder and wait to be retried: after the first loss in a lease of their own, after the second on a holder without
/// other leases.
/// </summary>
/// <param name="isOpen">Whether an experiment still waits.</param>
internal sealed class Suspects(Func<long, bool> isOpen)
{
    private readonly Dictionary<long, int> _losses = [];
    private readonly Queue<long> _once = new(), _twice = new();

    /// <summary>How often an experiment has lost its holder.</summary>
    public int Losses(long experiment) => _losses.GetValueOrDefault(experiment);

    /// <summary>Whether an experiment waits for a holder without other leases.</summary>
    public bool HasTwice => HasOpen(_twice);

    /// <summary>Whether an experiment waits for a lease of its own.</summary>
    public bool HasOnce => HasOpen(_once);

    /// <summary>Sets how often an experiment has lost its holder.</summary>
    public void Note(long experiment, int losses) => _losses[experiment] = losses;

    /// <summary>Queues an experiment to be retried.</summary>
    public void Wait(long experiment) => (Losses(experiment) > 1 ? _twice : _once).Enqueue(experiment);

    /// <summary>Takes the experiment that <see cref="HasTwice"/> reports.</summary>
    public long TakeTwice() => _twice.Dequeue();

    /// <summary>Takes the experiment that <see cref="HasOnce"/> reports.</summary>
    public long TakeOnce() => _once.Dequeue();

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
