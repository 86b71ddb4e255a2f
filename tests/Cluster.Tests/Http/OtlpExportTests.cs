using RnnSweep.Client.Tests.Processes;
using RnnSweep.Cluster.Tests.PostgreSql;

namespace RnnSweep.Cluster.Tests.Http;

/// <summary>The export of metrics, traces and logs to a collector.</summary>
[Collection(HttpTests.Name)]
public sealed class OtlpExportTests(PostgreSqlServer server) : IDisposable
{
    private const string Exporter = "OpenTelemetry.Exporter.OpenTelemetryProtocol.dll", PrometheusExporter = "OpenTelemetry.Exporter.Prometheus.AspNetCore.dll";

    private readonly string _folder = Directory.CreateTempSubdirectory("rnnsweep-otlp-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public async Task A_collector_receives_metrics_traces_and_logs_of_a_silo_and_the_traces_of_a_client()
    {
        string connection = server.CreateDatabase();
        await using Collector collector = await Collector.Start();
        Dictionary<string, string> environment = new()
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Url,
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "100",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
            ["OTEL_BLRP_SCHEDULE_DELAY"] = "100",
        };
        using SiloProgram silo = SiloProgram.Start(_folder, connection, environment, "--http", "none");
        string id = RunningProgram.Run(_folder, environment, "submit", "--cluster", connection, "--set", "hidden_size=4", "--set", "name=exported").Expect(0).Output.Trim();

        await silo.Until(() => Task.FromResult(
            collector.Has("/v1/metrics", "rnnsweep-silo", "rnnsweep.readings.done", "rnnsweep.experiment.duration", "dotnet.process.cpu.time")
                && collector.Has("/v1/traces", "rnnsweep-silo", "experiment")
                && collector.Has("/v1/logs", "rnnsweep-silo", "Sweep {Sweep} is finished", id)));
        Assert.True(collector.Has("/v1/logs", "worker threads, in the cluster"));
        Assert.True(collector.Has("/v1/traces", "submit", id));
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains(Exporter, File.ReadAllText($"/proc/{silo.Program.Id}/maps"), StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public void What_is_left_at_the_end_is_sent()
    {
        using Task<Collector> start = Collector.Start();
        Collector collector = start.Result;
        Dictionary<string, string> environment = new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Url, ["OTEL_SERVICE_NAME"] = "named" };
        using (SiloProgram silo = SiloProgram.Start(_folder, server.CreateDatabase(), environment))
        {
            silo.Program.Send(RunningProgram.Terminate);
            silo.Program.WaitForExit().Expect(0);
        }

        Assert.True(collector.Has("/v1/logs", "named", "is stopping"));
        Assert.True(collector.Has("/v1/metrics", "named", "rnnsweep.leases"));
        collector.DisposeAsync().AsTask().Wait();
    }

    [SkippableFact]
    public void Without_the_variable_nothing_is_exported_and_the_exporter_is_not_loaded()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "loaded files are looked up in /proc");
        Dictionary<string, string> environment = new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "" };
        using (SiloProgram silo = SiloProgram.Start(_folder, server.CreateDatabase(), environment))
        {
            string loaded = File.ReadAllText($"/proc/{silo.Program.Id}/maps");
            Assert.DoesNotContain(Exporter, loaded, StringComparison.Ordinal);
            Assert.Contains(PrometheusExporter, loaded, StringComparison.Ordinal);
        }

        using (SiloProgram silo = SiloProgram.Start(_folder, server.CreateDatabase(), environment, "--http", "none"))
        {
            string loaded = File.ReadAllText($"/proc/{silo.Program.Id}/maps");
            Assert.DoesNotContain(Exporter, loaded, StringComparison.Ordinal);
            Assert.DoesNotContain(PrometheusExporter, loaded, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT must be the URL of a collector, such as http://localhost:4318, but was 'collector'", "collector", "")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT must be the URL of a collector, such as http://localhost:4318, but was 'file:///x'", "file:///x", "")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf or grpc, but was 'http/json'", "http://localhost:1", "http/json")]
    public void Bad_variables_are_refused_with_a_message(string said, string endpoint, string protocol)
    {
        Dictionary<string, string> environment = new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol };
        foreach (string command in new[] { "silo", "submit" })
        {
            string[] sweep = command == "submit" ? ["--set", "hidden_size=4"] : [];
            Assert.Equal($"rnnsweep: {said}", RunningProgram.Run(_folder, environment, [command, "--cluster", "Host=localhost;Port=1", .. sweep]).Expect(2).Error.TrimEnd());
        }

        RunningProgram.Run(_folder, environment, "plan", "--set", "hidden_size=4").Expect(0);
    }
}
