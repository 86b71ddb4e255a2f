namespace RnnSweep.Cluster.Tests.PostgreSql;

/// <summary>The tests that share a server. They run sequentially, so that one of them may stop it, beside those of the other collections, which have servers of their own.</summary>
[CollectionDefinition(Name)]
public sealed class PostgreSqlTests : ICollectionFixture<PostgreSqlServer>
{
    public const string Name = "PostgreSql";
}

/// <summary>The tests of security that need a server.</summary>
[CollectionDefinition(Name)]
public sealed class SecurityTests : ICollectionFixture<PostgreSqlServer>
{
    public const string Name = "Security";
}

/// <summary>The tests of certificates, which wait for clients that try again.</summary>
[CollectionDefinition(Name)]
public sealed class CertificateTests : ICollectionFixture<PostgreSqlServer>
{
    public const string Name = "Certificates";
}

/// <summary>The tests of HTTP that need a server.</summary>
[CollectionDefinition(Name)]
public sealed class HttpTests : ICollectionFixture<PostgreSqlServer>
{
    public const string Name = "Http";
}
