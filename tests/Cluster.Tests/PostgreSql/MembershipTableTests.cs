using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Messaging;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests.PostgreSql;

/// <summary>Orleans' requirements of a membership table, tested on its own provider with this project's SQL statements.</summary>
[Collection(PostgreSqlTests.Name)]
public sealed class MembershipTableTests(PostgreSqlServer server) : IAsyncLifetime
{
    private static readonly DateTime s_now = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    private readonly List<IDisposable> _opened = [];
    private string? _connection;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        _opened.ForEach(opened => opened.Dispose());
        return Task.CompletedTask;
    }

    [SkippableFact]
    public async Task Silos_that_start_at_once_create_one_table()
    {
        IMembershipTable[] tables = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Open()));
        await Task.WhenAll(tables.Select(table => Task.Run(() => table.InitializeMembershipTableAsync(true))));

        foreach (IMembershipTable table in tables)
        {
            MembershipTableData data = await table.ReadAllAsync();
            Assert.Equal(0, data.Version.Version);
            Assert.Empty(data.Members);
        }
    }

    [SkippableFact]
    public async Task A_row_is_read_as_it_was_inserted_and_updated()
    {
        IMembershipTable table = await Begun();
        MembershipEntry entry = Entry(1);
        Assert.True(await table.InsertRowAsync(entry, (await table.ReadAllAsync()).Version.Next()));
        await Check();

        entry.Status = SiloStatus.Active;
        entry.AddSuspector(Address(2), s_now.AddSeconds(1));
        entry.AddSuspector(Address(3), s_now.AddSeconds(2));
        entry.IAmAliveTime = s_now.AddSeconds(3);
        Assert.True(await table.UpdateRowAsync(entry, (await table.ReadRowAsync(entry.SiloAddress)).Members[0].Item2, (await table.ReadAllAsync()).Version.Next()));
        await Check();

        entry.IAmAliveTime = s_now.AddSeconds(9);
        DateTime before = DatabaseTime();
        await table.UpdateIAmAliveAsync(entry);
        MembershipEntry alive = (await table.ReadRowAsync(entry.SiloAddress)).Members[0].Item1;
        Assert.InRange(alive.IAmAliveTime, before, DatabaseTime());
        entry.IAmAliveTime = alive.IAmAliveTime;
        await Check();
        Assert.Equal(2, (await table.ReadAllAsync()).Version.Version);

        async Task Check()
        {
            foreach (MembershipTableData data in new[] { await table.ReadAllAsync(), await table.ReadRowAsync(entry.SiloAddress) })
            {
                MembershipEntry read = Assert.Single(data.Members).Item1;
                Assert.Equal(
                    (entry.SiloAddress, entry.SiloName, entry.HostName, entry.Status, entry.ProxyPort, entry.StartTime, entry.IAmAliveTime),
                    (read.SiloAddress, read.SiloName, read.HostName, read.Status, read.ProxyPort, read.StartTime, read.IAmAliveTime));
                Assert.Equal(entry.SuspectTimes ?? [], read.SuspectTimes ?? []);
            }
        }
    }

    [SkippableFact]
    public async Task A_silo_whose_clock_is_ahead_is_not_alive_in_the_future()
    {
        IMembershipTable table = await Begun();
        MembershipEntry entry = Entry(1);
        entry.StartTime = entry.IAmAliveTime = DatabaseTime().AddSeconds(90);
        Assert.True(await table.InsertRowAsync(entry, Version(1)));
        await Check();

        entry.Status = SiloStatus.Active;
        MembershipTableData row = await table.ReadRowAsync(entry.SiloAddress);
        Assert.True(await table.UpdateRowAsync(entry, row.Members[0].Item2, row.Version.Next()));
        await Check();

        await table.UpdateIAmAliveAsync(entry);
        await Check();

        async Task Check()
        {
            MembershipEntry read = Assert.Single((await table.ReadAllAsync()).Members).Item1;
            Assert.InRange(read.StartTime, s_now, DatabaseTime());
            Assert.InRange(read.IAmAliveTime, s_now, DatabaseTime());
        }
    }

    [SkippableFact]
    public async Task The_version_can_be_read_for_a_missing_row()
    {
        IMembershipTable table = await Begun();
        Assert.True(await table.InsertRowAsync(Entry(1), Version(1)));
        MembershipTableData data = await table.ReadRowAsync(Address(2));
        Assert.Empty(data.Members);
        Assert.Equal(1, data.Version.Version);
    }

    [SkippableFact]
    public async Task An_update_with_an_outdated_version_or_of_a_wrong_row_changes_nothing()
    {
        IMembershipTable table = await Begun();
        Assert.True(await table.InsertRowAsync(Entry(1), Version(1)));

        Assert.False(await table.InsertRowAsync(Entry(2), Version(1))); // an outdated version
        Assert.False(await table.InsertRowAsync(Entry(2), Version(3))); // a future version
        Assert.False(await table.InsertRowAsync(Entry(1), Version(2))); // an existing row
        Assert.False(await table.UpdateRowAsync(Entry(2, SiloStatus.Active), "", Version(2))); // a missing row
        Assert.False(await table.UpdateRowAsync(Entry(1, SiloStatus.Active), "", Version(1))); // an outdated version

        MembershipTableData data = await table.ReadAllAsync();
        Assert.Equal(1, data.Version.Version);
        Assert.Equal(SiloStatus.Joining, Assert.Single(data.Members).Item1.Status);
    }

    [SkippableFact]
    public async Task One_of_several_concurrent_updates_of_a_version_succeeds()
    {
        IMembershipTable[] tables = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Begun()));
        for (int version = 1; version <= 30; version++)
        {
            bool[] succeeded = await Task.WhenAll(tables.Select((table, i) => Task.Run(() => version == 1 || i % 2 == 0
                ? table.InsertRowAsync(Entry((version * 10) + i), Version(version))
                : table.UpdateRowAsync(Entry(0, SiloStatus.Active), "", Version(version)))));
            if (version == 1)
            {
                PostgreSqlServer.Execute(_connection!, "UPDATE OrleansMembershipTable SET Generation = 0, Port = 20000");
            }

            Assert.Single(succeeded, true);
            Assert.Equal(version, (await tables[0].ReadAllAsync()).Version.Version);
        }
    }

    [SkippableFact]
    public async Task Gateways_are_those_of_active_silos()
    {
        IMembershipTable table = await Begun();
        Assert.True(await table.InsertRowAsync(Entry(1, SiloStatus.Active), Version(1)));
        Assert.True(await table.InsertRowAsync(Entry(2, SiloStatus.Dead), Version(2)));
        Assert.True(await table.InsertRowAsync(Entry(3, SiloStatus.Joining), Version(3)));
        MembershipEntry without = Entry(4, SiloStatus.Active);
        without.ProxyPort = 0;
        Assert.True(await table.InsertRowAsync(without, Version(4)));

        Assert.Equal([30001], (await Gateways()).Select(gateway => gateway.Port));
    }

    [SkippableFact]
    public async Task Silos_that_died_long_ago_and_whole_clusters_can_be_deleted()
    {
        IMembershipTable table = await Begun();
        SiloStatus[] statuses = [SiloStatus.Active, SiloStatus.Dead, SiloStatus.Joining, SiloStatus.Dead];
        for (int i = 0; i < statuses.Length; i++)
        {
            MembershipEntry entry = Entry(i, statuses[i]);
            entry.IAmAliveTime = i == 3 ? s_now.AddHours(1) : s_now;
            Assert.True(await table.InsertRowAsync(entry, Version(i + 1)));
        }

        await table.CleanupDefunctSiloEntriesAsync(s_now.AddMinutes(1));
        Assert.Equal([Address(0), Address(3)], (await table.ReadAllAsync()).Members.Select(member => member.Item1.SiloAddress).Order());

        await table.DeleteMembershipTableEntriesAsync("another");
        Assert.Equal(2, (await table.ReadAllAsync()).Members.Count);
        await table.DeleteMembershipTableEntriesAsync("tests");
        Assert.Equal(0, PostgreSqlServer.Read<long>(_connection!, "SELECT count(*) FROM OrleansMembershipVersionTable"));
        await table.InitializeMembershipTableAsync(true);
        Assert.Empty((await table.ReadAllAsync()).Members);
    }

    private DateTime DatabaseTime() => PostgreSqlServer.Read<DateTime>(_connection!, "SELECT clock_timestamp()");

    private static SiloAddress Address(int i) => SiloAddress.New(IPAddress.Loopback, 20000 + i, i);

    private static MembershipEntry Entry(int i, SiloStatus status = SiloStatus.Joining) => new()
    {
        SiloAddress = Address(i),
        SiloName = $"silo {i}",
        HostName = "host",
        Status = status,
        ProxyPort = 30000 + i,
        StartTime = s_now,
        IAmAliveTime = s_now,
    };

    /// <summary>What a silo submits after it has read the version before this one.</summary>
    private static TableVersion Version(int next) => new TableVersion(next - 1, $"{next - 1}").Next();

    private async Task<IMembershipTable> Begun()
    {
        IMembershipTable table = await Open();
        await table.InitializeMembershipTableAsync(true);
        return table;
    }

    private async Task<IMembershipTable> Open() => (await Host()).Services.GetRequiredService<IMembershipTable>();

    private async Task<IList<Uri>> Gateways()
    {
        IGatewayListProvider provider = (await Host(isClient: true)).Services.GetRequiredService<IGatewayListProvider>();
        await provider.InitializeGatewayListProvider();
        return await provider.GetGateways();
    }

    private async Task<IHost> Host(bool isClient = false)
    {
        _connection ??= server.CreateDatabase();
        ClusterDatabase database = await ClusterDatabase.OpenOrCreate(_connection);
        IHost host = isClient ? DatabaseSilo.BuildClient(database) : DatabaseSilo.Build(database);
        lock (_opened)
        {
            _opened.AddRange([host, database]);
        }

        return host;
    }
}
