using System.Net;
using Microsoft.AspNetCore.Http;

namespace RnnSweep.Silo.Http;

/// <summary>Which requests a server answers: GET alone, for the hosts that it serves, from those who may read. It also sets the headers of every answer.</summary>
/// <remarks>
/// Without the rule about the host, a page of another site could read a server of the loopback interface in a browser of this machine: the site's name may
/// resolve to 127.0.0.1 (DNS rebinding).
/// </remarks>
/// <param name="isHost">Whether a Host header, at the port that received the request, names this server.</param>
/// <param name="mayRead">Whether the sender may read what it requests.</param>
internal sealed class RequestFilter(Func<HostString, int, bool> isHost, Func<HttpContext, bool> mayRead)
{
    /// <summary>Answers a request that is refused, and passes on the others. Answers are not cached, and not framed by other sites.</summary>
    public async Task Invoke(HttpContext context, RequestDelegate next)
    {
        (HttpRequest request, HttpResponse response) = (context.Request, context.Response);
        IHeaderDictionary headers = response.Headers;
        (headers.CacheControl, headers.XContentTypeOptions, headers.XFrameOptions) = ("no-store", "nosniff", "SAMEORIGIN");
        (headers["Cross-Origin-Resource-Policy"], headers["Referrer-Policy"]) = ("same-origin", "no-referrer");
        if (!isHost(request.Host, context.Connection.LocalPort))
        {
            Refuse(response, StatusCodes.Status421MisdirectedRequest);
        }
        else if (!HttpMethods.IsGet(request.Method))
        {
            headers.Allow = HttpMethods.Get;
            Refuse(response, StatusCodes.Status405MethodNotAllowed);
        }
        else if (!mayRead(context))
        {
            Refuse(response, StatusCodes.Status403Forbidden);
        }
        else
        {
            await next(context).ConfigureAwait(false);
        }
    }

    /// <summary>Whether a Host header is 127.0.0.1 or localhost with a port.</summary>
    public static bool IsIPv4Loopback(HostString host, int port) => HasPort(host, port) && (host.Host == "127.0.0.1" || IsLocalhost(host));

    /// <summary>Whether a Host header is any address of the loopback interface or localhost with a port.</summary>
    public static bool IsLoopback(HostString host, int port) =>
        HasPort(host, port) && (IsLocalhost(host) || (IPAddress.TryParse(host.Host, out IPAddress? address) && IPAddress.IsLoopback(address)));

    /// <summary>Ends the connection with a status and no content.</summary>
    public static void Refuse(HttpResponse response, int status) => (response.StatusCode, response.Headers.Connection) = (status, "close");

    private static bool HasPort(HostString host, int port) => (host.Port ?? 80) == port;

    private static bool IsLocalhost(HostString host) => host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase);
}
