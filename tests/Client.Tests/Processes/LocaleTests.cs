using System.Globalization;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>The code that writes and reads numbers names no culture, because the processes use the invariant culture.</summary>
public sealed class LocaleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Tests_run_with_the_invariant_culture()
    {
        Assert.Equal(CultureInfo.InvariantCulture, CultureInfo.CurrentCulture);
        Assert.Throws<CultureNotFoundException>(() => new CultureInfo("de-DE"));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("0")]
    public void A_locale_with_decimal_commas_changes_no_number(string invariant)
    {
        ProgramResult english = Plan([]), german = Plan(new() { ["LC_ALL"] = "de_DE.UTF-8", ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = invariant });
        Assert.Contains("operations", english.Output, StringComparison.Ordinal);
        Assert.Equal(english.Output, german.Output);
    }

    public void Dispose() => _folder.Dispose();

    private ProgramResult Plan(Dictionary<string, string> environment) =>
        RunningProgram.Run(_folder.Path, environment, "plan", "--set", "spectral_radius=0.5..1.5/3", "--set", "threshold=1.5").Expect(0);
}
