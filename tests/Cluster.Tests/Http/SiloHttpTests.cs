using System.Net;
using System.Net.Sockets;
using RnnSweep.Client.Tests.Commands;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Cluster.Tests.PostgreSql;

namespace RnnSweep.Cluster.Tests.Http;

/// <summary>What silos of the real program serve by HTTP, and where.</summary>
[Collection(HttpTests.Name)]
public sealed class SiloHttpTests(PostgreSqlServer server) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rnnsweep-http-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public async Task A_silo_is_not_ready_while_its_database_is_away_but_stays_alive()
    {
        using SiloProgram silo = SiloProgram.Start(_folder, server.CreateDatabase());
        await silo.Until(async () => await silo.Get("/health/ready") == (HttpStatusCode.OK, "ok\n"));
        server.Stop(PostgreSqlServer.StopMode.Fast);
        try
        {
            await silo.Until(async () => await silo.Get("/health/ready") == (HttpStatusCode.ServiceUnavailable, "the database is unreachable\n"));
            Assert.Equal((HttpStatusCode.OK, "ok\n"), await silo.Get("/health/live"));
        }
        finally
        {
            server.Start();
        }

        await silo.Until(async () => await silo.Get("/health/ready") == (HttpStatusCode.OK, "ok\n"));
    }

    [SkippableFact]
    public async Task The_probe_of_the_image_ends_with_the_health_as_its_exit_code()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "it is for containers");
        using SiloProgram silo = SiloProgram.Start(_folder, server.CreateDatabase());
        int port = silo.Address!.Port;
        await silo.Until(async () => (await silo.Get("/health/ready")).Status == HttpStatusCode.OK);
        Assert.Equal((0, ""), Probe("live"));
        Assert.Equal((0, ""), Probe("ready"));
        server.Stop(PostgreSqlServer.StopMode.Fast);
        try
        {
            await silo.Until(async () => (await silo.Get("/health/ready")).Status == HttpStatusCode.ServiceUnavailable);
            (int exitCode, string output) = Probe("ready");
            Assert.Equal(1, exitCode);
            Assert.Contains("the database is unreachable", output, StringComparison.Ordinal);
            Assert.Equal((0, ""), Probe("live"));
        }
        finally
        {
            server.Start();
        }

        silo.Program.Send(RunningProgram.Kill);
        silo.Program.WaitForExit();
        Assert.NotEqual(0, Probe("live").ExitCode);

        // The probes of the deployments are these.
        Assert.Contains("""test: ["CMD", "silo-health", "ready"]""", File.ReadAllText(SourceTree.PathOf("deploy", "compose.yaml")), StringComparison.Ordinal);
        string pod = File.ReadAllText(SourceTree.PathOf("deploy", "kubernetes", "silo.yaml"));
        Assert.Equal(2, pod.Split("command: [silo-health, live]").Length - 1);
        Assert.Equal(1, pod.Split("command: [silo-health, ready]").Length - 1);

        (int ExitCode, string Output) Probe(string which)
        {
            ProgramResult result = RunningProgram.Shell(_folder, $"'{SourceTree.PathOf("deploy", "silo-health")}' {which} {port}");
            return (result.ExitCode, result.Output);
        }
    }

    [SkippableFact]
    public async Task The_metrics_count_the_readings_of_a_sweep()
    {
        string connection = server.CreateDatabase();
        using SiloProgram silo = SiloProgram.Start(_folder, connection);
        Assert.Equal(0, await silo.Metric("rnnsweep_readings_done_total"));

        // 3 cells of 4 replicates, the seeds' experiments.
        Attach(connection, Submit(connection, "name=counted"));
        await silo.Until(async () => await silo.Metric("rnnsweep_readings_done_total") == 12);
        Assert.Equal(3, await silo.Metric("rnnsweep_experiment_duration_seconds_count"));
        Assert.Equal(0, await silo.Metric("rnnsweep_readings_failed_total"));
        string metrics = (await silo.Get("/metrics")).Text;
        Assert.Contains("\norleans_", metrics, StringComparison.Ordinal);
        Assert.Contains("\ndotnet_process_cpu_time_seconds_total", metrics, StringComparison.Ordinal);
        Assert.Contains("service_name=\"rnnsweep-silo\"", metrics, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_page_lists_the_sweeps_and_leads_to_the_report_of_each()
    {
        string connection = server.CreateDatabase();
        using SiloProgram silo = SiloProgram.Start(_folder, connection);
        Assert.Contains("has 0 sweeps", (await silo.Get("/")).Text, StringComparison.Ordinal);

        string id = Submit(connection, "name=listed");
        Attach(connection, id);
        await silo.Until(async () => (await silo.Get("/")).Text.Contains("3 of 3 cells", StringComparison.Ordinal));
        string list = (await silo.Get("/")).Text;
        Assert.Contains($"<a href=\"/sweeps/{id}\">{id}</a></td><td>listed</td><td>finished</td><td>5</td>", list, StringComparison.Ordinal);

        Assert.Contains($"src=\"/sweeps/{id}/report\"", (await silo.Get($"/sweeps/{id}")).Text, StringComparison.Ordinal);
        string report = (await silo.Get($"/sweeps/{id}/report")).Text;
        Assert.Contains("3 of 3 cells done", report, StringComparison.Ordinal);
        Assert.Contains("seed: { from: 1, to: 3, step: 1 }", report, StringComparison.Ordinal);
        string[] events = await silo.Events($"/sweeps/{id}/events");
        Assert.Equal(["event: page", "event: end"], events.Where(line => line.StartsWith("event", StringComparison.Ordinal)));
        Assert.Contains($"data: {id} is finished: 3 of 3 cells done", events);
        foreach (string path in new[] { "", "/report", "/events" })
        {
            Assert.Contains("There is no such sweep", (await silo.Get($"/sweeps/other{path}")).Text, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await silo.Get("/sweeps/other")).Status);

        // The last one comes first.
        string later = Submit(connection, "name=later");
        await silo.Until(async () => (list = (await silo.Get("/")).Text).Contains("has 2 sweeps", StringComparison.Ordinal));
        Assert.InRange(list.IndexOf(later, StringComparison.Ordinal), 1, list.IndexOf(id, StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task The_Dashboard_shows_the_silos_and_their_grains()
    {
        string connection = server.CreateDatabase();
        using SiloProgram silo = SiloProgram.Start(_folder, connection), other = SiloProgram.Start(_folder, connection, "--http", "none");
        Attach(connection, Submit(connection, "name=shown"));
        (HttpStatusCode status, string page) = await silo.Get("/dashboard");
        Assert.Equal(HttpStatusCode.OK, status); // redirected to a path with a slash
        Assert.Contains("<title>Orleans Dashboard</title>", page, StringComparison.Ordinal);
        foreach (string resource in new[] { "index.min.js", "index.css" })
        {
            Assert.Equal(HttpStatusCode.OK, (await silo.Get($"/dashboard/{resource}")).Status);
        }

        string[] addresses = [.. new[] { silo, other }.Select(silo => silo.Program.Error.Split(" is up")[0].Split(' ')[^1])];
        await silo.Until(async () => (await silo.Get("/dashboard/DashboardCounters")).Text is var counters
            && counters.Contains("SweepGrain", StringComparison.Ordinal) && addresses.All(address => counters.Contains(address, StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.Forbidden, (await silo.Get("/dashboard/Trace")).Status);
    }

    [SkippableFact]
    public async Task Browsers_see_the_report_of_an_active_sweep_grow()
    {
        string connection = server.CreateDatabase();
        using SiloProgram silo = SiloProgram.Start(_folder, connection);

        string id = SubmitLong(connection);
        using var client = new HttpClient();
        using var events = new StreamReader(await client.GetStreamAsync(new Uri(silo.Address!, $"/sweeps/{id}/events")));
        int pages = 0;
        DateTime deadline = DateTime.UtcNow + RunningProgram.Patience;
        while (pages < 2)
        {
            Assert.True(DateTime.UtcNow < deadline, "the changed report is not announced");
            string line = await events.ReadLineAsync().WaitAsync(RunningProgram.Patience) ?? throw new EndOfStreamException();
            pages += line == "event: page" ? 1 : 0;
        }

        Assert.DoesNotContain(">0 of 2000 cells done", (await silo.Get($"/sweeps/{id}/report")).Text, StringComparison.Ordinal);
        RunningProgram.Run(_folder, "cancel", id, "--cluster", connection).Expect(0);
        string rest = await events.ReadToEndAsync().WaitAsync(RunningProgram.Patience);
        Assert.Contains($"event: end\ndata: {id} is cancelled: ", rest, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_silo_that_stops_ends_the_streams_of_browsers_in_good_order()
    {
        string connection = server.CreateDatabase();
        using SiloProgram silo = SiloProgram.Start(_folder, connection);
        string id = SubmitLong(connection);
        using var client = new HttpClient();
        using var events = new StreamReader(await client.GetStreamAsync(new Uri(silo.Address!, $"/sweeps/{id}/events")));
        Assert.NotNull(await events.ReadLineAsync().WaitAsync(RunningProgram.Patience));

        silo.Program.Send(RunningProgram.Terminate);

        // A stream that is still open some seconds later is cut off, which the browser takes for an error.
        Assert.Null(await Record.ExceptionAsync(() => events.ReadToEndAsync().WaitAsync(RunningProgram.Patience)));
        silo.Program.WaitForExit().Expect(0);
    }

    [SkippableFact]
    public async Task Only_requests_of_this_machine_that_read_are_answered()
    {
        using SiloProgram silo = SiloProgram.Start(_folder, server.CreateDatabase());
        int port = silo.Address!.Port;
        foreach (string path in new[] { "/", "/metrics", "/health/live" })
        {
            Assert.Equal(HttpStatusCode.OK, await silo.Send(HttpMethod.Get, path));
            Assert.Equal(HttpStatusCode.OK, await silo.Send(HttpMethod.Get, path, $"localhost:{port}"));
            Assert.Equal(HttpStatusCode.MisdirectedRequest, await silo.Send(HttpMethod.Get, path, "evil.example"));
            Assert.Equal(HttpStatusCode.MisdirectedRequest, await silo.Send(HttpMethod.Get, path, $"evil.example:{port}"));
            Assert.Equal(HttpStatusCode.MisdirectedRequest, await silo.Send(HttpMethod.Get, path, "localhost:1"));
            Assert.Equal(HttpStatusCode.MethodNotAllowed, await silo.Send(HttpMethod.Post, path));
            Assert.Equal(HttpStatusCode.MethodNotAllowed, await silo.Send(HttpMethod.Head, path));
        }
    }

    [SkippableFact]
    public async Task The_default_port_follows_from_the_port_of_the_silo_and_none_serves_nothing()
    {
        // A free port below the ports that the system gives to others, so that the port of HTTP is likely to be free.
        string[] port = ["--silo-port", $"{Enumerable.Range(21111, 100).First(port => IsFree(port) && IsFree(port + 1000))}"];
        using (SiloProgram silo = SiloProgram.Start(_folder, server.CreateDatabase(), port))
        {
            Assert.Equal($"http://127.0.0.1:{int.Parse(port[1]) + 1000}/", silo.Address!.ToString());
            Assert.Equal((HttpStatusCode.OK, "ok\n"), await silo.Get("/health/live"));
        }

        using (SiloProgram silo = SiloProgram.Start(_folder, server.CreateDatabase(), [.. port, "--http", "none"]))
        {
            Assert.Null(silo.Address);
            Assert.True(IsFree(int.Parse(port[1]) + 1000));
        }

        using (SiloProgram silo = SiloProgram.Start(_folder, server.CreateDatabase(), "--http", "[::1]:0"))
        {
            Assert.Equal("[::1]", silo.Address!.Host);
            Assert.Equal((HttpStatusCode.OK, "ok\n"), await silo.Get("/health/live"));
        }
    }

    [SkippableFact]
    public void A_port_in_use_ends_the_silo_with_the_exit_code_after_which_systemd_restarts_it()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string address = taken.LocalEndpoint.ToString()!;
        ProgramResult result = RunningProgram.Run(
            _folder, "silo", "--silo-port", "0", "--gateway-port", "0", "--http", address, "--cluster", server.CreateDatabase()).Expect(4);
        Assert.StartsWith($"rnnsweep: the silo cannot serve HTTP at {address}: ", Assert.Single(result.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("12111")]
    [InlineData(":12111")]
    [InlineData("1:12111")]
    [InlineData("host:12111")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:-1")]
    [InlineData("127.0.0.1:+1")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:http")]
    [InlineData("::1:12111")]
    [InlineData("None")]
    [InlineData("")]
    public void Where_HTTP_is_served_must_be_an_address_with_a_port(string value)
    {
        ProgramResult result = RunningProgram.Run(_folder, "silo", "--http", value, "--cluster", "Host=localhost;Port=1").Expect(2);
        Assert.Contains($"rnnsweep: --http must be an address of this machine with a port, such as 127.0.0.1:12111 or [::1]:12111, or none, but was '{value}'", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void HTTP_for_other_machines_needs_certificates_even_with_insecure()
    {
        foreach (string address in new[] { "192.0.2.1:12111", "0.0.0.0:12111", "[::]:12111" })
        {
            string error = RunningProgram.Run(_folder, "silo", "--insecure", "--http", address, "--cluster", "Host=localhost;Port=1").Expect(2).Error;
            Assert.StartsWith($"rnnsweep: at {address} other machines reach the pages of this silo, ", error, StringComparison.Ordinal);
        }

        Assert.Contains("there is no port 65000 + 1000 for HTTP", RunningProgram.Run(_folder, "silo", "--silo-port", "65000", "--cluster", "Host=localhost;Port=1").Expect(2).Error, StringComparison.Ordinal);
        RunningProgram.Run(_folder, "silo", "--silo-port", "65000", "--http", "none", "--cluster", "Host=localhost;Port=1").Expect(4);
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private string Submit(string connection, params string[] sets)
    {
        string[] all = ["hidden_size=4", "replicates=4", "seed=1..3:1", .. sets];
        return RunningProgram.Run(
            _folder, ["submit", "--cluster", connection, .. all.Reverse().DistinctBy(set => set.Split('=')[0]).SelectMany(set => new[] { "--set", set })]).Expect(0).Output.Trim();
    }

    // Some minutes of work, in cells of tenths of a second.
    private string SubmitLong(string connection) => Submit(connection, "name=growing", "hidden_size=128", "sequence_length=500", "seed=1..2000:1");

    private void Attach(string connection, string id) => RunningProgram.Run(_folder, "attach", id, "-o", id, "--cluster", connection).Expect(0);
}
