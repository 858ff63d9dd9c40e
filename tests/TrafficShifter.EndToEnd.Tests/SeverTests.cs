using System.Net;
using TrafficShifter.Demo.Peers;
using TrafficShifter.EndToEnd.Tests.Stack;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>What a rollback leaves on the other side, told and cut: keep-alive connections, requests in flight and WebSockets, through a real HAProxy.</summary>
public sealed class SeverTests : IAsyncLifetime, IDisposable
{
    private readonly List<IAsyncDisposable> _parts = [];
    private Origin _blue = null!;
    private Origin _green = null!;
    private HAProxyProcess _haproxy = null!;
    private ServerProcess _server = null!;
    private Api _api = null!;

    public async Task InitializeAsync()
    {
        _blue = Keep(await Origin.StartAsync("blue"));
        _green = Keep(await Origin.StartAsync("green"));
        _haproxy = Keep(await HAProxyProcess.StartAsync(
            new HAProxySetup
            {
                Configuration = "map.cfg",
                Backends =
                [
                    new HAProxyBackend("shop", ["shop.example.com"], [new("blue1", _blue.Port, Checked: false), new("green1", _green.Port, Checked: false)]),
                    new HAProxyBackend("web_blue", [], [new("s1", _blue.Port, Checked: false)]),
                    new HAProxyBackend("web_green", [], [new("s1", _green.Port, Checked: false)]),
                ],
            },
            CancellationToken.None));
        _server = Keep(await ServerProcess.StartAsync(new ServerSetup { Nodes = [new ServerNode("hap1", _haproxy.RuntimeApiSocket, _haproxy.MapsFolder)] }));
        _api = new Api(_server.Address, await _server.ReadAdminTokenAsync());
    }

    public async Task DisposeAsync()
    {
        foreach (var part in _parts.AsEnumerable().Reverse()) await part.DisposeAsync();
    }

    public void Dispose() => _api?.Dispose();

    [Theory]
    [InlineData("weights")]
    [InlineData("map")]
    public async Task Without_it_what_is_open_goes_on_and_the_answer_says_what_is_left_until_nothing_is(string kind)
    {
        await RegisterAsync("shop", kind);
        using var http = NewUser("shop");
        (await http.GetStringAsync("/")).ShouldBe("green");
        var (slow, socket) = await OpenAsync("shop");

        var answer = await _api.SendAsync(HttpMethod.Post, "apps/shop/rollback?wait=10s", new { reason = "errors" });

        answer.Status.ShouldBe(200, answer.ToString());
        answer.Text("left").ShouldBe("hap1: 2 sessions are still on green, open since before the rollback, no request came to green since the rollback; a rollback with \"sever\":true cuts them");
        (await http.GetStringAsync("/")).ShouldBe("blue", "the keep-alive connection's next request");
        (await socket.SayAsync("still here")).ShouldBe("green: still here");
        _green.Release();
        (await slow).ShouldBe((HttpStatusCode.OK, "green"));
        socket.Dispose();
        var left = await SeeLeftAsync("shop", text => text.Contains("\"watching\":false", StringComparison.Ordinal));
        left.ShouldContain("green is at 0 sessions, no request came to green since the rollback");
    }

    [Theory]
    [InlineData("weights")]
    [InlineData("map")]
    public async Task With_it_what_is_open_ends_at_once_everything_new_is_on_the_other_side_and_the_answer_says_that_nobody_is_left(string kind)
    {
        await RegisterAsync("shop", kind);
        using var http = NewUser("shop");
        (await http.GetStringAsync("/")).ShouldBe("green");
        var (slow, socket) = await OpenAsync("shop");

        var answer = await _api.SendAsync(HttpMethod.Post, "apps/shop/rollback?wait=10s", new { reason = "errors", sever = true });

        answer.Status.ShouldBe(200, answer.ToString());
        answer.Text("left").ShouldBe("green is at 0 on hap1 so far: no session is left, and no request came since the rollback; 2 sessions were cut");
        // A client that asks again by itself finds the other colour. Green holds its answer to the end.
        _blue.Release();
        (await slow).ShouldBeOneOf((HttpStatusCode.BadGateway, (await slow).Text), (HttpStatusCode.OK, "blue"));
        (await socket.SayAsync("still here")).ShouldBeNull();
        socket.Dispose();
        (await http.GetStringAsync("/")).ShouldBe("blue");
        using var again = await WebSocketUser.OpenAsync(_haproxy, "shop.example.com");
        (await again.SayAsync("hello")).ShouldBe("blue: hello");

        // Once for each lock: an agent that starts anew cuts nobody.
        await _server.KillAsync();
        await _server.RestartAsync();
        (await SeeLeftAsync("shop", text => text.Contains("\"watching\":false", StringComparison.Ordinal))).ShouldContain("\"severed\":2");
    }

    [Fact]
    public async Task On_a_pool_of_several_applications_it_is_done_when_all_of_them_say_so_and_else_the_answer_says_why_not()
    {
        await RegisterAsync("shop", "map");
        await RegisterAsync("other", "map");
        using var shop = await WebSocketUser.OpenAsync(_haproxy, "shop.example.com");
        using var other = await WebSocketUser.OpenAsync(_haproxy, "other.example.com");
        (await shop.SayAsync("hello")).ShouldBe("green: hello");
        (await other.SayAsync("hello")).ShouldBe("green: hello");

        var one = await _api.SendAsync(HttpMethod.Post, "apps/shop/rollback?wait=10s", new { sever = true });

        one.Status.ShouldBe(200, one.ToString());
        one.Text("left").ShouldBe("hap1: green's servers also serve other: 2 sessions and 0 requests since the rollback are of all of them, and cannot be told apart; "
            + "sessions were not cut: pool \"web\" is also used by other, and HAProxy does not tell whose session is whose; a rollback of these with \"sever\":true cuts all of them");
        (await shop.SayAsync("still here")).ShouldBe("green: still here");

        (await _api.SendAsync(HttpMethod.Post, "rollback", new { sever = true })).Status.ShouldBe(200);
        await SeeLeftAsync("other", text => text.Contains("\"severed\":2", StringComparison.Ordinal));
        (await shop.SayAsync("and now")).ShouldBeNull();
        (await other.SayAsync("and now")).ShouldBeNull();
    }

    private async Task RegisterAsync(string app, string kind)
    {
        object routing = kind == "map" ? new { kind, pool = "web" } : new { kind, backend = app };
        (await _api.SendAsync(HttpMethod.Put, $"apps/{app}", kind == "map" ? new { hosts = new[] { $"{app}.example.com" }, routing } : new { routing })).Status.ShouldBe(201);
        (await _api.ShiftAsync(app, 0, 100)).Status.ShouldBe(200);
    }

    /// <summary>A slow request that is in flight on green, and a WebSocket that is open there.</summary>
    private async Task<(Task<(HttpStatusCode Status, string Text)> Slow, WebSocketUser Socket)> OpenAsync(string app)
    {
        // On a connection of its own: HAProxy 2.6 closes one that served a request before without a word, as 3.2 closes any, and clients ask again by themselves.
        var slow = GetAsync(app, "/slow");
        await _green.SeeHeldAsync();
        var socket = await WebSocketUser.OpenAsync(_haproxy, $"{app}.example.com");
        (await socket.SayAsync("hello")).ShouldBe("green: hello");
        return (slow, socket);
    }

    private async Task<(HttpStatusCode Status, string Text)> GetAsync(string app, string path)
    {
        using var http = NewUser(app);
        using var answer = await http.GetAsync(path);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private HttpClient NewUser(string app) => new() { BaseAddress = _haproxy.FrontendUrl, DefaultRequestHeaders = { Host = $"{app}.example.com" } };

    private async Task<string> SeeLeftAsync(string app, Func<string, bool> isIt) =>
        (await Eventually.SeeAsync("the side that was left", async () => (await _api.StatusAsync(app)).ToString(), isIt)).Replace("\\u0022", "\"", StringComparison.Ordinal);

    private T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Add(part);
        return part;
    }
}
