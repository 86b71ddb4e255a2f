namespace RnnSweep.Cluster.Tests.PostgreSql;

/// <summary>The tests that share a server. They run sequentially, so that one of them may stop it, beside those of the other collections, which have servers of their own.</summary>
[CollectionDefinition(Name)]
public sealed class PostgreSqlTests : ICollectionFixture<PostgreSqlServer>
{
    public const string Name = "PostgreSql";
}

/// <summary>The tests of security and of HTTP that need a server.</summary>
[CollectionDefinition(Name)]
public sealed class AccessTests : ICollectionFixture<PostgreSqlServer>
{
    public const string Name = "Access";
}
