using System.Net;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Silo;

/// <summary>The identity of a silo of a cluster. Orleans would take the generation of its address from the machine's clock.</summary>
/// <param name="address">The endpoint for silos, with its generation.</param>
/// <param name="gateway">The endpoint for clients.</param>
internal sealed class NewSilo(SiloAddress address, IPEndPoint gateway) : ILocalSiloDetails
{
    public string Name { get; } = ClusterMembers.Name(address);

    public string ClusterId => ClusterSilo.ClusterId;

    public string DnsHostName { get; } = Dns.GetHostName();

    public SiloAddress SiloAddress => address;

    public SiloAddress GatewayAddress { get; } = SiloAddress.New(gateway, 0);
}
