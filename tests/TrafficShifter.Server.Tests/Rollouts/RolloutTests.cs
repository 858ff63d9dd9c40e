using System.Net;
using System.Text.Json.Nodes;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Rollouts;

/// <summary>Whole rollouts over real HTTP, in a time that only these tests move.</summary>
public sealed class RolloutTests : IAsyncLifetime
{
    private const string Shop = "/api/v1/apps/shop";
    private const string Plan = """
        {"plan":{"name":"short","steps":[{"share":"10%","hold":"10s"},{"share":"50%","hold":"10s"}],
        "checks":[{"name":"errors","query":"errors{colour=\"{{colour}}\"}","max":0.01,"window":"5s","interval":"1s","failuresInARow":2}]},"reason":"release 42"}
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
    public async Task A_rollout_whose_checks_pass_promotes_itself_and_the_next_one_goes_the_other_way()
    {
        var began = _time.GetUtcNow();
        var started = (await _server.PostAsync(Shop + "/rollouts", Plan)).ShouldBe(HttpStatusCode.Created);
        var id = started["id"].GetValue<string>();
        started.Headers["Location"].ShouldBe($"/api/v1/rollouts/{id}");
        started["phase"].GetValue<string>().ShouldBe("pending");

        await PhaseAsync(id, "succeeded");

        (_time.GetUtcNow() - began).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(20));
        (await KindsAsync()).ShouldBe(["app.created", "rollout.created", "rollout.started", "rollout.advanced", "rollout.promoting", "rollout.succeeded"]);
        (await WeightsSetAsync()).ShouldBe([10, 50, 100]);
        var status = await _server.EventuallyAsync(Shop + "/status", s => s["stable"]!.GetValue<string>() == "green", "green stable");
        status["rollout"].ShouldBeNull();
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "blue1").ShouldBe(0);
        var measurements = (await _server.GetAsync($"/api/v1/rollouts/{id}/measurements")).ShouldBe(HttpStatusCode.OK).Json!.AsArray();
        measurements.Count.ShouldBeGreaterThanOrEqualTo(10);
        measurements.ShouldAllBe(m => m!["outcome"]!.GetValue<string>() == "passed" && m["query"]!.GetValue<string>() == "errors{colour=\"green\"}");

        var back = (await _server.PostAsync(Shop + "/rollouts", Plan)).ShouldBe(HttpStatusCode.Created);
        (back["from"].GetValue<string>(), back["to"].GetValue<string>()).ShouldBe(("green", "blue"));
        (await _server.GetAsync(Shop + "/rollouts")).Json!.AsArray().Select(r => r!["id"]!.GetValue<string>()).ShouldBe([back["id"].GetValue<string>(), id]);
    }

    [Fact]
    public async Task A_rollout_whose_check_fails_rolls_back_and_says_why()
    {
        var id = await StartAsync();
        await StepAsync(id, 2);

        _server.Metrics.Set("errors{colour=\"green\"}", 0.5);

        var ended = await PhaseAsync(id, "rolledBack");
        ended["outcome"]!.GetValue<string>().ShouldStartWith("errors: 0.5 is beyond max 0.01");
        ended["outcome"]!.GetValue<string>().ShouldEndWith("2 times in a row: all traffic back to blue");
        (await WeightsSetAsync()).ShouldBe([10, 50, 0]);
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1").ShouldBe(0);
        (await _server.GetAsync(Shop + "/status"))["stable"].GetValue<string>().ShouldBe("blue");
        (await _server.PostAsync($"/api/v1/rollouts/{id}/resume")).ShouldBeProblem(409, "conflict", null, "the rollout has ended (RolledBack): errors: 0.5");
    }

    [Fact]
    public async Task What_fails_on_both_sides_is_held_and_reported_and_rolls_back_once_only_the_new_side_fails()
    {
        var id = await StartAsync();
        await StepAsync(id, 1);

        _server.Metrics.Set("errors{colour=\"blue\"}", 0.4);
        _server.Metrics.Set("errors{colour=\"green\"}", 0.5);

        await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["sentence"]!.GetValue<string>().Contains("both sides: 0.5 on green and 0.4 on blue", StringComparison.Ordinal), "the report of both sides");
        await PassAsync(TimeSpan.FromSeconds(60));
        (await _server.GetAsync($"/api/v1/rollouts/{id}"))["phase"].GetValue<string>().ShouldBe("progressing");

        _server.Metrics.Set("errors{colour=\"blue\"}", 0.001);

        (await PhaseAsync(id, "rolledBack"))["outcome"]!.GetValue<string>().ShouldContain(", where blue has 0.001 by errors{colour=\"green\"}, 2 times in a row");
    }

    [Fact]
    public async Task Without_metrics_a_rollout_holds_and_goes_on_when_they_return()
    {
        var id = await StartAsync();
        await StepAsync(id, 1);
        _server.Metrics.GoAway("connection refused");

        var holding = await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["sentence"]!.GetValue<string>().Contains("no metrics for", StringComparison.Ordinal), "the hold without metrics");
        holding["sentence"]!.GetValue<string>().ShouldContain("connection refused");
        await PassAsync(TimeSpan.FromSeconds(60));
        (await _server.GetAsync($"/api/v1/rollouts/{id}"))["phase"].GetValue<string>().ShouldBe("progressing");
        (await WeightsSetAsync()).ShouldBe([10]);

        _server.Metrics.ComeBack();

        await PhaseAsync(id, "succeeded");
        (await WeightsSetAsync()).ShouldBe([10, 50, 100]);
    }

    [Fact]
    public async Task Weights_that_a_person_sets_pause_a_rollout_and_resume_applies_its_own_again()
    {
        var id = await StartAsync();
        await StepAsync(id, 2);

        var shifted = (await _server.PutAsync(Shop + "/weights", """{"blue":80,"green":20}""")).ShouldBe(HttpStatusCode.OK);

        shifted["warnings"][0]!.GetValue<string>().ShouldBe($"rollout {id} is running: it pauses because the weights are changed by hand");
        (await PhaseAsync(id, "paused"))["pausedReason"]!.GetValue<string>().ShouldBe("weights changed by admin from blue 50% / green 50% to blue 80% / green 20%");
        await PassAsync(TimeSpan.FromSeconds(30));
        (await _server.GetAsync(Shop + "/weights"))["green"].GetValue<int>().ShouldBe(20);

        (await _server.PostAsync($"/api/v1/rollouts/{id}/resume", """{"reason":"on we go"}""")).ShouldBe(HttpStatusCode.OK)["sentence"].GetValue<string>().ShouldBe("resumed by admin (on we go): 50% to green is applied again");

        (await _server.GetAsync(Shop + "/weights"))["green"].GetValue<int>().ShouldBe(50);
        await PhaseAsync(id, "succeeded");
    }

    [Fact]
    public async Task A_person_pauses_resumes_and_aborts()
    {
        var id = await StartAsync();
        await StepAsync(id, 1);

        (await _server.PostAsync($"/api/v1/rollouts/{id}/resume")).ShouldBeProblem(409, "conflict", null, "resume does nothing now");
        (await _server.PostAsync($"/api/v1/rollouts/{id}/pause", """{"reason":"lunch"}""")).ShouldBe(HttpStatusCode.OK)["pausedReason"].GetValue<string>().ShouldBe("paused by admin (lunch)");
        (await _server.PostAsync($"/api/v1/rollouts/{id}/pause")).ShouldBeProblem(409, "conflict", null, "pause does nothing now: the rollout is paused, paused by admin (lunch)");
        await PassAsync(TimeSpan.FromSeconds(60));
        (await _server.GetAsync($"/api/v1/rollouts/{id}"))["step"].GetValue<int>().ShouldBe(1);
        (await _server.PostAsync($"/api/v1/rollouts/{id}/resume")).ShouldBe(HttpStatusCode.OK)["sentence"].GetValue<string>().ShouldBe("resumed by admin: it goes on at 10%");
        await StepAsync(id, 2);

        (await _server.PostAsync($"/api/v1/rollouts/{id}/abort", """{"reason":"wrong build"}""")).ShouldBe(HttpStatusCode.OK)["phase"].GetValue<string>().ShouldBe("rollingBack");

        (await PhaseAsync(id, "aborted"))["outcome"]!.GetValue<string>().ShouldBe("aborted by admin (wrong build): all traffic back to blue");
        (await KindsAsync()).ShouldBe(
        [
            "app.created", "rollout.created", "rollout.started", "rollout.paused", "rollout.resumed", "rollout.advanced", "rollout.aborting", "rollout.aborted",
        ]);
    }

    [Fact]
    public async Task A_rollback_of_all_ends_a_rollout()
    {
        var id = await StartAsync();
        await StepAsync(id, 2);

        (await _server.PostAsync("/api/v1/rollback", """{"reason":"outage"}""")).ShouldBe(HttpStatusCode.OK);

        (await PhaseAsync(id, "rolledBack"))["outcome"]!.GetValue<string>().ShouldBe("all traffic was locked to blue by admin: outage");
        await _server.EventuallyAsync(Shop + "/status", s => s["rollout"] is null && s["source"]!.GetValue<string>() == "lock" && s["observed"]!.GetValue<bool>(), "the lock observed and the rollout gone");
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1").ShouldBe(0);
    }

    [Fact]
    public async Task A_node_that_fails_is_waited_for()
    {
        var id = await StartAsync();
        await StepAsync(id, 1);
        _server.LoadBalancer.Fail(new Core.Ports.LoadBalancerException("HAProxy is gone"));

        var waiting = await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["sentence"]!.GetValue<string>().Contains("HAProxy is gone", StringComparison.Ordinal), "the wait for the node, with its reason");
        waiting["sentence"]!.GetValue<string>().ShouldContain("waiting for node");
        await PassAsync(TimeSpan.FromSeconds(30));
        (await _server.GetAsync($"/api/v1/rollouts/{id}"))["step"].GetValue<int>().ShouldBe(1);

        _server.LoadBalancer.Recover();
        await PhaseAsync(id, "succeeded");
    }

    [Fact]
    public async Task A_server_that_starts_again_goes_on_where_the_rollout_was()
    {
        var id = await StartAsync();
        await StepAsync(id, 2);
        await _server.StopAsync();

        await _server.StartAsync();

        await PhaseAsync(id, "succeeded");
        (await WeightsSetAsync()).ShouldBe([10, 50, 100]);
    }

    [Fact]
    public async Task A_dry_run_shows_steps_and_measurements_and_starts_nothing()
    {
        var dry = (await _server.PostAsync(Shop + "/rollouts?dryRun=true", Plan)).ShouldBe(HttpStatusCode.OK);

        dry["duration"].GetValue<string>().ShouldBe("20s");
        dry["steps"].AsArray().Select(s => (s!["share"]!.GetValue<string>(), s["achievable"]![0]!["green"]!.GetValue<string>())).ShouldBe([("10%", "10%"), ("50%", "50%")]);
        dry["checks"][0]!["sentence"]!.GetValue<string>().ShouldBe("errors: 0.001 is within max 0.01 (over 5s)");
        dry["warnings"].AsArray().ShouldBeEmpty();
        (await _server.GetAsync(Shop + "/rollouts")).Text.ShouldBe("[]");
        (await KindsAsync()).ShouldBe(["app.created"]);
    }

    private async Task<string> StartAsync() => (await _server.PostAsync(Shop + "/rollouts", Plan)).ShouldBe(HttpStatusCode.Created)["id"].GetValue<string>();

    private Task<JsonNode> PhaseAsync(string id, string phase) => _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["phase"]!.GetValue<string>() == phase, $"phase {phase}");

    private Task<JsonNode> StepAsync(string id, int step) => _server.EventuallyAsync(
        $"/api/v1/rollouts/{id}", r => r["phase"]!.GetValue<string>() == "progressing" && r["step"]!.GetValue<int>() == step, $"step {step}");

    /// <summary>Lets time go by, with all workers running.</summary>
    private async Task PassAsync(TimeSpan time)
    {
        var until = _time.GetUtcNow() + time;
        await _server.EventuallyAsync(() => _time.GetUtcNow() >= until, $"{time} going by");
    }

    private async Task<List<string>> KindsAsync() =>
        [.. (await _server.GetAsync("/api/v1/history?app=shop")).Json!.AsArray().Reverse().Select(h => h!["kind"]!.GetValue<string>())];

    /// <summary>Green's weights as the rollout wrote them, oldest first.</summary>
    private async Task<List<int>> WeightsSetAsync() =>
    [
        .. (await _server.GetAsync("/api/v1/history?app=shop")).Json!.AsArray().Reverse()
            .Where(h => h!["rollout"] is not null && h["after"]?["green"] is not null).Select(h => h!["after"]!["green"]!.GetValue<int>()),
    ];
}
