using System.Text.Json;
using TrafficShifter.EndToEnd.Tests.Stack;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>A HAProxy that cannot be driven is named with the reason; the others are right all the same.</summary>
public sealed class BadSocketTests(BadSocketTests.Fixture fixture) : IClassFixture<BadSocketTests.Fixture>
{
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task A_socket_at_level_user_refuses_weights_and_the_node_says_so()
    {
        var directory = Directory.CreateTempSubdirectory("user-").FullName;
        var socket = Path.Combine(directory, "user.sock");
        await using var haproxy = await _stack.StartHAProxyAsync("watched", directory, $"global\n    stats socket {socket} mode 600 level user\n");
        await using var agent = await _stack.StartAgentAsync("watched", socket, untilReady: false);
        await Eventually.SeeAsync("the node is registered", _stack.Api.NodesAsync, nodes => nodes.Body.GetArrayLength() == 3);

        var answer = await _stack.Api.ShiftAsync("shop", 80, 20, wait: "2s");

        answer.Status.ShouldBe(202, answer.ToString());
        var node = Node(answer, "watched");
        node.GetProperty("progress").GetString().ShouldBe("failing", node.ToString());
        node.GetProperty("problem").GetString().ShouldNotBeNull().ShouldContain("Permission denied");
        Node(answer, "hap1").GetProperty("progress").GetString().ShouldBe("observed");
        Node(await _stack.Api.StatusAsync("shop"), "watched").GetProperty("problem").GetString().ShouldNotBeNull().ShouldContain("Permission denied");
        (await _stack.GreenAsync("shop")).ShouldBe([20m, 20m]);
        (await RawWeights.GreenAsync(haproxy, _stack.Backend("shop"))).ShouldBe(50);
        await _stack.RemoveNodeAsync(agent, "watched");
        await haproxy.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_HAProxy_that_hangs_is_named_and_put_right_when_it_answers_again()
    {
        (await _stack.Api.ShiftAsync("shop", 70, 30)).Status.ShouldBe(200);
        _stack.HAProxies[1].Freeze();

        var answer = await _stack.Api.ShiftAsync("shop", 60, 40, wait: "3s");

        answer.Status.ShouldBe(202, answer.ToString());
        Node(answer, "hap1").GetProperty("progress").GetString().ShouldBe("observed");
        (await RawWeights.GreenAsync(_stack.HAProxies[0], _stack.Backend("shop"))).ShouldBe(40);
        var status = await Eventually.SeeAsync("hap2 named with the reason", () => _stack.Api.StatusAsync("shop"),
            s => Node(s, "hap2").TryGetProperty("problem", out var problem) && problem.GetString()!.Contains("did not answer", StringComparison.Ordinal));
        Node(status, "hap2").GetProperty("progress").GetString().ShouldBe("failing");
        status.Body.GetProperty("observed").GetBoolean().ShouldBeFalse();

        _stack.HAProxies[1].Thaw();

        await Eventually.SeeAsync("all observed", () => _stack.Api.StatusAsync("shop"), s => s.Body.GetProperty("observed").GetBoolean());
        (await _stack.GreenAsync("shop")).ShouldBe([40m, 40m]);
    }

    private static JsonElement Node(ApiReply reply, string name) =>
        reply.Body.GetProperty("nodes").EnumerateArray().Single(n => n.GetProperty("node").GetString() == name);

    public sealed class Fixture() : StackFixture(new StackSetup { Backends = [new("shop")], WithMetrics = false });
}
