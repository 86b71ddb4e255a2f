using RnnSweep.Client.Commands;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Terminal;

public sealed class ProgressDisplayTests
{
    private readonly ProgressMeter _meter = new(cells: 10, stored: 3, work: 1);

    [Fact]
    public void Without_a_terminal_it_writes_a_line_at_intervals()
    {
        using var lines = new Lines(refuses: false);
        using (var display = new ProgressDisplay(_meter, default, null, lines, TimeSpan.FromMilliseconds(1)))
        {
            Assert.False(display.IsBar);
            lines.WaitFor(3);
        }

        Assert.All(lines.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Equal("3 of 10 cells, 0.00 cells/s, 0 % of the work", line));
    }

    [Fact]
    public void It_shows_the_stage_of_most_threads()
    {
        using var stages = new StageBoard();
        using var end = new ManualResetEventSlim();
        Stage[] busy = [Stage.Products, Stage.Products, Stage.Norms];
        using var ready = new CountdownEvent(busy.Length);
        Thread[] threads = [.. busy.Select(stage => new Thread(() =>
        {
            stages.Current.Stage = stage;
            ready.Signal();
            end.Wait();
        }))];
        Array.ForEach(threads, thread => thread.Start());
        ready.Wait();
        using var lines = new Lines(refuses: false);
        using (new ProgressDisplay(_meter, default, stages, lines, TimeSpan.FromMilliseconds(1)))
        {
            lines.WaitFor(2);
        }

        end.Set();
        Array.ForEach(threads, thread => thread.Join());
        Assert.StartsWith("3 of 10 cells, 0.00 cells/s, 0 % of the work, mostly products\n", lines.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_error_stream_loses_only_lines_of_progress()
    {
        using var lines = new Lines(refuses: true);
        using var display = new ProgressDisplay(_meter, default, null, new StandardStream(lines, null), TimeSpan.FromMilliseconds(1));
        lines.WaitFor(3);
    }

    private sealed class Lines(bool refuses) : StringWriter
    {
        private readonly SemaphoreSlim _written = new(0);

        public string Text => GetStringBuilder().ToString();

        public override void WriteLine(string? value)
        {
            _written.Release();
            if (refuses)
            {
                throw new IOException("No space left on device");
            }

            Write($"{value}\n");
        }

        public void WaitFor(int lines)
        {
            for (int i = 0; i < lines; i++)
            {
                Assert.True(_written.Wait(TimeSpan.FromMinutes(3)), "no line comes"); // a hang guard
            }
        }
    }
}
