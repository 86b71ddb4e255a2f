using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Grains;
using RnnSweep.Silo;
using RnnSweep.Silo.Connections;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests.Security;

/// <summary>Silos in this process with few resources.</summary>
internal static class SmallSilo
{
    public static readonly SubmissionLimits Limits = new(Cells: 100, Bytes: 10_000, CellMemory: 10_000_000);

    /// <summary>Starts one. Orleans limits the time of other steps of a start by the time of joining, too, so that is long unless the silo is not to join.</summary>
    public static Task<ClusterSilo> Start(
        ClusterDatabase database, ClusterCertificates? certificates = null, ILoggerProvider? log = null, ConnectionLimits? connections = null, TimeSpan? joinTime = null,
        int port = 0, CancellationToken cancellation = default) => ClusterSilo.Start(
        database,
        new ClusterSiloSettings
        {
            SiloPort = port,
            Certificates = certificates,
            Connections = connections ?? ConnectionLimits.Usual,
            CacheBytes = 1 << 24,
            Reader = new SubmittedSweepReader(),
            Options = new WorkOptions(1, WaitsForStore: true, Limits),
            JoinTime = joinTime ?? TimeSpan.FromMinutes(1),
        },
        log ?? NullLoggerProvider.Instance,
        reason => { },
        cancellation);
}
