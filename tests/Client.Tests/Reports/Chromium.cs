using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using RnnSweep.Client.Tests.Results;

namespace RnnSweep.Client.Tests.Reports;

/// <summary>
/// A browser without a window, one for all tests of a class, told what to do by the DevTools protocol. <see cref="Missing"/> says why there is none.
/// </summary>
public sealed class Chromium : IAsyncLifetime, IDisposable
{
    private static readonly string[] s_names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private readonly TemporaryFolder _profile = new();
    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> _waiting = new();
    private Process? _process;
    private Task _receiving = Task.CompletedTask, _reading = Task.CompletedTask;
    private int _lastId;

    /// <summary>Why there is no browser; null where there is one.</summary>
    public string? Missing { get; private set; }

    /// <summary>What the page complained of: exceptions, messages of the console, violations of its policy.</summary>
    public ConcurrentQueue<string> Complaints { get; } = new();

    /// <summary>What the page asked for over any network or disk.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    private string Session { get; set; } = "";

    public async Task InitializeAsync()
    {
        string? program = s_names.SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
        if (program is null)
        {
            Missing = $"there is no browser here: {string.Join(", ", s_names)}";
            return;
        }

        _process = Process.Start(new ProcessStartInfo(program,
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-port=0", $"--user-data-dir={_profile.Path}", "about:blank",
        ])
        { RedirectStandardError = true })!;
        const string listening = "DevTools listening on ";
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (await _process.StandardError.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.StartsWith(listening, StringComparison.Ordinal))
            {
                _reading = _process.StandardError.ReadToEndAsync(CancellationToken.None); // so that it never waits for a reader
                await _socket.ConnectAsync(new Uri(line[listening.Length..]), patience.Token);
                _receiving = Task.Run(Receive);
                JsonNode target = await Send("Target.createTarget", new { url = "about:blank" }, session: "");
                JsonNode session = await Send("Target.attachToTarget", new { targetId = (string)target["targetId"]!, flatten = true }, session: "");
                Session = (string)session["sessionId"]!;
                foreach (string domain in new[] { "Page", "Runtime", "Log", "Network" })
                {
                    await Send($"{domain}.enable", new { });
                }

                return;
            }
        }

        Missing = $"{program} does not start here";
    }

    /// <summary>Opens a file in a window of some size, light or dark.</summary>
    public async Task Open(string file, int width, int height, bool isDark)
    {
        Complaints.Clear();
        Requests.Clear();
        await Send("Emulation.setDeviceMetricsOverride", new { width, height, deviceScaleFactor = 1, mobile = false });
        await Send("Emulation.setEmulatedMedia", new { features = new[] { new { name = "prefers-color-scheme", value = isDark ? "dark" : "light" } } });
        await Send("Page.navigate", new { url = new Uri(file).AbsoluteUri });
        await Evaluate("new Promise(done => document.readyState === 'complete' ? done(0) : addEventListener('load', () => done(0)))");
    }

    /// <summary>The value of an expression in the page, awaited.</summary>
    public async Task<JsonNode?> Evaluate(string expression)
    {
        JsonNode answer = await Send("Runtime.evaluate", new { expression, awaitPromise = true, returnByValue = true });
        Assert.True(answer["exceptionDetails"] is null, $"{expression}\n{answer["exceptionDetails"]}");
        return answer["result"]!["value"];
    }

    public Task MoveMouse(double x, double y) => Send("Input.dispatchMouseEvent", new { type = "mouseMoved", x, y });

    public async Task Press(string key)
    {
        await Send("Input.dispatchKeyEvent", new { type = "keyDown", key });
        await Send("Input.dispatchKeyEvent", new { type = "keyUp", key });
    }

    public async Task DisposeAsync()
    {
        if (_socket.State == WebSocketState.Open)
        {
            await Send("Browser.close", new { }, session: "");
        }

        if (_process?.WaitForExit(TimeSpan.FromSeconds(20)) == false)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        await _receiving;
        await _reading;
    }

    public void Dispose()
    {
        _process?.Dispose();
        _socket.Dispose();
        _sending.Dispose();
        _profile.Dispose();
    }

    private async Task<JsonNode> Send(string method, object parameters, string? session = null)
    {
        int id = Interlocked.Increment(ref _lastId);
        var answer = new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[id] = answer;
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = JsonSerializer.SerializeToNode(parameters) };
        if ((session ?? Session) is { Length: > 0 } to)
        {
            message["sessionId"] = to;
        }

        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }

        return await answer.Task.WaitAsync(TimeSpan.FromMinutes(1));
    }

    private async Task Receive()
    {
        var buffer = new byte[1 << 16];
        var message = new MemoryStream();
        try
        {
            while (_socket.State == WebSocketState.Open)
            {
                WebSocketReceiveResult part = await _socket.ReceiveAsync(buffer, CancellationToken.None);
                message.Write(buffer, 0, part.Count);
                if (part.EndOfMessage && part.MessageType == WebSocketMessageType.Text)
                {
                    Take(JsonNode.Parse(message.ToArray())!);
                }

                message.SetLength(part.EndOfMessage ? 0 : message.Length);
            }
        }
        catch (WebSocketException)
        {
            // The browser is gone.
        }
    }

    private void Take(JsonNode message)
    {
        if ((int?)message["id"] is { } id && _waiting.TryRemove(id, out TaskCompletionSource<JsonNode>? answer))
        {
            if (message["error"] is { } error)
            {
                answer.SetException(new InvalidOperationException(error.ToJsonString()));
            }
            else
            {
                answer.SetResult(message["result"]!);
            }
        }

        switch ((string?)message["method"])
        {
            case "Runtime.exceptionThrown" or "Runtime.consoleAPICalled" or "Log.entryAdded":
                Complaints.Enqueue(message["params"]!.ToJsonString());
                break;
            case "Network.requestWillBeSent":
                Requests.Enqueue((string)message["params"]!["request"]!["url"]!);
                break;
        }
    }
}
