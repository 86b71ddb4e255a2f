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

    // The difference of the clocks is measured at each read, to half the time of a statement, which may be seconds on a busy machine. It is shorter than any shift.
    private static readonly TimeSpan s_precision = TimeSpan.FromSeconds(30);

    // Longer than some statements take, and shorter than any shift.
    private static readonly TimeSpan s_moment = TimeSpan.FromSeconds(60);

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
        Assert.True(await table.UpdateRowAsync(entry, (await table.ReadRowAsync(entry.SiloAddress)).Members[0].Item2, (await table.ReadAllAsync()).Version.Next()));
        await Check();

        await table.UpdateIAmAliveAsync(entry);
        await Check();
        Assert.Equal(2, (await table.ReadAllAsync()).Version.Version);

        async Task Check()
        {
            foreach (MembershipTableData data in new[] { await table.ReadAllAsync(), await table.ReadRowAsync(entry.SiloAddress) })
            {
                MembershipEntry read = Assert.Single(data.Members).Item1;
                Assert.Equal(
                    (entry.SiloAddress, entry.SiloName, entry.HostName, entry.Status, entry.ProxyPort),
                    (read.SiloAddress, read.SiloName, read.HostName, read.Status, read.ProxyPort));
                Assert.Equal((entry.SuspectTimes ?? []).Select(vote => vote.Item1), (read.SuspectTimes ?? []).Select(vote => vote.Item1));
                foreach ((var written, var vote) in (entry.SuspectTimes ?? []).Zip(read.SuspectTimes ?? []))
                {
                    Assert.Equal(written.Item2, vote.Item2, s_precision);
                }
            }
        }
    }

    [SkippableTheory]
    [InlineData(90)]
    [InlineData(-90)]
    [InlineData(3600)]
    [InlineData(-3600)]
    public async Task Silos_agree_on_all_times_whatever_their_clocks_show(int seconds)
    {
        var shift = TimeSpan.FromSeconds(seconds);
        IMembershipTable right = await Begun(), wrong = await Begun(new ShiftedClock(shift));

        // The silo with the wrong clock joins, becomes active and reports that it is alive.
        MembershipEntry entry = Entry(1);
        entry.StartTime = entry.IAmAliveTime = DateTime.UtcNow + shift;
        Assert.True(await wrong.InsertRowAsync(entry, Version(1)));
        await CheckAlive();
        entry.Status = SiloStatus.Active;
        Assert.True(await Update(wrong, entry));
        await CheckAlive();
        await wrong.UpdateIAmAliveAsync(entry);
        await CheckAlive();

        // Each suspects it at the present time of its own clock.
        DateTime now = DateTime.UtcNow;
        entry.AddSuspector(Address(2), now + shift);
        Assert.True(await Update(wrong, entry));
        entry = (await right.ReadRowAsync(entry.SiloAddress)).Members[0].Item1;
        entry.AddSuspector(Address(3), now);
        Assert.True(await Update(right, entry));
        Assert.All((await right.ReadAllAsync()).Members[0].Item1.SuspectTimes!, vote => Assert.Equal(now, vote.Item2, s_precision));
        Assert.All((await wrong.ReadAllAsync()).Members[0].Item1.SuspectTimes!, vote => Assert.Equal(now + shift, vote.Item2, s_precision));

        // Being suspected and declared dead by others is no sign of life.
        DateTime alive = StoredTime();
        entry.Status = SiloStatus.Dead;
        Assert.True(await Update(right, entry));
        Assert.Equal(alive, StoredTime());

        // It has just died, so that neither removes it.
        await wrong.CleanupDefunctSiloEntriesAsync(DateTimeOffset.UtcNow + shift - TimeSpan.FromMinutes(2));
        Assert.Single((await right.ReadAllAsync()).Members);

        DateTime StoredTime() => PostgreSqlServer.Read<DateTime>(_connection!, "SELECT IAmAliveTime FROM OrleansMembershipTable");

        async Task CheckAlive()
        {
            foreach ((IMembershipTable table, TimeSpan ahead) in new[] { (right, TimeSpan.Zero), (wrong, shift) })
            {
                MembershipEntry read = (await table.ReadAllAsync()).Members[0].Item1;
                Assert.Equal(DateTime.UtcNow + ahead, read.IAmAliveTime, s_moment);
                Assert.Equal(DateTime.UtcNow + ahead, read.StartTime, s_moment);
            }
        }

        static async Task<bool> Update(IMembershipTable table, MembershipEntry entry)
        {
            MembershipTableData row = await table.ReadRowAsync(entry.SiloAddress);
            return await table.UpdateRowAsync(entry, row.Members[0].Item2, row.Version.Next());
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
            Assert.True(await table.InsertRowAsync(Entry(i, statuses[i]), Version(i + 1)));
        }

        PostgreSqlServer.Execute(_connection!, "UPDATE OrleansMembershipTable SET StartTime = now() - interval '1 hour', IAmAliveTime = now() - interval '1 hour' WHERE Port <> 20003");
        await table.CleanupDefunctSiloEntriesAsync(DateTimeOffset.UtcNow.AddMinutes(-30));
        Assert.Equal([Address(0), Address(3)], (await table.ReadAllAsync()).Members.Select(member => member.Item1.SiloAddress).Order());

        await table.DeleteMembershipTableEntriesAsync("another");
        Assert.Equal(2, (await table.ReadAllAsync()).Members.Count);
        await table.DeleteMembershipTableEntriesAsync("tests");
        Assert.Equal(0, PostgreSqlServer.Read<long>(_connection!, "SELECT count(*) FROM OrleansMembershipVersionTable"));
        await table.InitializeMembershipTableAsync(true);
        Assert.Empty((await table.ReadAllAsync()).Members);
    }

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

    private async Task<IMembershipTable> Begun(TimeProvider? machine = null)
    {
        IMembershipTable table = (await Host(machine: machine)).Services.GetRequiredService<IMembershipTable>();
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

    private async Task<IHost> Host(bool isClient = false, TimeProvider? machine = null)
    {
        _connection ??= server.CreateDatabase();
        ClusterDatabase database = await ClusterDatabase.OpenOrCreate(_connection);
        IHost host = isClient ? DatabaseSilo.BuildClient(database) : DatabaseSilo.Build(database, machine);
        lock (_opened)
        {
            _opened.AddRange([host, database]);
        }

        return host;
    }

    private sealed class ShiftedClock(TimeSpan shift) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + shift;
    }
}
