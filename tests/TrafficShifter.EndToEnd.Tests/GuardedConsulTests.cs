using TrafficShifter.EndToEnd.Tests.Stack;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>Consul denies by default, and each role has the policy of <c>deploy/consul/acl</c> and no more: everything works, and a stolen token opens its own doors only.</summary>
[Trait("HAProxy", "any")]
public sealed class GuardedConsulTests(GuardedConsulTests.Fixture fixture) : IClassFixture<GuardedConsulTests.Fixture>
{
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task Everything_works_with_the_least_rights()
    {
        (await _stack.Api.ShiftAsync("shop", 80, 20)).Status.ShouldBe(200);
        (await _stack.Api.ShiftAsync("shop", 100, 0)).Status.ShouldBe(200);
        await using (var load = _stack.Load("shop"))
        {
            var rollout = await _stack.Api.StartRolloutAsync("shop", Plans.Of(50));
            rollout.Status.ShouldBe(201, rollout.ToString());
            var ended = await _stack.SeePhaseAsync(rollout.Text("id"), "succeeded", "paused", "rolledBack", "aborted");
            ended.Text("phase").ShouldBe("succeeded", ended.ToString());
        }
        var all = await _stack.Api.RollBackAllAsync();
        all.Status.ShouldBe(200, all.ToString());
        await Eventually.SeeAsync("the controller brings the document after", async () => (await _stack.KV.GetAsync("state/shop")).TryGetProperty("lock", out _), seen => seen);
        (await _stack.Api.UnlockAsync("shop")).Status.ShouldBe(200);
        (await _stack.Api.SendAsync(HttpMethod.Post, "colours/green/evacuate", new { reason = "drill" })).Status.ShouldBe(202);
        await Eventually.SeeAsync("green evacuated", GreenAsync, seen => seen.Text("phase") == "evacuated");
        var plan = new { steps = new[] { new { share = "50%", hold = "1s" } }, checks = new[] { new { name = "up", query = "vector(0)", max = 0.5, window = "1s", interval = "1s" } } };
        (await _stack.Api.SendAsync(HttpMethod.Post, "colours/green/restore", new { plan })).Status.ShouldBe(202);
        await Eventually.SeeAsync("green restored", GreenAsync, seen => !seen.Body.TryGetProperty("phase", out _));
        (await _stack.Api.SendAsync(HttpMethod.Put, "plans/mine", Plans.Of(10))).Status.ShouldBe(201);
        (await _stack.Api.SendAsync(HttpMethod.Put, "control/stop", new { reason = "drill" })).Status.ShouldBe(200);
        (await _stack.Api.SendAsync(HttpMethod.Delete, "control/stop")).Status.ShouldBe(204);
        var made = await _stack.Api.SendAsync(HttpMethod.Post, "tokens", new { name = "ben", role = "operator", apps = new[] { "shop" } });
        made.Status.ShouldBe(201, made.ToString());
        using var ben = new Api(_stack.Server.Address, made.Text("secret"));
        (await ben.RollBackAsync("shop")).Status.ShouldBe(200);
        (await ben.RollBackAllAsync()).Status.ShouldBe(403);
        (await _stack.Api.SendAsync(HttpMethod.Delete, $"tokens/{made.Text("id")}")).Status.ShouldBe(204);
        (await ben.StatusAsync("shop")).Status.ShouldBe(401);
        // Each process that Consul refuses something would say so here.
        var status = await _stack.Api.StatusAsync("shop");
        status.Body.GetProperty("observed").GetBoolean().ShouldBeTrue(status.ToString());
    }

    private Task<ApiReply> GreenAsync() => _stack.Api.SendAsync(HttpMethod.Get, "colours/green");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_api_takes_a_canary_back_by_its_own_rights_when_no_controller_leads(bool isLockGone)
    {
        (await _stack.Api.UnlockAsync("shop")).Status.ShouldBeOneOf(200, 409);
        await _stack.SeeGreenAsync("shop", 0);
        var started = await _stack.Api.StartRolloutAsync("shop", new
        {
            steps = new[] { new { share = "10%", hold = "10m" } },
            checks = new[] { new { name = "one", query = "vector(0)", max = 0.5, window = "3s", interval = "1s" } },
            controllerLoss = new { after = "5s", @do = "failsafe" },
        });
        started.Status.ShouldBe(201, started.ToString());
        await _stack.SeeGreenAsync("shop", 10);

        await _stack.Controller!.StopAsync();
        try
        {
            if (isLockGone) (await _stack.KV.TryAsync(HttpMethod.Delete, "locks/controller")).Status.ShouldBe(200);
            await _stack.SeeGreenAsync("shop", 0);
        }
        finally
        {
            await _stack.Controller.RestartAsync();
        }
        await _stack.SeePhaseAsync(started.Text("id"), "rolledBack");
    }

    [Fact]
    public async Task An_agents_token_reads_no_tokens_and_moves_no_traffic()
    {
        using var agent = await _stack.KVOfAsync("agent");
        await _stack.KV.GetAsync("tokens/admin");

        foreach (var key in new[] { "tokens/admin", "tokens/?recurse", "token-uses", "sessions/x", "history/shop/x", "rollouts/shop/x", "plans/x", "?recurse" })
            await ShouldBeHiddenAsync(agent, key);
        foreach (var key in new[] { "weights/shop", "state/shop", "apps/shop", "control/rollback", "control/stop", "tokens/mine", "feed/x/0", "history/shop/x", "targets/shop", "locks/controller", "nodes/hap2", "nodes/hap1x", "nodes/hap1/x", "live/hap2", "overrides/hap2/x", "overrides/x" })
            (await agent.TryAsync(HttpMethod.Put, key, "{}")).Status.ShouldBe(403, key);
        (await agent.TryAsync(HttpMethod.Get, "weights/shop")).Status.ShouldBe(200);
        (await agent.TryAsync(HttpMethod.Put, "overrides/hap1/x", "{}")).Status.ShouldBe(200, "its own, which is looked at before it is believed");
    }

    [Fact]
    public async Task A_controllers_token_reads_no_tokens_and_makes_none()
    {
        using var controller = await _stack.KVOfAsync("controller");

        foreach (var key in new[] { "tokens/admin", "tokens/?recurse", "token-uses", "sessions/x", "?recurse" }) await ShouldBeHiddenAsync(controller, key);
        foreach (var key in new[] { "tokens/mine", "sessions/mine", "token-uses", "plans/mine", "claims/host/x", "targets/shop", "nodes/hap1" })
            (await controller.TryAsync(HttpMethod.Put, key, "{}")).Status.ShouldBe(403, key);
    }

    [Fact]
    public async Task An_apis_token_does_not_lead()
    {
        using var api = await _stack.KVOfAsync("api");

        foreach (var key in new[] { "locks/controller", "locks/beat" }) (await api.TryAsync(HttpMethod.Get, key)).Status.ShouldBe(200, $"{key}: plans with a failsafe follow it");
        foreach (var key in new[] { "locks/controller", "locks/beat", "live/hap1", "judge/shop", "deliveries/ops" })
            (await api.TryAsync(HttpMethod.Put, key, "{}")).Status.ShouldBe(403, key);
        (await api.TryAsync(HttpMethod.Put, "../other/key", "{}")).Status.ShouldBe(403, "what is not ours");
    }

    /// <summary>One key is refused; a list that one may not see is one without its keys.</summary>
    private static async Task ShouldBeHiddenAsync(ConsulKV kv, string key)
    {
        var (status, text) = await kv.TryAsync(HttpMethod.Get, key);
        status.ShouldBeOneOf(200, 403, 404);
        if (!key.Contains('?', StringComparison.Ordinal)) status.ShouldBe(403, key);
        text.ShouldNotContain("traffic-shifter/tokens");
        text.ShouldNotContain("traffic-shifter/sessions");
    }

    public sealed class Fixture() : StackFixture(new StackSetup { Backends = [new("shop", 2, 2)], GuardedConsul = true });
}
