using System.Net;
using System.Text.Json.Nodes;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Evacuations;

/// <summary>Green evacuated and restored over real HTTP: what moves, what is refused meanwhile, and who may all the same.</summary>
public sealed class EvacuationTests : IAsyncLifetime
{
    private const string Green = "/api/v1/colours/green";
    private const string Shop = "/api/v1/apps/shop";
    private const string Definition = """{"routing":{"backend":"shop_back"}}""";
    private const string Plan = """
        "plan":{"name":"short","steps":[{"share":"10%","hold":"5s"},{"share":"50%","hold":"5s"}],
        "checks":[{"name":"errors","query":"errors{colour=\"{{colour}}\"}","max":0.01,"window":"3s","interval":"1s","failuresInARow":2}]}
        """;

    private readonly ManualTime _time = new();
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync(_time);
        await _server.RegisterShopAsync();
        _server.Metrics.Set("errors{colour=\"green\"}", 0.001);
        _server.Metrics.Set("errors{colour=\"blue\"}", 0.001);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Traffic_leaves_and_comes_back_by_canary_to_the_number()
    {
        await ShiftAsync(70, 30);
        (await _server.GetAsync(Green))["sentence"].GetValue<string>().ShouldBe("green serves 1 application of 1");

        var begun = (await _server.PostAsync(Green + "/evacuate", """{"reason":"new network"}""")).ShouldBe(HttpStatusCode.Accepted);
        begun["phase"].GetValue<string>().ShouldBe("evacuating");
        await PhaseAsync("evacuated");
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1").ShouldBe(0);
        var empty = await _server.EventuallyAsync(Green, g => g["evacuation"]!["emptyAt"] is not null && g["quietSince"] is not null, "green observed at 0");
        empty["sentence"]!.GetValue<string>().ShouldBe("green is evacuated and observed at 0: 1 application left it, no session is there and no request comes");
        empty["counts"]!.ToJsonString().ShouldBe("""{"apps":1,"serving":0,"leaving":0,"evacuated":1,"returning":0}""");
        (await _server.PostAsync(Green + "/evacuate")).ShouldBe(HttpStatusCode.Accepted)["evacuation"]["id"]!.GetValue<string>().ShouldBe(begun["evacuation"]["id"]!.GetValue<string>(), "the same one goes on");

        var restoring = (await _server.PostAsync(Green + "/restore", $$"""{"reason":"rebuilt",{{Plan}}}""")).ShouldBe(HttpStatusCode.Accepted);
        (restoring["phase"].GetValue<string>(), restoring["evacuation"]["emptyAt"]).ShouldBe(("restoring", null));
        (await _server.PostAsync(Green + "/restore")).ShouldBe(HttpStatusCode.Accepted)["evacuation"]["restore"]!["id"]!.GetValue<string>().ShouldBe(restoring["evacuation"]["restore"]!["id"]!.GetValue<string>());

        var done = await _server.EventuallyAsync(Green, g => g["phase"] is null, "green restored");
        done["sentence"]!.GetValue<string>().ShouldBe("green serves 1 application of 1");
        var weights = await _server.ReadAsync("weights/shop");
        (weights["blue"]!.GetValue<int>(), weights["green"]!.GetValue<int>()).ShouldBe((70, 30));
        var state = await _server.ReadAsync("state/shop");
        (state["stable"]!.GetValue<string>(), state["lock"], state["evacuated"], state["campaign"], state["rollout"]).ShouldBe(("blue", null, null, null, null));
        (await KindsAsync()).ShouldBe(["app.created", "weights.set", "app.evacuated", "rollout.created", "rollout.started", "rollout.advanced", "rollout.promoting", "rollout.succeeded"]);
        (await KindsAsync("-")).Where(k => k.StartsWith("colour.", StringComparison.Ordinal)).ShouldBe(["colour.evacuating", "colour.evacuated", "colour.empty", "colour.restoring", "colour.restored"]);
        GreenSet().ShouldBe([30, 0, 0, 10, 30, 30], "its canary ends at what it had, which is written as it was");
        (await _server.PostAsync(Green + "/restore")).ShouldBeProblem(409, "conflict", null, "green is not evacuated: there is nothing to restore");
    }

    [Fact]
    public async Task While_it_is_evacuated_everything_that_leads_there_is_refused()
    {
        await EvacuateAsync();

        (await _server.PutAsync(Shop + "/weights", """{"blue":50,"green":50}""")).ShouldBeProblem(423, "held", null, "green is evacuated by admin (new network); POST /api/v1/colours/green/restore");
        (await _server.PostAsync(Shop + "/rollouts", $$"""{{{Plan}}}""")).ShouldBeProblem(423, "held", null, "green is evacuated");
        (await _server.PostAsync(Shop + "/undo")).ShouldBeProblem(423, "held", null, "green is evacuated");
        (await _server.PostAsync(Shop + "/unlock")).ShouldBeProblem(423, "held", null, "the lock of \"shop\" is the evacuation's");
        (await _server.DeleteAsync(Shop)).ShouldBeProblem(423, "held", null, "evacuation/green holds \"shop\"");
        (await _server.PutAsync(Shop, """{"routing":{"backend":"shop_back"},"owners":["x"]}""")).ShouldBeProblem(423, "held", null, "so that nothing which applies definitions by itself undoes it");
        (await _server.PutAsync(Shop, Definition)).ShouldBe(HttpStatusCode.OK);
        (await _server.PutAsync(Shop + "?force=true&reason=typo", """{"routing":{"backend":"shop_back"},"owners":["x"]}""")).ShouldBe(HttpStatusCode.OK);
        (await _server.PostAsync("/api/v1/colours/blue/evacuate")).ShouldBeProblem(409, "conflict", null, "green is evacuated by admin (new network): without blue nothing would serve");
        var status = (await _server.GetAsync(Shop + "/status")).ShouldBe(HttpStatusCode.OK);
        (status["campaign"].GetValue<string>(), status["evacuated"]["before"]!.ToJsonString()).ShouldBe(("evacuation/green", """{"blue":100,"green":0,"stable":"blue"}"""));
        var blocked = (await _server.GetAsync(Shop))["blocked"].AsObject();
        foreach (var verb in new[] { "shift", "start", "undo", "unlock", "define", "delete" }) blocked[verb]!.GetValue<string>().ShouldContain("green is evacuated");
        (await _server.GetAsync("/api/v1/colours")).Json!.AsArray().Select(c => $"{c!["colour"]} {c["phase"]} {c["blocked"]!.ToJsonString().Contains("without", StringComparison.Ordinal)}").ShouldBe(["blue  True", "green evacuated False"]);

        (await _server.PostAsync(Shop + "/rollback?wait=5s")).ShouldBe(HttpStatusCode.OK)["lock"]["to"]!.GetValue<string>().ShouldBe("blue");
        (await _server.PostAsync("/api/v1/rollback?wait=5s")).ShouldBe(HttpStatusCode.OK);
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1").ShouldBe(0);
        (await _server.PostAsync(Shop + "/unlock")).ShouldBe(HttpStatusCode.OK);
        (await _server.ReadAsync("state/shop"))["lock"]!["evacuation"].ShouldNotBeNull("under a person's lock was the evacuation's");
        (await _server.PostAsync(Shop + "/rollback?wait=5s", """{"to":"green"}""")).ShouldBe(HttpStatusCode.OK);
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "blue1").ShouldBe(0, "a person named the colour");
    }

    [Fact]
    public async Task An_admin_with_a_reason_takes_an_application_out_of_it()
    {
        await EvacuateAsync();
        using var operatorClient = new Client(_server, await Client.MakeTokenAsync(_server, "olga", "operator"));
        (await operatorClient.SendAsync(HttpMethod.Put, Shop + "/weights", """{"blue":50,"green":50,"force":true,"reason":"x"}""")).ShouldBeProblem(403, "forbidden", null, "may not take all applications off a colour");
        (await operatorClient.PostAsync(Green + "/evacuate")).ShouldBeProblem(403, "forbidden", null, "that needs the role admin");
        (await _server.PutAsync(Shop + "/weights", """{"blue":50,"green":50,"force":true}""")).ShouldBeProblem(422, "impossible", "/reason", "says why");

        (await _server.PutAsync(Shop + "/weights?wait=5s", """{"blue":50,"green":50,"force":true,"reason":"blue is on fire"}""")).ShouldBe(HttpStatusCode.OK);

        var state = await _server.ReadAsync("state/shop");
        (state["evacuated"], state["campaign"], state["lock"]).ShouldBe((null, null, null));
        (await _server.PostAsync(Green + "/evacuate")).ShouldBeProblem(409, "conflict", null, "a person took it out of the evacuation");
        (await _server.GetAsync(Green))["left"].ToJsonString().ShouldBe("""[{"app":"shop","why":"a person took it out of the evacuation"}]""");
    }

    [Fact]
    public async Task What_cannot_be_evacuated_is_named_and_nothing_is_moved()
    {
        _server.LoadBalancer.HAProxy.SetHealth("shop_back", "blue1", ServerHealth.Down);
        await _server.EventuallyAsync(Shop + "/status", s => s["nodes"]![0]!["observation"]!["usable"]!["blue"]!["usable"]!.GetValue<int>() == 0, "the dead server seen");
        (await _server.PostAsync(Green + "/evacuate")).ShouldBeProblem(409, "conflict", null, "green is the only healthy side: shop (no server of blue is usable on hap1). Nothing was moved");
        (await _server.PostAsync(Green + "/evacuate?dryRun=true")).ShouldBe(HttpStatusCode.OK).Text.ShouldBe("""{"colour":"green","moves":[],"left":[{"app":"shop","why":"no server of blue is usable on hap1"}],"done":[],"dryRun":true,"waiting":[],"waves":[],"warnings":[]}""");
        _server.LoadBalancer.HAProxy.SetHealth("shop_back", "blue1", ServerHealth.Up);
        await _server.EventuallyAsync(Shop + "/status", s => s["nodes"]![0]!["observation"]!["usable"]!["blue"]!["usable"]!.GetValue<int>() == 1, "the server back");

        var id = (await _server.PostAsync(Shop + "/rollouts", $$"""{{{Plan}}}""")).ShouldBe(HttpStatusCode.Created)["id"].GetValue<string>();
        await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["phase"]!.GetValue<string>() == "progressing", "the canary");
        (await _server.PostAsync(Green + "/evacuate")).ShouldBeProblem(409, "conflict", null, $"1 application runs a rollout: shop (rollout {id} is running");
        (await _server.Store.FindAsync("evacuations/green", CancellationToken.None)).ShouldBeNull();

        (await _server.PostAsync(Green + "/evacuate", """{"force":true}""")).ShouldBe(HttpStatusCode.Accepted);
        (await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["phase"]!.GetValue<string>() == "rolledBack", "the canary's end"))["outcome"]!.GetValue<string>().ShouldContain("green is evacuated");
        await PhaseAsync("evacuated");
        (await _server.ReadAsync("state/shop"))["evacuated"]!["before"]!.ToJsonString().ShouldBe("""{"blue":100,"green":0,"stable":"blue"}""");
    }

    [Theory]
    [InlineData("/api/v1/colours/red", null, 400, "bad-name", null)]
    [InlineData(Green + "/evacuate", """{"colour":"blue"}""", 400, "malformed", "/colour")]
    [InlineData(Green + "/evacuate", """{"parallelism":0}""", 422, "impossible", "/parallelism")]
    [InlineData(Green + "/evacuate", """{"steps":[{"share":"50%"}]}""", 422, "impossible", "/steps/0/share")]
    [InlineData(Green + "/restore", """{"reason":"x"}""", 409, "conflict", null)]
    public async Task Bad_input_is_refused(string path, string? body, int status, string type, string? at) =>
        (body is null ? await _server.GetAsync(path) : await _server.PostAsync(path, body)).ShouldBeProblem(status, type, at, "");

    [Fact]
    public async Task A_restore_takes_no_plan_that_there_is_none_of()
    {
        await EvacuateAsync();
        (await _server.PostAsync(Green + "/restore", """{"plan":"nosuch"}""")).ShouldBeProblem(422, "impossible", "/plan", "there is no plan \"nosuch\"");
        (await _server.PostAsync(Green + "/restore", """{"parallelism":0}""")).ShouldBeProblem(422, "impossible", "/parallelism", "1 to 1000");
    }

    [Fact]
    public async Task A_new_application_begins_on_the_other_side_and_is_kept_there()
    {
        (await _server.PostAsync("/api/v1/colours/blue/evacuate")).ShouldBe(HttpStatusCode.Accepted);
        await _server.EventuallyAsync("/api/v1/colours/blue", g => g["phase"]?.GetValue<string>() == "evacuated", "blue evacuated");
        _server.LoadBalancer.HAProxy.Configure("till_back", ("blue1", 100), ("green1", 100));

        (await _server.PutAsync("/api/v1/apps/till?stable=blue", """{"routing":{"backend":"till_back"}}""")).ShouldBeProblem(423, "held", null, "a new application begins on green");
        (await _server.PutAsync("/api/v1/apps/till", """{"routing":{"backend":"till_back"}}""")).ShouldBe(HttpStatusCode.Created);

        await _server.EventuallyAsync("/api/v1/colours/blue", g => g["counts"]!["evacuated"]!.GetValue<int>() == 2, "the new one kept away too");
        (await _server.ReadAsync("state/till"))["stable"]!.GetValue<string>().ShouldBe("green");
        (await _server.PostAsync("/api/v1/colours/blue/restore", $$"""{{{Plan}}}""")).ShouldBe(HttpStatusCode.Accepted);
        await _server.EventuallyAsync("/api/v1/colours/blue", g => g["phase"] is null, "blue restored");
        ((await _server.ReadAsync("state/till"))["stable"]!.GetValue<string>(), (await _server.ReadAsync("state/shop"))["stable"]!.GetValue<string>()).ShouldBe(("green", "blue"));
    }

    [Fact]
    public async Task What_fails_on_its_way_back_stays_away_and_is_named()
    {
        await ShiftAsync(0, 100);
        await EvacuateAsync();
        _server.Metrics.Set("errors{colour=\"green\"}", 0.5);

        (await _server.PostAsync(Green + "/restore", $$"""{{{Plan}}}""")).ShouldBe(HttpStatusCode.Accepted);

        var ended = await _server.EventuallyAsync(Green, g => g["phase"]!.GetValue<string>() == "evacuated" && g["notRestored"]!.AsArray().Count == 1, "the restore's end");
        ended["notRestored"]![0]!["why"]!.GetValue<string>().ShouldContain("errors: 0.5 is beyond max 0.01");
        await _server.EventuallyAsync(Shop + "/status", s => s["observed"]!.GetValue<bool>(), "shop observed");
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1").ShouldBe(0);
        (await _server.PutAsync(Shop + "/weights", """{"blue":50,"green":50}""")).ShouldBeProblem(423, "held", null, "green is evacuated");
    }

    private async Task EvacuateAsync()
    {
        (await _server.PostAsync(Green + "/evacuate", """{"reason":"new network"}""")).ShouldBe(HttpStatusCode.Accepted);
        await PhaseAsync("evacuated");
    }

    private Task<JsonNode> PhaseAsync(string phase) => _server.EventuallyAsync(Green, g => g["phase"]?.GetValue<string>() == phase, $"green {phase}");

    private async Task ShiftAsync(int blue, int green)
    {
        (await _server.PutAsync(Shop + "/weights", $$"""{"blue":{{blue}},"green":{{green}}}""")).ShouldBe(HttpStatusCode.OK);
        await _server.EventuallyAsync(Shop + "/status", s => s["observed"]!.GetValue<bool>(), "the weights observed");
    }

    /// <summary>Green's weight in each change of the weights, oldest first.</summary>
    private IReadOnlyList<int> GreenSet() => [.. _server.Store.Commits.SelectMany(c => c.Changes).OfType<Change.Put>().Where(p => p.Key == "weights/shop").Skip(1).Select(p => JsonNode.Parse(p.Value)!["green"]!.GetValue<int>())];

    private async Task<IReadOnlyList<string>> KindsAsync(string app = "shop") =>
        [.. (await _server.Store.ListAsync($"history/{app}/", CancellationToken.None)).Entries.OrderBy(e => e.ModifyIndex).Select(e => JsonNode.Parse(e.Value)!["kind"]!.GetValue<string>())];
}
