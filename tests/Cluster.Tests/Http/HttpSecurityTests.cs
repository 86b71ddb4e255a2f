using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Cluster.Tests.PostgreSql;
using RnnSweep.Cluster.Tests.Security;
using RnnSweep.Grains;
using RnnSweep.Silo;
using RnnSweep.Silo.Http;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests.Http;

/// <summary>Who reads what a silo serves, and its state from the start to the stop.</summary>
[Collection(HttpTests.Name)]
public sealed class HttpSecurityTests(PostgreSqlServer server)
{
    [SkippableFact]
    public async Task Other_machines_need_a_certificate_of_the_cluster_for_all_but_the_health()
    {
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(server.CreateDatabase());
        TestAuthority authority = new(), other = new();
        var settings = new HttpSettings(new IPEndPoint(IPAddress.Any, 0), authority.Member(authority.Sign()));
        await using SiloHttp http = await SiloHttp.Start(settings, new SiloHealth(), NullLoggerProvider.Instance, new SweepPages(database).Map);
        int port = new Uri(http.Address).Port;

        using HttpClient none = Client(authority, null), member = Client(authority, authority.Sign(1, TestAuthority.ForClients));
        Assert.Equal(HttpStatusCode.OK, await Status(none, "/health/live"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await Status(none, "/health/ready"));
        foreach (string path in new[] { "/", "/metrics" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, await Status(none, path));
            Assert.Equal(HttpStatusCode.OK, await Status(member, path));
        }

        foreach (X509Certificate2 certificate in new[] { other.Sign(), authority.Sign(-1), authority.Sign(1, TestAuthority.ForServers) })
        {
            using HttpClient refused = Client(authority, certificate);
            await Assert.ThrowsAsync<HttpRequestException>(() => Status(refused, "/health/live"));
        }

        using var plain = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => plain.GetAsync(new Uri($"http://127.0.0.1:{port}/health/live")));

        async Task<HttpStatusCode> Status(HttpClient client, string path)
        {
            using HttpResponseMessage response = await client.GetAsync(new Uri($"https://127.0.0.1:{port}{path}"));
            return response.StatusCode;
        }
    }

    [SkippableFact]
    public async Task HTTP_for_other_machines_does_not_start_without_certificates()
    {
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(server.CreateDatabase());
        await Assert.ThrowsAsync<ArgumentException>(
            () => SiloHttp.Start(new HttpSettings(new IPEndPoint(IPAddress.Any, 0), null), new SiloHealth(), NullLoggerProvider.Instance));
    }

    [SkippableFact]
    public async Task A_silo_becomes_ready_when_it_has_started_and_is_not_when_it_stops()
    {
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(server.CreateDatabase());
        var health = new SiloHealth();
        await using SiloHttp http = await SiloHttp.Start(new HttpSettings(new IPEndPoint(IPAddress.Loopback, 0), null), health, NullLoggerProvider.Instance);
        using var client = new HttpClient();
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await Get("health/live"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "the silo is starting\n"), await Get("health/ready"));

        await using (ClusterSilo silo = await SmallSilo.Start(database))
        {
            health.Started(silo);
            Assert.Equal((HttpStatusCode.OK, "ok\n"), await Get("health/ready"));
            health.Stopping();
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "the silo is stopping\n"), await Get("health/ready"));
        }

        Assert.Equal((HttpStatusCode.OK, "ok\n"), await Get("health/live"));

        async Task<(HttpStatusCode Status, string Text)> Get(string path)
        {
            using HttpResponseMessage response = await client.GetAsync(new Uri(new Uri(http.Address), path));
            return (response.StatusCode, await response.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public void The_list_of_sweeps_escapes_what_comes_from_a_sweep()
    {
        const string Hostile = "<script>alert('x')</script>\"&";
        var entry = new SweepEntry(Hostile, Hostile, 0, SweepState.Active, 5, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, 0, 0) { Activity = new SweepActivity(0, 2.5, Hostile) };
        string page = System.Text.Encoding.UTF8.GetString(SweepListPage.Of(Hostile, [entry], id => $"/sweeps/{Uri.EscapeDataString(id)}/"));
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.Contains("href=\"/sweeps/%3Cscript%3Ealert%28%27x%27%29%3C%2Fscript%3E%22%26\"", page, StringComparison.Ordinal);
        Assert.Contains(" 0 of 0 cells, 2.5 cells/s<br>", page, StringComparison.Ordinal);
        Assert.Equal(4, page.Split("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;").Length - 1);
    }

    // The silo's certificate names no host: members check its authority alone.
    private static HttpClient Client(TestAuthority authority, X509Certificate2? certificate)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(authority.Pem));
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = policy,
                RemoteCertificateValidationCallback = (_, _, _, errors) => (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None,
                ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
            },
        };
        return new HttpClient(handler);
    }
}
