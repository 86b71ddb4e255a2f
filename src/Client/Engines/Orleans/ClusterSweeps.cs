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
    /// <param name="cancellation">Ends the wait for the database.</param>
    /// <returns>The sweep's id.</returns>
    /// <exception cref="UsageException">The cluster refuses it.</exception>
    public static string Submit(ClusterSettings settings, ResolvedSweep sweep, int? priority = null, CancellationToken cancellation = default) => Ask(settings, "submit", async (_, connection) =>
    {
        string id = ClusterEngine.IdOf(sweep);
        Activity.Current?.SetTag("rnnsweep.sweep", id);
        return await connection.Grains.GetGrain<ISweepGrain>(id).Submit(ClusterEngine.Submission(sweep) with { Priority = priority }) is { } refusal
            ? throw new UsageException($"rnnsweep: {refusal}")
            : id;
    }, cancellation);

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
        return $"{id} is {ClusterReport.StateText(status.State)}: {status.Done} of {status.Done + status.Failed + status.Leased + status.Open} cells done";
    });

    /// <summary>All sweeps and silos, as the database has them: no silo is asked, so this answers soon on a busy cluster, too.</summary>
    public static ClusterReport Report(ClusterSettings settings) => DatabaseWait.Repeat(
        async () =>
        {
            ClusterOverview overview = await new ClusterAddress(settings).Overview(CancellationToken.None);
            return new ClusterReport(overview.Sweeps, overview.Silos, overview.OtherVersion);
        },
        DatabaseWait.OfStatus,
        DatabaseWait.Tell).GetAwaiter().GetResult();

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
                keys.UnionWith(await TryKeys(registry, entry.Id) ?? []); // the readings of a damaged sweep are kept until 'prune --unused' removes them
            }

            foreach (SweepEntry entry in all.Except(removed).Where(_ => keys.Count > 0))
            {
                keys.ExceptWith(await TryKeys(registry, entry.Id)
                    ?? throw new StoreDamagedException($"nothing was removed: sweep {entry.Id} is damaged, so the readings that it needs are unknown; 'rnnsweep forget {entry.Id}' removes it"));
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

        ResolvedSweep sweep;
        try
        {
            sweep = SubmittedSweepReader.ReadSweep(stored.Text, matrices.GetValueOrDefault);
        }
        catch (FormatException error)
        {
            throw new StoreDamagedException($"the sweep file of {id} in the cluster's database cannot be read: {error.Message}", error);
        }

        // The name may have been that of the sweep file: it is not a field that the sweep gives.
        return sweep with { Settings = [.. sweep.Settings.Where(setting => setting.Field != SweepFields.Name)], Places = new Dictionary<string, Place>() };
    }

    // Null where the sweep is damaged.
    private static async Task<IEnumerable<CellKey>?> TryKeys(PostgreSqlRegistry registry, string id)
    {
        try
        {
            return (await Find(registry, id)).Plan.PlannedCells().Select(cell => cell.Key);
        }
        catch (Exception error) when (error is StoreDamagedException or KeyNotFoundException)
        {
            return null;
        }
    }

    private static UsageException Unknown(string id) => new($"rnnsweep: there is no sweep {id} on this cluster; 'rnnsweep status' lists those that there are");

    private static T Ask<T>(ClusterSettings settings, string verb, Func<PostgreSqlRegistry, ClusterConnection, Task<T>> ask, CancellationToken cancellation = default) => Run(
        DatabaseWait.OfClient,
        async () =>
        {
            using Activity? trace = Telemetry.Traces.StartActivity(verb, ActivityKind.Client);
            var address = new ClusterAddress(settings);
            await using ClusterDatabase database = await address.Open(cancellation);
            await using ClusterConnection connection = await address.Connect(database, cancellation);
            try
            {
                return await ask(new PostgreSqlRegistry(database), connection);
            }
            catch (Exception error) when (error is OrleansException or TimeoutException)
            {
                // A call times out while the silo waits for the database.
                throw new StoreUnreachableException($"the silos of the cluster of {database.Name} do not answer ({error.GetType().Name})") { IsTemporary = error is TimeoutException };
            }
        },
        cancellation);

    private static T Read<T>(ClusterSettings settings, Func<PostgreSqlRegistry, Task<T>> read) => Run(DatabaseWait.OfClient, async () =>
    {
        await using ClusterDatabase database = await new ClusterAddress(settings).Open(CancellationToken.None);
        return await read(new PostgreSqlRegistry(database));
    });

    private static T Run<T>(TimeSpan wait, Func<Task<T>> action, CancellationToken cancellation = default) =>
        Task.Run(() => DatabaseWait.Repeat(action, wait, DatabaseWait.Tell, cancellation), CancellationToken.None).GetAwaiter().GetResult();
}
