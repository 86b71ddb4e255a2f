using System.Globalization;

namespace RnnSweep.Client.Live;

/// <summary>
/// What a request asks of a server of this machine alone, from its head. Pure. Whoever names another host is refused: a page of another site may have its
/// name lead to this address, and would read here what is not its own.
/// </summary>
/// <param name="Status">200, or the status with which it is refused.</param>
/// <param name="Path">What is asked for, without a query; empty where it is refused.</param>
internal readonly record struct HttpRequest(int Status, string Path)
{
    /// <summary>Reads a head.</summary>
    /// <param name="head">The request line and the headers, without the empty line after them.</param>
    /// <param name="port">The port of the server.</param>
    public static HttpRequest Read(string head, int port)
    {
        string[] lines = head.Split("\r\n");
        if (lines[0].Split(' ') is not [var method, var target, "HTTP/1.1" or "HTTP/1.0"] || target is not ['/', ..])
        {
            return new HttpRequest(400, "");
        }

        string[] hosts = [.. lines[1..].Where(line => line.StartsWith("Host:", StringComparison.OrdinalIgnoreCase)).Select(line => line["Host:".Length..].Trim())];
        string number = port.ToString(CultureInfo.InvariantCulture);
        return hosts is not [var host] ? new HttpRequest(400, "")
            : !host.Equals($"127.0.0.1:{number}", StringComparison.Ordinal) && !host.Equals($"localhost:{number}", StringComparison.OrdinalIgnoreCase) ? new HttpRequest(421, "")
            : method != "GET" ? new HttpRequest(405, "")
            : new HttpRequest(200, target.Split('?')[0]);
    }
}
