using System.Net;
using System.Text;
using RnnSweep.Grains;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>The page with all sweeps of a cluster. It loads nothing, runs no script, and asks for itself again every few seconds.</summary>
internal static class SweepListPage
{
    private const string Policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

    /// <summary>The page as UTF-8.</summary>
    /// <param name="cluster">The cluster's database.</param>
    /// <param name="sweeps">The sweeps, in the order of submission; the page shows the last one first.</param>
    /// <param name="root">The path of a sweep's report, with a slash at its end.</param>
    public static byte[] Of(string cluster, IReadOnlyList<SweepEntry> sweeps, Func<string, string> root)
    {
        var rows = new StringBuilder();
        foreach (SweepEntry sweep in sweeps.Reverse())
        {
            string id = WebUtility.HtmlEncode(sweep.Id), failed = sweep.Failed > 0 ? $", {sweep.Failed} failed" : "";
            string rate = sweep is { State: SweepState.Active, Activity.Rate: > 0 } ? $", {sweep.Activity.Rate:0.0} cells/s" : "";
            string damage = sweep.Activity.Damage is { } reason ? $"<br>{WebUtility.HtmlEncode(reason)}" : "";
            rows.Append($"<tr><td><a href=\"{WebUtility.HtmlEncode(root(sweep.Id).TrimEnd('/'))}\">{id}</a></td><td>{WebUtility.HtmlEncode(sweep.Name)}</td>");
            rows.Append($"<td>{ClusterReport.StateText(sweep.State)}</td><td>{sweep.Priority}</td>");
            rows.Append($"<td><progress max=\"{Math.Max(1, sweep.Cells)}\" value=\"{sweep.Done}\"></progress> {sweep.Done} of {sweep.Cells} cells{failed}{rate}{damage}</td>");
            rows.Append($"<td>{sweep.Entered.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}</td></tr>\n");
        }

        return Page($"""
            <h1>Sweeps</h1>
            <p>The cluster of {WebUtility.HtmlEncode(cluster)} has {(sweeps.Count == 1 ? "1 sweep" : $"{sweeps.Count} sweeps")}.</p>
            <table>
            <thead><tr><th>Sweep</th><th>Name</th><th>State</th><th>Priority</th><th>Progress</th><th>Submitted</th></tr></thead>
            <tbody>
            {rows}</tbody>
            </table>
            <p>This silo: <a href="/health/ready">health</a>, <a href="/metrics">metrics</a>, <a href="/dashboard/">Orleans' Dashboard</a></p>
            """);
    }

    /// <summary>A page with one sentence.</summary>
    public static byte[] Message(string text) => Page($"<p>{WebUtility.HtmlEncode(text)}</p>");

    private static byte[] Page(string body) => Encoding.UTF8.GetBytes($$"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="{{Policy}}">
        <meta http-equiv="refresh" content="5">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Sweeps · RnnSweep</title>
        <style>
        :root { color-scheme: light dark }
        body { margin: 1em 2em; font: 15px/1.4 system-ui, sans-serif; font-variant-numeric: tabular-nums }
        table { border-collapse: collapse }
        th, td { padding: .2em 1.2em .2em 0; text-align: left }
        thead th { border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent) }
        </style>
        </head>
        <body>
        {{body}}
        </body>
        </html>
        """);
}
