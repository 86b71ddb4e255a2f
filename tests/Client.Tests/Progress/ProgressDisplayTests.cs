using RnnSweep.Client.Commands;
using RnnSweep.Client.Progress;

namespace RnnSweep.Client.Tests.Progress;

public sealed class ProgressDisplayTests
{
    private readonly ProgressMeter _meter = new(cells: 10, stored: 3, work: 1);

    [Fact]
    public void Off_a_terminal_it_writes_a_line_now_and_then()
    {
        using var lines = new Lines(refuses: false);
        using (var display = new ProgressDisplay(_meter, default, lines, TimeSpan.FromMilliseconds(1)))
        {
            Assert.False(display.IsBar);
            lines.WaitFor(3);
        }

        Assert.All(lines.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Equal("3 of 10 cells, 0.00 cells/s", line));
    }

    [Fact]
    public void Where_the_error_stream_is_full_lines_are_lost_and_nothing_else()
    {
        using var lines = new Lines(refuses: true);
        using var display = new ProgressDisplay(_meter, default, new StandardStream(lines, null), TimeSpan.FromMilliseconds(1));
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
