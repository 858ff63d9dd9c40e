using System.Diagnostics;
using TrafficShifter.Demo.Peers;
using TrafficShifter.EndToEnd.Tests.Stack;
using Xunit.Abstractions;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>`map` routing through the API, on two nodes: applications come, change and go while HAProxy runs.</summary>
[Collection(Alone.Name)]
public sealed class MapRoutingTests(MapRoutingTests.Fixture fixture, ITestOutputHelper output) : IClassFixture<MapRoutingTests.Fixture>
{
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task A_new_application_is_served_right_after_the_answer_without_a_reload_and_one_that_is_deleted_is_not()
    {
        var pids = _stack.HAProxies.Select(h => h.Pid).ToList();
        using var user = new User(_stack.HAProxies[0]);
        (await user.AskAsync("new.example.com")).Status.ShouldBe(404);

        (await _stack.Api.PutMappedAsync("new", "web", hosts: ["new.example.com", "www.new.example.com"])).Status.ShouldBe(201);
        var answered = Stopwatch.GetTimestamp();
        await Eventually.SeeAsync("the first request is served", () => user.AskAsync("new.example.com"), served => served.Status == 200);
        output.WriteLine($"first request served {Stopwatch.GetElapsedTime(answered).TotalMilliseconds:0.0} ms after the API's answer");
        (await user.AskAsync("www.new.example.com")).Colour.ShouldBe("blue");
        await Eventually.SeeAsync("status observed", () => _stack.Api.StatusAsync("new"), seen => seen.Body.GetProperty("nodes").EnumerateArray().All(n => n.GetProperty("progress").GetString() == "observed"));

        (await _stack.Api.SendAsync(HttpMethod.Delete, "apps/new")).Status.ShouldBe(204);
        await Eventually.SeeAsync("nobody has the host any more", () => user.AskAsync("new.example.com"), served => served.Status == 404);
        await Eventually.SeeAsync("no file has the application", async () => string.Concat(await Task.WhenAll(_stack.HAProxies.Select(h => File.ReadAllTextAsync(Path.Combine(h.MapsFolder, "apps.map"))))), text => !text.Contains("new ", StringComparison.Ordinal));
        _stack.HAProxies.Select(h => h.Pid).ShouldBe(pids);
    }

    [Fact]
    public async Task A_share_is_exact_to_a_hundredth_of_a_percent_the_same_users_are_green_on_every_node_and_a_growing_share_only_adds()
    {
        (await _stack.Api.PutMappedAsync("grow", "web")).Status.ShouldBe(201);
        using var first = new User(_stack.HAProxies[0]);
        using var second = new User(_stack.HAProxies[1]);
        (await _stack.Api.ShiftAsync("grow", 9_999, 1)).Status.ShouldBe(200);
        foreach (var haproxy in _stack.HAProxies) (await RowAsync(haproxy, "grow")).ShouldBe("s.1.web.grow");

        IReadOnlySet<int> before = new HashSet<int>();
        foreach (var green in (int[])[5, 20, 50])
        {
            (await _stack.Api.ShiftAsync("grow", 100 - green, green)).Status.ShouldBe(200);
            var now = await first.FindGreenAsync("grow.example.com", 400);
            (await second.FindGreenAsync("grow.example.com", 400)).ShouldBe(now, ignoreOrder: true);
            now.IsProperSupersetOf(before).ShouldBeTrue();
            before = now;
        }
    }

    [Fact]
    public async Task An_id_from_the_first_request_gets_the_same_colour_on_the_other_node()
    {
        (await _stack.Api.PutMappedAsync("minted", "web")).Status.ShouldBe(201);
        (await _stack.Api.ShiftAsync("minted", 50, 50)).Status.ShouldBe(200);
        using var first = new User(_stack.HAProxies[0]);
        using var second = new User(_stack.HAProxies[1]);

        for (var i = 0; i < 50; i++)
        {
            var served = await first.AskAsync("minted.example.com");
            var again = await second.AskAsync("minted.example.com", cookie: served.Cookie.ShouldNotBeNull());
            again.Colour.ShouldBe(served.Colour);
            again.Cookie.ShouldBeNull();
        }
    }

    [Fact]
    public async Task A_rollback_takes_every_sticky_user_along_and_unlocking_leaves_them_there()
    {
        (await _stack.Api.PutMappedAsync("back", "web")).Status.ShouldBe(201);
        (await _stack.Api.ShiftAsync("back", 0, 100)).Status.ShouldBe(200);
        using var user = new User(_stack.HAProxies[1]);
        (await user.FindGreenAsync("back.example.com", 50)).Count.ShouldBe(50);

        var rolledBack = await _stack.Api.RollBackAsync("back");

        rolledBack.Status.ShouldBe(200, rolledBack.ToString());
        (await user.FindGreenAsync("back.example.com", 50)).ShouldBeEmpty();
        foreach (var haproxy in _stack.HAProxies) (await RowAsync(haproxy, "back")).ShouldBe("b.0.web.back");
        (await _stack.Api.UnlockAsync("back")).Status.ShouldBe(200);
        await Eventually.SeeAsync("unlocked, all blue", () => RowAsync(_stack.HAProxies[1], "back"), row => row == "s.0.web.back");
    }

    [Fact]
    public async Task An_application_changes_from_weights_to_map_routing_and_back_and_no_request_fails()
    {
        (await _stack.Api.ShiftAsync("legacy", 50, 50)).Status.ShouldBe(200);
        using var user = new User(_stack.HAProxies[0]);
        await using var load = _stack.Load("legacy", requestsPerSecond: 400);
        await Eventually.SeeAsync("traffic", () => Task.FromResult(load.Now.Requests), requests => requests > 200);

        (await _stack.Api.PutMappedAsync("legacy", "web")).Status.ShouldBe(200);
        await Eventually.SeeAsync("both nodes have the row", async () => string.Join(" ", await Task.WhenAll(_stack.HAProxies.Select(h => RowAsync(h, "legacy")))), rows => rows == "s.5000.web.legacy s.5000.web.legacy");
        (await user.AskAsync("legacy.example.com")).Cookie.ShouldNotBeNull();
        var mapped = load.Now.Requests;
        await Eventually.SeeAsync("traffic by map", () => Task.FromResult(load.Now.Requests), requests => requests > mapped + 200);
        (await _stack.Api.ShiftAsync("legacy", 20, 80)).Status.ShouldBe(200);
        (await _stack.Api.PutAppAsync("legacy")).Status.ShouldBe(200);
        await Eventually.SeeAsync("both nodes have no row", async () => string.Join(" ", await Task.WhenAll(_stack.HAProxies.Select(h => RowAsync(h, "legacy")))), rows => rows == "none none");
        (await user.AskAsync("legacy.example.com")).Cookie.ShouldBeNull();

        // By its weights again: the share that it had by its row.
        await _stack.SeeGreenAsync("legacy", 80);
        var report = await load.StopAsync();
        output.WriteLine(report.ToString());
        report.Failures.ShouldBe(0, report.ToString());
    }

    [Fact]
    public async Task Rows_that_somebody_changed_with_socat_are_put_right_and_counted()
    {
        (await _stack.Api.PutMappedAsync("drift", "web")).Status.ShouldBe(201);
        (await _stack.Api.ShiftAsync("drift", 90, 10)).Status.ShouldBe(200);
        var (haproxy, apps, users) = (_stack.HAProxies[0], Path.Combine(_stack.HAProxies[0].MapsFolder, "apps.map"), Path.Combine(_stack.HAProxies[0].MapsFolder, "users.map"));

        await haproxy.AskAsync($"set map {apps} drift s.9000.web.drift;add map {users} eve|drift -1", CancellationToken.None);

        await Eventually.SeeAsync("the row is right", () => RowAsync(haproxy, "drift"), row => row == "s.1000.web.drift");
        await Eventually.SeeAsync("the user's row is gone", () => haproxy.AskAsync($"show map {users}", CancellationToken.None), rows => !rows.Contains("eve", StringComparison.Ordinal));
        var seen = await Eventually.SeeAsync("status counts it", () => _stack.Api.StatusAsync("drift"), status => Drifted(status) > 0);
        seen.ToString().ShouldContain("s.1000.web.drift");
    }

    [Fact]
    public async Task Reloads_under_load_and_changes_fail_no_request_and_begin_with_the_right_rows()
    {
        foreach (var app in (string[])["steady", "busy"]) (await _stack.Api.PutMappedAsync(app, "web", "random")).Status.ShouldBe(201);
        (await _stack.Api.ShiftAsync("steady", 0, 100)).Status.ShouldBe(200);
        var haproxy = _stack.HAProxies[0];
        using var user = new User(haproxy);
        await using var load = _stack.Load("busy", [0], requestsPerSecond: 500);
        using var enough = new CancellationTokenSource();
        var shifting = ShiftUntilAsync("busy", enough.Token);

        for (var reload = 0; reload < 4; reload++)
        {
            // At the last one nobody is there to put anything right.
            if (reload == 3) _stack.Agents[0].Freeze();
            await haproxy.ReloadAsync(CancellationToken.None);

            (await user.AskAsync("steady.example.com")).Colour.ShouldBe("green");
            (await RowAsync(haproxy, "steady")).ShouldBe("r.10000.web.steady");
            var before = load.Now.Requests;
            await Eventually.SeeAsync("traffic after the reload", () => Task.FromResult(load.Now.Requests), requests => requests > before + 300);
        }
        await enough.CancelAsync();
        var shifts = await shifting;
        _stack.Agents[0].Thaw();

        (await _stack.Api.ShiftAsync("busy", 70, 30)).Status.ShouldBe(200);
        var report = await load.StopAsync();
        output.WriteLine($"4 reloads, {shifts} shifts; {report}");
        report.Failures.ShouldBe(0, report.ToString());
    }

    private async Task<int> ShiftUntilAsync(string app, CancellationToken stop)
    {
        for (var shifts = 0; ; shifts++)
        {
            if (stop.IsCancellationRequested) return shifts;
            (await _stack.Api.ShiftAsync(app, 100 - (shifts % 101), shifts % 101, wait: "100ms")).Status.ShouldBeOneOf(200, 202);
        }
    }

    private static int Drifted(ApiReply status) => status.Body.GetProperty("nodes").EnumerateArray().Sum(n => n.GetProperty("observation").GetProperty("driftRepaired").GetInt32());

    /// <summary>The application's row as HAProxy itself tells it; "none" when there is none.</summary>
    internal static async Task<string> RowAsync(HAProxyProcess haproxy, string app)
    {
        var reply = await haproxy.AskAsync($"get map {Path.Combine(haproxy.MapsFolder, "apps.map")} {app}", CancellationToken.None);
        const string Before = "value=\"";
        var at = reply.IndexOf(Before, StringComparison.Ordinal);
        return at < 0 ? "none" : reply[(at + Before.Length)..].Split('"')[0];
    }

    public sealed class Fixture() : StackFixture(new StackSetup { Pools = [new("web")], Backends = [new("legacy")], WithMetrics = false });
}
