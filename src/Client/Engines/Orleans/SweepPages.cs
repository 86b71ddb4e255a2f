using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RnnSweep.Client.Live;
using RnnSweep.Core.Results;
using RnnSweep.Grains;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>
/// The pages of a silo: all sweeps of the cluster, and for each the report of what is stored so far, as <c>run --watch</c> shows it. They read the database
/// alone, so their numbers are some seconds old; no grain is called.
/// </summary>
/// <param name="database">The cluster's database.</param>
internal sealed class SweepPages(ClusterDatabase database)
{
    private const string Prefix = "/sweeps/";

    // A report keeps its plan, its matrices and its page in memory, and a stream keeps a report in use.
    private const int MostReports = 8, MostStreams = MostReports;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly PostgreSqlRegistry _registry = new(database);
    private readonly ConcurrentDictionary<string, ClusterSweepReport> _reports = new();
    private readonly Lock _gate = new();
    private (long Time, Task<IReadOnlyList<SweepEntry>> Sweeps)? _read;
    private int _streams;

    /// <summary>Adds the pages to a server.</summary>
    public void Map(IEndpointRouteBuilder endpoints)
    {
        Get("/", _ => Sweeps());
        Get(Prefix + "{id}", context => WithSweep(context, entry => Task.FromResult(WatchPage.Of(entry.Name, RootOf(entry.Id)))));
        Get(Prefix + "{id}/report", context => WithSweep(context, async entry => await ReportOf(entry.Id).Page(entry, context.RequestAborted)));
        endpoints.MapGet(Prefix + "{id}/events", (RequestDelegate)Events);

        void Get(string path, Func<HttpContext, Task<byte[]?>> page) => endpoints.MapGet(path, (RequestDelegate)(context => Answer(context, page)));
    }

    private static string RootOf(string id) => $"{Prefix}{Uri.EscapeDataString(id)}/";

    private static async Task Answer(HttpContext context, Func<HttpContext, Task<byte[]?>> page)
    {
        byte[]? bytes;
        try
        {
            bytes = await page(context);
        }
        catch (Exception error) when (error is StoreUnreachableException or StoreDamagedException)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            bytes = SweepListPage.Message(error.Message);
        }

        if (bytes is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            bytes = SweepListPage.Message("There is no such sweep on this cluster.");
        }

        (context.Response.ContentType, context.Response.ContentLength) = ("text/html; charset=utf-8", bytes.Length);
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    private async Task<byte[]?> Sweeps() => SweepListPage.Of(database.Name, await Entries(), RootOf);

    private async Task<byte[]?> WithSweep(HttpContext context, Func<SweepEntry, Task<byte[]>> page) => await Find(context) is { } entry ? await page(entry) : null;

    private async Task<SweepEntry?> Find(HttpContext context)
    {
        string? id = context.Request.RouteValues["id"] as string;
        return (await Entries()).FirstOrDefault(entry => entry.Id == id);
    }

    // However many browsers there are, the list is read once a second.
    private Task<IReadOnlyList<SweepEntry>> Entries()
    {
        lock (_gate)
        {
            if (_read is not { } read || Stopwatch.GetElapsedTime(read.Time) > s_interval)
            {
                _read = read = (Stopwatch.GetTimestamp(), _registry.Sweeps());
            }

            return read.Sweeps;
        }
    }

    private ClusterSweepReport ReportOf(string id)
    {
        ClusterSweepReport report = _reports.GetOrAdd(id, new ClusterSweepReport(database, id));
        report.Touch();
        while (_reports.Count > MostReports)
        {
            _reports.TryRemove(_reports.MinBy(other => other.Value.LastUse).Key, out _);
        }

        return report;
    }

    // The progress, and a notice whenever the report has changed. The stream ends with the sweep.
    private async Task Events(HttpContext context)
    {
        if (Interlocked.Increment(ref _streams) > MostStreams)
        {
            Interlocked.Decrement(ref _streams);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted, context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        try
        {
            await Follow(context, end.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            // The browser has disconnected, or the server stops.
        }
        finally
        {
            Interlocked.Decrement(ref _streams);
        }
    }

    private async Task Follow(HttpContext context, CancellationToken cancellation)
    {
        context.Response.ContentType = "text/event-stream";
        string shown = "";
        long sent = -1;
        while (true)
        {
            string line;
            bool isOver = false;
            try
            {
                if (await Find(context) is not { } entry)
                {
                    (line, isOver) = ("There is no such sweep any more.", true);
                }
                else
                {
                    isOver = entry.State is SweepState.Finished or SweepState.Cancelled;
                    line = $"{entry.Id} is {ClusterReport.StateText(entry.State)}: {entry.Done} of {entry.Cells} cells done{(entry.Failed > 0 ? $", {entry.Failed} failed" : "")}";
                    ClusterSweepReport report = ReportOf(entry.Id);
                    await report.Page(entry, cancellation);
                    if (report.Version != sent)
                    {
                        await Send(new ServerEvent("page", ""));
                        sent = report.Version;
                    }
                }
            }
            catch (Exception error) when (error is StoreUnreachableException or StoreDamagedException)
            {
                line = error.Message;
            }

            if (line != shown || isOver)
            {
                await Send(new ServerEvent(isOver ? "end" : "progress", shown = line));
            }

            if (isOver)
            {
                return;
            }

            await Task.Delay(s_interval, cancellation);
        }

        async Task Send(ServerEvent message)
        {
            await context.Response.Body.WriteAsync(message.Bytes, cancellation);
            await context.Response.Body.FlushAsync(cancellation);
        }
    }
}
