using System.Diagnostics;
using System.Net;
using System.Text;
using RnnSweep.Client.Terminal;
using Serilog;

namespace RnnSweep.Client.Live;

/// <summary>A run as a browser of this machine watches it: the report of what is stored so far, again and again while cells come, and at the end the last.</summary>
internal sealed class LiveRun : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    // How long the port stays open at the end, for those who watch to load the last report.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly LoopbackServer _server;
    private readonly RenderedPage _report;
    private readonly ManualResetEventSlim _end = new();
    private readonly Thread _thread;
    private volatile Watched? _run;
    private volatile string _lastLine = "The run has ended.";

    /// <summary>Begins to listen, before there is anything to see.</summary>
    /// <param name="port">The port; 0 for any that is free.</param>
    /// <param name="title">What is watched.</param>
    /// <exception cref="UsageException">The port cannot be had.</exception>
    public LiveRun(int port, string title)
    {
        _report = new RenderedPage(Render, Version);
        byte[] around = WatchPage.Of(title);
        _server = LoopbackServer.Start(
            port,
            path => path switch
            {
                "/" => around,
                "/report" => _report.Bytes(latest: _end.IsSet),
                _ => null,
            },
            () => new ServerEvent("progress", Line()));
        _thread = new Thread(Tell) { IsBackground = true, Name = "watch" };
        _thread.Start();
    }

    /// <summary>Where a browser finds it.</summary>
    public string Address => $"http://127.0.0.1:{_server.Port}/";

    /// <summary>Shows a run from now on.</summary>
    /// <param name="report">Writes the report of what is stored so far.</param>
    /// <param name="line">How far the run is.</param>
    /// <param name="count">Number of cells that are done or failed.</param>
    public void Begin(Action<Stream> report, Func<string> line, Func<long> count) => _run = new Watched(report, line, count);

    /// <summary>What is said at the end.</summary>
    public void Finish(string line) => _lastLine = line;

    /// <summary>Tells those who watch that it is over, lets them load the last report, and closes the port.</summary>
    public void Dispose()
    {
        _end.Set();
        _thread.Join();
        _server.Send(new ServerEvent("end", _lastLine));
        var clock = Stopwatch.StartNew();
        while (_server.Streams > 0 && clock.Elapsed < s_patience)
        {
            Thread.Sleep(10);
        }

        _server.Dispose();
        _end.Dispose();
    }

    private string Line() => _run?.Line() ?? "The run begins.";

    // What is counted is stored half a second later, at the end for certain: the last report is another one.
    private long Version() => _end.IsSet ? long.MaxValue : _run?.Count() ?? -2;

    // A report that cannot be made is no reason for a sweep to end.
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

    private void Tell()
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

    private sealed record Watched(Action<Stream> Report, Func<string> Line, Func<long> Count);
}
