using System.Diagnostics;
using TrafficShifter.Demo.Peers;
using TrafficShifter.EndToEnd.Tests.Stack;
using Xunit.Abstractions;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>Target rules through the API, on Consul and two nodes.</summary>
public sealed class TargetRulesTests(TargetRulesTests.Fixture fixture, ITestOutputHelper output) : IClassFixture<TargetRulesTests.Fixture>
{
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task Ten_thousand_users_arrive_on_every_node_and_each_is_routed_as_their_rule_says()
    {
        (await _stack.Api.PutMappedAsync("shop", "web")).Status.ShouldBe(201);
        using var first = new User(_stack.HAProxies[0]);
        using var second = new User(_stack.HAProxies[1]);
        foreach (var user in new[] { first, second }) await Eventually.SeeAsync("the application is served, by blue", () => user.AskAsync("shop.example.com", "user-9999"), served => served.Colour == "blue");

        var began = Stopwatch.GetTimestamp();
        var users = Enumerable.Range(0, 10_000).ToDictionary(i => FormattableString.Invariant($"user-{i}"), _ => "green");
        var written = await _stack.Api.SendAsync(HttpMethod.Put, "apps/shop/targets?wait=20s", new { users, reason = "a test" });
        output.WriteLine($"10,000 users on both nodes {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms after the call");

        written.Status.ShouldBe(200, written.ToString());
        written.Body.GetProperty("users").GetInt32().ShouldBe(10_000);
        foreach (var haproxy in _stack.HAProxies) (await CountAsync(haproxy, "|shop ")).ShouldBe(10_000);
        foreach (var user in new[] { first, second })
        {
            (await user.AskAsync("shop.example.com", "user-0")).Colour.ShouldBe("green");
            (await user.AskAsync("shop.example.com", "user-9999")).Colour.ShouldBe("green");
            (await user.AskAsync("shop.example.com", "user-10000")).Colour.ShouldBe("blue");
        }

        (await _stack.Api.SendAsync(HttpMethod.Put, "apps/shop/targets/opt-outs/user-0?wait=20s")).Status.ShouldBe(200);
        (await second.AskAsync("shop.example.com", "user-0")).Colour.ShouldBe("blue");
        (await _stack.Api.RollBackAsync("shop")).Status.ShouldBe(200);
        (await first.AskAsync("shop.example.com", "user-9999")).Colour.ShouldBe("blue", "a lock is above the rules");
        (await _stack.Api.UnlockAsync("shop")).Status.ShouldBe(200);
        (await _stack.Api.SendAsync(HttpMethod.Delete, "apps/shop/targets?wait=20s")).Status.ShouldBe(200);
        (await first.AskAsync("shop.example.com", "user-9999")).Colour.ShouldBe("blue");
        foreach (var haproxy in _stack.HAProxies) (await CountAsync(haproxy, "|shop ")).ShouldBe(0);
    }

    [Fact]
    public async Task An_agent_that_was_away_gets_rules_of_many_chunks_whole()
    {
        (await _stack.Api.PutMappedAsync("late", "web")).Status.ShouldBe(201);
        await _stack.Agents[1].StopAsync();
        var users = Enumerable.Range(0, 6_000).ToDictionary(i => FormattableString.Invariant($"{i:D100}"), _ => "green");

        var written = await _stack.Api.SendAsync(HttpMethod.Put, "apps/late/targets?wait=2s", new { users });
        written.Status.ShouldBe(202, "one node is unknown");
        await _stack.Agents[1].RestartAsync();

        await Eventually.SeeAsync("all rows on the node that was away", () => CountAsync(_stack.HAProxies[1], "|late "), rows => rows == 6_000);
        using var user = new User(_stack.HAProxies[1]);
        // Rows of users come before the application's own, which says that it has rules.
        await Eventually.SeeAsync("the user on green", () => user.AskAsync("late.example.com", FormattableString.Invariant($"{5_999:D100}")), served => served.Colour == "green");
    }

    [Fact]
    public async Task A_host_of_another_application_is_refused()
    {
        (await _stack.Api.PutMappedAsync("mine", "web", hosts: ["same.example.com"])).Status.ShouldBe(201);
        var refused = await _stack.Api.PutMappedAsync("yours", "web", hosts: ["same.example.com"]);
        refused.Status.ShouldBe(409);
        refused.Text("detail").ShouldContain("belongs to the application \"mine\"");
    }

    private static async Task<int> CountAsync(HAProxyProcess haproxy, string part)
    {
        var rows = await haproxy.AskAsync($"show map {Path.Combine(haproxy.MapsFolder, "users.map")}", CancellationToken.None);
        return rows.Split('\n').Count(row => row.Contains(part, StringComparison.Ordinal));
    }

    public sealed class Fixture() : StackFixture(new StackSetup { Pools = [new("web")], WithMetrics = false });
}
