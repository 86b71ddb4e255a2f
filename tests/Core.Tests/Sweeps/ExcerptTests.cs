using RnnSweep.Core.Sweeps;

namespace RnnSweep.Core.Tests.Sweeps;

public sealed class ExcerptTests
{
    [Theory]
    [InlineData("ρ = 0.5", "ρ = 0.5")]
    [InlineData("", "empty")]
    [InlineData("a\u001b[31mb\n", "a\\u001b[31mb\\u000a")]
    [InlineData("a\u202eb", "a\\u202eb")] // which reverses the text after it
    [InlineData("a\u2028b\u2029", "a\\u2028b\\u2029")]
    public void It_has_no_character_that_controls_a_terminal(string text, string shown) => Assert.Equal(shown, Excerpt.Of(text));

    [Theory]
    [InlineData("1234567890", "1234567890")]
    [InlineData("12345678901", "1234567890…")]
    [InlineData("12345678\U0001f600", "12345678\U0001f600")] // a character of two units
    public void A_longer_text_is_cut(string text, string shown) => Assert.Equal(shown, Excerpt.Of(text, longest: 10));
}
