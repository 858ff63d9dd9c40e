using System.Net;
using System.Text.Json.Nodes;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Rollouts;

/// <summary>What people tell rollouts over real HTTP: gates, promotion, retry, undo, freezes and the stop switch.</summary>
public sealed class SteeringTests : IAsyncLifetime
{
    private const string Shop = "/api/v1/apps/shop";
    private const string Check = """{"name":"errors","query":"errors{colour=\"{{colour}}\"}","max":0.01,"window":"5s","interval":"1s"}""";
    private const string Short = $$"""{"plan":{"steps":[{"share":"10%","hold":"10s"},{"share":"50%","hold":"10s"}],"checks":[{{Check}}]},"reason":"release 42"}""";

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
    public async Task A_gate_waits_for_its_approvers_and_is_approved_once()
    {
        var id = await StartAsync(Gated("\"approve\""));
        var waiting = await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["gate"] is not null, "the gate");
        waiting["gate"]!["waiting"]!.GetValue<bool>().ShouldBeTrue();
        await PassAsync(TimeSpan.FromSeconds(60));
        (await _server.GetAsync($"/api/v1/rollouts/{id}"))["sentence"].GetValue<string>().ShouldStartWith("step 1 of 2 at 10% waits for approval; errors: 0.001");

        (await TellAsync(id, "approve", """{"reason":"looks good"}""")).ShouldBe(HttpStatusCode.OK)["gate"]["approval"]!["by"]!.GetValue<string>().ShouldBe("admin");
        (await TellAsync(id, "approve")).ShouldBeProblem(409, "conflict", null, "");

        await PhaseAsync(id, "succeeded");
        (await KindsAsync()).ShouldBe(["app.created", "rollout.created", "rollout.started", "rollout.gateReached", "rollout.approved", "rollout.advanced", "rollout.promoting", "rollout.succeeded"]);
    }

    [Fact]
    public async Task Who_is_not_asked_may_not_approve_and_who_rejects_sends_everything_back()
    {
        var id = await StartAsync(Gated("""{"approvers":["anna"]}"""));
        (await TellAsync(id, "approve")).ShouldBeProblem(409, "conflict", null, "there is nothing to approve: no gate is waiting");
        await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["gate"] is not null, "the gate");
        (await TellAsync(id, "approve")).ShouldBeProblem(403, "forbidden", null, "admin is not among those who may approve: anna");
        (await TellAsync(id, "reject")).ShouldBeProblem(403, "forbidden", null, "admin is not among those who may reject: anna");
        (await TellAsync(id, "abort")).ShouldBe(HttpStatusCode.OK);

        await PhaseAsync(id, "aborted");
        id = await StartAsync(Gated("""{"approvers":["anna","admin"]}"""));
        await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["gate"] is not null, "the gate");
        (await TellAsync(id, "reject", """{"reason":"ugly"}""")).ShouldBe(HttpStatusCode.OK)["phase"].GetValue<string>().ShouldBe("rollingBack");
        (await PhaseAsync(id, "aborted"))["outcome"]!.GetValue<string>().ShouldBe("rejected by admin (ugly) at 10%: all traffic back to blue");
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1").ShouldBe(0);
    }

    [Fact]
    public async Task Who_started_it_is_told_that_a_gate_of_four_eyes_wants_somebody_else_before_and_when_they_try()
    {
        var id = await StartAsync(Gated("""{"fourEyes":true}"""));
        await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["gate"] is not null, "the gate");
        var seen = await _server.GetAsync($"/api/v1/rollouts/{id}");
        seen["blocked"]["approve"]!.GetValue<string>().ShouldBe("admin started it, and this gate wants the word of somebody else");
        seen["blocked"]["promote"]!.GetValue<string>().ShouldContain("would pass the gate at 10%");
        seen["gate"]["fourEyes"]!.GetValue<bool>().ShouldBeTrue();
        (await TellAsync(id, "approve")).ShouldBeProblem(409, "conflict", null, "wants the word of somebody else");
        (await TellAsync(id, "promote", """{"reason":"hurry"}""")).ShouldBeProblem(409, "conflict", null, "wants the word of somebody else");

        using var ben = new Client(_server, await Client.MakeTokenAsync(_server, "ben", "operator"));
        (await ben.GetAsync($"/api/v1/rollouts/{id}"))["blocked"]["approve"].ShouldBeNull();
        (await ben.PostAsync($"/api/v1/rollouts/{id}/approve", "{}")).ShouldBe(HttpStatusCode.OK);
        await PhaseAsync(id, "succeeded");
    }

    [Fact]
    public async Task Promotion_needs_a_reason_and_skips_the_rest_and_is_undone_in_one_call()
    {
        (await _server.PostAsync(Shop + "/undo")).ShouldBeProblem(409, "conflict", null, "there is no promotion to undo: none of the rollouts that are kept made blue the stable colour last");
        (await WhyNoUndoAsync()).ShouldBe("there is no promotion to undo");
        var id = await StartAsync(Short);
        (await TellAsync(id, "promote")).ShouldBeProblem(422, "impossible", "/reason", "say why");
        (await TellAsync(id, "promote", """{"reason":"hotfix"}""")).ShouldBe(HttpStatusCode.OK)["share"].GetValue<string>().ShouldBe("100%");
        (await _server.PostAsync(Shop + "/undo")).ShouldBeProblem(409, "conflict", null, $"rollout {id} is running");
        await PhaseAsync(id, "succeeded");
        await _server.EventuallyAsync(Shop + "/status", s => s["stable"]!.GetValue<string>() == "green" && s["rollout"] is null, "green stable");
        (await WhyNoUndoAsync()).ShouldBeNull();

        (await _server.PostAsync(Shop + "/undo", """{"reason":"customers complain"}""")).ShouldBe(HttpStatusCode.OK)["share"]["blue"]!.GetValue<string>().ShouldBe("100%");

        var status = await _server.EventuallyAsync(Shop + "/status", s => s["stable"]!.GetValue<string>() == "blue" && s["observed"]!.GetValue<bool>(), "blue stable and observed");
        status["lock"].ShouldBeNull();
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1").ShouldBe(0);
        (await KindsAsync())[^1].ShouldBe("app.undone");
        (await _server.PostAsync(Shop + "/undo")).ShouldBeProblem(409, "conflict", null, "there is no promotion to undo");
        (await WhyNoUndoAsync()).ShouldBe("there is no promotion to undo");
    }

    [Fact]
    public async Task A_retry_is_a_new_rollout_that_names_the_old_one()
    {
        var id = await StartAsync(Short);
        (await TellAsync(id, "retry")).ShouldBeProblem(409, "conflict", null, "the rollout has not ended (Pending): abort it first");
        await TellAsync(id, "abort");
        await PhaseAsync(id, "aborted");
        await _server.EventuallyAsync(Shop + "/status", s => s["rollout"] is null, "the end of the first");

        var retry = (await TellAsync(id, "retry", """{"reason":"it was the network"}""")).ShouldBe(HttpStatusCode.Created);

        retry["retryOf"].GetValue<string>().ShouldBe(id);
        retry.Headers["Location"].ShouldBe($"/api/v1/rollouts/{retry["id"]}");
        retry["plan"].ToJsonString().ShouldBe((await _server.GetAsync($"/api/v1/rollouts/{id}"))["plan"].ToJsonString());
        await PhaseAsync(retry["id"].GetValue<string>(), "succeeded");
        (await TellAsync(id, "retry")).ShouldBeProblem(409, "conflict", null, "green is the stable colour already");
    }

    [Fact]
    public async Task A_newer_rollout_takes_the_place_of_a_running_one_only_when_it_says_so()
    {
        var first = await StartAsync(Short);
        await _server.EventuallyAsync($"/api/v1/rollouts/{first}", r => r["step"]!.GetValue<int>() == 2, "step 2");
        (await _server.PostAsync(Shop + "/rollouts", Short)).ShouldBeProblem(409, "conflict", null, "say \"supersede\": true");

        var second = await StartAsync(Short[..^1] + ",\"supersede\":true}");

        (await _server.GetAsync($"/api/v1/rollouts/{first}"))["outcome"].GetValue<string>().ShouldStartWith($"superseded by {second} of admin");
        await PhaseAsync(second, "succeeded");
        (await _server.GetAsync($"/api/v1/rollouts/{first}"))["phase"].GetValue<string>().ShouldBe("aborted");
        (await KindsAsync()).ShouldNotContain("rollout.released");
        (await KindsAsync())[^5..].ShouldBe(["rollout.superseded", "rollout.started", "rollout.advanced", "rollout.promoting", "rollout.succeeded"]);
    }

    [Fact]
    public async Task A_stopped_line_holds_what_runs_starts_nothing_and_rolls_back_all_the_same()
    {
        var id = await StartAsync(Short);
        await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["phase"]!.GetValue<string>() == "progressing", "the first step");
        (await _server.GetAsync("/api/v1/control/stop")).ShouldBeProblem(404, "not-found", null, "the line runs");

        (await _server.PutAsync("/api/v1/control/stop", """{"reason":"incident 7"}""")).ShouldBe(HttpStatusCode.OK)["by"].GetValue<string>().ShouldBe("admin");

        await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["sentence"]!.GetValue<string>() == "step 1 of 2 at 10%: the line is stopped by admin (incident 7)", "the standstill");
        await PassAsync(TimeSpan.FromSeconds(60));
        (await _server.GetAsync($"/api/v1/rollouts/{id}"))["step"].GetValue<int>().ShouldBe(1);
        (await TellAsync(id, "promote", """{"reason":"now"}""")).ShouldBeProblem(409, "conflict", null, "the line is stopped by admin (incident 7)");
        _server.Metrics.Set("errors{colour=\"green\"}", 0.5);
        await PhaseAsync(id, "rolledBack");
        await _server.EventuallyAsync(Shop + "/status", s => s["rollout"] is null, "the end");
        (await _server.PostAsync(Shop + "/rollouts", Short)).ShouldBeProblem(409, "frozen", null, "the line is stopped by admin (incident 7)");
        (await _server.PostAsync(Shop + "/rollouts?dryRun=true", Short)).ShouldBe(HttpStatusCode.OK)["warnings"][0]!.GetValue<string>().ShouldBe("the line is stopped by admin (incident 7)");

        (await _server.DeleteAsync("/api/v1/control/stop")).ShouldBe(HttpStatusCode.NoContent);
        _server.Metrics.Set("errors{colour=\"green\"}", 0.001);
        await PhaseAsync(await StartAsync(Short), "succeeded");
    }

    [Fact]
    public async Task A_freeze_holds_the_applications_that_it_names_until_it_ends()
    {
        var (from, to) = (_time.GetUtcNow().AddSeconds(5), _time.GetUtcNow().AddMinutes(2));
        var put = await _server.PutAsync("/api/v1/control/freeze", $$"""{"windows":[{"name":"sale","apps":["shop"],"from":"{{from:O}}","to":"{{to:O}}"}],"reason":"sale"}""");
        put.ShouldBe(HttpStatusCode.OK)["by"].GetValue<string>().ShouldBe("admin");
        (await _server.PutAsync("/api/v1/control/freeze", """{"windows":[]}""", ("If-Match", "\"1\""))).ShouldBeProblem(412, "stale", null, "it is at");
        (await _server.PutAsync("/api/v1/control/freeze", """{"windows":[{"name":"x"}]}""")).ShouldBeProblem(422, "impossible", "/windows/0/from", "needs from and to, or weekly");
        (await _server.PutAsync("/api/v1/control/freeze", """{"windows":[{"name":"x","weekly":{"days":["friday"],"at":"1"} }]}""")).ShouldBeProblem(400, "malformed", "/windows/0/weekly/at", "not a field of this request");
        (await _server.GetAsync("/api/v1/control/freeze")).ShouldBe(HttpStatusCode.OK).ETag.ShouldBe(put.ETag);

        var id = await StartAsync(Short);
        var frozen = await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["sentence"]?.GetValue<string>().Contains("frozen by \"sale\"", StringComparison.Ordinal) == true, "the freeze");
        frozen["phase"]!.GetValue<string>().ShouldBe("progressing");

        await PhaseAsync(id, "succeeded");

        _time.GetUtcNow().ShouldBeGreaterThan(to);
    }

    [Fact]
    public async Task A_freeze_that_cannot_be_read_holds_everything()
    {
        await _server.WriteAsync("control/freeze", "{\"windows\":5}");
        (await _server.PostAsync(Shop + "/rollouts", Short)).ShouldBeProblem(409, "frozen", null, "control/freeze is not valid");
        (await _server.GetAsync("/api/v1/control/freeze")).ShouldBeProblem(500, "broken-document", null, "nothing goes forward until it is put right");
        (await _server.DeleteAsync("/api/v1/control/freeze")).ShouldBe(HttpStatusCode.NoContent);
        await StartAsync(Short);
    }

    [Fact]
    public async Task A_line_that_is_stopped_in_the_same_moment_as_a_step_wins()
    {
        var id = await StartAsync(Short);
        var commits = _server.Store.Commits;
        await PhaseAsync(id, "progressing");
        var started = commits.Last(c => c.Changes.Any(x => x is Change.Put { Key: "weights/shop" }));
        started.Changes.ShouldContain(new Change.Unchanged("control/stop", 0));
        started.Changes.ShouldContain(new Change.Unchanged("control/freeze", 0));
    }

    private static string Gated(string gate) => $$"""{"plan":{"steps":[{"share":"10%","hold":"10s","gate":{{gate}} },{"share":"50%","hold":"10s"}],"checks":[{{Check}}]} }""";

    private async Task<string> StartAsync(string request) => (await _server.PostAsync(Shop + "/rollouts", request)).ShouldBe(HttpStatusCode.Created)["id"].GetValue<string>();

    private async Task<string?> WhyNoUndoAsync() => (await _server.GetAsync(Shop + "/status"))["blocked"]["undo"]?.GetValue<string>();

    private Task<Answer> TellAsync(string id, string verb, string? body = null) => _server.PostAsync($"/api/v1/rollouts/{id}/{verb}", body);

    private Task<JsonNode> PhaseAsync(string id, string phase) => _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["phase"]!.GetValue<string>() == phase, $"phase {phase}");

    /// <summary>Lets time go by, with all workers running.</summary>
    private async Task PassAsync(TimeSpan time)
    {
        var until = _time.GetUtcNow() + time;
        await _server.EventuallyAsync(() => _time.GetUtcNow() >= until, $"{time} going by");
    }

    private async Task<List<string>> KindsAsync() =>
        [.. (await _server.GetAsync("/api/v1/history?app=shop")).Json!.AsArray().Reverse().Select(h => h!["kind"]!.GetValue<string>())];
}
