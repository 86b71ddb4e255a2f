using System.Net;
using RnnSweep.Grains;
using RnnSweep.Silo.Connections;

namespace RnnSweep.Silo;

/// <summary>The settings of a silo of a cluster.</summary>
public sealed record ClusterSiloSettings
{
    /// <summary>The address at which other silos and clients reach this one.</summary>
    public IPAddress Listen { get; init; } = IPAddress.Loopback;

    /// <summary>The port for other silos; 0 for any free port.</summary>
    public int SiloPort { get; init; }

    /// <summary>The port for clients; 0 for any free port.</summary>
    public int GatewayPort { get; init; }

    /// <summary>Certificates for TLS with other silos and with clients; null for no TLS.</summary>
    public ClusterCertificates? Certificates { get; init; }

    /// <summary>Whether it collects the metrics of Orleans' Dashboard, which <see cref="Http.SiloHttp"/> serves.</summary>
    public bool HasDashboard { get; init; }

    /// <summary>What it allows the connections to its ports.</summary>
    public ConnectionLimits Connections { get; init; } = ConnectionLimits.Usual;

    /// <summary>How long it tries to reach the existing silos.</summary>
    internal TimeSpan JoinTime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How it runs sweeps.</summary>
    public required WorkOptions Options { get; init; }

    /// <summary>Reads submitted sweeps.</summary>
    public required ISweepReader Reader { get; init; }

    /// <summary>The maximum size of the cache of weights, in bytes.</summary>
    public required long CacheBytes { get; init; }
}
