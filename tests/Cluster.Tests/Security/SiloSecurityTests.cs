using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Cluster.Tests.PostgreSql;
using RnnSweep.Core.Experiments;
using RnnSweep.Silo;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests.Security;

/// <summary>Messages about certificates and limits.</summary>
[Collection(CertificateTests.Name)]
public sealed class SiloSecurityTests(PostgreSqlServer server) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rnnsweep-silo-").FullName;
    private readonly TestAuthority _authority = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_silo_refuses_to_listen_for_other_machines_without_certificates()
    {
        ProgramResult result = Run("silo", "--listen", "192.0.2.1", "--cluster", "Host=localhost;Port=1").Expect(2);
        Assert.Contains("--certificate and --trust, or --insecure", result.Error, StringComparison.Ordinal);

        // With --insecure it proceeds to the database, which does not exist.
        Run("silo", "--listen", "192.0.2.1", "--insecure", "--cluster", "Host=localhost;Port=1").Expect(4);
        Run("silo", "--listen", "127.0.0.1", "--cluster", "Host=localhost;Port=1").Expect(4);
    }

    [Theory]
    [InlineData("silo")]
    [InlineData("status")]
    [InlineData("attach", "x")]
    [InlineData("cancel", "x")]
    [InlineData("submit", "--set", "hidden_size=4")]
    [InlineData("run", "--engine", "cluster", "--set", "hidden_size=4")]
    public void Unusable_certificates_are_reported_at_once(params string[] command)
    {
        string[] start = [.. command, "--cluster", "Host=localhost;Port=1"];
        Assert.Contains("needs --trust", Run([.. start, "--certificate", "a"]).Expect(2).Error, StringComparison.Ordinal);
        Assert.Contains("needs --certificate", Run([.. start, "--trust", "a"]).Expect(2).Error, StringComparison.Ordinal);
        Assert.Equal("rnnsweep: none.pem cannot be used: there is no such file", Run([.. start, "--certificate", "a", "--trust", "none.pem"]).Expect(2).Error.TrimEnd());
        Assert.False(Directory.Exists(Path.Combine(_folder, "runs")));
    }

    [SkippableFact]
    public void A_silo_that_cannot_listen_yet_ends_with_the_exit_code_after_which_systemd_restarts_it()
    {
        string connection = server.CreateDatabase();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string port = $"{((IPEndPoint)taken.LocalEndpoint).Port}";
        string[][] attempts =
        [
            ["--silo-port", port, "--gateway-port", "0"],
            ["--silo-port", "0", "--gateway-port", port],
            ["--silo-port", "0", "--gateway-port", "0", "--listen", "192.0.2.1", "--insecure"],
        ];
        foreach (string[] attempt in attempts)
        {
            // Orleans logs the error with its stack trace, too.
            ProgramResult result = Run(["silo", "--http", "none", "--cluster", connection, .. attempt]);
            Assert.Equal(4, result.ExitCode);
            Assert.Contains("rnnsweep: the silo cannot listen at ", result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("internal error", result.Error, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public void A_silo_accepts_a_client_with_certificates_and_rejects_one_without()
    {
        string connection = server.CreateDatabase();
        X509Certificate2 client = _authority.Sign(1, TestAuthority.ForClients);
        File.WriteAllText(Path.Combine(_folder, "authority.pem"), _authority.Pem);
        File.WriteAllBytes(Path.Combine(_folder, "silo.p12"), _authority.Sign().Export(X509ContentType.Pkcs12, "the-word"));
        File.WriteAllText(Path.Combine(_folder, "client.pem"), $"{client.ExportCertificatePem()}\n{client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()}");
        Dictionary<string, string> silo = new()
        {
            ["RNNSWEEP_CLUSTER"] = connection,
            ["RNNSWEEP_CERTIFICATE"] = "silo.p12",
            ["RNNSWEEP_TRUST"] = "authority.pem",
            ["RNNSWEEP_CERTIFICATE_PASSWORD"] = "the-word",
        };
        using RunningProgram running = RunningProgram.Start(_folder, silo, "silo", "--silo-port", "0", "--gateway-port", "0");
        running.WaitUntil(() => running.Error.Contains("is up", StringComparison.Ordinal));
        string[] cluster = ["--cluster", connection], files = ["--certificate", "client.pem", "--trust", "authority.pem"];

        string[] run = ["run", "--engine", "cluster", "--set", "name=small", "--set", "hidden_size=4"];
        ProgramResult refused = Run([.. run, .. cluster]);
        Assert.Contains("want --certificate and --trust", refused.Expect(4).Error, StringComparison.Ordinal);
        Run([.. run, .. cluster, .. files]).Expect(0);
        Assert.Contains("127.0.0.1:", Run(["status", .. cluster]).Expect(0).Output, StringComparison.Ordinal); // it asks the database alone
        Assert.Contains("want --certificate and --trust", Run(["cancel", "x", .. cluster]).Expect(4).Error, StringComparison.Ordinal);
        Assert.Contains("there is no sweep x", Run(["cancel", "x", .. cluster, .. files]).Expect(2).Error, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("100 cells", "spectral_radius=0..1/101")]
    [InlineData("100 cells", "spectral_radius=0..1/1000", "bias=0..1/1000")]
    [InlineData("10000000 bytes of memory", "hidden_size=5000")]
    [InlineData("10000 bytes", "name=large", "bias=0..1/2", "weights=large.npy")]
    public async Task A_sweep_that_exceeds_a_limit_is_refused_with_a_message_and_not_entered(string said, params string[] sets)
    {
        string connection = server.CreateDatabase();
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(connection);
        await using ClusterSilo silo = await SmallSilo.Start(database);
        WriteZeros(Path.Combine(_folder, "large.npy"), 40);

        foreach (string[] command in new[] { new[] { "submit" }, ["run", "--engine", "cluster"] })
        {
            ProgramResult result = Run([.. command, "--cluster", connection, .. sets.SelectMany(set => new[] { "--set", set })]).Expect(2);
            Assert.Contains(said, result.Error, StringComparison.Ordinal);
            Assert.Empty(result.Output);
        }

        Assert.Equal(0, PostgreSqlServer.Read<long>(connection, "SELECT count(*) FROM rnnsweep_sweeps"));
        Assert.Equal(0, PostgreSqlServer.Read<long>(connection, "SELECT count(*) FROM rnnsweep_matrices"));
    }

    private static void WriteZeros(string file, int size)
    {
        string header = $"{{'descr': '<f8', 'fortran_order': False, 'shape': ({size}, {size}), }}".PadRight(117) + "\n";
        using var writer = new BinaryWriter(File.Create(file));
        writer.Write([0x93, .. "NUMPY"u8, 1, 0]);
        writer.Write((ushort)header.Length);
        writer.Write(System.Text.Encoding.ASCII.GetBytes(header));
        writer.Write(new byte[8 * size * size]);
    }

    private ProgramResult Run(params string[] arguments) => RunningProgram.Run(_folder, arguments);
}
