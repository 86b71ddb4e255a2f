using System.Net;
using RnnSweep.Grains;

namespace RnnSweep.Silo;

/// <summary>How a silo of a cluster is set up.</summary>
public sealed record ClusterSiloSettings
{
    /// <summary>The address at which other silos and clients reach this one.</summary>
    public IPAddress Listen { get; init; } = IPAddress.Loopback;

    /// <summary>The port for other silos; 0 for any that is free.</summary>
    public int SiloPort { get; init; }

    /// <summary>The port for clients; 0 for any that is free.</summary>
    public int GatewayPort { get; init; }

    /// <summary>Certificates for TLS with other silos and with clients; null for none.</summary>
    public ClusterCertificates? Certificates { get; init; }

    /// <summary>For how long it tries to reach the silos that are there already.</summary>
    internal TimeSpan JoinTime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How it works on sweeps.</summary>
    public required WorkOptions Options { get; init; }

    /// <summary>Reads submitted sweeps.</summary>
    public required ISweepReader Reader { get; init; }

    /// <summary>How many bytes each of the caches of weights and trajectories may hold.</summary>
    public required long CacheBytes { get; init; }
}
