using System.Diagnostics;
using System.Net;
using System.Text;
using RnnSweep.Client.Runs;

namespace RnnSweep.Client.Live;

/// <summary>A run as a browser of this machine watches it: the report of what is stored so far, again and again while cells come, and at the end the last.</summary>
internal sealed class LiveRun : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    // How long the port stays open at the end, for those who watch to load the last report.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly LoopbackServer _server;
    private readonly RenderedPage _report;
    private readonly Func<string> _progress;
    private readonly Func<long> _version;
    private readonly ManualResetEventSlim _end = new();
    private readonly Thread _thread;

    /// <summary>Begins to serve.</summary>
    /// <param name="port">The port; 0 for any that is free.</param>
    /// <param name="title">What is watched.</param>
    /// <param name="render">Renders the report of what is stored so far.</param>
    /// <param name="progress">A line: how far the run is.</param>
    /// <param name="version">Another number whenever more is stored.</param>
    /// <exception cref="Commands.UsageException">The port cannot be had.</exception>
    public LiveRun(int port, string title, Func<byte[]> render, Func<string> progress, Func<long> version)
    {
        (_progress, _version) = (progress, version);
        _report = new RenderedPage(() => Rendered(render), version);
        byte[] around = WatchPage.Of(title);
        bool isOver() => _end.IsSet;
        _server = LoopbackServer.Start(port, path => path switch
        {
            "/" => around,
            "/report" => _report.Bytes(latest: isOver()),
            _ => null,
        }, () => HttpResponse.Event("progress", progress()));
        _thread = new Thread(Tell) { IsBackground = true, Name = "watch", Priority = ThreadPriority.BelowNormal };
        _thread.Start();
    }

    /// <summary>Where a browser finds it.</summary>
    public string Address => $"http://127.0.0.1:{_server.Port}/";

    /// <summary>Tells those who watch that it is over, lets them load the last report, and closes the port.</summary>
    public void Dispose()
    {
        _end.Set();
        _thread.Join();
        _server.Send(HttpResponse.Event("end", _progress()));
        var clock = Stopwatch.StartNew();
        while (_server.Streams > 0 && clock.Elapsed < s_patience)
        {
            Thread.Sleep(10);
        }

        _server.Dispose();
        _end.Dispose();
    }

    // A report that cannot be made is no reason for a sweep to end.
    private static byte[] Rendered(Func<byte[]> render)
    {
        try
        {
            return render();
        }
        catch (Exception error)
        {
            RunLog.Current?.Warning(error, "The report of what is stored so far cannot be made");
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

            if (_progress() is var now && now != line)
            {
                _server.Send(HttpResponse.Event("progress", line = now));
            }

            if (_version() != _report.Version)
            {
                long before = _report.Version;
                _report.Bytes();
                if (_report.Version != before)
                {
                    _server.Send(HttpResponse.Event("page", $"{_report.Version}"));
                }
            }
        }
    }
}
