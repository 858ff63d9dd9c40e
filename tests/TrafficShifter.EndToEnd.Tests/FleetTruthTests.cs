using System.Net.Sockets;
using System.Text.Json;
using TrafficShifter.EndToEnd.Tests.Stack;
using Xunit.Abstractions;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>Three nodes: one whose HAProxy is stopped, one that reloads in a loop, one whose agent was killed while its HAProxy serves on.</summary>
[Collection(Alone.Name)]
public sealed class FleetTruthTests(FleetTruthTests.Fixture fixture, ITestOutputHelper output) : IClassFixture<FleetTruthTests.Fixture>
{
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task Answers_tell_the_truth_about_every_node_throughout_and_all_converge_when_the_faults_end()
    {
        (await _stack.Api.PutMappedAsync("shop", "web")).Status.ShouldBe(201);
        var whole = await _stack.Api.ShiftAsync("shop", 90, 10);
        whole.Status.ShouldBe(200, whole.ToString());
        Progress(whole).ShouldBe(["hap1 observed", "hap2 observed", "hap3 observed"]);
        await using var load = _stack.Load("shop", [1, 2]);

        await _stack.HAProxies[0].StopAsync();
        using var reloading = new CancellationTokenSource();
        var reloads = ReloadAsync(reloading.Token);
        await _stack.Agents[2].KillAsync();

        foreach (var green in (int[])[20, 30, 40])
        {
            var partial = await _stack.Api.ShiftAsync("shop", 100 - green, green, wait: "3s");
            partial.Status.ShouldBe(202, partial.ToString());
            Progress(partial).ShouldBe(["hap1 failing", "hap2 observed", "hap3 unknown"]);
            Node(partial, "hap1").GetProperty("problem").GetString()!.ShouldContain("admin.sock");
            (await MapRoutingTests.RowAsync(_stack.HAProxies[1], "shop")).ShouldBe($"s.{green * 100}.web.shop");
        }
        // Nobody told the third: it serves what it had, and nobody says otherwise.
        (await MapRoutingTests.RowAsync(_stack.HAProxies[2], "shop")).ShouldBe("s.1000.web.shop");
        Progress(await _stack.Api.StatusAsync("shop")).ShouldBe(["hap1 failing", "hap2 observed", "hap3 unknown"]);
        await Eventually.SeeAsync("the third is known not to be live", _stack.Api.NodesAsync, nodes => nodes.Body.EnumerateArray().Any(n => n.GetProperty("node").GetString() == "hap3" && !n.GetProperty("live").GetBoolean()));

        await reloading.CancelAsync();
        var count = await reloads;
        await _stack.HAProxies[0].StartAsync(CancellationToken.None);
        // Its file was written while it was away: what it serves first is right.
        (await MapRoutingTests.RowAsync(_stack.HAProxies[0], "shop")).ShouldBe("s.4000.web.shop");
        await _stack.Agents[2].RestartAsync();
        await Eventually.SeeAsync("all observed", () => _stack.Api.StatusAsync("shop"), seen => Progress(seen).All(n => n.EndsWith(" observed", StringComparison.Ordinal)));
        foreach (var haproxy in _stack.HAProxies) (await MapRoutingTests.RowAsync(haproxy, "shop")).ShouldBe("s.4000.web.shop");
        var report = await load.StopAsync();
        output.WriteLine($"{count} reloads; {report}\n{(report.Failures > 0 ? _stack.HAProxies[1].Output : "")}");
        count.ShouldBeGreaterThan(3);
        report.Failures.ShouldBe(0, report.ToString());
    }

    private static List<string> Progress(ApiReply reply) =>
        [.. reply.Body.GetProperty("nodes").EnumerateArray().Select(n => $"{n.GetProperty("node").GetString()} {n.GetProperty("progress").GetString()}")];

    private static JsonElement Node(ApiReply reply, string name) => reply.Body.GetProperty("nodes").EnumerateArray().Single(n => n.GetProperty("node").GetString() == name);

    private async Task<int> ReloadAsync(CancellationToken stop)
    {
        for (var count = 0; ; count++)
        {
            if (stop.IsCancellationRequested) return count;
            await Eventually.SeeAsync("a reload", TryReloadAsync);
        }
    }

    /// <summary>False while the master still begins anew after the last reload.</summary>
    private async Task<bool> TryReloadAsync()
    {
        try
        {
            await _stack.HAProxies[1].ReloadAsync(CancellationToken.None);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public sealed class Fixture() : StackFixture(new StackSetup { Pools = [new("web")], Nodes = 3, WithMetrics = false });
}
