using System.Collections.Immutable;
using System.Diagnostics;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;
using RnnSweep.Silo;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>The requests of a client to a cluster, except for following a sweep.</summary>
internal static class ClusterSweeps
{
    /// <summary>Submits a sweep to a cluster.</summary>
    /// <param name="settings">The cluster.</param>
    /// <param name="sweep">The sweep.</param>
    /// <param name="priority">Its priority; null to keep the one that it has, or for the usual one.</param>
    /// <returns>The sweep's id.</returns>
    /// <exception cref="UsageException">The cluster refuses it.</exception>
    public static string Submit(ClusterSettings settings, ResolvedSweep sweep, int? priority = null) => Ask(settings, "submit", async (_, connection) =>
    {
        string id = ClusterEngine.IdOf(sweep);
        Activity.Current?.SetTag("rnnsweep.sweep", id);
        return await connection.Grains.GetGrain<ISweepGrain>(id).Submit(ClusterEngine.Submission(sweep) with { Priority = priority }) is { } refusal
            ? throw new UsageException($"rnnsweep: {refusal}")
            : id;
    });

    /// <summary>The sweep with an id, as it was submitted.</summary>
    /// <exception cref="UsageException">There is no such sweep.</exception>
    public static ResolvedSweep Find(ClusterSettings settings, string id) => Read(settings, registry => Find(registry, id));

    /// <summary>Changes the state of a sweep.</summary>
    /// <param name="settings">The cluster.</param>
    /// <param name="id">The sweep's id.</param>
    /// <param name="verb">The command's name, for the trace.</param>
    /// <param name="change">The call to the sweep's grain.</param>
    /// <returns>A message for the user, with the state that the sweep has now.</returns>
    /// <exception cref="UsageException">There is no such sweep.</exception>
    public static string Change(ClusterSettings settings, string id, string verb, Func<ISweepGrain, Task> change) => Ask(settings, verb, async (registry, connection) =>
    {
        Activity.Current?.SetTag("rnnsweep.sweep", id);
        if (await registry.Find(id) is null)
        {
            throw Unknown(id);
        }

        ISweepGrain grain = connection.Grains.GetGrain<ISweepGrain>(id);
        await change(grain);
        SweepProgress status = (await grain.Progress())!;
        return $"{id} is {SweepLine.Text(status.State)}: {status.Done} of {status.Done + status.Failed + status.Leased + status.Open} cells done";
    });

    /// <summary>All sweeps and silos. Where no silo is up, the sweeps are as the database has them.</summary>
    public static ClusterReport Report(ClusterSettings settings) => Run(async () =>
    {
        var address = new ClusterAddress(settings);
        await using ClusterDatabase database = await address.Open(CancellationToken.None);
        var registry = new PostgreSqlRegistry(database);
        string? trouble = null;
        await using ClusterConnection? connection = await TryConnect(address, database, error => trouble = error);
        ImmutableArray<SiloLine> silos = connection is null ? [] : await Silos(connection);
        var sweeps = ImmutableArray.CreateBuilder<SweepLine>();
        foreach (SweepEntry entry in await registry.Sweeps())
        {
            SweepProgress? live = connection is not null && entry.State is SweepState.Active or SweepState.Paused
                ? await connection.Grains.GetGrain<ISweepGrain>(entry.Id).Progress()
                : null;
            sweeps.Add(live is null
                ? new SweepLine(entry, entry.State, entry.Done, entry.Failed, 0, 0)
                : new SweepLine(entry, live.State, live.Done, live.Failed, live.Leased, live.Rate));
        }

        return new ClusterReport(sweeps.ToImmutable(), silos, trouble);
    });

    private static async Task<ClusterConnection?> TryConnect(ClusterAddress address, ClusterDatabase database, Action<string> onTrouble)
    {
        try
        {
            return await address.Connect(database, CancellationToken.None);
        }
        catch (StoreUnreachableException error)
        {
            onTrouble(error.Message);
            return null;
        }
    }

    private static async Task<ImmutableArray<SiloLine>> Silos(ClusterConnection connection) =>
    [
        .. from silo in await connection.Grains.GetGrain<IManagementGrain>(0).GetDetailedHosts(onlyActive: true)
           orderby silo.StartTime
           select new SiloLine(silo.SiloAddress.Endpoint.ToString(), silo.HostName, silo.StartTime),
    ];

    /// <summary>Removes sweeps that are not active, and readings that no other sweep needs.</summary>
    /// <param name="settings">The cluster.</param>
    /// <param name="choose">Chooses the sweeps to remove.</param>
    /// <param name="removesUnused">Whether to remove all readings that no remaining sweep needs, and not only those of the removed sweeps.</param>
    /// <param name="isDry">Whether to count only.</param>
    public static Removal Remove(
        ClusterSettings settings, Func<IReadOnlyList<SweepEntry>, DateTimeOffset, IEnumerable<SweepEntry>> choose, bool removesUnused, bool isDry) =>
        Read(settings, async registry =>
        {
            IReadOnlyList<SweepEntry> all = await registry.Sweeps();
            SweepEntry[] removed = [.. choose(all, await registry.Now())];
            HashSet<CellKey> keys = removesUnused ? [.. await registry.StoredCells()] : [];
            foreach (SweepEntry entry in removed)
            {
                keys.UnionWith(await Keys(registry, entry.Id));
            }

            foreach (SweepEntry entry in all.Except(removed))
            {
                keys.ExceptWith(keys.Count > 0 ? await Keys(registry, entry.Id) : []);
            }

            return await registry.Remove(new RemovalRequest([.. all.Select(entry => entry.Id)], [.. removed.Select(entry => entry.Id)], keys), isDry);
        });

    /// <summary>The entry of a sweep.</summary>
    /// <exception cref="UsageException">There is no such sweep.</exception>
    public static SweepEntry Entry(IReadOnlyList<SweepEntry> all, string id) => all.FirstOrDefault(entry => entry.Id == id) ?? throw Unknown(id);

    /// <inheritdoc cref="Find(ClusterSettings, string)"/>
    internal static async Task<ResolvedSweep> Find(PostgreSqlRegistry registry, string id)
    {
        StoredSweep stored = await registry.Find(id) ?? throw Unknown(id);
        var matrices = new Dictionary<string, Matrix>();
        foreach (string digest in stored.Matrices)
        {
            matrices.Add(digest, await registry.Matrix(digest));
        }

        // The name may have been that of the sweep file: it is not a field that the sweep gives.
        ResolvedSweep sweep = SubmittedSweepReader.ReadSweep(stored.Text, matrices.GetValueOrDefault);
        return sweep with { Settings = [.. sweep.Settings.Where(setting => setting.Field != SweepFields.Name)], Places = new Dictionary<string, Place>() };
    }

    private static async Task<IEnumerable<CellKey>> Keys(PostgreSqlRegistry registry, string id) => (await Find(registry, id)).Plan.PlannedCells().Select(cell => cell.Key);

    private static UsageException Unknown(string id) => new($"rnnsweep: there is no sweep {id} on this cluster; 'rnnsweep status' lists those that there are");

    private static T Ask<T>(ClusterSettings settings, string verb, Func<PostgreSqlRegistry, ClusterConnection, Task<T>> ask) => Run(async () =>
    {
        using Activity? trace = Telemetry.Traces.StartActivity(verb, ActivityKind.Client);
        var address = new ClusterAddress(settings);
        await using ClusterDatabase database = await address.Open(CancellationToken.None);
        await using ClusterConnection connection = await address.Connect(database, CancellationToken.None);
        try
        {
            return await ask(new PostgreSqlRegistry(database), connection);
        }
        catch (Exception error) when (error is OrleansException or TimeoutException)
        {
            throw new StoreUnreachableException($"the silos of the cluster of {database.Name} do not answer ({error.GetType().Name})");
        }
    });

    private static T Read<T>(ClusterSettings settings, Func<PostgreSqlRegistry, Task<T>> read) => Run(async () =>
    {
        await using ClusterDatabase database = await new ClusterAddress(settings).Open(CancellationToken.None);
        return await read(new PostgreSqlRegistry(database));
    });

    private static T Run<T>(Func<Task<T>> action) => Task.Run(action).GetAwaiter().GetResult();
}
