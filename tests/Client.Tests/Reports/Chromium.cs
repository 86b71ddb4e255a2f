using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace RnnSweep.Client.Tests.Reports;

/// <summary>
/// A page of the system's browser, headless, shared by all tests of a class and driven by Playwright, which downloads no browser.
/// <see cref="Missing"/> has the reason when there is none.
/// </summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] s_names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private IPage? _page;

    /// <summary>Why there is no browser; null if there is one.</summary>
    public string? Missing { get; private set; }

    /// <summary>The page's errors: exceptions, console messages, violations of its security policy.</summary>
    public ConcurrentQueue<string> Complaints { get; } = new();

    /// <summary>The page's requests to any network or disk.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    private IPage Page => _page!;

    public async Task InitializeAsync()
    {
        string? program = s_names.SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
        if (program is null)
        {
            Missing = $"there is no browser here: {string.Join(", ", s_names)}";
            return;
        }

        try
        {
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(
                new() { ExecutablePath = program, Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage"] });
            _page = await _browser.NewPageAsync();
        }
        catch (PlaywrightException error)
        {
            Missing = $"{program} does not start here: {error.Message}";
            return;
        }

        Page.Console += (_, message) => Complaints.Enqueue(message.Text);
        Page.PageError += (_, error) => Complaints.Enqueue(error);
        Page.Request += (_, request) => Requests.Enqueue(request.Url);
    }

    /// <summary>Opens a file in a window of a given size, light or dark.</summary>
    public async Task Open(string file, int width, int height, bool isDark)
    {
        Complaints.Clear();
        Requests.Clear();
        await Page.SetViewportSizeAsync(width, height);
        await Page.EmulateMediaAsync(new() { ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light });
        await Page.GotoAsync(new Uri(file).AbsoluteUri, new() { Timeout = 180_000 }); // ms; a busy machine may need minutes
    }

    /// <summary>The awaited value of an expression in the page.</summary>
    public async Task<JsonNode?> Evaluate(string expression) =>
        await Page.EvaluateAsync<string?>($"(async () => JSON.stringify(await ({expression})))()") is { } json ? JsonNode.Parse(json) : null;

    public Task MoveMouse(double x, double y) => Page.Mouse.MoveAsync((float)x, (float)y);

    public Task Click(double x, double y) => Page.Mouse.ClickAsync((float)x, (float)y);

    public Task Press(string key) => Page.Keyboard.PressAsync(key);

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}
