using System.Globalization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.HAProxy.Tests;

/// <summary>What HAProxy's own persistence does to a rollback, and how it is told from what only looks like it.</summary>
public sealed class PersistenceTests : IAsyncLifetime
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseCookies = false });
    private readonly List<ColourServer> _servers = [];
    private HAProxyProcess? _haproxy;

    private int UsersPort { get; } = FreePorts.Take();

    private HAProxyLoadBalancer LoadBalancer => new(new RuntimeApiClient(RuntimeApiAddress.Parse(_haproxy!.RuntimeApiSocket), Patient.Options));

    public async Task InitializeAsync()
    {
        foreach (var colour in new[] { "blue", "green" }) _servers.Add(await ColourServer.StartAsync(colour));
    }

    public async Task DisposeAsync()
    {
        if (_haproxy is not null) await _haproxy.DisposeAsync();
        foreach (var server in _servers) await server.DisposeAsync();
    }

    [Theory]
    [InlineData("cookie SRV insert indirect nocache", "cookie b", "cookie g")]
    [InlineData("cookie SRV insert indirect nocache dynamic\n    dynamic-cookie-key secret", "", "")]
    [InlineData("cookie SRV insert indirect nocache", "", "cookie g")]
    [InlineData("stick-table type ip size 1k expire 10m\n    stick on src", "", "")]
    [InlineData("stick-table type string len 32 size 1k expire 10m\n    stick match req.hdr(x-user)\n    stick store-request req.hdr(x-user)", "", "")]
    public async Task A_user_that_it_keeps_is_served_by_green_at_weight_0_and_it_is_found(string backend, string blue, string green)
    {
        await StartAsync("shop", backend, blue, green);
        await SetWeightsAsync(0, 100);
        var (served, cookie) = await GetAsync(user: "ann", cookie: null);
        served.ShouldBe("green");

        // The rollback.
        await SetWeightsAsync(100, 0);

        (await GetAsync(user: "ann", cookie)).Served.ShouldBe("green", "the user that is kept");
        (await FindAsync("shop")).ShouldBe(backend.StartsWith("cookie", StringComparison.Ordinal) ? new Persistence(Cookie: "SRV") : new Persistence(StickTable: true));
    }

    [Theory]
    [InlineData("cookie SRV insert indirect nocache", "cookie b", "cookie g")]
    [InlineData("stick-table type ip size 1k expire 10m\n    stick on src", "", "")]
    public async Task Maintenance_moves_a_user_that_it_keeps_and_the_user_stays_moved(string backend, string blue, string green)
    {
        await StartAsync("shop", backend, blue, green);
        await SetWeightsAsync(0, 100);
        var (_, cookie) = await GetAsync(user: "ann", cookie: null);
        await SetWeightsAsync(100, 0);

        await _haproxy!.AskAsync("set server shop/green1 state maint", CancellationToken.None);

        var (served, moved) = await GetAsync(user: "ann", cookie);
        served.ShouldBe("blue");
        await _haproxy.AskAsync("set server shop/green1 state ready", CancellationToken.None);
        (await GetAsync(user: "ann", moved)).Served.ShouldBe("blue");
    }

    [Theory]
    [InlineData("", "", "")]
    [InlineData("cookie SRV insert indirect nocache", "", "")]
    [InlineData("", "cookie b", "cookie g")]
    [InlineData("stick-table type ip size 1k expire 10m store http_req_rate(10s)\n    http-request track-sc0 src", "", "")]
    public async Task What_keeps_nobody_is_not_taken_for_it(string backend, string blue, string green)
    {
        await StartAsync("shop", backend, blue, green);
        await SetWeightsAsync(0, 100);
        var (served, cookie) = await GetAsync(user: "ann", cookie: null);
        served.ShouldBe("green");

        await SetWeightsAsync(100, 0);

        (await GetAsync(user: "ann", cookie)).Served.ShouldBe("blue");
        (await FindAsync("shop")).ShouldBeNull();
    }

    [Fact]
    public async Task A_backend_is_told_from_a_frontend_of_the_same_name()
    {
        var frontend = $"frontend shop\n    bind 127.0.0.1:{FreePorts.Take()}\n    default_backend shop\n";
        await StartAsync("shop", "cookie SRV insert", "cookie b", "cookie g", before: frontend);

        (await FindAsync("shop")).ShouldBe(new Persistence(Cookie: "SRV"));
    }

    [Fact]
    public async Task A_name_that_is_another_backends_number_is_not_taken_for_that_backend()
    {
        await StartAsync("shop", "cookie SRV insert", "cookie b", "cookie g");
        var state = await _haproxy!.AskAsync("show servers state shop", CancellationToken.None);
        var number = ShowServersState.FindBackendNumber(state.TrimEnd('\n'))!.Value.ToString(CultureInfo.InvariantCulture);

        (await _haproxy.AskAsync(ShowStat.Command(number), CancellationToken.None)).ShouldContain("\nshop,BACKEND,");
        (await FindAsync(number)).ShouldBeNull();
    }

    [Fact]
    public async Task Three_hundred_backends_are_asked_for_at_once()
    {
        var more = string.Concat(Enumerable.Range(0, 300).Select(n => $"backend b{n}\n    {(n % 2 == 0 ? "cookie SRV insert" : "")}\n    server blue1 127.0.0.1:{_servers[0].Port} cookie b\n"));
        await StartAsync("shop", "", "", "", before: more);

        var found = await LoadBalancer.FindPersistenceAsync([.. Enumerable.Range(0, 300).Select(n => ProxyName.Parse($"b{n}"))], CancellationToken.None);

        found.Keys.Select(b => b.Value).ShouldBe(Enumerable.Range(0, 150).Select(n => $"b{2 * n}"), ignoreOrder: true);
    }

    private async Task StartAsync(string name, string backend, string blue, string green, string before = "") =>
        _haproxy = await HAProxyProcess.StartAsync(
            new HAProxySetup
            {
                Backends = [],
                ExtraConfiguration = $"""
                    {before}
                    frontend users
                        bind 127.0.0.1:{UsersPort}
                        default_backend {name}
                    backend {name}
                        balance roundrobin
                        {backend}
                        server blue1 127.0.0.1:{_servers[0].Port} {blue}
                        server green1 127.0.0.1:{_servers[1].Port} {green}

                    """,
            },
            CancellationToken.None);

    private async Task SetWeightsAsync(int blue, int green) =>
        (await LoadBalancer.SetWeightsAsync(
            [new SetServerWeight(ProxyName.Parse("shop"), ProxyName.Parse("blue1"), blue), new SetServerWeight(ProxyName.Parse("shop"), ProxyName.Parse("green1"), green)], CancellationToken.None)).Refused.ShouldBeEmpty();

    private async Task<Persistence?> FindAsync(string backend) =>
        (await LoadBalancer.FindPersistenceAsync([ProxyName.Parse(backend)], CancellationToken.None)).GetValueOrDefault(ProxyName.Parse(backend));

    private async Task<(string Served, string? Cookie)> GetAsync(string user, string? cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{UsersPort}/"));
        request.Headers.Add("x-user", user);
        if (cookie is not null) request.Headers.Add("Cookie", cookie);
        using var response = await Http.SendAsync(request);
        var given = response.Headers.TryGetValues("Set-Cookie", out var values) ? values.First().Split(';')[0] : null;
        return (await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(), given);
    }
}
