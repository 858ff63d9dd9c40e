using TrafficShifter.Demo.Peers;
using TrafficShifter.EndToEnd.Tests.Stack;
using Xunit.Abstractions;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>A node whose agent is cut off from Consul, which everybody else reaches: an emergency rollback is taken to it directly.</summary>
[Trait("HAProxy", "any")]
public sealed class CutOffNodeTests(CutOffNodeTests.Fixture fixture, ITestOutputHelper output) : IClassFixture<CutOffNodeTests.Fixture>
{
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task It_is_rolled_back_with_the_others_and_agrees_with_them_when_it_is_back()
    {
        await using var relay = new TcpRelay(_stack.Consul.Address);
        await using var haproxy = await _stack.StartHAProxyAsync("cut");
        await using var agent = await _stack.StartServerAsync(new ServerSetup { Name = "agent of cut", Roles = "agent", Consul = relay.Address, Nodes = [new ServerNode("cut", haproxy.RuntimeApiSocket)] });
        await ShiftAsync(haproxy, 40);

        relay.Cut();
        var one = await _stack.Api.RollBackAsync("shop");
        output.WriteLine(one.ToString());
        ToldDirectly(one).ShouldBe("cut reached, 1 observed");
        (await RawWeights.GreenAsync(haproxy, _stack.Backend("shop"))).ShouldBe(0);
        await SeeAgreedAsync(relay);

        await ShiftAsync(haproxy, 60);
        relay.Cut();
        var all = await _stack.Api.RollBackAllAsync();
        output.WriteLine(all.ToString());
        ToldDirectly(all).ShouldBe("cut reached, 1 observed");
        (await RawWeights.GreenAsync(haproxy, _stack.Backend("shop"))).ShouldBe(0);
        await SeeAgreedAsync(relay);

        await ShiftAsync(haproxy, 20);
        await _stack.RemoveNodeAsync(agent, "cut");
    }

    private async Task ShiftAsync(HAProxyProcess cut, int green)
    {
        var shifted = await Eventually.SeeAsync("shifted on three nodes", () => _stack.Api.ShiftAsync("shop", 100 - green, green), reply => reply.Status == 200 && reply.Body.GetProperty("nodes").GetArrayLength() == 3);
        shifted.Status.ShouldBe(200, shifted.ToString());
        (await RawWeights.GreenAsync(cut, _stack.Backend("shop"))).ShouldBe(green);
        (await _stack.GreenAsync("shop")).ShouldBe([green, green]);
    }

    private static string ToldDirectly(ApiReply reply) => string.Join("; ", reply.Body.GetProperty("rescue").EnumerateArray()
        .Select(n => $"{n.GetProperty("node").GetString()} {(n.GetProperty("reached").GetBoolean() ? "reached" : "not reached")}, {n.GetProperty("observed").GetInt32()} observed"));

    /// <summary>The lock is the store's everywhere, no agent follows an override, and it can be taken away.</summary>
    private async Task SeeAgreedAsync(TcpRelay relay)
    {
        relay.Mend();
        await Eventually.SeeAsync("the lock of the store on every node", () => _stack.Api.StatusAsync("shop"), status => status.Body.GetProperty("observed").GetBoolean()
            && status.Text("source") == "lock" && status.Body.GetProperty("nodes").EnumerateArray().All(n => !n.GetProperty("observation").TryGetProperty("override", out _)));
        (await _stack.Api.UnlockAsync("shop")).Status.ShouldBe(200);
    }

    public sealed class Fixture() : StackFixture(new StackSetup { Backends = [new("shop")], WithMetrics = false });
}
