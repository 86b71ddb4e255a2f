using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Orleans.Configuration;
using Orleans.Connections.Security;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Silo;

/// <summary>
/// Mutual TLS among the members of a cluster: silos, and the clients that may call them. A process is a member if one of the cluster's own authorities has
/// signed its certificate.
/// </summary>
/// <remarks>
/// Both sides check that the other's certificate chain ends at one of these authorities (the machine's trust store is not used), that no certificate of the
/// chain has expired, and the extended key usage: a client's certificate must allow client authentication, a silo's both client and server authentication,
/// because silos call each other. A client's certificate therefore does not admit a silo; a certificate without extended key usage is valid for both. Names
/// are not checked, because silos find each other by address in the cluster's database and any silo may replace another. Revocation is not checked either: a
/// small authority issues short-lived certificates, or is replaced.
/// </remarks>
public sealed class ClusterCertificates
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1", ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly SslStreamCertificateContext _own;
    private readonly X509Certificate2Collection _authorities;

    /// <summary>A member's certificates. They are not validated here.</summary>
    /// <param name="own">The member's certificate, with its key.</param>
    /// <param name="above">The intermediate certificates between it and its authority.</param>
    /// <param name="authorities">The authorities that sign members, with their intermediate certificates.</param>
    internal ClusterCertificates(X509Certificate2 own, X509Certificate2Collection above, X509Certificate2Collection authorities) =>
        (_own, _authorities) = (SslStreamCertificateContext.Create(own, above, offline: true), authorities);

    /// <summary>Why this member last rejected a certificate; null if it has rejected none.</summary>
    internal string? Refusal { get; private set; }

    /// <summary>Reads a member's certificates, and checks that the other members will accept them.</summary>
    /// <param name="certificateFile">The member's certificate with its key: PKCS#12 or PEM.</param>
    /// <param name="password">The password of that file; null if it has none.</param>
    /// <param name="trustFile">The authorities, as PEM.</param>
    /// <param name="isSilo">Whether the member is a silo.</param>
    /// <exception cref="FormatException">A file cannot be used. The message names the file and the reason.</exception>
    public static ClusterCertificates Load(string certificateFile, string? password, string trustFile, bool isSilo)
    {
        X509Certificate2Collection authorities = CertificateFile.ReadAuthorities(trustFile);
        (X509Certificate2 own, X509Certificate2Collection above) = CertificateFile.ReadWithKey(certificateFile, password);
        var certificates = new ClusterCertificates(own, above, authorities);
        using var chain = new X509Chain { ChainPolicy = certificates.Policy(isSilo ? [ClientAuthentication, ServerAuthentication] : [ClientAuthentication]) };
        chain.ChainPolicy.ExtraStore.AddRange(above);
        return chain.Build(own)
            ? certificates
            : throw new FormatException($"the cluster would turn the certificate in {certificateFile} away: {Reason(chain)}");
    }

    /// <summary>Makes a silo use TLS for all connections with other silos and with clients.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="onRefusal">Called with the reason whenever a certificate is rejected.</param>
    internal void Secure(ISiloBuilder silo, Action<string> onRefusal) => silo.Configure<SiloConnectionOptions>(options =>
    {
        options.ConfigureSiloInboundConnection(connection => connection.UseServerTls(Options(onRefusal, ClientAuthentication, ServerAuthentication)));
        options.ConfigureSiloOutboundConnection(connection => connection.UseClientTls(Options(onRefusal, ServerAuthentication)));
        options.ConfigureGatewayInboundConnection(connection => connection.UseServerTls(Options(onRefusal, ClientAuthentication)));
    });

    /// <summary>Makes a client use TLS for all connections with silos.</summary>
    internal void Secure(IClientBuilder client) => client.Configure<ClientConnectionOptions>(options =>
        options.ConfigureConnection(connection => connection.UseClientTls(Options(_ => { }, ServerAuthentication))));

    /// <summary>
    /// How a silo serves HTTP elsewhere than on the loopback interface. A client that presents no certificate passes, because the probes of an orchestrator have
    /// none: what they may read is for the server to decide. A certificate that is no member's ends the connection.
    /// </summary>
    /// <param name="onRefusal">Called with the reason whenever a certificate is rejected.</param>
    internal SslServerAuthenticationOptions ForHttp(Action<string> onRefusal) => new()
    {
        ServerCertificateContext = _own,
        ClientCertificateRequired = true,
        CertificateChainPolicy = Policy(ClientAuthentication),
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) => certificate is not X509Certificate2 given || IsMember(given, chain, errors, onRefusal),
    };

    private static string Reason(X509Chain? chain)
    {
        X509ChainStatusFlags flags = (chain?.ChainStatus ?? []).Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);

        // An authority that has the name of a trusted one, but another key, appears as an invalid signature.
        const X509ChainStatusFlags Untrusted = X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.NotSignatureValid;
        return (flags & Untrusted) != 0 ? "no authority that is trusted has signed it"
            : flags.HasFlag(X509ChainStatusFlags.NotTimeValid) ? "it, or an authority above it, has expired or is not valid yet"
            : flags.HasFlag(X509ChainStatusFlags.NotValidForUsage)
                ? "it is not for this purpose (a client's must be for client authentication, a silo's for client and server authentication)"
                : $"{flags}";
    }

    private TlsOptions Options(Action<string> onRefusal, params string[] purposes) => new()
    {
        LocalCertificate = _own.TargetCertificate,
        RemoteCertificateMode = RemoteCertificateMode.RequireCertificate,
        ClientCertificateMode = RemoteCertificateMode.RequireCertificate,
        RemoteCertificateValidation = (certificate, chain, errors) => IsMember(certificate, chain, errors, onRefusal),
        OnAuthenticateAsServer = (_, options) =>
        {
            var server = (SslServerAuthenticationOptions)options.SslServerAuthenticationOptions;
            (server.ServerCertificateSelectionCallback, server.ServerCertificateContext) = (null, _own);
            server.CertificateChainPolicy = Policy(purposes);
        },
        OnAuthenticateAsClient = (_, options) =>
        {
            var client = (SslClientAuthenticationOptions)options.SslClientAuthenticationOptions;
            (client.ClientCertificates, client.ClientCertificateContext) = (null, _own);
            client.CertificateChainPolicy = Policy(purposes);
        },
    };

    // The policy has validated the chain. A name mismatch is ignored, because names are not checked.
    private bool IsMember(X509Certificate2 certificate, X509Chain? chain, SslPolicyErrors errors, Action<string> onRefusal)
    {
        if ((errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None)
        {
            return true;
        }

        Refusal = $"the certificate of {Excerpt.Of(certificate.Subject)} was not taken: {Reason(chain)}";
        onRefusal(Refusal);
        return false;
    }

    private X509ChainPolicy Policy(params string[] purposes)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true, // a certificate must not make this process open URLs
        };
        policy.CustomTrustStore.AddRange(_authorities);
        foreach (string purpose in purposes)
        {
            policy.ApplicationPolicy.Add(new(purpose));
        }

        return policy;
    }
}
