namespace RnnSweep.Silo.Http;

/// <summary>
/// Whether a silo is ready, from what this process knows already: no grain is called, and the database is not asked. A probe that asked them would fail on all
/// silos while one of them is unreachable, and an orchestrator would then restart all silos.
/// </summary>
public sealed class SiloHealth
{
    private volatile ClusterSilo? _silo;
    private volatile bool _isStopping;

    /// <summary>Whether the silo is stopping.</summary>
    internal bool IsStopping => _isStopping;

    /// <summary>
    /// Why the silo is not ready; null where it is. A silo is ready when it is an active member of its cluster and its database has answered the last time that
    /// the silo asked, which it does every two seconds.
    /// </summary>
    public string? Trouble =>
        _isStopping ? "the silo is stopping"
        : _silo is not { } silo ? "the silo is starting"
        : !silo.IsActive ? "the silo is not an active member of its cluster"
        : !silo.DatabaseAnswers ? "the database is unreachable"
        : null;

    /// <summary>The silo; null before it has started.</summary>
    internal ClusterSilo? Silo => _silo;

    /// <summary>Sets the silo, which has started.</summary>
    public void Started(ClusterSilo silo) => _silo = silo;

    /// <summary>Marks the silo as stopping.</summary>
    public void Stopping() => _isStopping = true;
}
