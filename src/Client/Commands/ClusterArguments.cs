using System.CommandLine;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.Terminal;

namespace RnnSweep.Client.Commands;

/// <summary>The options by which commands name a cluster.</summary>
internal sealed class ClusterArguments
{
    public const string Variable = "RNNSWEEP_CLUSTER", PasswordVariable = "RNNSWEEP_CERTIFICATE_PASSWORD";

    private const string CertificateVariable = "RNNSWEEP_CERTIFICATE", TrustVariable = "RNNSWEEP_TRUST";

    public Option<string?> Cluster { get; } = new("--cluster")
    {
        Description = $"The cluster: the connection string of its PostgreSQL database [default: {Variable}, where a password is better kept]",
        HelpName = "CONNECTION",
    };

    public Option<string?> Certificate { get; } = new("--certificate")
    {
        Description = $"For TLS with the cluster, the certificate and its key in PKCS#12 or PEM, its password in {PasswordVariable} [default: {CertificateVariable}]",
        HelpName = "FILE",
    };

    public Option<string?> Trust { get; } = new("--trust")
    {
        Description = $"The authorities, as PEM, that have signed the certificates of the cluster's silos and clients; no other is trusted [default: {TrustVariable}]",
        HelpName = "FILE",
    };

    public ClusterArguments()
    {
        SweepArguments.RefuseEmpty(Cluster, "a cluster");
        SweepArguments.RefuseEmpty(Certificate, "a file");
        SweepArguments.RefuseEmpty(Trust, "a file");
    }

    /// <summary>The argument by which a command names a sweep on a cluster.</summary>
    public static Argument<string> SweepId()
    {
        var argument = new Argument<string>("ID") { Description = "The sweep's id, as 'rnnsweep submit' printed it" };
        SweepArguments.RefuseOptions(argument);
        SweepArguments.RefuseEmpty(argument, "a sweep");
        return argument;
    }

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(Cluster);
        command.Options.Add(Certificate);
        command.Options.Add(Trust);
    }

    /// <exception cref="UsageException">No cluster is named, or only one of the certificate and the trust file is.</exception>
    public ClusterSettings Read(ParseResult parsed) => ReadIfNamed(parsed)
        ?? throw new UsageException($"rnnsweep: no cluster is named; set {Variable} or --cluster to the connection string of its database, such as 'Host=db;Database=rnnsweep;Username=me;Password=…'");

    /// <summary>The cluster's settings; null where no cluster is named.</summary>
    /// <exception cref="UsageException">Only one of the certificate and the trust file is named.</exception>
    public ClusterSettings? ReadIfNamed(ParseResult parsed) =>
        Value(parsed, Cluster, Variable) is { } connection && !string.IsNullOrWhiteSpace(connection) ? new ClusterSettings(connection, ReadCertificates(parsed)) : null;

    private CertificateFiles? ReadCertificates(ParseResult parsed) =>
        (Value(parsed, Certificate, CertificateVariable), Value(parsed, Trust, TrustVariable)) switch
        {
            (null, null) => null,
            ({ } certificate, { } trust) => new CertificateFiles(certificate, trust, Variables(PasswordVariable)),
            (null, _) => throw new UsageException($"rnnsweep: --trust needs --certificate (or {CertificateVariable}): TLS needs a certificate on both sides"),
            (_, null) => throw new UsageException($"rnnsweep: --certificate needs --trust (or {TrustVariable}): the authorities that signed the others' certificates"),
        };

    private static string? Value(ParseResult parsed, Option<string?> option, string variable) => parsed.GetValue(option) ?? Variables(variable);

    // An empty environment variable counts as not set.
    private static string? Variables(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
