using RnnSweep.Client.Terminal;
using RnnSweep.Core.Results;
using RnnSweep.Silo;
using RnnSweep.Silo.PostgreSql;
using Serilog;
using Serilog.Extensions.Logging;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>The database and the certificates of a cluster. They may be secret, so no message contains them.</summary>
internal sealed class ClusterAddress
{
    private readonly ClusterSettings _settings;

    /// <summary>Reads the certificates, so that their errors are found before anything else is done.</summary>
    /// <param name="settings">The settings from the command line.</param>
    /// <param name="isSilo">True for a silo, false for a client.</param>
    /// <exception cref="UsageException">A file of certificates cannot be used.</exception>
    public ClusterAddress(ClusterSettings settings, bool isSilo = false)
    {
        _settings = settings;
        try
        {
            Certificates = settings.Certificates is { } files ? ClusterCertificates.Load(files.Certificate, files.Password, files.Trust, isSilo) : null;
        }
        catch (FormatException error)
        {
            throw new UsageException($"rnnsweep: {error.Message}");
        }
    }

    /// <summary>Certificates for TLS with its silos; null for none.</summary>
    public ClusterCertificates? Certificates { get; }

    /// <summary>Opens the database of a cluster, whose tables a silo must have created.</summary>
    /// <exception cref="UsageException">The connection string cannot be read.</exception>
    /// <exception cref="StoreUnreachableException">The database is out of reach, or no silo has ever used it.</exception>
    public Task<ClusterDatabase> Open(CancellationToken cancellation) => Try(() => ClusterDatabase.Open(_settings.Connection, cancellation));

    /// <summary>Opens the database, and creates its tables where it is empty.</summary>
    /// <inheritdoc cref="Open"/>
    public Task<ClusterDatabase> OpenOrCreate(CancellationToken cancellation) => Try(() => ClusterDatabase.OpenOrCreate(_settings.Connection, cancellation));

    /// <summary>The database and the server's version; the database may be empty.</summary>
    /// <inheritdoc cref="Open"/>
    public Task<string> ServerVersion(CancellationToken cancellation) => Try(() => ClusterDatabase.ServerVersion(_settings.Connection, cancellation));

    /// <summary>The sweeps and silos, read from the database.</summary>
    /// <inheritdoc cref="Open"/>
    public Task<ClusterOverview> Overview(CancellationToken cancellation) => Try(() => ClusterOverview.Read(_settings.Connection, cancellation));

    /// <inheritdoc cref="ClusterConnection.Open"/>
    public Task<ClusterConnection> Connect(ClusterDatabase database, CancellationToken cancellation) =>
        ClusterConnection.Open(database, Certificates, new SerilogLoggerProvider(Log.Logger), cancellation);

    // The message about a setting that cannot be read becomes a usage error.
    private static async Task<T> Try<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (FormatException error)
        {
            throw new UsageException($"rnnsweep: {error.Message}");
        }
    }
}
