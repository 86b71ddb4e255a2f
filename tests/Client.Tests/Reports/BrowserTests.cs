using System.Text.Json.Nodes;
using RnnSweep.Client.Tests.Commands;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Client.Tests.Results;

namespace RnnSweep.Client.Tests.Reports;

/// <summary>Reports in a real browser: they use no network, nothing overlaps, and the tooltip shows the table's numbers.</summary>
public sealed class BrowserTests(Chromium browser) : IClassFixture<Chromium>, IDisposable
{
    // Two frames: the layout and the events that follow it.
    private const string Settle = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))";

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Examples => ExamplesTests.Examples;

    [SkippableTheory]
    [MemberData(nameof(Examples))]
    public async Task An_example_is_shown_completely_and_its_cells_have_tooltips(string example)
    {
        Skip.If(browser.Missing is not null, browser.Missing);
        string page = Report(example);
        var backgrounds = new HashSet<string>();
        foreach ((int width, bool isDark) in new[] { (1600, false), (1600, true), (400, false), (400, true) })
        {
            await browser.Open(page, width, 900, isDark);
            backgrounds.Add((string)(await browser.Evaluate("getComputedStyle(document.body).backgroundColor"))!);
            Assert.InRange((int)(await browser.Evaluate("document.documentElement.scrollWidth"))!, 1, width);
            Assert.Equal("", (string)(await browser.Evaluate(Overlaps))!);
            Assert.True((bool)(await browser.Evaluate(StaysInPlace))!);
            Assert.Empty(browser.Complaints);
            Assert.Equal([new Uri(page).AbsoluteUri], browser.Requests);
        }

        Assert.Equal(2, backgrounds.Count);
        await AssertPointing(page);
        await AssertKeyboard();
        await AssertSorting();
        Assert.Empty(browser.Complaints);
    }

    [SkippableFact]
    public async Task The_security_policy_of_the_page_blocks_requests_and_other_scripts()
    {
        Skip.If(browser.Missing is not null, browser.Missing);
        using var sweep = new SyntheticSweep([("spectral_radius", ["1", "2", "3"])], (_, _) => 0.1, name: "<b>bold</b>");
        sweep.Report.Write();
        await browser.Open(sweep.Folder["report.html"], 800, 600, isDark: false);
        Assert.Equal("<b>bold</b>", (string)(await browser.Evaluate("document.querySelector('h1').textContent"))!);
        Assert.Equal("refused", (string)(await browser.Evaluate("fetch('data:text/plain,x').then(() => 'let out', () => 'refused')"))!);
        Assert.Equal("undefined", (string)(await browser.Evaluate(
            "(() => { const s = document.createElement('script'); s.textContent = 'window.foreign = 1'; document.body.append(s); return typeof window.foreign; })()"))!);
        Assert.NotEmpty(browser.Complaints);
    }

    [SkippableTheory]
    [InlineData(400)]
    [InlineData(1600)]
    public async Task The_table_shows_hidden_columns_on_demand_and_shades_the_end_where_it_is_cut_off(int width)
    {
        Skip.If(browser.Missing is not null, browser.Missing);
        using var sweep = new SyntheticSweep([("spectral_radius", ["1", "2", "3"]), ("sequence_length", ["10", "20"])], (spec, r) => spec.SpectralRadius + r);
        sweep.Report.Write();
        await browser.Open(sweep.Folder["report.html"], width, 900, isDark: false);
        const string displays = "[...document.querySelectorAll('tr > :nth-child(' + (1 + [...document.querySelectorAll('thead th')].findIndex(head => head.textContent === 'count_ok')) + ')')].map(field => getComputedStyle(field).display).join(' ')";
        Assert.Equal(string.Join(' ', Enumerable.Repeat("none", 7)), (string)(await browser.Evaluate(displays))!);
        await browser.Evaluate("document.getElementById('all').click()");
        Assert.Equal(string.Join(' ', Enumerable.Repeat("table-cell", 7)), (string)(await browser.Evaluate(displays))!);
        Assert.Equal("true", (string)(await browser.Evaluate($$"""
            (async () => {
              const scroll = document.querySelector('.scroll'), isCut = () => document.querySelector('.outline').classList.contains('more-right'), first = document.querySelector('tbody .fixed');
              const before = isCut(), left = first.getBoundingClientRect().left;
              scroll.scrollLeft = 1e5;
              await {{Settle}};
              return String(before && !isCut() && Math.abs(first.getBoundingClientRect().left - left) < 12);
            })()
            """))!);
        Assert.Empty(browser.Complaints);
    }

    public void Dispose() => _folder.Dispose();

    // Labels of one figure that overlap by more than the space around their letters, or that extend beyond it.
    private const string Overlaps = """
        (() => {
          const bad = [];
          for (const svg of document.querySelectorAll('svg.figure')) {
            if (svg.closest('[hidden]')) continue;
            const frame = svg.getBoundingClientRect();
            const boxes = [...svg.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect()]);
            boxes.forEach(([text, a], i) => {
              if (a.left < frame.left - 1 || a.right > frame.right + 1 || a.bottom > frame.bottom + 2) bad.push(`${svg.dataset.name}: ${text} sticks out`);
              for (const [other, b] of boxes.slice(i + 1)) {
                const width = Math.min(a.right, b.right) - Math.max(a.left, b.left), height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
                if (width > 0 && height > 3) bad.push(`${svg.dataset.name}: ${text} over ${other}`);
              }
            });
          }
          return bad.join('; ');
        })()
        """;

    // The column of coordinates, which stays visible when the table is scrolled.
    private const string StaysInPlace = """
        (() => {
          const box = document.querySelector('.scroll');
          box.scrollLeft = 1e4;
          const isInBox = [...box.querySelectorAll('.fixed')].every(field => field.getBoundingClientRect().left >= box.getBoundingClientRect().left);
          box.scrollLeft = 0;
          return isInBox;
        })()
        """;

    private string Report(string example)
    {
        // The example with its axes, but with small networks and short sequences.
        string text = File.ReadAllText(SourceTree.PathOf("examples", example));
        List<string> sets = ["--set", "replicates=4"];
        bool isLengthAxis = text.Contains("sequence_length: [", StringComparison.Ordinal);
        sets.AddRange(["--set", isLengthAxis ? "sequence_length=3,10,20" : "sequence_length=12"]);
        bool isSized = text.Contains("hidden_size: 1\n", StringComparison.Ordinal) || text.Contains(".safetensors", StringComparison.Ordinal);
        if (!isSized)
        {
            sets.AddRange(["--set", "hidden_size=5"]);
        }

        if (text.Contains("\ntransient:", StringComparison.Ordinal))
        {
            sets.AddRange(["--set", "transient=2"]);
        }

        RunningProgram.Run(_folder.Path, ["run", SourceTree.PathOf("examples", example), .. sets, "-o", "run"]).Expect(0);
        return _folder["run/report.html"];
    }

    private async Task AssertPointing(string page)
    {
        string[][] summary = [.. File.ReadLines(Path.Combine(Path.GetDirectoryName(page)!, "summary.csv")).Select(line => line.Split(','))];
        await browser.Open(page, 1200, 900, isDark: false);
        JsonNode data = JsonNode.Parse((string)(await browser.Evaluate("document.getElementById('data').textContent"))!)!;
        JsonObject figures = data["figures"]!.AsObject();
        summary = InRowsOf(data, summary);
        Assert.NotEmpty(figures);
        foreach ((string name, JsonNode? targets) in figures)
        {
            // If there are several panels, one is selected.
            await browser.Evaluate($$"""
                (() => {
                  const section = document.querySelector('svg[data-name="{{name}}"]').closest('section'), select = section.querySelector('select');
                  if (!select) return;
                  select.selectedIndex = [...section.querySelectorAll('svg.figure')].findIndex(svg => svg.dataset.name === '{{name}}');
                  select.dispatchEvent(new Event('change'));
                })()
                """);
            foreach ((double x, double y, int? row) in Places(targets!))
            {
                JsonNode at = (await browser.Evaluate($$"""
                    (async () => {
                      const svg = document.querySelector('svg[data-name="{{name}}"]');
                      svg.scrollIntoView({ block: 'center' });
                      await {{Settle}};
                      const { x, y } = new DOMPoint({{Text(x)}}, {{Text(y)}}).matrixTransform(svg.getScreenCTM());
                      return { x, y };
                    })()
                    """))!;
                await browser.MoveMouse((double)at["x"]!, (double)at["y"]!);
                AssertShown(await Shown(), summary, row);
            }
        }
    }

    // The lines of the page's rows: of a search along an axis, the page has fewer than summary.csv, and they are found by their coordinates.
    private static string[][] InRowsOf(JsonNode data, string[][] summary)
    {
        JsonArray[] rows = [.. data["rows"]!.AsArray().Select(row => row!.AsArray())];
        int coordinates = (int)data["coordinates"]!;
        return rows.Length == summary.Length - 1
            ? summary
            : [summary[0], .. rows.Select(row => summary[1..].Single(line => line[..coordinates].SequenceEqual(row.Take(coordinates).Select(text => (string)text!))))];
    }

    private async Task AssertKeyboard()
    {
        await browser.Press("Tab");
        await browser.Evaluate($"(async () => {{ document.querySelector('svg.figure').focus(); await {Settle}; }})()");
        var rows = new HashSet<int>();
        foreach (string key in new[] { "ArrowRight", "ArrowRight", "ArrowLeft" })
        {
            await browser.Press(key);
            rows.Add((int)(await Shown())["row"]!);
        }

        Assert.InRange(rows.Count, 2, 3);
        await browser.Press("Escape");
        Assert.True((bool)(await browser.Evaluate("document.getElementById('pointer').hidden"))!);
    }

    private async Task AssertSorting()
    {
        JsonArray sorted = (await browser.Evaluate("""
            (() => {
              const heads = [...document.querySelectorAll('thead th')];
              const texts = at => [...document.querySelectorAll('tbody tr')].map(line => line.children[at].textContent);
              // The norms are empty where leading exponents alone are measured.
              const at = ['log10_spectral_norm_median', 'lyapunov_max_mean'].map(name => heads.findIndex(head => head.textContent === name))
                .find(at => at >= 0 && texts(at).every(text => text !== ''));
              heads[at].firstChild.click();
              return texts(at);
            })()
            """))!.AsArray();
        double[] numbers = [.. sorted.Select(text => double.Parse((string)text!))];
        Assert.True(numbers.Length > 1);
        Assert.Equal(numbers.Order(), numbers);
    }

    private async Task<JsonObject> Shown() => (await browser.Evaluate("""
        (() => {
          const box = document.getElementById('pointer');
          const fields = {};
          if (!box.hidden) document.querySelector('svg.figure:has(.cursor)').closest('figure').querySelectorAll('.pointed dt').forEach(term => { fields[term.textContent] = term.nextSibling.textContent; });
          const { left, right, top, bottom } = box.getBoundingClientRect();
          return { row: box.hidden ? -1 : Number(box.dataset.row), fields, isInside: left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight };
        })()
        """))!.AsObject();

    private static void AssertShown(JsonObject shown, string[][] summary, int? row)
    {
        Assert.NotEqual(-1, (int)shown["row"]!);
        Assert.True((bool)shown["isInside"]!);
        if (row is not null)
        {
            Assert.Equal(row, (int)shown["row"]!);
        }

        // No cell is missing, so the page's row is one of these.
        string[] header = summary[0], expected = summary[1 + (int)shown["row"]!];
        int compared = 0;
        foreach ((string column, JsonNode? value) in shown["fields"]!.AsObject())
        {
            int at = Array.IndexOf(header, column);
            if (at >= 0)
            {
                double number = double.TryParse(expected[at], out double known) ? known : double.NaN;
                Assert.True(
                    expected[at].EndsWith((string)value!, StringComparison.Ordinal) || double.Parse(number.ToString("G6"))
                        == double.Parse((string)value!),
                    $"{column}: {value} is shown, {expected[at]} is in the table");
                compared++;
            }
        }

        Assert.InRange(compared, 7, 40); // leading exponents alone leave the numbers of the product out
    }

    // The first, a middle and the last target, and its row if it is unique.
    private static IEnumerable<(double X, double Y, int? Row)> Places(JsonNode targets)
    {
        if (targets["points"] is JsonArray points)
        {
            int count = points.Count / 4;
            foreach (int t in new[] { 0, count / 2, count - 1 }.Distinct())
            {
                yield return ((double)points[4 * t]!, (double)points[(4 * t) + 1]!, null);
            }

            yield break;
        }

        JsonArray x = targets["x"]!.AsArray(), y = targets["y"]!.AsArray(), rows = targets["rows"]!.AsArray();
        foreach ((int i, int j) in new[] { (0, 0), ((x.Count - 1) / 2, (y.Count - 1) / 2), (x.Count - 2, y.Count - 2) })
        {
            yield return (((double)x[i]! + (double)x[i + 1]!) / 2, ((double)y[j]! + (double)y[j + 1]!) / 2, (int)rows[(i * (y.Count - 1)) + j]!);
        }
    }

    private static string Text(double value) => value.ToString();
}
