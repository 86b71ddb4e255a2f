using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using RnnSweep.Client.Tests.Results;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>run --watch: what a browser receives during the run and at its end.</summary>
public sealed partial class WatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = new() { Timeout = RunningProgram.Patience };

    [SkippableFact]
    public async Task Browsers_see_the_report_grow()
    {
        using RunningProgram run = RunningProgram.Start(_folder.Path, ["run", "--watch", .. SmallSweep.Endless, "-o", "run"]);
        run.WaitUntilItListens();
        Uri address = Address(run);
        Assert.Contains($"<iframe title=\"Report\" src=\"{address.AbsolutePath}report\">", await _client.GetStringAsync(address), StringComparison.Ordinal);

        using StreamReader first = await Listen(address), second = await Listen(address);
        while (Done(await _client.GetStringAsync(new Uri(address, "report"))) == 0)
        {
            await Until(first, "page");
            await Until(second, "page");
        }

        // During the run the server answers only GET requests for this machine, with the token of the address.
        Assert.Equal(HttpStatusCode.Forbidden, (await _client.GetAsync(new Uri(address, "/report"))).StatusCode);
        using var rebound = new HttpRequestMessage(HttpMethod.Get, new Uri(address, "report")) { Headers = { Host = "evil.example" } };
        Assert.Equal(HttpStatusCode.MisdirectedRequest, (await _client.SendAsync(rebound)).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await _client.PostAsync(address, null)).StatusCode);

        run.Send(RunningProgram.Terminate);
        Assert.StartsWith("Interrupted: ", await Until(first, "end"), StringComparison.Ordinal);
        first.Dispose();
        second.Dispose();
        run.WaitForExit().Expect(130);
        AssertClosed(address);
    }

    [Fact]
    public async Task The_port_stays_open_until_connected_browsers_have_the_last_report()
    {
        using RunningProgram run = Start();
        Uri address = Address(run);
        using StreamReader events = await Listen(address);
        Assert.StartsWith($"Finished: {SmallSweep.SecondsCells} of {SmallSweep.SecondsCells} cells", await Until(events, "end"), StringComparison.Ordinal);
        Assert.Equal(SmallSweep.SecondsCells, Done(await _client.GetStringAsync(new Uri(address, "report"))));
        events.Dispose();
        run.WaitForExit().Expect(0);
        AssertClosed(address);
    }

    [Fact]
    public async Task A_thousand_reloads_lose_no_cell()
    {
        using RunningProgram run = Start();
        Uri report = new(Address(run), "report");
        int loaded = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 20 }, async (_, cancellation) =>
        {
            try
            {
                await _client.GetStringAsync(report, cancellation);
                Interlocked.Increment(ref loaded);
            }
            catch (HttpRequestException)
            {
                // The run was faster than the reloads, or a request was refused.
            }
        });
        Assert.InRange(loaded, 1, 1000);
        run.WaitForExit().Expect(0);
        Assert.Equal(FinishedRun.Of(SmallSweep.Seconds).Tables, SmallSweep.TablesOf(_folder["run"]));
    }

    [Fact]
    public void An_invalid_or_used_port_is_refused_before_anything_is_done()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        foreach ((string text, string message) in new[]
        {
            (port.ToString(), $"--watch cannot listen at 127.0.0.1:{port}: "),
            ("70000", "--watch=PORT must be a port from 1 to 65535, or 0 for any that is free, but was '70000'"),
            ("x", "--watch=PORT must be a port from 1 to 65535, or 0 for any that is free, but was 'x'"),
        })
        {
            ProgramResult refused = RunningProgram.Run(_folder.Path, ["run", $"--watch={text}", .. SmallSweep.Blink, "-o", "run"]).Expect(2);
            Assert.StartsWith($"rnnsweep: {message}", Assert.Single(refused.ErrorLines), StringComparison.Ordinal);
            Assert.False(Directory.Exists(_folder["run"]));
        }
    }

    [Fact]
    public void An_argument_after_watch_is_the_sweep()
    {
        File.WriteAllText(_folder["sweep.yaml"], "hidden_size: 4\nreplicates: 1\n");
        Assert.StartsWith("to watch: http://127.0.0.1:", RunningProgram.Run(_folder.Path, "run", "--watch", "sweep.yaml", "-o", "run").Expect(0).Error, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    private RunningProgram Start() => RunningProgram.Start(_folder.Path, ["run", "--watch", .. SmallSweep.Seconds, "-o", "run"]);

    private static Uri Address(RunningProgram run)
    {
        run.WaitUntil(() => Url().IsMatch(run.Error));
        return new Uri(Url().Match(run.Error).Value);
    }

    private static void AssertClosed(Uri address) => Assert.ThrowsAny<SocketException>(() => new TcpClient().Connect(IPAddress.Loopback, address.Port));

    private async Task<StreamReader> Listen(Uri address) => new(await _client.GetStreamAsync(new Uri(address, "events")));

    // The data of the next event with a name.
    private static async Task<string> Until(StreamReader events, string name)
    {
        while (await events.ReadLineAsync() is { } line)
        {
            if (line == $"event: {name}")
            {
                return (await events.ReadLineAsync())!["data: ".Length..];
            }
        }

        throw new EndOfStreamException($"there was no {name}");
    }

    private static long Done(string report) => Cells().Match(report) is { Success: true } match ? long.Parse(match.Groups[1].Value) : 0;

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+/[0-9a-f]+/")]
    private static partial Regex Url();

    [GeneratedRegex(@"(\d+) of \d+ cells done")]
    private static partial Regex Cells();
}
