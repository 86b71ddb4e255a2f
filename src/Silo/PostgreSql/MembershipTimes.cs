using System.Runtime.CompilerServices;

namespace RnnSweep.Silo.PostgreSql;

/// <summary>
/// A membership table whose times a silo reads and writes in its own machine's time, while the database holds times of its own clock. Orleans compares the times of
/// other silos with <see cref="DateTime.UtcNow"/>: without the conversion, a silo whose clock is wrong would take living silos for dead, or dead ones for alive.
/// </summary>
/// <param name="table">The table with the database's times.</param>
/// <param name="database">The database.</param>
/// <param name="machine">The machine's clock.</param>
internal sealed class MembershipTimes(IMembershipTable table, ClusterDatabase database, TimeProvider machine) : IMembershipTable
{
    // A slower answer says too little about the time, and the difference measured before it stays.
    private static readonly TimeSpan s_slowAnswer = TimeSpan.FromSeconds(1);

    // How far the machine's clock is ahead of the database's.
    private volatile StrongBox<TimeSpan>? _ahead;

    private TimeSpan Ahead => _ahead?.Value ?? TimeSpan.Zero;

    public Task InitializeMembershipTableAsync(bool tryInitTableVersion, CancellationToken cancellationToken = default) =>
        table.InitializeMembershipTableAsync(tryInitTableVersion, cancellationToken);

    public async Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken = default) => await ToLocal(await table.ReadAllAsync(cancellationToken), cancellationToken);

    public async Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken = default) =>
        await ToLocal(await table.ReadRowAsync(key, cancellationToken), cancellationToken);

    public Task<bool> InsertRowAsync(MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken = default) =>
        table.InsertRowAsync(entry, tableVersion, cancellationToken);

    public Task<bool> UpdateRowAsync(MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken = default) =>
        table.UpdateRowAsync(Shifted(entry, -Ahead), etag, tableVersion, cancellationToken);

    public Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken = default) => table.UpdateIAmAliveAsync(entry, cancellationToken);

    public Task DeleteMembershipTableEntriesAsync(string clusterId, CancellationToken cancellationToken = default) =>
        table.DeleteMembershipTableEntriesAsync(clusterId, cancellationToken);

    public Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken = default) =>
        table.CleanupDefunctSiloEntriesAsync(beforeDate - Ahead, cancellationToken);

    public Task InitializeMembershipTable(bool tryInitTableVersion) => InitializeMembershipTableAsync(tryInitTableVersion);

    public Task<MembershipTableData> ReadAll() => ReadAllAsync();

    public Task<MembershipTableData> ReadRow(SiloAddress key) => ReadRowAsync(key);

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => InsertRowAsync(entry, tableVersion);

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => UpdateRowAsync(entry, etag, tableVersion);

    public Task UpdateIAmAlive(MembershipEntry entry) => UpdateIAmAliveAsync(entry);

    public Task DeleteMembershipTableEntries(string clusterId) => DeleteMembershipTableEntriesAsync(clusterId);

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => CleanupDefunctSiloEntriesAsync(beforeDate);

    // The machine's clock may be set at any time, so the difference is measured at every read.
    private async Task<MembershipTableData> ToLocal(MembershipTableData data, CancellationToken cancellation)
    {
        long start = machine.GetTimestamp();
        DateTimeOffset time = await database.Now(cancellation);
        DateTimeOffset now = machine.GetUtcNow();
        TimeSpan took = machine.GetElapsedTime(start);
        if (_ahead is null || took < s_slowAnswer)
        {
            _ahead = new StrongBox<TimeSpan>(now - (took / 2) - time);
        }

        TimeSpan ahead = Ahead;
        return new MembershipTableData([.. data.Members.Select(member => Tuple.Create(Shifted(member.Item1, ahead), member.Item2))], data.Version);
    }

    private static MembershipEntry Shifted(MembershipEntry entry, TimeSpan shift) => new()
    {
        SiloAddress = entry.SiloAddress,
        Status = entry.Status,
        SuspectTimes = entry.SuspectTimes?.ConvertAll(vote => Tuple.Create(vote.Item1, vote.Item2 + shift)),
        ProxyPort = entry.ProxyPort,
        HostName = entry.HostName,
        SiloName = entry.SiloName,
        RoleName = entry.RoleName,
        UpdateZone = entry.UpdateZone,
        FaultZone = entry.FaultZone,
        StartTime = entry.StartTime + shift,
        IAmAliveTime = entry.IAmAliveTime + shift,
    };
}
