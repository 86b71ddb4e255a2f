using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Orleans.Configuration;
using Orleans.Connections.Security;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Silo;

/// <summary>
/// Mutual TLS among the members of a cluster: silos, and the clients that may call them. Who has a certificate that one of the cluster's own authorities
/// signed is a member, and nobody else is.
/// </summary>
/// <remarks>
/// What is checked of the other side, in both directions: that its certificate leads to one of these authorities (the machine's own store of authorities
/// counts for nothing), that it and those above it have not expired, and what it is for: a client's has to be for client authentication, a silo's for
/// client and server authentication, since silos call each other. So the certificate of a client does not make it a silo; one that names no purposes serves
/// all. Names are not checked: silos find each other by address in the cluster's database, and a silo may stand in for any other. Nor is revocation: a
/// small authority lets certificates expire soon, or is replaced.
/// </remarks>
public sealed class ClusterCertificates
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1", ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly SslStreamCertificateContext _own;
    private readonly X509Certificate2Collection _authorities;

    /// <summary>A member's certificates, as they are: whether the others will take them is theirs to say.</summary>
    /// <param name="own">The member's certificate, with its key.</param>
    /// <param name="above">Certificates between it and its authority.</param>
    /// <param name="authorities">Those who sign members, with all who stand between them and theirs.</param>
    internal ClusterCertificates(X509Certificate2 own, X509Certificate2Collection above, X509Certificate2Collection authorities) =>
        (_own, _authorities) = (SslStreamCertificateContext.Create(own, above, offline: true), authorities);

    /// <summary>Why the last of those was turned away whose certificate this member did not take; null where none was.</summary>
    internal string? Refusal { get; private set; }

    /// <summary>Reads a member's certificates, and makes sure that the other members can take them.</summary>
    /// <param name="certificateFile">The member's certificate with its key: PKCS#12 or PEM.</param>
    /// <param name="password">The password of that file; null where it has none.</param>
    /// <param name="trustFile">The authorities, as PEM.</param>
    /// <param name="isSilo">Whether the member is a silo.</param>
    /// <exception cref="FormatException">A file cannot be used. The message says which, and why.</exception>
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

    /// <summary>Has a silo speak with other silos and with clients over TLS alone.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="onRefusal">Told whenever somebody's certificate is not taken, and why.</param>
    internal void Secure(ISiloBuilder silo, Action<string> onRefusal) => silo.Configure<SiloConnectionOptions>(options =>
    {
        options.ConfigureSiloInboundConnection(connection => connection.UseServerTls(Options(onRefusal, ClientAuthentication, ServerAuthentication)));
        options.ConfigureSiloOutboundConnection(connection => connection.UseClientTls(Options(onRefusal, ServerAuthentication)));
        options.ConfigureGatewayInboundConnection(connection => connection.UseServerTls(Options(onRefusal, ClientAuthentication)));
    });

    /// <summary>Has a client speak with silos over TLS alone.</summary>
    internal void Secure(IClientBuilder client) => client.Configure<ClientConnectionOptions>(options =>
        options.ConfigureConnection(connection => connection.UseClientTls(Options(_ => { }, ServerAuthentication))));

    private static string Reason(X509Chain? chain)
    {
        X509ChainStatusFlags flags = (chain?.ChainStatus ?? []).Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);

        // An authority that has the name of a trusted one, but another key, shows as a bad signature.
        const X509ChainStatusFlags Stranger = X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.NotSignatureValid;
        return (flags & Stranger) != 0 ? "no authority that is trusted has signed it"
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

    // What is wrong with the chain was found by the policy; of a name, .NET asks in vain.
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
            DisableCertificateDownloads = true, // nobody's certificate has this process fetch anything
        };
        policy.CustomTrustStore.AddRange(_authorities);
        foreach (string purpose in purposes)
        {
            policy.ApplicationPolicy.Add(new(purpose));
        }

        return policy;
    }
}
