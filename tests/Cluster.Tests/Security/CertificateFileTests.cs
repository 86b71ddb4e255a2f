using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RnnSweep.Silo;

namespace RnnSweep.Cluster.Tests.Security;

public sealed class CertificateFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rnnsweep-certificates-").FullName;
    private readonly TestAuthority _authority = new();
    private readonly string _trust;

    public CertificateFileTests() => _trust = Write("authority.pem", _authority.Pem);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_kind_of_file_is_read()
    {
        X509Certificate2 member = _authority.Sign();
        ECDsa key = member.GetECDsaPrivateKey()!;
        string certificate = member.ExportCertificatePem();
        var encryption = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);

        ClusterCertificates.Load(Write("a.pem", $"{certificate}\n{key.ExportPkcs8PrivateKeyPem()}"), null, _trust, isSilo: true);
        ClusterCertificates.Load(Write("b.pem", $"{key.ExportECPrivateKeyPem()}\n{certificate}\n{_authority.Pem}"), null, _trust, isSilo: true);
        ClusterCertificates.Load(Write("c.pem", $"{certificate}\n{key.ExportEncryptedPkcs8PrivateKeyPem("word", encryption)}"), "word", _trust, isSilo: true);
        ClusterCertificates.Load(Write("d.p12", member.Export(X509ContentType.Pkcs12)), null, _trust, isSilo: true);
        ClusterCertificates.Load(Write("e.p12", member.Export(X509ContentType.Pkcs12, "word")), "word", _trust, isSilo: true);
        ClusterCertificates.Load(Write("f.p12", _authority.Sign(1, TestAuthority.ForClients).Export(X509ContentType.Pkcs12)), null, _trust, isSilo: false);
    }

    [Fact]
    public void An_unusable_file_is_reported_with_its_name_and_the_reason()
    {
        X509Certificate2 member = _authority.Sign();
        ECDsa key = member.GetECDsaPrivateKey()!;
        string certificate = member.ExportCertificatePem();
        string good = Write("good.pem", Pem(member));
        var encryption = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);

        Refused("there is no such file", Path.Combine(_folder, "none.pem"));
        Refused("there is no such file", Path.Combine(_folder, "nowhere/none.pem"));
        Refused("", _folder);
        Refused("no PKCS#12 file", Write("text", "text"));
        Refused("no PKCS#12 file", Write("empty", ""));
        Refused("there is no key in it", Write("certificate.pem", certificate));
        Refused("there is no certificate in it", Write("key.pem", key.ExportPkcs8PrivateKeyPem()));
        Refused("not that of the first certificate", Write("other.pem", $"{certificate}\n{_authority.Sign().GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()}"));
        Refused("set RNNSWEEP_CERTIFICATE_PASSWORD", Write("c.pem", $"{certificate}\n{key.ExportEncryptedPkcs8PrivateKeyPem("word", encryption)}"));
        Refused("is wrong", Write("c.pem", $"{certificate}\n{key.ExportEncryptedPkcs8PrivateKeyPem("word", encryption)}"), "secret-word");
        Refused("set RNNSWEEP_CERTIFICATE_PASSWORD", Write("e.p12", member.Export(X509ContentType.Pkcs12, "word")));
        Refused("is wrong", Write("e.p12", member.Export(X509ContentType.Pkcs12, "word")), "secret-word");
        Refused("there is no certificate in it", good, trust: Write("nobody.pem", key.ExportPkcs8PrivateKeyPem()));
        Refused("there is no certificate in it", good, trust: Write("nobody", "text"));
        Refused("there is no such file", good, trust: Path.Combine(_folder, "none"));
        Refused("no authority that is trusted", good, trust: Write("stranger.pem", new TestAuthority().Pem));
        Refused("expired", Write("old.pem", Pem(_authority.Sign(-1))));
        Refused("not for this purpose", Write("client.pem", Pem(_authority.Sign(1, TestAuthority.ForClients))));
    }

    private static string Pem(X509Certificate2 certificate) =>
        $"{certificate.ExportCertificatePem()}\n{certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()}";

    private void Refused(string why, string file, string? password = null, string? trust = null)
    {
        var error = Assert.Throws<FormatException>(() => ClusterCertificates.Load(file, password, trust ?? _trust, isSilo: true));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Contains(trust is null || why.StartsWith("no authority", StringComparison.Ordinal) ? file : trust, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-word", error.Message, StringComparison.Ordinal);
    }

    private string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    private string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
