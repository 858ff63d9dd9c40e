using System.Net;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.BadInput;

/// <summary>Hooks that lead where they must not: refused before anything moves.</summary>
public sealed class BadHooksTests : IAsyncLifetime
{
    private const string Rollouts = "/api/v1/apps/shop/rollouts";
    private RunningServer _server = null!;
    private Receiver _receiver = null!;

    public async Task InitializeAsync()
    {
        _receiver = await Receiver.StartAsync();
        _receiver.Answer = http =>
        {
            if (http.Request.Path == "/moved") http.Response.Redirect("http://169.254.169.254/latest/meta-data/");
            return Task.CompletedTask;
        };
        _server = await RunningServer.StartNewAsync();
        await _server.StopAsync();
        _server.Resolver = (host, _) => Task.FromResult<IPAddress[]>(host switch
        {
            "metadata.example.com" => [IPAddress.Parse("169.254.169.254")],
            "mapped.example.com" => [IPAddress.Parse("::ffff:127.0.0.1")],
            "mixed.example.com" => [IPAddress.Parse("93.184.216.34"), IPAddress.Parse("10.0.0.1")],
            _ => [],
        });
        await _server.StartAsync(more: ["--Egress:Hosts=*.example.com", "--Egress:Networks=127.0.0.0/8"]);
        await _server.RegisterShopAsync();
        _server.Metrics.Set("e", 0);
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Theory]
    [InlineData("http://metadata.example.com/", "\"metadata.example.com\" is 169.254.169.254, which is link-local and in none of Egress:Networks")]
    [InlineData("http://mapped.example.com/", "\"mapped.example.com\" is ::ffff:127.0.0.1, an IPv4 address in IPv6 clothes")]
    [InlineData("http://mixed.example.com/", "\"mixed.example.com\" is 10.0.0.1, which is private")]
    [InlineData("http://[::ffff:127.0.0.1]/", "\"::ffff:127.0.0.1\"")]
    [InlineData("http://2130706433/", "\"2130706433\" is not the usual writing of an IPv4 address")]
    [InlineData("http://0x7f.1/", "is not the usual writing of an IPv4 address")]
    [InlineData("http://169.254.169.254/", "\"169.254.169.254\" is none of Egress:Hosts")]
    [InlineData("http://elsewhere.example.org/", "\"elsewhere.example.org\" is none of Egress:Hosts")]
    [InlineData("moved", "127.0.0.1 answered 302 to HEAD; redirects are not followed: name where it leads")]
    public async Task A_hook_that_leads_where_it_must_not_is_refused_with_its_place(string url, string says)
    {
        if (url == "moved") url = $"http://127.0.0.1:{_receiver.Port}/moved";
        var before = (await _server.Store.ListAsync("", default)).Entries.Where(e => !e.Key.StartsWith("live/", StringComparison.Ordinal)).Select(e => (e.Key, e.Value));

        (await _server.PostAsync(Rollouts + "?dryRun=true", Request(url))).ShouldBeProblem(422, "impossible", "/plan/hooks/0/url", says);
        (await _server.PostAsync(Rollouts, Request(url))).ShouldBeProblem(422, "impossible", "/plan/hooks/0/url", says);

        (await _server.GetAsync(Rollouts)).Text.ShouldBe("[]");
        (await _server.Store.ListAsync("", default)).Entries.Where(e => !e.Key.StartsWith("live/", StringComparison.Ordinal)).Select(e => (e.Key, e.Value)).ShouldBe(before);
        _receiver.Received.ShouldAllBe(r => r.Method == "HEAD");
    }

    [Fact]
    public async Task A_hook_that_does_not_answer_now_is_told_by_the_dry_run_and_refuses_no_start()
    {
        var away = $"http://127.0.0.1:{FreePort()}/smoke";

        var dry = (await _server.PostAsync(Rollouts + "?dryRun=true", Request(away))).ShouldBe(HttpStatusCode.OK);

        dry["warnings"].AsArray().Select(w => w!.GetValue<string>()).ShouldContain(w => w.StartsWith("hook smoke: 127.0.0.1 could not be called: ", StringComparison.Ordinal));
        (dry["hooks"][0]!["reached"]!.GetValue<bool>(), dry["steps"][0]!["hooks"]![0]!.GetValue<string>()).ShouldBe((false, "smoke"));
        var there = (await _server.PostAsync(Rollouts + "?dryRun=true", Request($"http://127.0.0.1:{_receiver.Port}/smoke"))).ShouldBe(HttpStatusCode.OK);
        there["hooks"][0]!["sentence"]!.GetValue<string>().ShouldBe("127.0.0.1 answered 200 to HEAD; it is there");
        _receiver.Received.ShouldAllBe(r => r.Method == "HEAD" && r.Body.Length == 0);
    }

    [Fact]
    public async Task Where_nothing_may_be_called_no_plan_with_hooks_begins()
    {
        await _server.StopAsync();
        await _server.StartAsync();

        (await _server.PostAsync(Rollouts, Request("https://ci.example.com/smoke"))).ShouldBeProblem(422, "impossible", "/plan/hooks/0/url", "nothing may be called: Egress:Hosts and Egress:Networks are empty");
    }

    [Fact]
    public async Task A_secret_that_is_too_short_ends_the_start()
    {
        await _server.StopAsync();

        (await Should.ThrowAsync<Server.Hosting.ConfigurationException>(() => _server.StartAsync(more: ["--Hooks:Secret=short"]))).Message.ShouldContain("Hooks:Secret: a secret has at least 16 characters");
    }

    private static string Request(string url) => $$"""{"plan":{"steps":[{"share":"10%","hold":"10s"}],"hooks":[{"name":"smoke","type":"preStep","url":"{{url}}"} ],"checks":[{"name":"errors","query":"e","max":0.01,"window":"5s"} ] } }""";

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
