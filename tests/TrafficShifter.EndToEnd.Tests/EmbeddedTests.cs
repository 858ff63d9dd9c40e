using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Upstream;
using TrafficShifter.EndToEnd.Tests.Stack;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>One process with all roles and no Consul is a whole system.</summary>
public sealed class EmbeddedTests
{
    private static readonly Backend Shop = new("shop");

    [Fact]
    public async Task A_shift_works_and_the_state_survives_kill_9()
    {
        await using var upstream = await UpstreamApp.StartAsync(UpstreamPorts.Free(1, 1));
        var servers = new[] { Colour.Blue, Colour.Green }.Select(c => new HAProxyServer($"{c.Word()}1", upstream.PortsOf(c)[0])).ToList();
        await using var haproxy = await HAProxyProcess.StartAsync(
            new HAProxySetup { Backends = [new HAProxyBackend(Shop.Name, [Shop.Host], servers, "/health")] }, CancellationToken.None);
        await using var server = await ServerProcess.StartAsync(new ServerSetup { Nodes = [new ServerNode("local", haproxy.RuntimeApiSocket)] });
        using var api = new Api(server.Address, await server.ReadAdminTokenAsync());
        (await api.PutAppAsync("shop")).Status.ShouldBe(201);
        var shifted = await api.ShiftAsync("shop", 60, 40);
        shifted.Status.ShouldBe(200, shifted.ToString());
        (await RawWeights.GreenAsync(haproxy, Shop)).ShouldBe(40);

        await using (var log = new WeightLog(haproxy, Shop))
        {
            await server.KillAsync();
            await server.RestartAsync();
            var weights = await api.GetWeightsAsync("shop");
            weights.Body.GetProperty("green").GetInt32().ShouldBe(40);
            weights.Body.GetProperty("modifyIndex").GetUInt64().ShouldBe(shifted.Body.GetProperty("modifyIndex").GetUInt64());
            await Eventually.SeeAsync("the node observed", () => api.StatusAsync("shop"), s => s.Body.GetProperty("observed").GetBoolean());
            await log.ShouldHaveSeenAsync(40m);
        }

        await haproxy.RestartAsync(CancellationToken.None);
        (await Returning.UntilRightAsync(haproxy, Shop, 40)).ShouldBeLessThan(TimeSpan.FromSeconds(5), "sooner than the timer: the new process was noticed");
        (await api.ShiftAsync("shop", 10, 90)).Status.ShouldBe(200);
        (await RawWeights.GreenAsync(haproxy, Shop)).ShouldBe(90);
        (await api.HistoryAsync("shop")).Select(h => h.GetProperty("kind").GetString()).ShouldBe(["app.created", "weights.set", "weights.set"]);
    }
}
