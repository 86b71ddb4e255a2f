using System.Net;
using RnnSweep.Cluster.Tests.Security;
using RnnSweep.Core.Results;
using RnnSweep.Silo;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests.PostgreSql;

/// <summary>What the membership tables say to a silo or a client that wants to join.</summary>
[Collection(PostgreSqlTests.Name)]
public sealed class ClusterMembersTests(PostgreSqlServer server)
{
    private const string OtherVersion = "127.0.0.1:20001@5 of rnnsweep 9.9.9, numerics 1.2.3";

    [SkippableTheory]
    [InlineData(OtherVersion, "silo 127.0.0.1:20001@5 of the cluster of the database", "has 9.9.9, numerics 1.2.3: all silos")]
    [InlineData("Silo_12ab", "silo Silo_12ab of the cluster of the database", "has an earlier one: all silos")]
    public async Task Silos_and_clients_refuse_a_cluster_of_another_version(string name, string silo, string version)
    {
        string connection = server.CreateDatabase();
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(connection);
        AddSilo(connection, name);

        foreach (Func<Task> join in (Func<Task>[])[() => SmallSilo.Start(database), () => ClusterConnection.Open(database, null, null, CancellationToken.None)])
        {
            var error = await Assert.ThrowsAsync<StoreUnreachableException>(join);
            Assert.Contains(silo, error.Message, StringComparison.Ordinal);
            Assert.Contains(version, error.Message, StringComparison.Ordinal);
            Assert.Contains($"this program has version {ProgramVersion.Text}", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, PostgreSqlServer.Read<long>(connection, "SELECT count(*) FROM OrleansMembershipTable"));
    }

    [SkippableTheory]
    [InlineData("Status = 6")]
    [InlineData("IAmAliveTime = now() - interval '1 minute'")]
    public async Task Silos_of_another_version_that_have_ended_do_not_matter(string how)
    {
        string connection = server.CreateDatabase();
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(connection);
        AddSilo(connection, OtherVersion);
        PostgreSqlServer.Execute(connection, $"UPDATE OrleansMembershipTable SET {how}");

        await new ClusterMembers(database).RequireVersion();
    }

    [SkippableFact]
    public async Task The_silos_that_are_up_are_listed_with_their_machines()
    {
        string connection = server.CreateDatabase();
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(connection);
        var members = new ClusterMembers(database);
        Assert.Empty(await members.Up());
        AddSilo(connection, OtherVersion);
        RunningSilo silo = Assert.Single(await members.Up());
        Assert.Equal(("127.0.0.1:20001", "host"), (silo.EndPoint.ToString(), silo.Host));
        Assert.InRange(silo.Since, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
        Assert.Contains("has 9.9.9", members.OtherVersion(await members.Up()), StringComparison.Ordinal);

        PostgreSqlServer.Execute(connection, "UPDATE OrleansMembershipTable SET Status = 6");
        Assert.Empty(await members.Up());
        Assert.Null(members.OtherVersion(await members.Up()));
    }

    [SkippableFact]
    public async Task A_new_silo_follows_the_earlier_ones_of_its_endpoint_whatever_their_clocks_showed()
    {
        string connection = server.CreateDatabase();
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(connection);
        AddSilo(connection, OtherVersion);
        var members = new ClusterMembers(database);
        int usual = (await members.NewAddress(new IPEndPoint(IPAddress.Loopback, 20001))).Generation;
        int byThisClock = SiloAddress.AllocateNewGeneration();
        Assert.InRange(usual, byThisClock - 60, byThisClock + 1); // rounded, not truncated

        PostgreSqlServer.Execute(connection, $"UPDATE OrleansMembershipTable SET Generation = {usual + 3600}");

        Assert.Equal(usual + 3601, (await members.NewAddress(new IPEndPoint(IPAddress.Loopback, 20001))).Generation);
        Assert.InRange((await members.NewAddress(new IPEndPoint(IPAddress.Loopback, 20002))).Generation, usual, usual + 60);
    }

    [SkippableFact]
    public async Task Tables_are_converted_only_when_no_silo_uses_them()
    {
        string connection = server.CreateDatabase();
        (await ClusterDatabase.OpenOrCreate(connection)).Dispose();
        AddSilo(connection, OtherVersion);
        PostgreSqlServer.Execute(connection, $"ALTER TABLE rnnsweep_readings DROP COLUMN sweep; UPDATE rnnsweep_schema SET version = {ClusterSchema.Version - 1}");

        var error = await Assert.ThrowsAsync<StoreUnreachableException>(() => ClusterDatabase.OpenOrCreate(connection));
        Assert.Contains("is in use by silos of an earlier version of rnnsweep (1): stop them first", error.Message, StringComparison.Ordinal);
        Assert.Equal(ClusterSchema.Version - 1, PostgreSqlServer.Read<int>(connection, "SELECT version FROM rnnsweep_schema"));

        PostgreSqlServer.Execute(connection, "UPDATE OrleansMembershipTable SET Status = 6");
        (await ClusterDatabase.OpenOrCreate(connection)).Dispose();
        Assert.Equal(ClusterSchema.Version, PostgreSqlServer.Read<int>(connection, "SELECT version FROM rnnsweep_schema"));
    }

    private static void AddSilo(string connection, string name) => PostgreSqlServer.Execute(
        connection,
        "INSERT INTO OrleansMembershipVersionTable VALUES ('rnnsweep', 1);"
            + "INSERT INTO OrleansMembershipTable (DeploymentId, Address, Port, Generation, SiloName, HostName, Status, ProxyPort, StartTime, IAmAliveTime) "
            + $"VALUES ('rnnsweep', '127.0.0.1', 20001, 5, '{name}', 'host', 3, 30001, now(), now())");
}
