using System.Diagnostics;
using RnnSweep.Core.Experiments;
using Spectre.Console;

namespace RnnSweep.Client.Terminal;

/// <summary>Shows a meter on the error stream while a run goes on: a bar on a terminal, else a line every 10 s.</summary>
internal sealed class ProgressDisplay : IDisposable
{
    private static readonly TimeSpan s_sampleInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_lineInterval = TimeSpan.FromSeconds(10);

    private readonly ProgressMeter _meter;
    private readonly StageBoard? _stages;
    private readonly StageShares _shares = new();
    private readonly TextWriter _error;
    private readonly TimeSpan _interval;
    private readonly CancellationToken _stopping;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly ManualResetEventSlim _end = new();
    private readonly Thread _thread;

    /// <summary>Starts to show a meter.</summary>
    /// <param name="meter">Read under its lock.</param>
    /// <param name="stopping">Cancelled when the run is to stop, which the bar then shows.</param>
    /// <param name="stages">The stages of the threads; null where other processes compute.</param>
    /// <param name="error">The error stream.</param>
    /// <param name="interval">The time from line to line where there is no terminal.</param>
    public ProgressDisplay(ProgressMeter meter, CancellationToken stopping, StageBoard? stages = null, TextWriter? error = null, TimeSpan? interval = null)
    {
        (_meter, _stopping, _stages, _error, _interval) = (meter, stopping, stages, error ?? Console.Error, interval ?? IntervalOfEnvironment() ?? s_lineInterval);
        IsBar = error is null && !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";
        _thread = new Thread(Show) { IsBackground = true, Name = "progress" };
        _thread.Start();
    }

    /// <summary>Whether it is a bar, which overwrites other lines.</summary>
    public bool IsBar { get; }

    public void Dispose()
    {
        _end.Set();
        _thread.Join();
        _end.Dispose();
    }

    // For programs that show the lines, as python/rnnsweep.py.
    private static TimeSpan? IntervalOfEnvironment() =>
        double.TryParse(Environment.GetEnvironmentVariable("RNNSWEEP_PROGRESS_SECONDS"), out double seconds) && seconds is >= 0.1 and <= 3600
            ? TimeSpan.FromSeconds(seconds)
            : null;

    private string Line()
    {
        lock (_meter)
        {
            return _meter.Line(_clock.Elapsed, _shares.Busiest());
        }
    }

    private double Fraction()
    {
        lock (_meter)
        {
            return _meter.Fraction;
        }
    }

    private void Show()
    {
        try
        {
            (IsBar ? (Action)ShowBar : ShowLines)();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException or InvalidOperationException)
        {
            // The terminal is gone; the run continues without a display.
        }
    }

    private void ShowLines()
    {
        // Without stages there is nothing to sample between two lines.
        TimeSpan pause = _stages is null || _interval < s_sampleInterval ? _interval : s_sampleInterval;
        var sinceLine = Stopwatch.StartNew();
        while (!_end.Wait(pause))
        {
            Sample();
            if (sinceLine.Elapsed >= _interval)
            {
                sinceLine.Restart();
                _error.WriteLine(Line());
            }
        }
    }

    private void Sample()
    {
        Span<double> counts = stackalloc double[Enum.GetValues<Stage>().Length];
        _stages?.Count(counts);
        _shares.Add(counts);
    }

    private void ShowBar()
    {
        bool plain = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(_error),
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        console.Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn { Width = 30 }, new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                ProgressTask bar = context.AddTask(Line().EscapeMarkup(), maxValue: 1);
                do
                {
                    Sample();
                    bar.Description = (_stopping.IsCancellationRequested ? Interruption.Stopping : Line()).EscapeMarkup();
                    bar.Value = Fraction();
                    context.Refresh();
                }
                while (!_end.Wait(s_sampleInterval));
            });
    }
}
