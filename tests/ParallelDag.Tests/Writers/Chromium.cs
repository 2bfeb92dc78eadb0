using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ParallelDag.Tests.Writers;

/// <summary>A headless Chromium with one page, driven by the DevTools protocol. Collects the errors that the page reports.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    /// <summary>The collection of tests that start a browser: one browser takes all of a small machine.</summary>
    public const string OneAtATime = "Chromium";

    private readonly Process _process;
    private readonly string _folder;
    private readonly ClientWebSocket _socket = new();
    private int _lastId;
    private bool _loaded;

    private Chromium(Process process, string folder)
    {
        _process = process;
        _folder = folder;
    }

    /// <summary>The browser, or null when it is not installed.</summary>
    public static string? Path { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator)
        .SelectMany(folder =>
            new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => System.IO.Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    /// <summary>Exceptions, errors on the console and failed requests.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>Starts the browser with an empty page of the given size.</summary>
    public static async Task<Chromium> StartAsync(int width, int height)
    {
        string folder = Directory.CreateTempSubdirectory("chromium").FullName;
        var start = new ProcessStartInfo(Path!) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in new[]
        {
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-port=0", $"--user-data-dir={folder}",
            $"--window-size={width},{height}", "about:blank",
        })
            start.ArgumentList.Add(argument);
        Process process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var browser = new Chromium(process, folder);
        await browser.ConnectAsync();
        return browser;
    }

    private async Task ConnectAsync()
    {
        string portFile = System.IO.Path.Combine(_folder, "DevToolsActivePort");
        string[] lines = [];
        for (int tries = 0; tries < 600 && lines.Length < 2; tries++)
        {
            await Task.Delay(100);
            lines = File.Exists(portFile) ? await File.ReadAllLinesAsync(portFile) : [];
        }

        Require(lines.Length >= 2, "Chromium did not open its debugging port within a minute");
        using var http = new HttpClient();
        JsonArray pages = (await http.GetFromJsonAsync<JsonArray>($"http://127.0.0.1:{lines[0]}/json/list"))!;
        string address = pages.First(page => (string?)page!["type"] == "page")!["webSocketDebuggerUrl"]!.GetValue<string>();
        await _socket.ConnectAsync(new Uri(address), CancellationToken.None);
        foreach (string domain in new[] { "Page", "Runtime", "Log", "Network" })
            await SendAsync($"{domain}.enable");
    }

    /// <summary>Opens a file and waits until <paramref name="ready"/> is true in it.</summary>
    public async Task OpenAsync(string path, string ready, string hash = "")
    {
        // From an empty page, as an address that differs in its hash alone, or not at all, loads nothing anew.
        foreach (string url in (string[])["about:blank", new Uri(path).AbsoluteUri + hash])
        {
            _loaded = false;
            await SendAsync("Page.navigate", new JsonObject { ["url"] = url });
            while (!_loaded)
                Note(await ReceiveAsync());
        }

        for (int tries = 0; tries < 1200; tries++)
        {
            if (await EvaluateAsync(ready) is JsonValue value && value.TryGetValue(out bool done) && done)
                return;
            await Task.Delay(100);
        }

        Require(false, "the page did not get ready within two minutes: " + string.Join("; ", Errors));
    }

    /// <summary>The value of a script expression.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        JsonObject result = await SendAsync("Runtime.evaluate",
            new JsonObject { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        Require(result["exceptionDetails"] is null, $"{expression}: {result["exceptionDetails"]}");
        return result["result"]!["value"]?.DeepClone();
    }

    /// <summary>Presses and releases the left mouse button.</summary>
    public async Task ClickAsync(double x, double y)
    {
        foreach (string type in new[] { "mousePressed", "mouseReleased" })
            await SendAsync("Input.dispatchMouseEvent",
                new JsonObject { ["type"] = type, ["x"] = x, ["y"] = y, ["button"] = "left", ["clickCount"] = 1 });
    }

    /// <summary>Turns the mouse wheel.</summary>
    public Task WheelAsync(double x, double y, double delta) =>
        SendAsync("Input.dispatchMouseEvent",
            new JsonObject { ["type"] = "mouseWheel", ["x"] = x, ["y"] = y, ["deltaX"] = 0, ["deltaY"] = delta });

    /// <summary>Types into what has the focus.</summary>
    public Task TypeAsync(string text) => SendAsync("Input.insertText", new JsonObject { ["text"] = text });

    /// <summary>Presses and releases a key of that name, as a keyboard does.</summary>
    public async Task KeyAsync(string key, bool shift = false)
    {
        int code = key switch
        {
            "Tab" => 9, "Enter" => 13, "Escape" => 27, "End" => 35, "Home" => 36, "ArrowLeft" => 37, "ArrowUp" => 38, "ArrowRight" => 39,
            "ArrowDown" => 40, _ => char.ToUpperInvariant(key[0]),
        };
        string? text = key.Length == 1 ? key : key == "Enter" ? "\r" : null;
        foreach (string type in new[] { text is null ? "rawKeyDown" : "keyDown", "keyUp" })
        {
            var press = new JsonObject { ["type"] = type, ["key"] = key, ["windowsVirtualKeyCode"] = code, ["modifiers"] = shift ? 8 : 0 };
            if (text is not null && type == "keyDown")
                press["text"] = text;
            await SendAsync("Input.dispatchKeyEvent", press);
        }
    }

    /// <summary>What the user asked the system for: <c>prefers-color-scheme</c> dark, <c>forced-colors</c> active.</summary>
    public Task MediaAsync(params (string Name, string Value)[] features) => SendAsync("Emulation.setEmulatedMedia", new JsonObject
    {
        ["features"] = new JsonArray(
            [.. features.Select(feature => new JsonObject { ["name"] = feature.Name, ["value"] = feature.Value })]),
    });

    /// <summary>A screenshot as PNG.</summary>
    public async Task<byte[]> ScreenshotAsync() =>
        Convert.FromBase64String(
            (await SendAsync("Page.captureScreenshot", new JsonObject { ["format"] = "png" }))["data"]!.GetValue<string>());

    private async Task<JsonObject> SendAsync(string method, JsonObject? parameters = null)
    {
        int id = ++_lastId;
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        await _socket.SendAsync(Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, true, CancellationToken.None);
        while (true)
        {
            JsonObject reply = await ReceiveAsync();
            if (reply["id"]?.GetValue<int>() == id)
            {
                Require(reply["error"] is null, $"{method}: {reply["error"]}");
                return reply["result"]!.AsObject();
            }

            Note(reply);
        }
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidOperationException(otherwise);
    }

    private void Note(JsonObject happening)
    {
        JsonNode? details = happening["params"];
        switch ((string?)happening["method"])
        {
            case "Page.loadEventFired":
                _loaded = true;
                break;
            case "Runtime.exceptionThrown":
                Errors.Add(details!["exceptionDetails"]!.ToJsonString());
                break;
            case "Runtime.consoleAPICalled" when (string?)details!["type"] is "error" or "warning" or "assert":
            case "Log.entryAdded" when (string?)details!["entry"]!["level"] is "error" or "warning":
            case "Network.loadingFailed":
                Errors.Add(details!.ToJsonString());
                break;
            default:
                break;
        }
    }

    private async Task<JsonObject> ReceiveAsync()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        using var buffer = new MemoryStream();
        byte[] part = new byte[1 << 16];
        while (true)
        {
            WebSocketReceiveResult result = await _socket.ReceiveAsync(part, timeout.Token);
            buffer.Write(part, 0, result.Count);
            if (result.EndOfMessage)
                return JsonSerializer.Deserialize<JsonObject>(buffer.GetBuffer().AsSpan(0, (int)buffer.Length))!;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        for (int tries = 0; tries < 20 && Directory.Exists(_folder); tries++)
        {
            try
            {
                Directory.Delete(_folder, recursive: true);
            }
            catch (IOException)
            {
                await Task.Delay(100); // A dying child may still write there.
            }
        }
    }
}
