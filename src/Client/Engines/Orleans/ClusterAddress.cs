using RnnSweep.Client.Commands;
using RnnSweep.Client.Runs;
using RnnSweep.Core.Results;
using RnnSweep.Silo;
using RnnSweep.Silo.PostgreSql;
using Serilog.Extensions.Logging;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>Where a cluster is. What is in it may be secret, and is in no message.</summary>
/// <param name="settings">As the command line has it.</param>
internal sealed class ClusterAddress(ClusterSettings settings)
{
    /// <summary>Opens the database of a cluster that has had a silo.</summary>
    /// <exception cref="UsageException">The connection string cannot be read.</exception>
    /// <exception cref="StoreUnreachableException">The database is out of reach, or no silo has ever used it.</exception>
    public Task<ClusterDatabase> Open(CancellationToken cancellation) => Try(() => ClusterDatabase.Open(settings.Connection, cancellation));

    /// <summary>Opens the database as a silo does, which makes its tables.</summary>
    /// <inheritdoc cref="Open"/>
    public Task<ClusterDatabase> OpenOrCreate(CancellationToken cancellation) => Try(() => ClusterDatabase.OpenOrCreate(settings.Connection, cancellation));

    /// <summary>Connects to the silos.</summary>
    /// <exception cref="StoreUnreachableException">There is none.</exception>
    public static async Task<ClusterConnection> Connect(ClusterDatabase database, CancellationToken cancellation)
    {
        SerilogLoggerProvider? logging = RunLog.Current is { } log ? new SerilogLoggerProvider(log) : null;
        return await ClusterConnection.Open(database, logging, cancellation);
    }

    private static async Task<ClusterDatabase> Try(Func<Task<ClusterDatabase>> open)
    {
        try
        {
            return await open();
        }
        catch (FormatException error)
        {
            throw new UsageException($"rnnsweep: {error.Message}");
        }
    }
}
