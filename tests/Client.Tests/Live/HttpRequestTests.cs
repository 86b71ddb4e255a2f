using RnnSweep.Client.Live;

namespace RnnSweep.Client.Tests.Live;

public sealed class HttpRequestTests
{
    [Theory]
    [InlineData(200, "/", "GET / HTTP/1.1", "Host: 127.0.0.1:8123")]
    [InlineData(200, "/report", "GET /report?x=1 HTTP/1.1", "Accept: */*", "hOST:  LocalHost:8123 ")]
    [InlineData(421, "", "GET / HTTP/1.1", "Host: evil.example:8123")]
    [InlineData(421, "", "GET / HTTP/1.1", "Host: 127.0.0.1")]
    [InlineData(421, "", "GET / HTTP/1.1", "Host: 127.0.0.1:80")]
    [InlineData(421, "", "GET / HTTP/1.1", "Host: 127.0.0.1.evil.example:8123")]
    [InlineData(421, "", "GET / HTTP/1.1", "Host: localhost:8123.evil.example")]
    [InlineData(421, "", "GET / HTTP/1.1", "Host: [::1]:8123")]
    [InlineData(421, "", "POST / HTTP/1.1", "Host: evil.example")]
    [InlineData(400, "", "GET / HTTP/1.1")]
    [InlineData(400, "", "GET / HTTP/1.1", "Host: 127.0.0.1:8123", "Host: evil.example")]
    [InlineData(405, "", "POST / HTTP/1.1", "Host: 127.0.0.1:8123")]
    [InlineData(405, "", "HEAD / HTTP/1.1", "Host: 127.0.0.1:8123")]
    [InlineData(400, "", "GET http://evil.example/ HTTP/1.1", "Host: 127.0.0.1:8123")]
    [InlineData(400, "", "GET / HTTP/2", "Host: 127.0.0.1:8123")]
    [InlineData(400, "", "GET /", "Host: 127.0.0.1:8123")]
    [InlineData(400, "", "", "Host: 127.0.0.1:8123")]
    public void Only_a_request_for_this_very_machine_is_answered(int status, string path, params string[] lines) =>
        Assert.Equal(new HttpRequest(status, path), HttpRequest.Read(string.Join("\r\n", lines), 8123));
}
