using System.Net;
using System.Text.Json.Nodes;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Traffic;

/// <summary>What the rollback of all applications answers with <c>?wait=</c>: how far each node is, and what is left for all of them in one sentence.</summary>
public sealed class FleetRollbackTests : IAsyncLifetime
{
    private const int Many = 150;
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync(null, "hap1", "hap2");
        await _server.RegisterShopAsync();
        foreach (var n in Enumerable.Range(0, Many))
        {
            foreach (var node in new[] { "hap1", "hap2" }) _server.LoadBalancerOf(node).HAProxy.Configure($"b{n}", ("blue1", 100), ("green1", 100));
            (await _server.PutAsync($"/api/v1/apps/app{n}", $$$"""{"routing":{"backend":"b{{{n}}}"}}""")).ShouldBe(HttpStatusCode.Created);
        }
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task It_says_how_far_each_node_is_and_that_nobody_is_left()
    {
        var answer = (await _server.PostAsync("/api/v1/rollback?wait=20s")).ShouldBe(HttpStatusCode.OK);

        Nodes(answer.Json!).ShouldBe([$"hap1 observed {Many + 1} 0", $"hap2 observed {Many + 1} 0"]);
        answer["left"]!.GetValue<string>().ShouldBe($"the sides that were left are at 0 on all 2 nodes so far: no session of {Many + 1} applications is left, and no request came since the rollback");
        (await _server.PostAsync("/api/v1/rollback")).ShouldBe(HttpStatusCode.OK).Text.ShouldNotContain("\"nodes\"", Case.Sensitive, "nobody asked");
    }

    [Fact]
    public async Task What_is_not_done_is_counted_and_named_on_each_node()
    {
        var other = _server.LoadBalancerOf("hap2").HAProxy;
        foreach (var n in Enumerable.Range(0, 120)) other.Configure($"b{n}", ("green1", 100));
        other.SetHealth("b120", "blue1", ServerHealth.Down);
        _server.LoadBalancer.HAProxy.SetSessions("shop_back", "green1", live: 2, total: 2);
        // Over HTTP: an agent that is gone, and one that answers for other nodes than this one.
        foreach (var (node, address) in new[] { ("gone", "http://127.0.0.1:1/"), ("moved", _server.Address.ToString()) })
            await _server.Store.CommitAsync(ChangeSet.Empty.With(new Change.Put(Keys.Node(node), DocumentJson.Write(new NodeRegistration { Node = node, Address = address }), 0)), CancellationToken.None);
        await _server.EventuallyAsync("/api/v1/nodes", n => n.AsArray().Count == 4, "the nodes without an agent here");

        var answer = (await _server.PostAsync("/api/v1/rollback?wait=3s")).ShouldBe(HttpStatusCode.Accepted);

        Nodes(answer.Json!).ShouldBe(["gone unknown 0 0", $"hap1 observed {Many + 1} 0", $"hap2 failing {Many - 119} 120", "moved unknown 0 0"]);
        answer["nodes"]![2]!["exceptions"]!.AsArray().Count.ShouldBe(100);
        answer["nodes"]![2]!["problem"]!.GetValue<string>().ShouldContain("has no server that is blue");
        answer["nodes"]![0]!["problem"]!.GetValue<string>().ShouldContain("http://127.0.0.1:1/ cannot be asked");
        answer["nodes"]![3]!["problem"]!.GetValue<string>().ShouldBe("the agent that answers at its address does not drive it");
        answer["left"]!.GetValue<string>().ShouldContain("(1 application: app120); what 1 application left is not known yet. moved: what is left there is not known", Case.Sensitive, "blue is to have its traffic, and is down");
        answer["left"]!.GetValue<string>().ShouldStartWith("gone: what is left there is not known, because the rollback is not observed there. "
            + "hap1: 2 sessions are still on the sides that were left, 0 requests came there since the rollback (1 application: shop). hap2: what 120 applications left (app0, app1, app10 and ");
    }

    [Fact]
    public async Task A_wait_that_is_none_is_refused_and_nothing_is_done()
    {
        (await _server.PostAsync("/api/v1/rollback?wait=soon")).ShouldBeProblem(400, "bad-query", null, "a duration");
        (await _server.Store.FindAsync(Keys.FleetRollback, CancellationToken.None)).ShouldBeNull();
    }

    private static IEnumerable<string> Nodes(JsonNode answer) =>
        answer["nodes"]!.AsArray().Select(n => $"{n!["node"]} {n["progress"]} {n["observed"]} {n["notObserved"]}");
}
