using System.Net;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Traffic;

public sealed class ShiftTests : IAsyncLifetime
{
    private const string Shop = "/api/v1/apps/shop";
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync(nodes: ["hap1", "hap2"]);
        await _server.RegisterShopAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_shift_that_is_waited_for_is_observed_on_every_node()
    {
        var shifted = (await _server.PutAsync(Shop + "/weights?wait=10s", """{"blue":75,"green":25,"reason":"release 42"}""")).ShouldBe(HttpStatusCode.OK);

        shifted["share"]["green"]!.GetValue<string>().ShouldBe("25%");
        shifted["by"].GetValue<string>().ShouldBe("admin");
        shifted["reason"].GetValue<string>().ShouldBe("release 42");
        shifted["nodes"].AsArray().Select(n => n!["progress"]!.GetValue<string>()).ShouldBe(["observed", "observed"]);
        foreach (var node in new[] { "hap1", "hap2" })
        {
            var haproxy = _server.LoadBalancerOf(node).HAProxy;
            haproxy.WeightOf("shop_back", "blue1").ShouldBe(3 * haproxy.WeightOf("shop_back", "green1"));
        }
        var status = await _server.GetAsync(Shop + "/status");
        status["observed"].GetValue<bool>().ShouldBeTrue();
        status["source"].GetValue<string>().ShouldBe("weights");
        status["index"].GetValue<ulong>().ShouldBe(shifted["modifyIndex"].GetValue<ulong>());
        shifted.ETag.ShouldBe($"\"{shifted["modifyIndex"].GetValue<ulong>()}\"");
    }

    [Fact]
    public async Task The_answer_says_how_long_each_step_took()
    {
        var waited = (await _server.PutAsync(Shop + "/weights?wait=10s", """{"blue":75,"green":25}""")).Headers["Server-Timing"];
        var unwaited = (await _server.PutAsync(Shop + "/weights", """{"blue":70,"green":30}""")).Headers["Server-Timing"];

        waited.ShouldMatch(@"^accepted;dur=[\d.]+, committed;dur=[\d.]+, observed;dur=[\d.]+$");
        unwaited.ShouldMatch(@"^accepted;dur=[\d.]+, committed;dur=[\d.]+$");
        var steps = waited.Split(", ").Select(step => double.Parse(step[(step.IndexOf('=', StringComparison.Ordinal) + 1)..], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        steps.ShouldBe(steps.Order());
    }

    [Fact]
    public async Task The_version_that_was_read_can_be_demanded()
    {
        var version = (await _server.GetAsync(Shop + "/weights")).ETag!;

        var shifted = (await _server.PutAsync(Shop + "/weights", """{"blue":90,"green":10}""", ("If-Match", version))).ShouldBe(HttpStatusCode.OK);

        (await _server.GetAsync(Shop + "/weights")).ETag.ShouldBe(shifted.ETag);
        var late = await _server.PutAsync(Shop + "/weights", """{"blue":50,"green":50}""", ("If-Match", version));
        late.ShouldBeProblem(412, "stale", null, "read it again, then decide");
        late["current"]["green"]!.GetValue<int>().ShouldBe(10);
        (await _server.PutAsync(Shop + "/weights", """{"blue":50,"green":50}""", ("If-Match", "*"))).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_dry_run_says_what_each_node_would_make_of_it_and_writes_nothing()
    {
        _server.LoadBalancerOf("hap2").HAProxy.Configure("shop_back", ("blue1", 100), ("blue2", 100), ("green1", 100));
        var before = (await _server.Store.ListAsync("weights/", CancellationToken.None)).Index;

        var dry = (await _server.PutAsync(Shop + "/weights?dryRun=true", """{"blue":90,"green":10}""")).ShouldBe(HttpStatusCode.OK);

        dry["dryRun"].GetValue<bool>().ShouldBeTrue();
        dry.ETag.ShouldBeNull();
        dry["achievable"].AsArray().Select(a => (a!["node"]!.GetValue<string>(), a["green"]!.GetValue<string>())).ShouldBe([("hap1", "10%"), ("hap2", "10%")]);
        dry["achievable"][1]!["weights"]!.AsObject().Select(w => w.Key).ShouldBe(["blue1", "blue2", "green1"]);
        (await _server.Store.ListAsync("weights/", CancellationToken.None)).Index.ShouldBe(before);
    }

    [Fact]
    public async Task A_wait_that_is_not_long_enough_names_the_node_that_is_missing()
    {
        _server.LoadBalancerOf("hap2").Fail(new LoadBalancerException("HAProxy hap2 refused the connection"));

        var accepted = (await _server.PutAsync(Shop + "/weights?wait=300ms", """{"blue":90,"green":10}""")).ShouldBe(HttpStatusCode.Accepted);

        accepted["nodes"].AsArray().Single(n => n!["node"]!.GetValue<string>() == "hap1")!["progress"]!.GetValue<string>().ShouldBe("observed");
        var missing = accepted["nodes"].AsArray().Single(n => n!["node"]!.GetValue<string>() == "hap2")!;
        missing["progress"]!.GetValue<string>().ShouldNotBe("observed");
        missing["problem"]!.GetValue<string>().ShouldBe("HAProxy hap2 refused the connection");
    }

    [Fact]
    public async Task A_rollback_locks_until_somebody_unlocks()
    {
        (await _server.PutAsync(Shop + "/weights?wait=10s", """{"blue":50,"green":50}""")).ShouldBe(HttpStatusCode.OK);

        var rollback = (await _server.PostAsync(Shop + "/rollback?wait=10s", """{"reason":"errors"}""")).ShouldBe(HttpStatusCode.OK);

        rollback["lock"]["to"]!.GetValue<string>().ShouldBe("blue");
        _server.LoadBalancerOf("hap1").HAProxy.WeightOf("shop_back", "green1").ShouldBe(0);
        _server.LoadBalancerOf("hap2").HAProxy.WeightOf("shop_back", "green1").ShouldBe(0);
        var held = await _server.PutAsync(Shop + "/weights", """{"blue":50,"green":50}""");
        held.ShouldBeProblem(409, "locked", null, "locked to blue by admin (errors); POST /api/v1/apps/shop/unlock first");
        held["current"]["reason"]!.GetValue<string>().ShouldBe("errors");
        (await _server.GetAsync(Shop + "/status"))["problems"].AsArray().Single()!.GetValue<string>().ShouldContain("weights blue 50% / green 50% are stored and not applied");

        var unlocked = (await _server.PostAsync(Shop + "/unlock", """{"reason":"repaired"}""")).ShouldBe(HttpStatusCode.OK);

        unlocked["blue"].GetValue<int>().ShouldBe(100);
        (await _server.GetAsync(Shop + "/status"))["problems"].AsArray().ShouldBeEmpty();
        (await _server.PutAsync(Shop + "/weights", """{"blue":50,"green":50}""")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_rollback_may_name_the_colour_and_give_no_reason()
    {
        (await _server.PostAsync(Shop + "/rollback?wait=10s", """{"to":"green"}""")).ShouldBe(HttpStatusCode.OK)["lock"]["reason"]!.GetValue<string>().ShouldBe("emergency rollback");
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "blue1").ShouldBe(0);
    }

    [Fact]
    public async Task A_rollback_of_all_holds_at_once_and_reaches_the_documents()
    {
        (await _server.PutAsync(Shop + "/weights?wait=10s", """{"blue":50,"green":50}""")).ShouldBe(HttpStatusCode.OK);

        var all = (await _server.PostAsync("/api/v1/rollback", """{"to":"stable","reason":"outage"}""")).ShouldBe(HttpStatusCode.OK);

        all["applications"].GetValue<int>().ShouldBe(1);
        (await _server.PutAsync(Shop + "/weights", """{"blue":50,"green":50}""")).ShouldBeProblem(409, "locked", null, "locked to blue by admin (outage)");
        await _server.EventuallyAsync(Shop + "/status", s => s["source"]!.GetValue<string>() == "lock" && s["observed"]!.GetValue<bool>(), "the sweep's lock, observed");
        (await _server.GetAsync("/api/v1/history?app=shop&limit=1")).Json![0]!["sentence"]!.GetValue<string>().ShouldContain("rollback of all applications");
    }

    [Fact]
    public async Task History_tells_newest_first_who_did_what_and_why()
    {
        (await _server.PutAsync(Shop + "/weights", """{"blue":90,"green":10,"reason":"one"}""")).ShouldBe(HttpStatusCode.OK);
        (await _server.PostAsync(Shop + "/rollback", """{"reason":"two"}""")).ShouldBe(HttpStatusCode.OK);
        (await _server.PostAsync(Shop + "/unlock", """{"reason":"three"}""")).ShouldBe(HttpStatusCode.OK);

        var history = (await _server.GetAsync("/api/v1/history?app=shop")).Json!.AsArray();

        history.Select(h => (h!["kind"]!.GetValue<string>(), h["reason"]?.GetValue<string>())).ShouldBe([("app.unlocked", "three"), ("app.rolledBack", "two"), ("weights.set", "one"), ("app.created", null)]);
        history.ShouldAllBe(h => h!["by"]!.GetValue<string>() == "admin");
        history[2]!["sentence"]!.GetValue<string>().ShouldBe("blue 100% / green 0% → blue 90% / green 10% by admin");
        history[2]!["before"]!["blue"]!.GetValue<int>().ShouldBe(100);
        history[2]!["after"]!["blue"]!.GetValue<int>().ShouldBe(90);
        (await _server.GetAsync("/api/v1/history?limit=2")).Json!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public async Task Nodes_are_listed_with_their_signs_of_life()
    {
        var nodes = await _server.EventuallyAsync("/api/v1/nodes", n => n.AsArray().All(x => x!["live"]!.GetValue<bool>() && x["problem"] is null), "both nodes live");

        nodes.AsArray().Select(n => (n!["node"]!.GetValue<string>(), n["liveness"]!["haproxyPid"]!.GetValue<int>())).ShouldBe([("hap1", 1000), ("hap2", 1000)]);
        (await _server.DeleteAsync("/api/v1/nodes/hap1")).ShouldBeProblem(409, "conflict", null, "the agent of \"hap1\" is live");
    }

    [Fact]
    public async Task A_node_that_is_gone_for_good_can_be_forgotten()
    {
        await _server.Store.CommitAsync(ChangeSet.Empty.With(new Change.Set("nodes/old", """{"schema":1,"node":"old","at":"2026-01-01T00:00:00Z"}""")), CancellationToken.None);
        var listed = await _server.EventuallyAsync("/api/v1/nodes", n => n.AsArray().Any(x => x!["node"]!.GetValue<string>() == "old"), "the old node");
        listed.AsArray().Single(n => n!["node"]!.GetValue<string>() == "old")!["problem"]!.GetValue<string>().ShouldContain("its HAProxy may still be serving");

        (await _server.DeleteAsync("/api/v1/nodes/old")).ShouldBe(HttpStatusCode.NoContent);

        await _server.EventuallyAsync("/api/v1/nodes", n => n.AsArray().All(x => x!["node"]!.GetValue<string>() != "old"), "the old node forgotten");
    }
}
