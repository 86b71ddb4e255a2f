using System.Net;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>The options of a silo from the command line. Without an endpoint for HTTP it serves none.</summary>
internal sealed record SiloOptions(IPAddress Listen, int SiloPort, int GatewayPort, IPEndPoint? Http, bool IsInsecure, int? Parallelism, bool JsonLog, bool Verbose)
{
    /// <summary>Whether only programs of this machine can reach the silo.</summary>
    public bool IsLocal => IPAddress.IsLoopback(Listen);
}
