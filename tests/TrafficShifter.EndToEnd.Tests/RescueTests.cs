using System.Diagnostics;
using System.Text.Json;
using TrafficShifter.EndToEnd.Tests.Stack;
using Xunit.Abstractions;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>The emergency rollback works while Consul is away: it goes straight to the agents, survives them, and is recorded afterwards.</summary>
[Trait("HAProxy", "any")]
public sealed class RescueTests(ITestOutputHelper output)
{
    [Fact]
    public async Task With_Consul_and_one_agent_down_the_other_node_is_rolled_back_and_the_one_not_reached_is_named()
    {
        await using var stack = await StartAsync("shop");
        (await stack.Api.ShiftAsync("shop", 60, 40)).Status.ShouldBe(200);
        await stack.Consul.KillAsync();
        await stack.Agents[1].KillAsync();
        await SeeStoreAwayAsync(stack, "shop");

        var asked = Stopwatch.GetTimestamp();
        var reply = await stack.Api.RollBackAsync("shop");
        await Eventually.SeeAsync("green at 0 % on hap1", () => RawWeights.FindGreenAsync(stack.HAProxies[0], stack.Backend("shop")), green => green == 0);
        var took = Stopwatch.GetElapsedTime(asked);

        output.WriteLine($"answered and observed after {took.TotalMilliseconds:0} ms: {reply}");
        reply.Status.ShouldBe(202);
        Rescue(reply, "hap1").GetProperty("observed").GetInt32().ShouldBe(1);
        Rescue(reply, "hap2").GetProperty("reached").GetBoolean().ShouldBeFalse();
        Rescue(reply, "hap2").GetProperty("problem").GetString()!.ShouldContain("cannot be asked");
        (await RawWeights.GreenAsync(stack.HAProxies[1], stack.Backend("shop"))).ShouldBe(40);
        var status = await stack.Api.StatusAsync("shop");
        status.Body.GetProperty("problems").EnumerateArray().Select(p => p.GetString()).ShouldContain(p => p!.StartsWith("hap1 follows override "));
        status.Body.GetProperty("observed").GetBoolean().ShouldBeFalse();

        await stack.Agents[1].RestartAsync(CancellationToken.None);
        await stack.Consul.RestartAsync(CancellationToken.None);

        await stack.SeeGreenAsync("shop", 0);
        await SeeRecordedAsync(stack, "shop");
        await SeeUnlockAndShiftWorkAsync(stack, "shop");
    }

    [Fact]
    public async Task A_rollback_of_all_given_without_Consul_survives_agents_and_HAProxy_and_is_not_undone_by_what_is_older()
    {
        await using var stack = await StartAsync("shop", "cart");
        (await stack.Api.ShiftAsync("shop", 60, 40)).Status.ShouldBe(200);
        (await stack.Api.ShiftAsync("cart", 30, 70)).Status.ShouldBe(200);
        await stack.Consul.KillAsync();
        await SeeStoreAwayAsync(stack, "shop");

        var reply = await stack.Api.RollBackAllAsync();
        reply.Status.ShouldBe(200, reply.ToString());
        reply.Body.GetProperty("rescue").EnumerateArray().Select(n => n.GetProperty("observed").GetInt32()).ShouldBe([2, 2]);
        (await stack.GreenAsync("shop")).ShouldBe([0m, 0m]);
        (await stack.GreenAsync("cart")).ShouldBe([0m, 0m]);

        foreach (var agent in stack.Agents) await agent.KillAsync();
        foreach (var haproxy in stack.HAProxies) await haproxy.RestartAsync(CancellationToken.None);
        (await stack.GreenAsync("cart")).ShouldBe([50m, 50m], "the weights of HAProxy's file, or the next step would show nothing");
        foreach (var agent in stack.Agents) await agent.RestartAsync(CancellationToken.None);
        await stack.SeeGreenAsync("shop", 0);
        await stack.SeeGreenAsync("cart", 0);

        await using var hap1 = new WeightLog(stack.HAProxies[0], stack.Backend("cart"));
        await stack.Consul.RestartAsync(CancellationToken.None);
        await SeeRecordedAsync(stack, "shop");
        await SeeRecordedAsync(stack, "cart");
        await SeeUnlockAndShiftWorkAsync(stack, "shop");
        hap1.Seen.ShouldBe([0m]);
    }

    [Fact]
    public async Task A_Consul_that_hangs_does_not_hold_up_a_rollback()
    {
        await using var stack = await StartAsync("shop");
        (await stack.Api.ShiftAsync("shop", 60, 40)).Status.ShouldBe(200);
        stack.Consul.Freeze();
        try
        {
            var asked = Stopwatch.GetTimestamp();
            var rolledBack = stack.Api.RollBackAsync("shop");
            await stack.SeeGreenAsync("shop", 0);
            var took = Stopwatch.GetElapsedTime(asked);
            output.WriteLine($"observed on both raw sockets after {took.TotalMilliseconds:0} ms: {await rolledBack}");
        }
        finally
        {
            stack.Consul.Thaw();
        }
        await SeeRecordedOrWrittenAsync(stack, "shop");
    }

    private static Task<ShiftingStack> StartAsync(params string[] apps) =>
        ShiftingStack.StartAsync(new StackSetup { Backends = [.. apps.Select(a => new Backend(a))], PersistentConsul = true, WithMetrics = false });

    private static Task<ApiReply> SeeStoreAwayAsync(ShiftingStack stack, string app) =>
        Eventually.SeeAsync("the api knows that Consul is away", () => stack.Api.StatusAsync(app), s => s.Age is not null);

    private static JsonElement Rescue(ApiReply reply, string node) =>
        reply.Body.GetProperty("rescue").EnumerateArray().Single(n => n.GetProperty("node").GetString() == node);

    /// <summary>The store has the lock and the history, and no agent follows an override any more.</summary>
    private static async Task SeeRecordedAsync(ShiftingStack stack, string app)
    {
        var status = await Eventually.SeeAsync("the rollback recorded and observed from the store", () => stack.Api.StatusAsync(app),
            s => s.Status == 200 && s.Age is null && s.Body.GetProperty("observed").GetBoolean() && s.Body.GetProperty("source").GetString() == "lock"
                && s.Body.GetProperty("nodes").EnumerateArray().All(n => !n.GetProperty("observation").TryGetProperty("override", out _)));
        status.Body.GetProperty("lock").GetProperty("to").GetString().ShouldBe("blue");
        (await stack.Api.HistoryAsync(app)).Count(h => h.GetProperty("sentence").GetString()!.StartsWith("emergency rollback given to the agents while the store was away")).ShouldBe(1);
    }

    /// <summary>The hung write may have come through after all; either way the store has the lock and no agent follows an override.</summary>
    private static Task<ApiReply> SeeRecordedOrWrittenAsync(ShiftingStack stack, string app) =>
        Eventually.SeeAsync("the lock in the store, observed", () => stack.Api.StatusAsync(app),
            s => s.Status == 200 && s.Age is null && s.Body.GetProperty("observed").GetBoolean() && s.Body.TryGetProperty("lock", out _)
                && s.Body.GetProperty("nodes").EnumerateArray().All(n => !n.GetProperty("observation").TryGetProperty("override", out _)));

    private static async Task SeeUnlockAndShiftWorkAsync(ShiftingStack stack, string app)
    {
        (await stack.Api.UnlockAsync(app)).Status.ShouldBe(200);
        (await stack.Api.ShiftAsync(app, 80, 20)).Status.ShouldBe(200);
        (await stack.GreenAsync(app)).ShouldBe([20m, 20m]);
    }
}
