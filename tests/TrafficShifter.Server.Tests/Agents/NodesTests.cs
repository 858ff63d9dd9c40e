using System.Net;
using System.Text.Json.Nodes;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Agents;

/// <summary>What is told about the nodes: which are too old, which drift, and where scrapers find them.</summary>
public sealed class NodesTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync();
        await _server.RegisterShopAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_node_with_a_HAProxy_that_is_too_old_is_named_and_never_counted_as_done()
    {
        const string sentence = "its HAProxy is 2.2.33: older than 2.4, the oldest for `weights` routing; what is set there is not counted as done";
        _server.LoadBalancer.HAProxy.Install("2.2.33");

        var nodes = await _server.EventuallyAsync("/api/v1/nodes", n => n[0]!["liveness"]?["version"]?.GetValue<string>() == "2.2.33", "the old node");
        nodes[0]!["problem"]!.GetValue<string>().ShouldBe(sentence);
        nodes[0]!["liveness"]!["version"]!.GetValue<string>().ShouldBe("2.2.33");
        var status = await _server.EventuallyAsync("/api/v1/apps/shop/status", s => !s["observed"]!.GetValue<bool>(), "the old node in the status");
        status["nodes"]![0]!["problem"]!.GetValue<string>().ShouldBe(sentence);
        (await _server.PutAsync("/api/v1/apps/shop/weights?wait=500ms", """{"blue":50,"green":50}""")).ShouldBe(HttpStatusCode.Accepted);
        await _server.EventuallyAsync(() => _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1") > 0, "the weights are set all the same");

        _server.LoadBalancer.HAProxy.Install("2.4.7");
        nodes = await _server.EventuallyAsync("/api/v1/nodes", n => n[0]!["problem"]?.GetValue<string>().Contains("2.4.7", StringComparison.Ordinal) == true, "the newer node");
        nodes[0]!["problem"]!.GetValue<string>().ShouldContain("older than 2.6, the oldest for `map` routing");
        await _server.EventuallyAsync("/api/v1/apps/shop/status", s => s["observed"]!.GetValue<bool>(), "done, on `weights` routing");
    }

    [Fact]
    public async Task A_node_where_somebody_else_changes_things_says_how_often_and_what()
    {
        _server.LoadBalancer.HAProxy.Set(new SetServerWeight(ProxyName.Parse("shop_back"), ProxyName.Parse("green1"), 7));

        var nodes = await _server.EventuallyAsync("/api/v1/nodes", n => n[0]!["liveness"]?["driftRepaired"]?.GetValue<int>() == 1, "the drift");
        nodes[0]!["liveness"]!["lastDrift"]!.GetValue<string>().ShouldStartWith("shop: green was 0% and was found at ");
    }

    [Fact]
    public async Task Whoever_is_limited_to_some_applications_reads_no_names_of_others()
    {
        await _server.Store.CommitAsync(ChangeSet.Empty.With(new Change.Put(Keys.Node("hap9"), DocumentJson.Write(new NodeRegistration { Node = "hap9" }), 0)), CancellationToken.None);
        var liveness = new NodeLiveness { Exceptions = ["shop", "secret-launch"], LastDrift = "secret-launch: green was 0% and was found at 3%", DriftRepaired = 1 };
        await _server.WriteAsync(Keys.LiveNode("hap9"), DocumentJson.Write(liveness));
        using var eve = new Client(_server, await Client.MakeTokenAsync(_server, "eve", "viewer", ""","apps":["shop"]"""));

        await _server.EventuallyAsync("/api/v1/nodes", n => n.AsArray().Any(x => x!["node"]!.GetValue<string>() == "hap9" && x["live"]!.GetValue<bool>()), "the other node");

        var seen = (await eve.GetAsync("/api/v1/nodes")).Json!.AsArray().Single(n => n!["node"]!.GetValue<string>() == "hap9")!;

        seen.ToJsonString().ShouldNotContain("secret-launch");
        seen["liveness"]!["exceptions"]!.AsArray().Select(e => e!.GetValue<string>()).ShouldBe(["shop"]);
        seen["notAsWanted"]!.GetValue<int>().ShouldBe(2);
        var all = (await _server.GetAsync("/api/v1/nodes")).Json!.AsArray().Single(n => n!["node"]!.GetValue<string>() == "hap9")!;
        all["liveness"]!["exceptions"]!.AsArray().Count.ShouldBe(2);
        all["liveness"]!["lastDrift"]!.GetValue<string>().ShouldContain("secret-launch");
    }

    [Fact]
    public async Task An_api_that_never_read_the_store_asks_the_agents_that_it_was_told_of()
    {
        await _server.StopAsync();
        File.Delete(Path.Combine(_server.Folder, "nodes.json"));
        await _server.StartAsync(storeAway: true, "--Agent:Known:0:Node=far", "--Agent:Known:0:Address=http://127.0.0.1:1/");

        var answer = await _server.PostAsync("/api/v1/apps/shop/rollback", """{"reason":"fire"}""");

        answer.Text.ShouldContain("\"far\"");
        answer.Text.ShouldContain("http://127.0.0.1:1/");
    }

    [Fact]
    public async Task Scrapers_find_every_registered_node_whether_it_lives_or_not()
    {
        await _server.StopAsync();
        await _server.StartAsync(more: "--Agent:Nodes:0:Exporter=http://10.0.0.7:8405/metrics");
        await _server.EventuallyAsync("/api/v1/nodes", n => n[0]!["exporter"] is not null, "the exporter in the registration");
        foreach (var (node, exporter) in new[] { ("gone", "https://10.0.0.8/haproxy/metrics"), ("away", "nonsense") })
            await _server.Store.CommitAsync(ChangeSet.Empty.With(new Change.Put(Keys.Node(node), DocumentJson.Write(new NodeRegistration { Node = node, Address = "https://10.0.0.8:8081/", Exporter = exporter }), 0)), CancellationToken.None);

        var all = await _server.EventuallyAsync("/api/v1/nodes/prometheus-sd", t => t.AsArray().Count == 6, "all targets");

        JsonNode.DeepEquals(all, JsonNode.Parse($$$"""
            [{"targets":["10.0.0.8:8081"],"labels":{"node":"away,gone","exporter":"traffic-shifter","__scheme__":"https"}},
             {"targets":["10.0.0.8:8081"],"labels":{"node":"away,gone","exporter":"evidence","__scheme__":"https","__metrics_path__":"/metrics/evidence"}},
             {"targets":["127.0.0.1:{{{_server.Address.Port}}}"],"labels":{"node":"hap1","exporter":"traffic-shifter"}},
             {"targets":["127.0.0.1:{{{_server.Address.Port}}}"],"labels":{"node":"hap1","exporter":"evidence","__metrics_path__":"/metrics/evidence"}},
             {"targets":["10.0.0.8:443"],"labels":{"node":"gone","exporter":"haproxy","__scheme__":"https","__metrics_path__":"/haproxy/metrics"}},
             {"targets":["10.0.0.7:8405"],"labels":{"node":"hap1","exporter":"haproxy"}}]
            """)).ShouldBeTrue(all.ToJsonString());
        (await _server.GetAsync("/api/v1/nodes/prometheus-sd?exporter=haproxy")).ShouldBe(HttpStatusCode.OK).Json!.AsArray().Count.ShouldBe(2);
        (await _server.GetAsync("/api/v1/nodes/prometheus-sd?exporter=none")).ShouldBeProblem(400, "bad-query", null, "traffic-shifter, evidence or haproxy");
    }
}
