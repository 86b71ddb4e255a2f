using System.Net;

namespace RnnSweep.Silo.Http;

/// <summary>Where a silo serves HTTP.</summary>
/// <param name="EndPoint">The address and the port; 0 for any free port.</param>
/// <param name="Certificates">The cluster's certificates; null for none. They are used on all addresses but those of the loopback interface.</param>
public sealed record HttpSettings(IPEndPoint EndPoint, ClusterCertificates? Certificates)
{
    /// <summary>Whether only programs of this machine can reach the address. It is then served without TLS.</summary>
    public bool IsLocal => IPAddress.IsLoopback(EndPoint.Address);
}
