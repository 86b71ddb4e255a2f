namespace RnnSweep.Client.Engines.Orleans;

/// <summary>How a command line names a cluster. What is in it may be secret: it is in no message, no log and no file.</summary>
/// <param name="Connection">The connection string of its PostgreSQL database.</param>
/// <param name="Certificates">Certificates for TLS with its silos; null for none.</param>
internal sealed record ClusterSettings(string Connection, CertificateFiles? Certificates)
{
    // A record's own text would show everything.
    public override string ToString() => "a cluster";
}

/// <summary>The files by which members of a cluster know each other.</summary>
/// <param name="Certificate">This member's certificate with its key.</param>
/// <param name="Trust">The authorities that sign members.</param>
/// <param name="Password">The password of the certificate's file; null where it has none.</param>
internal sealed record CertificateFiles(string Certificate, string Trust, string? Password)
{
    public override string ToString() => Certificate;
}
