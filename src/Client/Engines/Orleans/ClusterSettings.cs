namespace RnnSweep.Client.Engines.Orleans;

/// <summary>The cluster that a command line names. Its values may be secret, so no message, log or file contains them.</summary>
/// <param name="Connection">The connection string of its PostgreSQL database.</param>
/// <param name="Certificates">Certificates for TLS with its silos; null for none.</param>
internal sealed record ClusterSettings(string Connection, CertificateFiles? Certificates)
{
    // The text that a record generates would contain the secrets.
    public override string ToString() => "a cluster";
}

/// <summary>The files with which members of a cluster authenticate each other.</summary>
/// <param name="Certificate">This member's certificate with its key.</param>
/// <param name="Trust">The authorities that sign the members' certificates.</param>
/// <param name="Password">The password of the certificate's file; null where it has none.</param>
internal sealed record CertificateFiles(string Certificate, string Trust, string? Password)
{
    public override string ToString() => Certificate;
}
