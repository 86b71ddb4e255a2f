namespace RnnSweep.Core.Sweeps;

/// <summary>
/// Experiments that have lost a holder, and wait to be tried again: after the first loss in a lease of their own, after the second on a holder that holds nothing else.
/// </summary>
/// <param name="isOpen">Whether an experiment still waits.</param>
internal sealed class Suspects(Func<long, bool> isOpen)
{
    private readonly Dictionary<long, int> _losses = [];
    private readonly Queue<long> _once = new(), _twice = new();

    /// <summary>How often an experiment has lost its holder.</summary>
    public int Losses(long experiment) => _losses.GetValueOrDefault(experiment);

    /// <summary>Whether an experiment waits that is to be run on a holder that holds nothing else.</summary>
    public bool HasTwice => HasOpen(_twice);

    /// <summary>Whether an experiment waits that is to be run in a lease of its own.</summary>
    public bool HasOnce => HasOpen(_once);

    /// <summary>Notes how often an experiment has lost its holder.</summary>
    public void Note(long experiment, int losses) => _losses[experiment] = losses;

    /// <summary>Has an experiment wait to be tried again.</summary>
    public void Wait(long experiment) => (Losses(experiment) > 1 ? _twice : _once).Enqueue(experiment);

    /// <summary>The experiment of <see cref="HasTwice"/>.</summary>
    public long TakeTwice() => _twice.Dequeue();

    /// <summary>The experiment of <see cref="HasOnce"/>.</summary>
    public long TakeOnce() => _once.Dequeue();

    // Experiments that were settled while they waited are left out.
    private bool HasOpen(Queue<long> queue)
    {
        while (queue.TryPeek(out long experiment) && !isOpen(experiment))
        {
            queue.Dequeue();
        }

        return queue.Count > 0;
    }
}
