using System.Globalization;
using System.Net.Sockets;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Results;
using RnnSweep.Grains;
using RnnSweep.Silo;
using RnnSweep.Silo.Connections;
using RnnSweep.Silo.Http;
using RnnSweep.Silo.PostgreSql;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting.Json;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>The process of a cluster's silo: starts the silo, waits for a signal, and stops the silo gracefully.</summary>
internal static class SiloProcess
{
    // Drawing weights again is cheap beside running them, so the cache is small.
    private const long LargestCache = 128 << 20;

    // Limits of a submission, besides memory. The ledger of ten million cells takes a few hundred megabytes.
    private const long MostCells = 10_000_000;

    /// <summary>The most bytes that a submitted sweep may have, with its matrices.</summary>
    internal const long MostBytes = 64 << 20;

    public static int Run(ClusterSettings cluster, SiloOptions values)
    {
        using var interruption = new Interruption(); // first, so that a signal during the start stops the silo in good order, too
        using IOtlpExport? export = TelemetryExport.Start(OtlpExport.SiloService);
        using Logger log = Log(values, export);
        try
        {
            return RunAsync(new ClusterAddress(cluster, isSilo: true), values, log, interruption.Token).GetAwaiter().GetResult();
        }
        catch (Exception error) when (interruption.Token.IsCancellationRequested && error is not UsageException)
        {
            // Orleans and Npgsql throw various exceptions when their start is cancelled.
            log.Information("The silo was stopped while it started");
            return ExitCode.Done;
        }
    }

    private static async Task<int> RunAsync(ClusterAddress cluster, SiloOptions values, Logger log, CancellationToken cancellation)
    {
        await using ClusterDatabase database = await DatabaseWait.Repeat(
            () => cluster.OpenOrCreate(cancellation), DatabaseWait.OfSilo, message => log.Warning("Waiting for the database: {Reason}", message), cancellation);
        int parallelism = values.Parallelism ?? Environment.ProcessorCount;
        long memory = Machine.Memory;
        var settings = new ClusterSiloSettings
        {
            Listen = values.Listen,
            SiloPort = values.SiloPort,
            GatewayPort = values.GatewayPort,
            CacheBytes = Math.Min(memory / 8, LargestCache),
            Certificates = cluster.Certificates,
            HasDashboard = values.Http is not null,
            Reader = new SubmittedSweepReader(),
            Connections = ConnectionLimits.Usual with { MostConnections = Descriptors.ConnectionsOfSilo(ConnectionLimits.Usual.MostConnections) },
            Options = new WorkOptions(parallelism, WaitsForStore: true, new SubmissionLimits(MostCells, MostBytes, (long)(memory * 0.8 / parallelism))),
        };
        if (!values.IsLocal && cluster.Certificates is null)
        {
            log.Warning("No certificates: connections to {Address} are neither authenticated nor encrypted", values.Listen);
        }

        using var logging = new SerilogLoggerProvider(log);
        var health = new SiloHealth();
        await using SiloHttp? http = values.Http is { } endPoint ? await StartHttp(new HttpSettings(endPoint, cluster.Certificates)) : null;
        await using ClusterSilo silo = await Start();
        health.Started(silo);
        log.Information("Silo {Silo} is up, gateway {Gateway}, {Parallelism} worker threads, in the cluster of {Database}", silo.Address, silo.Gateway, parallelism, database.Name);
        if (http is not null)
        {
            log.Information("Silo {Silo} serves its health, metrics and pages at {Http}", silo.Address, http.Address);
        }

        Console.WriteLine($"silo {silo.Address}, clients at {silo.Gateway}{(http is null ? "" : $", HTTP at {http.Address}")}");
        await Task.Delay(Timeout.Infinite, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        health.Stopping();
        log.Information("Silo {Silo} is stopping: it stores its readings and returns its leases", silo.Address);
        return ExitCode.Done;

        async Task<ClusterSilo> Start()
        {
            try
            {
                return await ClusterSilo.Start(database, settings, logging, reason => Abort(log, reason), cancellation);
            }
            catch (Exception error) when (BindError(error) is { } socket)
            {
                throw CannotListen(
                    socket,
                    $"the silo cannot listen at {settings.Listen}, ports {settings.SiloPort} and {settings.GatewayPort}: {socket.Message}; choose others with --listen, --silo-port and --gateway-port (0: any that is free)");
            }
        }

        async Task<SiloHttp> StartHttp(HttpSettings settings)
        {
            try
            {
                return await SiloHttp.Start(settings, health, logging, new SweepPages(database).Map);
            }
            catch (Exception error) when (BindError(error) is { } socket)
            {
                throw CannotListen(socket, $"the silo cannot serve HTTP at {settings.EndPoint}: {socket.Message}; choose another address or port with --http HOST:PORT (0: any that is free), or --http none");
            }
        }
    }

    // A port that a stopping process has, or an address that the machine does not have yet, may be free soon; rights stay as they are.
    private static Exception CannotListen(SocketException error, string message) =>
        error.SocketErrorCode == SocketError.AccessDenied ? new UsageException($"rnnsweep: {message}") : new StoreUnreachableException(message);

    // The error of a socket that could not be bound, alone or inside Orleans' exceptions.
    private static SocketException? BindError(Exception? error)
    {
        while (error is not (null or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse or SocketError.AddressNotAvailable or SocketError.AccessDenied }))
        {
            error = error.InnerException;
        }

        return (SocketException?)error;
    }

    // The other silos have declared this one dead, after a suspension, for example, and taken over its work. Only a new silo can join them.
    private static void Abort(Logger log, string reason)
    {
        log.Fatal("This silo has to end: {Reason}", reason);
        log.Dispose();
        Environment.Exit(ExitCode.OutOfReach);
    }

    private static Logger Log(SiloOptions values, IOtlpExport? export)
    {
        LoggerConfiguration configuration = new LoggerConfiguration()
            .MinimumLevel.Is(values.Verbose ? LogEventLevel.Debug : LogEventLevel.Information)
            .MinimumLevel.Override("Orleans", LogEventLevel.Warning)
            .MinimumLevel.Override("Orleans.Connections.Security", LogEventLevel.Error) // it warns of every probe of the port that does not use TLS
            .MinimumLevel.Override("Polly", LogEventLevel.Warning) // it logs every placement of a grain
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning);
        configuration = export is null ? configuration : configuration.WriteTo.Sink(new ExportedLog(export.Logs));
        return (values.JsonLog
            ? configuration.WriteTo.Console(new JsonFormatter(renderMessage: true), standardErrorFromLevel: LogEventLevel.Verbose)
            : configuration.WriteTo.Console(
                outputTemplate: RunLog.Line, formatProvider: CultureInfo.InvariantCulture, standardErrorFromLevel: LogEventLevel.Verbose)).CreateLogger();
    }
}
