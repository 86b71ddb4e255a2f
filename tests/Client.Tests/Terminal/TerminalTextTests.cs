using RnnSweep.Client.Terminal;

namespace RnnSweep.Client.Tests.Terminal;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("ρ = 0.5, plain\ttext\n", "ρ = 0.5, plain\ttext\n")]
    [InlineData("\u001b[31mred\u001b[0m", "\u001b[31mred\u001b[0m")]
    [InlineData("a\u001b]0;title\u0007b", "a\\u001b]0;title\\u0007b")]
    [InlineData("\u001b", "\\u001b")]
    [InlineData("\u009b31m", "\\u009b31m")]
    [InlineData("\u007f", "\\u007f")]
    public void Control_characters_are_escaped_except_those_of_styles_and_lines(string text, string shown) => Assert.Equal(shown, TerminalText.WithStyles(text));

    [Fact]
    public void Names_have_no_control_characters_at_all() => Assert.Equal("a\\u001b[31m\\u000ab", TerminalText.Plain("a\u001b[31m\nb"));
}
