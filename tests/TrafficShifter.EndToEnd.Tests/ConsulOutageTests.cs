using TrafficShifter.EndToEnd.Tests.Stack;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>Consul away, or emptied: HAProxy keeps what it has, and everybody is told.</summary>
[Trait("HAProxy", "any")]
public sealed class ConsulOutageTests : IAsyncLifetime
{
    private ShiftingStack _stack = null!;

    public async Task InitializeAsync() => _stack = await ShiftingStack.StartAsync(new StackSetup { Backends = [new("shop")], WithMetrics = false, PersistentConsul = true });

    public async Task DisposeAsync() => await _stack.DisposeAsync();

    [Fact]
    public async Task While_Consul_is_stopped_weights_stay_reads_have_an_age_and_changes_are_refused()
    {
        (await _stack.Api.ShiftAsync("shop", 80, 20)).Status.ShouldBe(200);
        await using var log = new WeightLog(_stack.HAProxies[0], _stack.Backend("shop"));

        await _stack.Consul.StopAsync();

        var refused = await _stack.Api.ShiftAsync("shop", 50, 50);
        refused.Status.ShouldBe(503, refused.ToString());
        refused.Text("type").ShouldBe("urn:trafficshifter:problem:store-unavailable");
        refused.Text("detail").ShouldContain(_stack.Consul.Address.Authority);
        refused.Text("detail").ShouldContain("Nothing was changed; HAProxy keeps its weights.");
        foreach (var read in new[] { await _stack.Api.GetWeightsAsync("shop"), await _stack.Api.GetAppAsync("shop"), await _stack.Api.StatusAsync("shop") })
        {
            read.Status.ShouldBe(200, read.ToString());
            read.Age.ShouldNotBeNull();
        }
        var status = await Eventually.SeeAsync("the status says that Consul is away", () => _stack.Api.StatusAsync("shop"), s => s.Body.GetProperty("problems").GetArrayLength() > 0);
        status.Body.GetProperty("problems")[0].GetString().ShouldNotBeNull().ShouldContain("this is what was last known");
        status.Body.GetProperty("nodes").EnumerateArray().Select(n => n.GetProperty("progress").GetString()).ShouldBe(["observed", "observed"]);
        await log.ShouldHaveSeenAsync(20m);

        // An agent and a HAProxy that start anew meanwhile: the disk knows.
        await _stack.Agents[1].KillAsync();
        await _stack.HAProxies[1].RestartAsync(CancellationToken.None);
        (await _stack.GreenAsync("shop")).ShouldBe([20m, 50m]);
        await _stack.Agents[1].RestartAsync();
        await _stack.SeeGreenAsync("shop", 20);

        await _stack.Consul.StartAsync(CancellationToken.None);
        await Eventually.SeeAsync("changes are taken again", async () => (await _stack.Api.ShiftAsync("shop", 50, 50)).Status, seen => seen == 200);
        (await _stack.GreenAsync("shop")).ShouldBe([50m, 50m]);
        await log.ShouldHaveSeenAsync(20m, 50m);
    }

    [Fact]
    public async Task A_wiped_Consul_changes_nothing_on_HAProxy_and_is_called_lost()
    {
        (await _stack.Api.ShiftAsync("shop", 70, 30)).Status.ShouldBe(200);
        await using var first = new WeightLog(_stack.HAProxies[0], _stack.Backend("shop"));
        await using var second = new WeightLog(_stack.HAProxies[1], _stack.Backend("shop"));

        await _stack.Consul.WipeAsync(CancellationToken.None);

        var lost = await Eventually.SeeAsync("the status says kv-lost", () => _stack.Api.StatusAsync("shop"), s => Problems(s).Any(p => p.StartsWith("kv-lost: weights/shop", StringComparison.Ordinal)));
        Problems(lost).ShouldContain("kv-lost: apps/shop vanished without being deleted; its traffic is left as it is");
        await Eventually.SeeAsync("both nodes are registered again", _stack.Api.NodesAsync, n => n.Body.EnumerateArray().Count(node => node.GetProperty("live").GetBoolean()) == 2);
        await _stack.Agents[0].KillAsync();
        await _stack.Agents[0].RestartAsync();
        await first.ShouldHaveSeenAsync(30m);
        await second.ShouldHaveSeenAsync(30m);

        // The definition put anew brings back what was known, not a beginning.
        (await _stack.Api.PutAppAsync("shop")).Status.ShouldBe(200);
        await Eventually.SeeAsync("nothing lost any more", () => _stack.Api.StatusAsync("shop"), s => !Problems(s).Any());
        (await _stack.KV.GetAsync("weights/shop")).GetProperty("green").GetInt32().ShouldBe(30);
        (await _stack.Api.ShiftAsync("shop", 60, 40)).Status.ShouldBe(200);
        await first.ShouldHaveSeenAsync(30m, 40m);
        await second.ShouldHaveSeenAsync(30m, 40m);
    }

    private static IEnumerable<string> Problems(ApiReply status) => status.Status == 200 ? status.Body.GetProperty("problems").EnumerateArray().Select(p => p.GetString()!) : [];
}
