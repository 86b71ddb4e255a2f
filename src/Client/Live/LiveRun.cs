using System.Diagnostics;
using System.Net;
using System.Text;
using RnnSweep.Client.Terminal;
using Serilog;

namespace RnnSweep.Client.Live;

/// <summary>Serves a run to browsers of this machine: the report of what is stored so far, and the final report at the end.</summary>
internal sealed class LiveRun : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    // How long the port stays open after the run, so that browsers can load the final report.
    private static readonly TimeSpan s_loadTimeout = TimeSpan.FromSeconds(5);

    private readonly LoopbackServer _server;
    private readonly RenderedPage _report;
    private readonly ManualResetEventSlim _end = new();
    private readonly Thread _thread;
    private volatile WatchedRun? _run;
    private volatile string _lastLine = "The run has ended.";

    /// <summary>Starts to listen, before the run starts.</summary>
    /// <param name="port">The port; 0 for any that is free.</param>
    /// <param name="title">The sweep's title.</param>
    /// <exception cref="UsageException">The port cannot be bound.</exception>
    public LiveRun(int port, string title)
    {
        _report = new RenderedPage(Render, Version);
        _server = LoopbackServer.Start(
            port,
            path => path switch
            {
                "/" => WatchPage.Of(title, _server!.Root),
                "/report" => _report.Bytes(latest: _end.IsSet),
                _ => null,
            },
            () => new ServerEvent("progress", Line()));
        _thread = new Thread(SendUpdates) { IsBackground = true, Name = "watch" };
        _thread.Start();
    }

    /// <summary>The URL of the page, with the token without which nothing is answered.</summary>
    public string Address => _server.Address;

    /// <summary>Starts to show a run.</summary>
    /// <param name="report">Writes the report of what is stored so far.</param>
    /// <param name="line">The progress as a line of text.</param>
    /// <param name="count">Number of cells that are done or failed.</param>
    public void Begin(Action<Stream> report, Func<string> line, Func<long> count) => _run = new WatchedRun(report, line, count);

    /// <summary>Sets the line that browsers show at the end.</summary>
    public void Finish(string line) => _lastLine = line;

    /// <summary>Sends the end to all browsers, waits until they have loaded the final report, and closes the port.</summary>
    public void Dispose()
    {
        _end.Set();
        _thread.Join();
        _server.Send(new ServerEvent("end", _lastLine));
        var clock = Stopwatch.StartNew();
        while (_server.Streams > 0 && clock.Elapsed < s_loadTimeout)
        {
            Thread.Sleep(10);
        }

        _server.Dispose();
        _end.Dispose();
    }

    private string Line() => _run?.Line() ?? "The run begins.";

    // Cells are stored up to half a second after they are counted. At the end all are stored, so the final report has a version of its own.
    private long Version() => _end.IsSet ? long.MaxValue : _run?.Count() ?? -2;

    // An error in the report must not end the sweep.
    private byte[] Render()
    {
        try
        {
            var page = new MemoryStream();
            _run?.Report(page);
            return page.ToArray();
        }
        catch (Exception error)
        {
            Log.Warning(error, "The report of what is stored so far cannot be made");
            return Encoding.UTF8.GetBytes($"<!doctype html><meta charset=\"utf-8\"><p>The report cannot be made now: {WebUtility.HtmlEncode(error.Message)}</p>");
        }
    }

    private void SendUpdates()
    {
        string line = "";
        while (!_end.Wait(s_interval))
        {
            if (_server.Streams == 0)
            {
                continue;
            }

            if (Line() is var now && now != line)
            {
                _server.Send(new ServerEvent("progress", line = now));
            }

            if (Version() != _report.Version)
            {
                long before = _report.Version;
                _report.Bytes();
                if (_report.Version != before)
                {
                    _server.Send(new ServerEvent("page", ""));
                }
            }
        }
    }

    private sealed record WatchedRun(Action<Stream> Report, Func<string> Line, Func<long> Count);
}
