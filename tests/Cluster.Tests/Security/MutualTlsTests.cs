using System.Net;
using System.Net.NetworkInformation;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using RnnSweep.Cluster.Tests.PostgreSql;
using RnnSweep.Core.Results;
using RnnSweep.Grains;
using RnnSweep.Silo;
using RnnSweep.Silo.Connections;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests.Security;

/// <summary>Which connections a cluster with certificates accepts and rejects.</summary>
[Collection(CertificateTests.Name)]
public sealed class MutualTlsTests(PostgreSqlServer server) : IDisposable
{
    // A silent connection is closed later than the test looks.
    private static readonly ConnectionLimits s_patient = ConnectionLimits.Usual with { HandshakeTime = TimeSpan.FromMinutes(5) };

    private readonly TestAuthority _authority = new(), _stranger = new();
    private readonly LinesLog _log = new();

    public void Dispose() => _log.Dispose();

    [SkippableFact]
    public async Task Silos_and_clients_with_good_certificates_work_together()
    {
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(server.CreateDatabase());
        await using ClusterSilo first = await SmallSilo.Start(database, _authority.Member(_authority.Sign()));
        await using ClusterSilo second = await SmallSilo.Start(database, _authority.Member(_authority.Sign()));

        await using ClusterConnection client = await Connect(database, _authority.Member(_authority.Sign(1, TestAuthority.ForClients)));

        Assert.Equal([first.Address, second.Address], (await new ClusterMembers(database).Up()).Select(silo => silo.EndPoint.ToString()));
        Assert.Null(await client.Grains.GetGrain<ISweepGrain>("none").Progress());
    }

    [SkippableTheory]
    [InlineData("none", null)]
    [InlineData("of another authority", "no authority that is trusted")]
    [InlineData("expired", "expired")]
    [InlineData("for servers", "not for this purpose")]
    public async Task A_client_without_a_valid_certificate_is_rejected(string kind, string? logged)
    {
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(server.CreateDatabase());
        await using ClusterSilo silo = await SmallSilo.Start(database, _authority.Member(_authority.Sign()), _log);
        ClusterCertificates? certificates = kind switch
        {
            "of another authority" => _authority.Member(_stranger.Sign()),
            "expired" => _authority.Member(_authority.Sign(-1)),
            "for servers" => _authority.Member(_authority.Sign(1, TestAuthority.ForServers)),
            _ => null,
        };

        var error = await Record.ExceptionAsync(async () => await (await Connect(database, certificates, TimeSpan.FromSeconds(1))).DisposeAsync());

        // With a certificate for server authentication alone, Orleans does not even try to connect.
        Assert.True(error is StoreUnreachableException or InvalidOperationException, $"{error}");
        Assert.True(logged is null or "not for this purpose" || _log.Lines.Any(line => line.Contains(logged, StringComparison.Ordinal)), string.Join('\n', _log.Lines));
        await using ClusterConnection good = await Connect(database, _authority.Member(_authority.Sign()));
        Assert.Null(await good.Grains.GetGrain<ISweepGrain>("none").Progress());
    }

    [SkippableFact]
    public async Task Both_ports_accept_only_members_and_the_silo_port_accepts_only_silos()
    {
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(server.CreateDatabase());
        await using ClusterSilo silo = await SmallSilo.Start(database, _authority.Member(_authority.Sign()), _log, s_patient);
        IPEndPoint forSilos = IPEndPoint.Parse(silo.Address), forClients = IPEndPoint.Parse(silo.Gateway);

        X509Certificate2 member = _authority.Sign(), client = _authority.Sign(1, TestAuthority.ForClients);
        Assert.Equal((true, true), (await IsLetIn(forClients, member), await IsLetIn(forSilos, member)));
        Assert.Equal((true, false), (await IsLetIn(forClients, client), await IsLetIn(forSilos, client)));
        foreach (X509Certificate2? other in new[] { null, _stranger.Sign(), _authority.Sign(-1), _authority.Sign(1, TestAuthority.ForServers) })
        {
            Assert.Equal((false, false), (await IsLetIn(forClients, other), await IsLetIn(forSilos, other)));
        }
    }

    [SkippableFact]
    public async Task A_client_rejects_a_silo_of_another_authority()
    {
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(server.CreateDatabase());
        await using ClusterSilo silo = await SmallSilo.Start(database, new TestAuthority().Member(_stranger.Sign()));

        var error = await Assert.ThrowsAsync<StoreUnreachableException>(() => Connect(database, _authority.Member(_authority.Sign())));

        Assert.Contains("no authority that is trusted has signed it", error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_silo_without_a_valid_certificate_cannot_join(bool hasOne)
    {
        string connection = server.CreateDatabase();
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(connection);
        await using ClusterSilo silo = await SmallSilo.Start(database, _authority.Member(_authority.Sign()));

        await Assert.ThrowsAsync<StoreUnreachableException>(() => SmallSilo.Start(database, hasOne ? _authority.Member(_stranger.Sign()) : null, joinTime: TimeSpan.FromSeconds(5)));

        // What it has started is stopped, of which its row in the membership table is the last.
        Assert.Equal(1, PostgreSqlServer.Read<long>(connection, $"SELECT count(*) FROM OrleansMembershipTable WHERE status = {(int)SiloStatus.Dead}"));
        Assert.Equal(2, PostgreSqlServer.Read<long>(connection, "SELECT count(*) FROM OrleansMembershipTable"));

        await using ClusterConnection client = await Connect(database, _authority.Member(_authority.Sign()));
        Assert.Null(await client.Grains.GetGrain<ISweepGrain>("none").Progress());
        Assert.Equal(silo.Address, Assert.Single(await new ClusterMembers(database).Up()).EndPoint.ToString());
    }

    [SkippableFact]
    public async Task A_silo_listens_only_on_its_configured_address()
    {
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(server.CreateDatabase());
        await using ClusterSilo silo = await SmallSilo.Start(database);
        IPEndPoint[] own = [IPEndPoint.Parse(silo.Address), IPEndPoint.Parse(silo.Gateway)];

        IPEndPoint[] listening = [.. IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Where(listener => own.Any(o => o.Port == listener.Port))];

        Assert.Equal(own.Order(ByPort), listening.Distinct().Order(ByPort));
        Assert.All(listening, listener => Assert.Equal(IPAddress.Loopback, listener.Address));
    }

    private static Comparer<IPEndPoint> ByPort => Comparer<IPEndPoint>.Create((a, b) => a.Port - b.Port);

    private static Task<ClusterConnection> Connect(ClusterDatabase database, ClusterCertificates? certificates, TimeSpan? retryTime = null) =>
        ClusterConnection.Open(database, certificates, null, CancellationToken.None, retryTime);

    // Orleans sends a preamble to accepted connections, or waits for one; it closes rejected connections at once.
    private static async Task<bool> IsLetIn(IPEndPoint silo, X509Certificate2? certificate)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(1)); // a hang guard
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(silo, timeout.Token);
        await using var tls = new SslStream(tcp.GetStream(), false, (_, certificate, _, _) => certificate is not null);
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "",
                    ApplicationProtocols = [new SslApplicationProtocol("Orleans1")],
                    ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
                },
                timeout.Token);
            Task<int> read = tls.ReadAsync(new byte[16], timeout.Token).AsTask();
            return await Task.WhenAny(read, Task.Delay(TimeSpan.FromSeconds(5), timeout.Token)) != read || await read > 0;
        }
        catch (Exception error) when (error is IOException or AuthenticationException)
        {
            return false;
        }
    }
}
