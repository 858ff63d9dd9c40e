using System.Net;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.HAProxy.Tests;

/// <summary>Plan, reconcile and load balancer together on a real HAProxy: what users get.</summary>
public sealed class WeightsRoutingTests : IAsyncLifetime
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 8 });
    private static readonly Routing Routing = new() { Backend = ProxyName.Parse("shop") };

    private readonly List<ColourServer> _servers = [];
    private HAProxyProcess? _haproxy;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_haproxy is not null) await _haproxy.DisposeAsync();
        foreach (var server in _servers) await server.DisposeAsync();
    }

    [Theory]
    [InlineData(1, 1, "10%", 200)]
    [InlineData(3, 2, "10%", 200)]
    [InlineData(3, 2, "1%", 20)]
    [InlineData(2, 1, "0%", 0)]
    [InlineData(1, 2, "100%", 2000)]
    public async Task Green_gets_its_share_of_2000_requests(int blue, int green, string share, int expected)
    {
        await StartAsync(blue, green);

        (await ShiftAsync(share)).IsSettled.ShouldBeTrue();

        (await CountGreenAsync(2000)).ShouldBeInRange(expected - 2, expected + 2);
    }

    [Fact]
    public async Task First_request_after_a_shift_is_served_by_the_new_colour()
    {
        await StartAsync(1, 1);
        foreach (var (share, colour) in Enumerable.Range(0, 50).Select(n => n % 2 == 0 ? ("100%", "green") : ("0%", "blue")))
        {
            await ShiftAsync(share);

            (await GetAsync("shop.test")).ShouldBe(colour);
        }
    }

    [Fact]
    public async Task Nobody_notices_shifts_and_reloads_under_load()
    {
        await StartAsync(3, 2);
        using var enough = new CancellationTokenSource();
        var load = Enumerable.Range(0, 4).Select(async _ =>
        {
            var served = 0;
            for (; !enough.IsCancellationRequested; served++) await GetAsync("shop.test");
            return served;
        }).ToList();

        foreach (var share in Enumerable.Range(0, 200).Select(n => (n % 4) switch { 0 => "100%", 1 => "0%", 2 => "50%", _ => "10%" })) await ShiftAsync(share);
        await _haproxy!.ReloadAsync(CancellationToken.None);
        await ShiftAsync("10%");

        await enough.CancelAsync();
        (await Task.WhenAll(load)).ShouldAllBe(served => served > 0);
    }

    [Fact]
    public async Task Unknown_host_is_told_so_and_case_and_port_of_a_host_do_not_matter()
    {
        await StartAsync(1, 1);

        (await GetAsync("SHOP.test:8080")).ShouldBeOneOf("blue", "green");
        using var request = new HttpRequestMessage(HttpMethod.Get, _haproxy!.FrontendUrl) { Headers = { Host = "nobody.test" } };
        using var response = await Http.SendAsync(request);
        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await response.Content.ReadAsStringAsync()).ShouldBe("no application has this host\n");
    }

    [Fact]
    public async Task Requests_of_each_server_are_exported()
    {
        await StartAsync(1, 1);
        await ShiftAsync("100%");
        await CountGreenAsync(12);

        var metrics = await Http.GetStringAsync(new Uri($"http://127.0.0.1:{_haproxy!.MetricsPort}/metrics"));
        metrics.ShouldContain("haproxy_server_http_responses_total{proxy=\"shop\",server=\"green1\",code=\"2xx\"} 12\n");
    }

    [Theory]
    [InlineData(null, "blue")]
    [InlineData("192.0.2.0/24 198.51.100.7", "blue")]
    [InlineData("192.0.2.0/24 127.0.0.0/8", "blue for alice")]
    public async Task Who_a_user_is_says_nobody_who_is_not_trusted(string? trusted, string expected)
    {
        await StartAsync(1, 1, trusted is null ? [] : new() { ["HAPROXY_TRUSTED_NETWORKS"] = trusted });
        await ShiftAsync("0%");

        using var request = new HttpRequestMessage(HttpMethod.Get, _haproxy!.FrontendUrl) { Headers = { Host = "shop.test" } };
        request.Headers.Add("X-User-Id", "alice");
        using var response = await Http.SendAsync(request);
        (await response.Content.ReadAsStringAsync()).ShouldBe(expected);
    }

    private async Task StartAsync(int blue, int green, Dictionary<string, string>? variables = null)
    {
        var servers = new List<HAProxyServer>();
        foreach (var (colour, count) in new[] { ("blue", blue), ("green", green) })
        {
            _servers.Add(await ColourServer.StartAsync(colour));
            servers.AddRange(Enumerable.Range(1, count).Select(n => new HAProxyServer($"{colour}{n}", _servers[^1].Port)));
        }
        _haproxy = await HAProxyProcess.StartAsync(
            new HAProxySetup { Backends = [new HAProxyBackend("shop", ["shop.test"], servers, HealthPath: "/healthz")], Variables = variables ?? [] }, CancellationToken.None);
    }

    /// <summary>What the service does for a shift: read, plan, write, read back and plan again.</summary>
    private async Task<Reconciliation> ShiftAsync(string green)
    {
        var loadBalancer = new HAProxyLoadBalancer(new RuntimeApiClient(RuntimeApiAddress.Parse(_haproxy!.RuntimeApiSocket), Patient.Options));
        var plan = await PlanAsync();
        (await loadBalancer.SetWeightsAsync(plan.Commands, CancellationToken.None)).Refused.ShouldBeEmpty();
        return await PlanAsync();

        async Task<Reconciliation> PlanAsync()
        {
            var reading = await loadBalancer.ReadAsync([Routing.Backend!], CancellationToken.None);
            return Reconciliation.Plan(Routing, Share.Parse(green), reading.Backends[Routing.Backend!], allowUnusableTarget: false);
        }
    }

    private async Task<int> CountGreenAsync(int requests)
    {
        var counts = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            var green = 0;
            for (var n = 0; n < requests / 4; n++) green += await GetAsync("shop.test") == "green" ? 1 : 0;
            return green;
        }));
        return counts.Sum();
    }

    private async Task<string> GetAsync(string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _haproxy!.FrontendUrl) { Headers = { Host = host } };
        using var response = await Http.SendAsync(request);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await response.Content.ReadAsStringAsync();
    }
}
