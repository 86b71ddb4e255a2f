using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RnnSweep.Silo;

namespace RnnSweep.Cluster.Tests.Security;

/// <summary>A test authority that signs members of a cluster.</summary>
internal sealed class TestAuthority
{
    public const string ForServers = "1.3.6.1.5.5.7.3.1", ForClients = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2 _certificate;

    public TestAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=authority of the tests", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-10), DateTimeOffset.UtcNow.AddDays(10));
    }

    /// <summary>The authorities that members trust.</summary>
    public string Pem => _certificate.ExportCertificatePem();

    /// <summary>A certificate with its key, for client and server authentication by default.</summary>
    public X509Certificate2 Sign(int validForDays = 1, params string[] purposes)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=member", key, HashAlgorithmName.SHA256);
        OidCollection usages = [];
        foreach (string purpose in purposes.Length > 0 ? purposes : [ForServers, ForClients])
        {
            usages.Add(new Oid(purpose));
        }

        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(usages, false));
        using X509Certificate2 signed = request.Create(
            _certificate, DateTimeOffset.UtcNow.AddDays(-5), DateTimeOffset.UtcNow.AddDays(validForDays), RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }

    /// <summary>The certificates of a member that has this certificate, valid or not, and trusts this authority.</summary>
    public ClusterCertificates Member(X509Certificate2 certificate) => new(certificate, [], [_certificate]);
}
