namespace RnnSweep.Cluster.Tests.PostgreSql;

/// <summary>The tests that share the server. They run sequentially, so that one of them may stop it.</summary>
[CollectionDefinition(Name)]
public sealed class PostgreSqlTests : ICollectionFixture<PostgreSqlServer>
{
    public const string Name = "PostgreSql";
}
