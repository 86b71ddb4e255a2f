using System.Net;
using Microsoft.AspNetCore.Http;

namespace RnnSweep.Silo.Http;

/// <summary>Which requests a silo answers: GET alone; on the loopback interface those for this machine, elsewhere those with a certificate of the cluster.</summary>
/// <remarks>
/// Without the rule about the host, a page of another site could read the silo's pages in a browser of this machine: the site's name may resolve to 127.0.0.1
/// (DNS rebinding). Elsewhere than on the loopback interface <c>/health</c> is served to all, because Kubernetes' probes have no certificate; its answer is a
/// few words about this silo.
/// </remarks>
/// <param name="isLocal">Whether the silo serves HTTP on the loopback interface.</param>
internal sealed class RequestFilter(bool isLocal)
{
    /// <summary>Answers a request that is refused, and passes on the others.</summary>
    public async Task Invoke(HttpContext context, RequestDelegate next)
    {
        (HttpRequest request, HttpResponse response) = (context.Request, context.Response);
        IHeaderDictionary headers = response.Headers;
        (headers.CacheControl, headers.XContentTypeOptions, headers.XFrameOptions) = ("no-store", "nosniff", "SAMEORIGIN");
        (headers["Cross-Origin-Resource-Policy"], headers["Referrer-Policy"]) = ("same-origin", "no-referrer");
        if (isLocal && !IsForThisMachine(request.Host, context.Connection.LocalPort))
        {
            Refuse(response, StatusCodes.Status421MisdirectedRequest);
        }
        else if (!HttpMethods.IsGet(request.Method))
        {
            headers.Allow = HttpMethods.Get;
            Refuse(response, StatusCodes.Status405MethodNotAllowed);
        }
        else if (!isLocal && context.Connection.ClientCertificate is null && !request.Path.StartsWithSegments("/health"))
        {
            Refuse(response, StatusCodes.Status403Forbidden);
        }
        else
        {
            await next(context).ConfigureAwait(false);
        }
    }

    /// <summary>Whether a Host header names this machine, by an address of the loopback interface or as localhost, with the port at which it was received.</summary>
    internal static bool IsForThisMachine(HostString host, int port) =>
        (host.Port ?? 80) == port
            && (host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Host, out IPAddress? address) && IPAddress.IsLoopback(address)));

    private static void Refuse(HttpResponse response, int status) => (response.StatusCode, response.Headers.Connection) = (status, "close");
}
