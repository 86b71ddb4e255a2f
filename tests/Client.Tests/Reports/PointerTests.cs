using System.Text.Json.Nodes;

namespace RnnSweep.Client.Tests.Reports;

/// <summary>The pointer's label and the legends of a report in a real browser.</summary>
public sealed class PointerTests(Chromium browser) : IClassFixture<Chromium>
{
    private const string Diagram = "document.querySelector('svg[data-name=phase-diagram]')", Growth = "document.querySelector('svg[data-name=growth]')";

    // The keys of the groups that are shown.
    private const string Shown = $"[...{Growth}.querySelectorAll('[data-keys]')].filter(group => getComputedStyle(group).display !== 'none').map(group => group.dataset.keys).join('|')";

    private const string Entry = Growth + ".querySelector('[data-entry=\"0\"]')";

    // Two frames: the layout and the events that follow it.
    private const string Settle = "await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))";

    [SkippableTheory]
    [InlineData(400)]
    [InlineData(1600)]
    public async Task The_label_of_the_pointer_is_short_and_the_other_numbers_stand_below_the_figure(int width)
    {
        Skip.If(browser.Missing is not null, browser.Missing);
        using var sweep = new SyntheticSweep([("spectral_radius", ["1", "2", "3"]), ("sequence_length", ["10", "20"])], (spec, r) => (spec.SpectralRadius / 10) + (r / 100.0));
        sweep.Report.Write();
        await browser.Open(sweep.Folder["report.html"], width, 900, isDark: false);
        await browser.Press("Tab");
        await browser.Evaluate($"(async () => {{ {Diagram}.focus(); {Settle}; }})()");
        await browser.Press("ArrowRight");
        const string lines = "(() => { const box = document.getElementById('pointer'); return box.getBoundingClientRect().height / parseFloat(getComputedStyle(box).lineHeight); })()";
        Assert.InRange((double)(await browser.Evaluate(lines))!, 2, 4); // two or three lines and the padding

        // λ of the four networks is 0.2, 0.21, 0.22 and 0.23, so the median of log10 of the norm is 10 · 0.215 / ln 10 = 0.933733.
        Assert.Equal("median log₁₀ ‖∂xT/∂x0‖₂: 0.933733", (string)(await browser.Evaluate("document.querySelector('#pointer div').textContent"))!);
        Assert.Equal("ρ = 2, T = 10", (string)(await browser.Evaluate("document.querySelector('#pointer div + div').textContent"))!);
        const string below = $"(() => {{ const list = {Diagram}.closest('figure').querySelector('.pointed'); return list.getBoundingClientRect().top >= {Diagram}.getBoundingClientRect().bottom && list.textContent; }})()";
        Assert.Contains("lyapunov_max_median0.215", (string)(await browser.Evaluate(below))!, StringComparison.Ordinal);
        Assert.Empty(browser.Complaints);
    }

    [SkippableTheory]
    [InlineData(400, true)]
    [InlineData(1600, false)]
    public async Task A_legend_entry_hides_and_shows_its_line_by_click_and_by_key(int width, bool isDark)
    {
        Skip.If(browser.Missing is not null, browser.Missing);
        using var sweep = new SyntheticSweep([("spectral_radius", ["0.5", "1", "2"]), ("sequence_length", ["10", "20"])], (spec, r) => Math.Log(spec.SpectralRadius) + (r / 100.0));
        sweep.Report.Write();
        await browser.Open(sweep.Folder["report.html"], width, 900, isDark);
        string all = (string)(await browser.Evaluate(Shown))!;
        Assert.Contains("0", all.Split('|'));
        await Click();
        string[] rest = ((string)(await browser.Evaluate(Shown))!).Split('|');
        Assert.DoesNotContain(rest, keys => keys.Split(' ').Contains("0"));
        Assert.Contains("1", rest);
        Assert.Equal("false", (string)(await browser.Evaluate($"{Entry}.getAttribute('aria-pressed')"))!);

        await browser.Evaluate($"(async () => {{ {Entry}.focus(); {Settle}; }})()");
        await browser.Press("Enter");
        Assert.Equal(all, (string)(await browser.Evaluate(Shown))!);
        await browser.Press(" ");
        Assert.Equal(string.Join('|', rest), (string)(await browser.Evaluate(Shown))!);

        // The pointer does not find the points of a line that is hidden: the first is one of the second line.
        await browser.Press("Shift+Tab");
        Assert.Contains("ρ = 1, T = 10", (string)(await browser.Evaluate("document.getElementById('pointer').textContent"))!, StringComparison.Ordinal);
        Assert.Empty(browser.Complaints);
    }

    private async Task Click()
    {
        JsonNode at = (await browser.Evaluate($$"""
            (async () => {
              {{Growth}}.scrollIntoView({ block: 'center' });
              {{Settle}};
              const { left, top, width, height } = {{Entry}}.querySelector('text').getBoundingClientRect();
              return { x: left + width / 2, y: top + height / 2 };
            })()
            """))!;
        await browser.Click((double)at["x"]!, (double)at["y"]!);
    }
}
