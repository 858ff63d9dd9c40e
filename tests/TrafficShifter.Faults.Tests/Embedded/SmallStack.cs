using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Upstream;
using TrafficShifter.Faults.Clock;

namespace TrafficShifter.Faults.Tests.Embedded;

/// <summary>One process with all roles and the embedded store, one HAProxy, the application `shop` in two colours.</summary>
internal sealed class SmallStack : IAsyncDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("small-").FullName;
    private readonly List<IAsyncDisposable> _started = [];
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(20) };

    public HAProxyProcess HAProxy { get; private set; } = null!;

    public ServerProcess Server { get; private set; } = null!;

    public string DataDirectory => Path.Combine(_root, "server");

    /// <param name="withMovableClock">And with VictoriaMetrics, whose clock stays right.</param>
    public static async Task<SmallStack> StartAsync(bool withMovableClock = false)
    {
        var stack = new SmallStack();
        try
        {
            await stack.LaunchAsync(withMovableClock);
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    public async Task<(int Status, string Text)> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Server.Address, path)) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await _http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        var (status, text) = await SendAsync(HttpMethod.Get, path);
        status.ShouldBe(200, text);
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    public Task<(int Status, string Text)> ShiftAsync(int green) => SendAsync(HttpMethod.Put, "api/v1/apps/shop/weights?wait=5s", new { blue = 100 - green, green, reason = "test" });

    /// <summary>The time of day that the server tells with its answers.</summary>
    public async Task<DateTimeOffset> TimeAsync()
    {
        using var answer = await _http.GetAsync(new Uri(Server.Address, "healthz"));
        return answer.Headers.Date.ShouldNotBeNull();
    }

    /// <summary>Green's weight as HAProxy itself tells it.</summary>
    public async Task<string> GreenAsync() => (await HAProxy.AskAsync("get weight shop/green1", CancellationToken.None)).Split(' ')[0];

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        foreach (var part in Enumerable.Reverse(_started)) await part.DisposeAsync();
        await Disk.SmallDisk.UndoAsync(DataDirectory);
        Directory.Delete(_root, recursive: true);
    }

    private async Task LaunchAsync(bool withMovableClock)
    {
        var upstream = await UpstreamApp.StartAsync(UpstreamPorts.Free(1, 1));
        _started.Add(upstream);
        HAProxyServer[] servers = [new("blue1", upstream.PortsOf(Colour.Blue)[0]), new("green1", upstream.PortsOf(Colour.Green)[0])];
        HAProxy = await HAProxyProcess.StartAsync(new HAProxySetup { Backends = [new HAProxyBackend("shop", ["shop.example.com"], servers, "/health")] }, CancellationToken.None);
        _started.Add(HAProxy);
        var setup = new ServerSetup { DataDirectory = Directory.CreateDirectory(DataDirectory).FullName, Nodes = [new ServerNode("local", HAProxy.RuntimeApiSocket)] };
        if (withMovableClock)
        {
            var metrics = await VictoriaMetricsProcess.StartAsync([new ScrapeTarget("local", HAProxy.MetricsPort)]);
            _started.Add(metrics);
            setup = FakedClock.Adjust("server", setup with { VictoriaMetrics = metrics.Address });
        }
        Server = await ServerProcess.StartAsync(setup);
        _started.Add(Server);
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await Server.ReadAdminTokenAsync());
        var put = await SendAsync(HttpMethod.Put, "api/v1/apps/shop", new { routing = new { backend = "shop" } });
        put.Status.ShouldBe(201, put.Text);
        (await ShiftAsync(30)).Status.ShouldBe(200);
    }
}
