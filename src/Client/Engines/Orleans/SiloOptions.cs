using System.Net;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>How a silo is started, as the command line has it.</summary>
internal sealed record SiloOptions(IPAddress Listen, int SiloPort, int GatewayPort, bool IsInsecure, int? Parallelism, bool JsonLog, bool Verbose)
{
    /// <summary>Whether only programs of this machine can reach the silo.</summary>
    public bool IsLocal => IPAddress.IsLoopback(Listen);
}
