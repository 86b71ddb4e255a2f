using System.Diagnostics;
using RnnSweep.Client.Live;
using RnnSweep.Client.Reports;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Grains;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>The report of what a cluster's database holds of one sweep.</summary>
/// <param name="database">The cluster's database.</param>
/// <param name="id">The sweep's id.</param>
internal sealed class ClusterSweepReport(ClusterDatabase database, string id)
{
    /// <summary>A report reads every cell, so a silo makes none of larger sweeps.</summary>
    internal const long MostCells = 100_000;

    // One report at a time in a process, because silos are for experiments.
    private static readonly SemaphoreSlim s_rendering = new(1);

    private RenderedPage? _page;
    private long _version;
    private long _lastUse;

    /// <summary>The version of the page that was rendered last.</summary>
    public long Version => _page?.Version ?? -1;

    /// <summary>When it was last used, as a timestamp of <see cref="Stopwatch"/>.</summary>
    public long LastUse => Interlocked.Read(ref _lastUse);

    public void Touch() => Interlocked.Exchange(ref _lastUse, Stopwatch.GetTimestamp());

    /// <summary>The page, current or recent.</summary>
    /// <param name="entry">The sweep's state.</param>
    /// <param name="cancellation">Ends the wait for other reports.</param>
    /// <exception cref="StoreUnreachableException">The database is out of reach.</exception>
    /// <exception cref="StoreDamagedException">A stored result cannot be read.</exception>
    public async Task<byte[]> Page(SweepEntry entry, CancellationToken cancellation)
    {
        if (entry.Cells > MostCells)
        {
            return SweepListPage.Message($"A silo shows no report of more than {MostCells} cells; this sweep has {entry.Cells}. 'rnnsweep attach {id} --watch' makes one.");
        }

        await s_rendering.WaitAsync(cancellation);
        try
        {
            _version = (4 * (entry.Done + entry.Failed)) + (int)entry.State;
            _page ??= await Open();

            // Not on the thread pool, which Orleans needs.
            return await Task.Factory.StartNew(
                () => _page.Bytes(latest: entry.State is SweepState.Finished or SweepState.Cancelled), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (UsageException)
        {
            return SweepListPage.Message("There is no such sweep any more.");
        }
        finally
        {
            s_rendering.Release();
        }
    }

    private async Task<RenderedPage> Open()
    {
        var registry = new PostgreSqlRegistry(database);
        ResolvedSweep sweep = await ClusterSweeps.Find(registry, id);
        var listing = SweepListing.OfCluster((await registry.Find(id))?.Text ?? "", id);
        var store = new PostgreSqlResultStore(database);
        var theory = new Theory();
        return new RenderedPage(Render, () => _version);

        byte[] Render()
        {
            var page = new MemoryStream();
            new Report(null, sweep.Plan, store, theory) { Listing = listing }.WritePage(page);
            return page.ToArray();
        }
    }
}
