using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Terminal;

public sealed class ProgressMeterTests
{
    [Fact]
    public void The_line_counts_stored_cells_too_and_shows_the_rate_of_this_run()
    {
        var meter = new ProgressMeter(cells: 126, stored: 100, work: 40);
        Assert.Equal("100 of 126 cells, 0.00 cells/s, 0 % of the work", meter.Line(TimeSpan.Zero));
        meter.Set(workDone: 20, computed: 20, failed: 0);

        // Half of the work took 10 s, so the other half takes another 10 s.
        Assert.Equal("120 of 126 cells, 2.00 cells/s, 50 % of the work, 0:10 left", meter.Line(TimeSpan.FromSeconds(10)));
        meter.Set(workDone: 30, computed: 20, failed: 1);
        Assert.Equal("120 of 126 cells, 2.10 cells/s, 1 failed, 75 % of the work, 0:03 left", meter.Line(TimeSpan.FromSeconds(10)));
        Assert.Equal((20L, 1L), (meter.Computed, meter.Failed));
    }

    [Fact]
    public void Only_a_failed_cell_is_announced()
    {
        int announced = 0;
        var meter = new ProgressMeter(cells: 3, stored: 0, work: 3) { OnFailed = () => announced++ };
        meter.Set(workDone: 1, computed: 1, failed: 0);
        Assert.Equal(0, announced);
        meter.Set(workDone: 2, computed: 1, failed: 1);
        Assert.Equal(1, announced);
    }

    [Fact]
    public void The_remaining_time_follows_the_work_and_not_the_number_of_cells()
    {
        // One cell of 100, but nine tenths of the work.
        var meter = new ProgressMeter(cells: 100, stored: 0, work: 1000);
        meter.Set(workDone: 900, computed: 1, failed: 0);
        Assert.Equal(0.9, meter.Fraction, 12);
        Assert.Equal(10, meter.TimeLeft(TimeSpan.FromSeconds(90))!.Value.TotalSeconds, 6);
    }

    [Fact]
    public void Experiments_that_run_count_half()
    {
        // Six experiments of 8 s on two threads take 24 s. After 8.1 s one of the first two is stored and the other is about to be: 16 s remain, of which the count of stored ones alone makes 40.
        var meter = new ProgressMeter(cells: 3, stored: 0, work: 6) { Running = 2 };
        meter.Set(workDone: 1, computed: 0, failed: 0);
        Assert.Equal(8.1 * 4 / 2, meter.TimeLeft(TimeSpan.FromSeconds(8.1))!.Value.TotalSeconds, 6);

        // Of the last experiment half remains.
        meter.Set(workDone: 5, computed: 2, failed: 0);
        Assert.Equal(22 * 0.5 / 5.5, meter.TimeLeft(TimeSpan.FromSeconds(22))!.Value.TotalSeconds, 6);
        Assert.Null(new ProgressMeter(cells: 3, stored: 0, work: 6) { Running = 2 }.TimeLeft(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void Work_inside_the_experiments_that_run_is_progress_and_the_share_never_falls()
    {
        // Six experiments of one unit of work each; two run.
        double running = 0;
        var meter = new ProgressMeter(cells: 6, stored: 0, work: 6) { InProgress = () => running, Running = 2 };
        Assert.Equal("0 of 6 cells, 0.00 cells/s, 0 % of the work", meter.Line(TimeSpan.FromSeconds(1)));
        running = 1.5;
        Assert.Equal("0 of 6 cells, 0.00 cells/s, 25 % of the work, 0:30 left", meter.Line(TimeSpan.FromSeconds(10)));

        // An experiment has ended and is not stored yet, so its work is in neither number.
        running = 0.6;
        Assert.Equal(0.25, meter.Fraction, 12);
        meter.Set(workDone: 1, computed: 1, failed: 0);
        running = 1;
        Assert.Equal(1 / 3.0, meter.Fraction, 12);
        running = 9;
        Assert.Equal(1, meter.Fraction);
    }

    [Fact]
    public void It_shows_no_remaining_time_without_data_or_at_the_end()
    {
        var meter = new ProgressMeter(cells: 2, stored: 0, work: 1e6);
        Assert.Null(meter.TimeLeft(TimeSpan.FromSeconds(1)));
        meter.Set(workDone: 1, computed: 1, failed: 0);
        Assert.Null(meter.TimeLeft(TimeSpan.FromSeconds(1)));
        meter.Set(workDone: 1e6 + 1, computed: 2, failed: 0); // rounded work may sum to more than the total
        Assert.Equal(1, meter.Fraction);
        Assert.Null(meter.TimeLeft(TimeSpan.FromSeconds(2)));
        Assert.Equal(1, new ProgressMeter(cells: 5, stored: 5, work: 0).Fraction);
    }

    [Theory]
    [InlineData(0, "0:00")]
    [InlineData(59.9, "0:59")]
    [InlineData(60, "1:00")]
    [InlineData(3599, "59:59")]
    [InlineData(3600, "1:00:00")]
    [InlineData(90061, "25:01:01")]
    [InlineData(1e9, "277777:46:40")]
    public void The_clock_counts_hours_without_end(double seconds, string text) =>
        Assert.Equal(text, ProgressMeter.Clock(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(1, 8, "0.13")]
    [InlineData(99, 8, "12.4")]
    [InlineData(999, 8, "125")]
    public void The_rate_has_three_digits_or_so(int cells, double seconds, string rate)
    {
        var meter = new ProgressMeter(cells: 10_000, stored: 0, work: 1e9);
        meter.Set(workDone: cells, computed: cells, failed: 0);
        Assert.Contains($", {rate} cells/s", meter.Line(TimeSpan.FromSeconds(seconds)), StringComparison.Ordinal);
    }
}
