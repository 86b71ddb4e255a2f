using System.Net;
using System.Net.Sockets;
using System.Text;
using RnnSweep.Client.Live;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Live;

public sealed class LoopbackServerTests : IDisposable
{
    private static readonly TimeSpan s_hangGuard = TimeSpan.FromMinutes(3);

    private readonly LoopbackServer _server = LoopbackServer.Start(
        0, path => path is "/" or "/report" ? "<p>hello</p>"u8.ToArray() : null, () => new ServerEvent("greeting", "good day"));

    private readonly HttpClient _client = new() { Timeout = s_hangGuard };

    [Fact]
    public async Task It_serves_pages_and_refuses_the_rest()
    {
        using HttpResponseMessage page = await _client.GetAsync(Address("/"));
        Assert.Equal((HttpStatusCode.OK, "<p>hello</p>"), (page.StatusCode, await page.Content.ReadAsStringAsync()));
        Assert.Equal("text/html; charset=utf-8", page.Content.Headers.ContentType?.ToString());
        Assert.True(page.Headers.CacheControl?.NoStore);
        Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync(Address("/etc/passwd"))).StatusCode);

        using HttpResponseMessage post = await _client.PostAsync(Address("/"), new StringContent("x"));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, post.StatusCode);
        using var rebound = new HttpRequestMessage(HttpMethod.Get, Address("/")) { Headers = { Host = "evil.example" } };
        Assert.Equal(HttpStatusCode.MisdirectedRequest, (await _client.SendAsync(rebound)).StatusCode);
    }

    [Fact]
    public void Two_servers_have_different_tokens()
    {
        using LoopbackServer other = LoopbackServer.Start(0, _ => null, () => default);
        Assert.NotEqual(other.Root, _server.Root);
        Assert.Matches("^/[0-9a-f]{32}/$", other.Root);
    }

    [Fact]
    public void It_listens_only_on_the_loopback_address()
    {
        // Linux assigns all of 127/8 to the loopback interface, so another address of it is another address of this machine.
        Assert.ThrowsAny<SocketException>(() => new TcpClient().Connect(IPAddress.Parse(OperatingSystem.IsLinux() ? "127.0.0.2" : "::1"), _server.Port));
        Assert.ThrowsAny<SocketException>(() => new TcpClient(AddressFamily.InterNetworkV6).Connect(IPAddress.IPv6Loopback, _server.Port));
    }

    [Fact]
    public async Task Every_connected_client_gets_events_and_a_closed_connection_frees_its_slot()
    {
        using StreamReader first = await Listen(), second = await Listen();
        Assert.Equal(2, _server.Streams);
        _server.Send(new ServerEvent("page", "3"));
        foreach (StreamReader reader in new[] { first, second })
        {
            Assert.Equal("event: page\ndata: 3\n", await Event(reader));
        }

        first.Dispose();
        Assert.True(SpinWait.SpinUntil(() => _server.Streams == 1, s_hangGuard));

        var others = new List<StreamReader>();
        while (_server.Streams < LoopbackServer.MostStreams)
        {
            others.Add(await Listen());
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _client.GetAsync(Address("/events"))).StatusCode);
        others.ForEach(reader => reader.Dispose());
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_disconnected_and_does_not_delay_others()
    {
        using var idle = new TcpClient { ReceiveBufferSize = 1 };
        idle.Connect(IPAddress.Loopback, _server.Port);
        await idle.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET {_server.Root}events HTTP/1.1\r\nHost: 127.0.0.1:{_server.Port}\r\n\r\n"));
        Assert.True(SpinWait.SpinUntil(() => _server.Streams == 1, s_hangGuard));
        var large = new ServerEvent("page", new string('x', 1 << 20));
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                _server.Send(large);
                return _server.Streams == 0;
            },
            s_hangGuard));
        Assert.Equal("<p>hello</p>", await _client.GetStringAsync(Address("/")));
    }

    [Theory]
    [InlineData(200, "GET {root} HTTP/1.1", "Host: 127.0.0.1:{port}")]
    [InlineData(200, "GET {root}report?x=1 HTTP/1.1", "Accept: */*", "hOST:  LocalHost:{port} ")]
    [InlineData(403, "GET / HTTP/1.1", "Host: 127.0.0.1:{port}")]
    [InlineData(403, "GET /report HTTP/1.1", "Host: 127.0.0.1:{port}")]
    [InlineData(403, "GET /events HTTP/1.1", "Host: 127.0.0.1:{port}")]
    [InlineData(403, "GET /0123456789abcdef0123456789abcdef/ HTTP/1.1", "Host: 127.0.0.1:{port}")]
    [InlineData(403, "GET //{root} HTTP/1.1", "Host: 127.0.0.1:{port}")]
    [InlineData(421, "GET {root} HTTP/1.1", "Host: evil.example:{port}")]
    [InlineData(421, "GET / HTTP/1.1", "Host: evil.example:{port}")]
    [InlineData(421, "GET / HTTP/1.1", "Host: 127.0.0.1")]
    [InlineData(421, "GET / HTTP/1.1", "Host: 127.0.0.1:80")]
    [InlineData(421, "GET / HTTP/1.1", "Host: 127.0.0.1.evil.example:{port}")]
    [InlineData(421, "GET / HTTP/1.1", "Host: [::1]:{port}")]
    [InlineData(421, "POST / HTTP/1.1", "Host: evil.example")]
    [InlineData(421, "GET http://evil.example/ HTTP/1.1", "Host: evil.example")]
    [InlineData(421, "GET / HTTP/1.0")]
    [InlineData(400, "GET / HTTP/1.1")]
    [InlineData(400, "GET / HTTP/1.1", "Host: 127.0.0.1:{port}", "Host: evil.example")]
    [InlineData(400, "GET / HTTP/1.1", "Host: localhost:{port}.evil.example")]
    [InlineData(405, "POST / HTTP/1.1", "Host: 127.0.0.1:{port}")]
    [InlineData(405, "HEAD / HTTP/1.1", "Host: 127.0.0.1:{port}")]
    [InlineData(400, "GET http://evil.example/ HTTP/1.1", "Host: 127.0.0.1:{port}")]
    [InlineData(400, "GET / HTTP/2", "Host: 127.0.0.1:{port}")]
    [InlineData(400, "GET /", "Host: 127.0.0.1:{port}")]
    [InlineData(400, "\u0016\u0003\u0001")]
    public async Task Only_a_request_with_a_loopback_host_and_the_token_is_answered(int status, params string[] lines)
    {
        string answer = await Raw($"{string.Join("\r\n", lines)}\r\nConnection: close\r\n\r\n"
            .Replace("{port}", $"{_server.Port}", StringComparison.Ordinal).Replace("{root}", _server.Root, StringComparison.Ordinal));
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Equal(status == 200, answer.EndsWith("<p>hello</p>", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_request_that_is_too_long_is_refused()
    {
        Assert.StartsWith("HTTP/1.1 414 ", await Raw(new string('x', 9000)), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 431 ", await Raw($"GET / HTTP/1.1\r\nX: {new string('x', 9000)}\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named_and_one_that_is_closed_is_free()
    {
        int port = _server.Port;
        var error = Assert.Throws<UsageException>(() => LoopbackServer.Start(port, _ => null, () => default));
        Assert.Contains($"127.0.0.1:{port}", error.Message, StringComparison.Ordinal);

        using StreamReader reader = await Listen();
        _server.Dispose();
        Assert.Equal("", await reader.ReadToEndAsync());
        LoopbackServer.Start(port, _ => null, () => default).Dispose();
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    private Uri Address(string path) => new($"{_server.Address.TrimEnd('/')}{path}");

    private async Task<StreamReader> Listen()
    {
        var reader = new StreamReader(await _client.GetStreamAsync(Address("/events")));
        Assert.Equal("event: greeting\ndata: good day\n", await Event(reader));
        return reader;
    }

    private static async Task<string> Event(StreamReader reader) =>
        $"{await reader.ReadLineAsync()}\n{await reader.ReadLineAsync()}\n{await reader.ReadLineAsync()}";

    private async Task<string> Raw(string text)
    {
        using var client = new TcpClient();
        client.Connect(IPAddress.Loopback, _server.Port);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text));
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadToEndAsync();
    }
}
