using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using RnnSweep.Grains;

namespace RnnSweep.Silo;

/// <summary>
/// Exports the metrics, traces and logs of this process by OpenTelemetry's protocol if the environment variable OTEL_EXPORTER_OTLP_ENDPOINT names a collector.
/// Without the variable nothing is done, and no assembly of OpenTelemetry's exporter is loaded. OpenTelemetry's other variables apply: OTEL_EXPORTER_OTLP_HEADERS,
/// OTEL_METRIC_EXPORT_INTERVAL, OTEL_SERVICE_NAME and so on. The protocol is HTTP with protobuf unless OTEL_EXPORTER_OTLP_PROTOCOL is grpc.
/// </summary>
public static class OtlpExport
{
    /// <summary>The variable that names the collector.</summary>
    public const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>The name of a silo as a service.</summary>
    public const string SiloService = "rnnsweep-silo";

    private const string Protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";

    /// <summary>Starts to export; null where the variable is not set. Disposing it sends what is left, and waits for the collector at most some seconds.</summary>
    /// <param name="service">The service's name, unless OTEL_SERVICE_NAME is set.</param>
    /// <exception cref="FormatException">The variable is not the URL of a collector, or the protocol is unknown.</exception>
    public static IOtlpExport? Start(string service)
    {
        if (Environment.GetEnvironmentVariable(Endpoint) is not { Length: > 0 } endpoint)
        {
            return null;
        }

        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
        {
            throw new FormatException($"{Endpoint} must be the URL of a collector, such as http://localhost:4318, but was '{endpoint}'");
        }

        string? protocol = Environment.GetEnvironmentVariable(Protocol);
        return protocol is null or "" or "http/protobuf" or "grpc"
            ? Create(service, isGrpc: protocol == "grpc")
            : throw new FormatException($"{Protocol} must be http/protobuf or grpc, but was '{protocol}'");
    }

    /// <summary>What describes this process in exported data: the service's name, which OTEL_SERVICE_NAME replaces, and its version.</summary>
    internal static ResourceBuilder Resource(string service) => ResourceBuilder.CreateEmpty()
        .AddService(service, serviceVersion: typeof(OtlpExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion)
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector();

    // A method of its own, so that the runtime does not load OpenTelemetry's assemblies where nothing is exported.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Export Create(string service, bool isGrpc) => new(service, isGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf);

    private sealed class Export : IOtlpExport
    {
        private readonly MeterProvider _metrics;
        private readonly TracerProvider _traces;

        public Export(string service, OtlpExportProtocol protocol)
        {
            ResourceBuilder resource = Resource(service);
            _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource([.. Telemetry.Sources]).AddOtlpExporter(options => options.Protocol = protocol).Build();
            _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter([.. Telemetry.Meters]).AddOtlpExporter(options => options.Protocol = protocol).Build();
            Logs = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddOpenTelemetry(options =>
            {
                options.IncludeFormattedMessage = true;
                options.SetResourceBuilder(resource).AddOtlpExporter(exporter => exporter.Protocol = protocol);
            }));
            Telemetry.ShowZeros();
        }

        public ILoggerFactory Logs { get; }

        public void Dispose()
        {
            Logs.Dispose();
            _traces.Dispose();
            _metrics.Dispose();
        }
    }
}

/// <summary>A running export.</summary>
public interface IOtlpExport : IDisposable
{
    /// <summary>Creates loggers whose entries are exported.</summary>
    ILoggerFactory Logs { get; }
}
