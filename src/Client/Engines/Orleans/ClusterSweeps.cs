using System.Collections.Immutable;
using System.Diagnostics;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
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
    /// <returns>The sweep's id.</returns>
    /// <exception cref="UsageException">The cluster refuses it.</exception>
    public static string Submit(ClusterSettings settings, ResolvedSweep sweep) => Ask(settings, "submit", async (_, connection) =>
    {
        string id = ClusterEngine.IdOf(sweep);
        Activity.Current?.SetTag("rnnsweep.sweep", id);
        return await connection.Grains.GetGrain<ISweepGrain>(id).Submit(ClusterEngine.Submission(sweep)) is { } refusal
            ? throw new UsageException($"rnnsweep: {refusal}")
            : id;
    });

    /// <summary>The sweep with an id, as it was submitted.</summary>
    /// <exception cref="UsageException">There is no such sweep.</exception>
    public static ResolvedSweep Find(ClusterSettings settings, string id) => Read(settings, async registry =>
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
    });

    /// <summary>Stops a sweep.</summary>
    /// <returns>A message for the user.</returns>
    /// <exception cref="UsageException">There is no such sweep.</exception>
    public static string Cancel(ClusterSettings settings, string id) => Ask(settings, "cancel", async (registry, connection) =>
    {
        Activity.Current?.SetTag("rnnsweep.sweep", id);
        if (await registry.Find(id) is null)
        {
            throw Unknown(id);
        }

        ISweepGrain grain = connection.Grains.GetGrain<ISweepGrain>(id);
        await grain.Cancel();
        SweepProgress status = (await grain.Progress())!;
        string how = status.State == SweepState.Finished ? "was finished already" : "is cancelled";
        return $"{id} {how}: {status.Done} of {status.Done + status.Failed + status.Leased + status.Open} cells done";
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
            SweepProgress? live = connection is not null && entry.State == SweepState.Active
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
