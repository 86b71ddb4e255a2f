using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using RnnSweep.Client.Tests.Processes;

namespace RnnSweep.Cluster.Tests.Http;

/// <summary>A silo of the real program, and what it serves by HTTP.</summary>
internal sealed partial class SiloProgram : IDisposable
{
    private readonly HttpClient _client = new() { Timeout = RunningProgram.Patience };

    private SiloProgram(RunningProgram program) => Program = program;

    public RunningProgram Program { get; }

    /// <summary>The URL that the silo has logged; null where it has logged none.</summary>
    public Uri? Address => Url().Match(Program.Error) is { Success: true } found ? new Uri(found.Value) : null;

    /// <summary>Starts a silo with a worker thread, on free ports unless options name them, and waits until it is up.</summary>
    public static SiloProgram Start(string folder, string connection, IReadOnlyDictionary<string, string> environment, params string[] options)
    {
        string[] ports = options.Contains("--silo-port") ? [] : ["--silo-port", "0"];
        var variables = new Dictionary<string, string>(environment) { ["RNNSWEEP_CLUSTER"] = connection };
        var silo = new SiloProgram(RunningProgram.Start(folder, variables, ["silo", "--gateway-port", "0", "--parallelism", "1", .. ports, .. options]));
        bool isUp = silo.Program.WaitUntil(() => silo.Program.Error.Contains("worker threads, in the cluster", StringComparison.Ordinal)
            && (options.Contains("none") || silo.Address is not null));
        Assert.True(isUp, silo.Program.Error);
        return silo;
    }

    public static SiloProgram Start(string folder, string connection, params string[] options) => Start(folder, connection, new Dictionary<string, string>(), options);

    public async Task<(HttpStatusCode Status, string Text)> Get(string path)
    {
        using HttpResponseMessage response = await _client.GetAsync(new Uri(Address!, path));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task<HttpStatusCode> Send(HttpMethod method, string path, string? host = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Address!, path)) { Headers = { Host = host } };
        using HttpResponseMessage response = await _client.SendAsync(request);
        return response.StatusCode;
    }

    /// <summary>The lines of a stream of events, until it ends.</summary>
    public async Task<string[]> Events(string path) => (await _client.GetStringAsync(new Uri(Address!, path))).Split('\n');

    /// <summary>The value of a metric without labels; null where there is none.</summary>
    public async Task<double?> Metric(string name) => (await Get("/metrics")).Text.Split('\n')
        .Where(line => line.StartsWith($"{name}{{}} ", StringComparison.Ordinal))
        .Select(line => (double?)double.Parse(line.Split(' ')[1]))
        .SingleOrDefault();

    public async Task Until(Func<Task<bool>> condition)
    {
        DateTime deadline = DateTime.UtcNow + RunningProgram.Patience;
        while (!await condition())
        {
            Assert.True(DateTime.UtcNow < deadline && !Program.HasExited, Program.Error);
            await Task.Delay(50);
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        Program.Dispose();
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex(@"http://(127\.0\.0\.1|\[::1\]):\d+/")]
    private static partial Regex Url();
}
