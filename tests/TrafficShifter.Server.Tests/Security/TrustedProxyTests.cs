using System.Net;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Security;

public sealed class TrustedProxyTests : IAsyncLifetime
{
    private static readonly (string, string) Ours = ("X-Shifter-Request", "1");

    private static readonly string[] Settings =
    [
        "--Proxy:Grants:0:Group=*", "--Proxy:Grants:0:Role=viewer",
        "--Proxy:Grants:1:Group=payments", "--Proxy:Grants:1:Role=operator", "--Proxy:Grants:1:Apps=sh*,cart",
    ];

    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync();
        await _server.RegisterShopAsync();
        await _server.StopAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Whom_the_proxy_names_may_what_their_groups_may_and_stands_in_the_history()
    {
        await _server.StartAsync(false, [.. Settings, "--Proxy:Networks=127.0.0.1/32"]);
        using var browser = new Client(_server);
        var anna = new[] { ("X-Forwarded-User", "4711"), ("X-Forwarded-Email", "anna@example.com"), ("X-Forwarded-Groups", "payments,all"), ("X-Forwarded-For", "6.6.6.6, 10.9.8.7") };

        (await browser.PostAsync("/api/v1/apps/shop/rollback", "{}", [.. anna, Ours])).IsSuccess.ShouldBeTrue();

        var entry = (await browser.GetAsync("/api/v1/history?app=shop&limit=1", anna)).Json![0]!;
        (entry["by"]!.GetValue<string>(), entry["from"]!.GetValue<string>(), entry["via"]!.GetValue<string>()).ShouldBe(("anna@example.com", "10.9.8.7", "127.0.0.1"));
        entry["token"].ShouldBeNull();
        (await browser.PostAsync("/api/v1/apps/shop/unlock", "{}", [("X-Forwarded-User", "ben"), Ours])).ShouldBeProblem(403, "forbidden", null, "\"ben\" (viewer)");
        (await browser.GetAsync("/api/v1/session", anna))["by"].GetValue<string>().ShouldBe("proxy");
    }

    [Fact]
    public async Task A_browser_behind_the_proxy_is_asked_where_the_change_comes_from()
    {
        await _server.StartAsync(false, [.. Settings, "--Proxy:Networks=127.0.0.1/32"]);
        using var browser = new Client(_server);

        (await browser.PostAsync("/api/v1/apps/shop/rollback", "{}", ("X-Forwarded-User", "anna"), ("X-Forwarded-Groups", "payments"))).ShouldBeProblem(403, "cross-site", null, "X-Shifter-Request");
    }

    [Fact]
    public async Task The_same_headers_from_anywhere_else_are_nobody()
    {
        await _server.StartAsync(false, [.. Settings, "--Proxy:Networks=10.0.0.5/32"]);
        using var spoofer = new Client(_server);

        var answer = await spoofer.PostAsync("/api/v1/apps/shop/rollback", "{}", ("X-Forwarded-User", "anna"), ("X-Forwarded-Groups", "payments"), ("X-Forwarded-For", "10.0.0.5"), ("Forwarded", "for=10.0.0.5"), Ours);

        answer.ShouldBeProblem(401, "unauthenticated", null, "does not come from an address of Proxy:Networks");
        (await _server.GetAsync("/metrics")).Text.ShouldContain("trafficshifter_refused_requests_total{reason=\"spoofed-identity\"} 1");
        (await _server.SendAsync(HttpMethod.Get, "/api/v1/session", null, ("X-Forwarded-User", "anna")))["name"].GetValue<string>().ShouldBe("admin", "a right token counts, the header does not");
    }

    [Fact]
    public async Task Without_listed_addresses_the_headers_are_nothing()
    {
        await _server.StartAsync();
        using var spoofer = new Client(_server);

        (await spoofer.GetAsync("/api/v1/apps", ("X-Forwarded-User", "anna"))).ShouldBeProblem(401, "unauthenticated", null, "Send the header");
    }

    [Theory]
    [InlineData("controller", "how the service itself signs")]
    [InlineData("admin", "is the name of a token")]
    [InlineData("<script>", "cannot be one")]
    [InlineData("group:payments", "is how gates name a group")]
    public async Task A_name_that_is_somebody_elses_is_not_believed(string name, string says)
    {
        await _server.StartAsync(false, [.. Settings, "--Proxy:Networks=127.0.0.0/8"]);
        using var browser = new Client(_server);

        (await browser.GetAsync("/api/v1/apps", ("X-Forwarded-User", name))).ShouldBeProblem(401, "unauthenticated", null, says);
    }

    [Fact]
    public async Task Headers_have_the_names_that_the_settings_say()
    {
        await _server.StartAsync(false, [.. Settings, "--Proxy:Networks=127.0.0.1/32", "--Proxy:UserHeader=Remote-User", "--Proxy:GroupsHeader=Remote-Groups"]);
        using var browser = new Client(_server);

        (await browser.GetAsync("/api/v1/session", ("Remote-User", "dora"), ("Remote-Groups", "payments")))["grants"].AsArray().Select(g => g!.GetValue<string>()).ShouldBe(["viewer", "operator of sh*, cart"]);
        (await browser.GetAsync("/api/v1/session", ("X-Forwarded-User", "dora"))).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Once_one_header_has_a_name_the_others_have_no_default()
    {
        await _server.StartAsync(false, [.. Settings, "--Proxy:Networks=127.0.0.1/32", "--Proxy:UserHeader=Remote-User"]);
        using var browser = new Client(_server);

        var dora = await browser.GetAsync("/api/v1/session", ("Remote-User", "dora"), ("X-Forwarded-Email", "boss@example.com"), ("X-Forwarded-Groups", "payments"));

        dora["name"].GetValue<string>().ShouldBe("dora");
        dora["grants"].AsArray().Select(g => g!.GetValue<string>()).ShouldBe(["viewer"]);
    }

    [Theory]
    [InlineData("X-Forwarded-User", "anna", "ben")]
    [InlineData("X-Forwarded-Email", "anna@example.com", "ben@example.com")]
    [InlineData("X-Forwarded-Groups", "all", "payments")]
    public async Task A_header_that_is_there_twice_is_not_believed(string header, string one, string two)
    {
        await _server.StartAsync(false, [.. Settings, "--Proxy:Networks=127.0.0.1/32"]);
        var lines = string.Concat(header == "X-Forwarded-User" ? "" : "X-Forwarded-User: dora\r\n", $"{header}: {one}\r\n", $"{header}: {two}\r\n");
        using var tcp = new System.Net.Sockets.TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, _server.Address.Port);

        await tcp.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes($"GET /api/v1/session HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n"));

        using var reader = new StreamReader(tcp.GetStream());
        var answer = await reader.ReadToEndAsync();
        answer.ShouldStartWith("HTTP/1.1 401");
        answer.ShouldContain("is there twice");
    }

    [Fact]
    public void Headers_that_name_groups_and_nobody_stop_the_start() =>
        Should.Throw<ConfigurationException>(() => new TrustedProxy(new ProxyOptions { Networks = "10.0.0.0/8", GroupsHeader = "Remote-Groups", Grants = [new ProxyGrantOptions { Group = "ops" }] }))
            .Message.ShouldStartWith("Proxy:UserHeader: ");

    [Theory]
    [InlineData("10.0.0.1", null, "Proxy:Networks: \"10.0.0.1\" has no prefix length")]
    [InlineData(null, "Shop", "Proxy:Grants:0:Apps: a pattern")]
    public void Settings_that_cannot_be_meant_so_stop_the_start(string? networks, string? apps, string says) =>
        Should.Throw<ConfigurationException>(() => new TrustedProxy(new ProxyOptions { Networks = networks, Grants = apps is null ? [] : [new ProxyGrantOptions { Group = "ops", Apps = apps }] }))
            .Message.ShouldStartWith(says);
}
