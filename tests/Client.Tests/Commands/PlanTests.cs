using RnnSweep.Client.Commands;

namespace RnnSweep.Client.Tests.Commands;

public sealed class PlanTests
{
    [Theory]
    [InlineData(0.4, "a second")]
    [InlineData(1.4, "1 s")]
    [InlineData(99, "99 s")]
    [InlineData(120, "2 min")]
    [InlineData(5400, "90 min")]
    [InlineData(7200, "2 h")]
    [InlineData(864_000, "10 days")]
    public void An_estimated_time_has_about_two_digits(double seconds, string text) => Assert.Equal(text, PlanCommand.Duration(seconds));
}
