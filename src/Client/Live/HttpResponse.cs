using System.Globalization;
using System.Text;

namespace RnnSweep.Client.Live;

/// <summary>The bytes of responses. None is to be kept by a browser or a proxy, or to be shown within another site's page.</summary>
internal static class HttpResponse
{
    /// <summary>A page.</summary>
    public static byte[] Page(byte[] html) =>
        [.. Head(200, $"Content-Type: text/html; charset=utf-8\r\nContent-Length: {Number(html.Length)}\r\nConnection: close\r\n"), .. html];

    /// <summary>The beginning of a stream of events, which ends when the connection does.</summary>
    public static byte[] Events() => Head(200, "Content-Type: text/event-stream\r\nConnection: close\r\n");

    /// <summary>A refusal.</summary>
    public static byte[] Refusal(int status)
    {
        byte[] text = Encoding.UTF8.GetBytes($"{Reason(status)}\n");
        string allow = status == 405 ? "Allow: GET\r\n" : "";
        return [.. Head(status, $"{allow}Content-Type: text/plain; charset=utf-8\r\nContent-Length: {Number(text.Length)}\r\nConnection: close\r\n"), .. text];
    }

    /// <summary>An event.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="data">One line.</param>
    public static byte[] Event(string name, string data) => Encoding.UTF8.GetBytes($"event: {name}\ndata: {data.ReplaceLineEndings(" ")}\n\n");

    private static byte[] Head(int status, string headers) => Encoding.ASCII.GetBytes(
        $"HTTP/1.1 {Number(status)} {Reason(status)}\r\n{headers}Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
            + "X-Frame-Options: SAMEORIGIN\r\nCross-Origin-Resource-Policy: same-origin\r\nReferrer-Policy: no-referrer\r\n\r\n");

    private static string Reason(int status) => status switch
    {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        421 => "Misdirected Request",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "a status without a reason"),
    };

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
