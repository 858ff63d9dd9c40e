using System.Net;
using System.Text.Json.Nodes;
using TrafficShifter.Server.Events;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Rollouts;

/// <summary>Hooks of plans, asked by real requests to a receiver on loopback.</summary>
public sealed class HooksTests : IAsyncLifetime
{
    private const string Shop = "/api/v1/apps/shop";
    private const string Secret = "a-secret-of-this-test";
    private readonly ManualTime _time = new();
    private RunningServer _server = null!;
    private Receiver _receiver = null!;

    public async Task InitializeAsync()
    {
        _receiver = await Receiver.StartAsync();
        _server = await RunningServer.StartNewAsync(_time);
        await _server.StopAsync();
        await StartServerAsync();
        await _server.RegisterShopAsync();
        _server.Metrics.Set("errors", 0);
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task Hooks_are_asked_before_each_step_at_the_gate_and_after_the_end_signed_and_once()
    {
        var greens = new List<int>();
        _receiver.Answer = http =>
        {
            if (http.Request.Method == "POST") greens.Add(_server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1"));
            http.Response.StatusCode = 204;
            return Task.CompletedTask;
        };
        var id = await StartAsync(Hook("smoke", "preStep"), Hook("load", "gate"), Hook("after", "postRollout"));
        await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["gate"] is { } gate && gate["waiting"]!.GetValue<bool>(), "the gate");
        (await _server.PostAsync($"/api/v1/rollouts/{id}/approve")).ShouldBe(HttpStatusCode.OK);
        await PhaseAsync(id, "succeeded");
        await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["sentence"]!.GetValue<string>().StartsWith("hook after after the rollout passed: 127.0.0.1 answered 204", StringComparison.Ordinal), "the last answer noted");
        await PassAsync(TimeSpan.FromSeconds(30));

        Attempts.ShouldBe([($"{id}/1/smoke", 1), ($"{id}/1/load", 1), ($"{id}/2/smoke", 1), ($"{id}/end/after", 1)]);
        Asked.ShouldAllBe(a => a.Headers[Signature.SignatureHeader] == Signature.Of(Secret, a.Headers[Signature.TimestampHeader], a.Body));
        (greens[0], greens.Skip(1).All(g => g > 0)).ShouldBe((0, true));
        var told = JsonNode.Parse(Asked.First(a => a.Path == "/load").Body)!;
        (told["hook"]!.GetValue<string>(), told["type"]!.GetValue<string>(), told["attempt"]!.GetValue<int>(), told["share"]!.GetValue<string>(), told["phase"]!.GetValue<string>()).ShouldBe(("load", "gate", 1, "10%", "progressing"));
        (await KindsAsync()).ShouldBe(
        [
            "app.created", "rollout.created", "rollout.hookPassed", "rollout.started", "rollout.hookPassed", "rollout.gateReached", "rollout.approved",
            "rollout.hookPassed", "rollout.advanced", "rollout.promoting", "rollout.succeeded", "rollout.hookPassed",
        ]);
        (await _server.GetAsync("/metrics")).Text.ShouldContain("trafficshifter_hook_attempts_total{app=\"shop\",hook=\"smoke\",outcome=\"passed\"} ");
        (await _server.Store.ListAsync("hooks/", default)).Entries.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_smoke_test_that_fails_before_the_second_step_rolls_back_and_says_so()
    {
        var id = await StartAsync(Hook("smoke", "preStep"));
        await StepAsync(id, 1);
        _receiver.Answer = Receiver.Status(500);

        (await PhaseAsync(id, "rolledBack"))["outcome"]!.GetValue<string>().ShouldMatch("^hook smoke before step 2 of 2 failed: 127\\.0\\.0\\.1 answered 500 in .*: all traffic back to blue$");
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1").ShouldBe(0);
    }

    [Fact]
    public async Task A_hook_that_hangs_delays_no_rollback()
    {
        var id = await StartAsync(Hook("smoke", "preStep", ",\"timeout\":\"10m\""));
        await StepAsync(id, 1);
        _receiver.Answer = HangAsync;
        await _server.EventuallyAsync(() => Attempts.Count == 2, "the second attempt");
        var failed = _time.GetUtcNow();

        _server.Metrics.Set("errors", 1);

        await PhaseAsync(id, "rolledBack");
        (_time.GetUtcNow() - failed).ShouldBeLessThan(TimeSpan.FromMinutes(9), "before the hook's time-out");
        Attempts.Count.ShouldBe(2);
        (await KindsAsync()).Count(k => k.StartsWith("rollout.hook", StringComparison.Ordinal)).ShouldBe(1, "the first step's answer: nobody waited for the second");
    }

    [Fact]
    public async Task After_three_time_outs_a_person_is_asked_and_resume_asks_again()
    {
        var id = await StartAsync(Hook("smoke", "preStep", ",\"timeout\":\"5s\",\"interval\":\"2s\""));
        await StepAsync(id, 1);
        _receiver.Answer = HangAsync;
        var paused = await PhaseAsync(id, "paused");
        paused["pausedReason"]!.GetValue<string>().ShouldBe("hook smoke before step 2 of 2 has no answer: 127.0.0.1 did not answer within 5 s, 3 times in a row");
        Attempts.Skip(1).ShouldBe([($"{id}/2/smoke", 1), ($"{id}/2/smoke", 2), ($"{id}/2/smoke", 3)]);

        _receiver.Answer = Receiver.Status(200);
        (await _server.PostAsync($"/api/v1/rollouts/{id}/resume")).ShouldBe(HttpStatusCode.OK);

        await PhaseAsync(id, "succeeded");
        JsonNode.Parse(Asked[^1].Body)!["attempt"]!.GetValue<int>().ShouldBe(4);
    }

    [Fact]
    public async Task Neither_in_a_pause_nor_in_a_freeze_is_a_hook_asked()
    {
        var id = await StartAsync(Hook("smoke", "preStep"), Hook("after", "postRollout"));
        await StepAsync(id, 1);
        (await _server.PutAsync("/api/v1/control/stop", "{}")).ShouldBe(HttpStatusCode.OK);
        await PassAsync(TimeSpan.FromSeconds(40));
        Attempts.Count.ShouldBe(1, "the first step's alone");
        (await _server.PostAsync($"/api/v1/rollouts/{id}/pause")).ShouldBe(HttpStatusCode.OK);
        (await _server.DeleteAsync("/api/v1/control/stop")).ShouldBe(HttpStatusCode.NoContent);
        await PassAsync(TimeSpan.FromSeconds(40));
        Attempts.Count.ShouldBe(1);
        (await _server.PutAsync("/api/v1/control/stop", "{}")).ShouldBe(HttpStatusCode.OK);
        (await _server.PostAsync($"/api/v1/rollouts/{id}/abort")).ShouldBe(HttpStatusCode.OK);
        await PhaseAsync(id, "aborted");
        await PassAsync(TimeSpan.FromSeconds(20));
        Attempts.Count.ShouldBe(1, "the line stands still after the end too");

        (await _server.DeleteAsync("/api/v1/control/stop")).ShouldBe(HttpStatusCode.NoContent);

        await _server.EventuallyAsync(() => Attempts.Count == 2, "the attempt after the end");
        JsonNode.Parse(Asked[^1].Body)!["outcome"]!.GetValue<string>().ShouldBe("aborted by admin: all traffic back to blue");
    }

    [Fact]
    public async Task An_attempt_that_was_not_noted_before_the_process_died_is_made_again_under_its_id_and_noted_once()
    {
        _receiver.Answer = HangAsync;
        var id = await StartAsync(Hook("smoke", "preStep", ",\"timeout\":\"10m\""), Hook("after", "postRollout", ",\"timeout\":\"10m\""));
        await AskedAsync(1);
        await DieAsync();
        await StepAsync(id, 1);
        Asked.Count.ShouldBeGreaterThanOrEqualTo(2);
        Asked.ShouldAllBe(a => a.Delivery == $"{id}/1/smoke" && a.Body == Asked[0].Body);
        (await KindsAsync()).Count(k => k == "rollout.hookPassed").ShouldBe(1);

        _receiver.Answer = HangAsync;
        (await _server.PostAsync($"/api/v1/rollouts/{id}/abort")).ShouldBe(HttpStatusCode.OK);
        await _server.EventuallyAsync(() => Asked.Any(a => a.Path == "/after"), "the attempt after the end");
        await DieAsync();
        await _server.EventuallyAsync(() => Pending() == 0, "the mark taken away");
        var after = Asked.Where(a => a.Path == "/after").ToList();
        after.Count.ShouldBeGreaterThanOrEqualTo(2);
        after.ShouldAllBe(a => a.Delivery == $"{id}/end/after" && a.Body == after[0].Body);
        (await KindsAsync()).Count(k => k == "rollout.hookPassed").ShouldBe(2);
    }

    /// <summary>The process ends while its attempt hangs, and another one finds a receiver that answers.</summary>
    private async Task DieAsync()
    {
        await _server.StopAsync();
        _receiver.Answer = Receiver.Status(200);
        await StartServerAsync();
    }

    [Fact]
    public async Task Hooks_after_the_end_that_fail_are_given_up_and_noted_and_the_application_is_free_meanwhile()
    {
        _receiver.Answer = http => { http.Response.StatusCode = http.Request.Path == "/after" ? 503 : 200; return Task.CompletedTask; };
        var id = await StartAsync(Hook("after", "postRollout", ",\"failuresInARow\":2"));
        await PhaseAsync(id, "succeeded");
        await _server.EventuallyAsync(Shop + "/status", s => s["rollout"] is null, "the application free");
        await _server.EventuallyAsync(() => Attempts.Count == 2, "two attempts");
        await _server.EventuallyAsync(() => Pending() == 0, "the mark taken away");

        Attempts.ShouldBe([($"{id}/end/after", 1), ($"{id}/end/after", 2)]);
        var ended = (await _server.GetAsync($"/api/v1/rollouts/{id}")).ShouldBe(HttpStatusCode.OK);
        ended["phase"].GetValue<string>().ShouldBe("succeeded");
        ended["sentence"].GetValue<string>().ShouldEndWith("2 times in a row; it is not asked again");
        ended["hooks"][0]!["last"]!["outcome"]!.GetValue<string>().ShouldBe("failed");
    }

    private IReadOnlyList<Received> Asked => [.. _receiver.Received.Where(r => r.Method == "POST")];

    /// <summary>Each attempt once: a leader that took over makes the one that was under way again.</summary>
    private IReadOnlyList<(string Delivery, int Attempt)> Attempts => [.. Asked.Select(a => (a.Delivery, JsonNode.Parse(a.Body)!["attempt"]!.GetValue<int>())).Distinct()];

    private static Task HangAsync(Microsoft.AspNetCore.Http.HttpContext http) =>
        http.Request.Method == "HEAD" ? Task.CompletedTask : Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);

    private Task StartServerAsync() => _server.StartAsync(more: ["--Egress:Networks=127.0.0.0/8", $"--Hooks:Secret={Secret}"]);

    private string Hook(string name, string type, string more = "") => $$"""{"name":"{{name}}","type":"{{type}}","url":"http://127.0.0.1:{{_receiver.Port}}/{{name}}"{{more}} }""";

    private async Task<string> StartAsync(params string[] hooks) => (await _server.PostAsync(Shop + "/rollouts", $$"""
        {"plan":{"steps":[{"share":"10%","hold":"10s"{{(hooks.Any(h => h.Contains("\"gate\"", StringComparison.Ordinal)) ? ",\"gate\":\"approve\"" : "")}} },{"share":"50%","hold":"10s"}],
        "hooks":[{{string.Join(',', hooks)}}],"checks":[{"name":"errors","query":"errors","max":0.01,"window":"5s","interval":"1s"}] } }
        """)).ShouldBe(HttpStatusCode.Created)["id"].GetValue<string>();

    private int Pending() => _server.Store.ListAsync("hooks/", default).GetAwaiter().GetResult().Entries.Count;

    private Task AskedAsync(int count) => _server.EventuallyAsync(() => Asked.Count >= count, $"{count} attempts");

    private Task<JsonNode> PhaseAsync(string id, string phase) => _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["phase"]!.GetValue<string>() == phase, $"phase {phase}");

    private Task<JsonNode> StepAsync(string id, int step) =>
        _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["phase"]!.GetValue<string>() == "progressing" && r["step"]!.GetValue<int>() == step, $"step {step}");

    private async Task PassAsync(TimeSpan time)
    {
        var until = _time.GetUtcNow() + time;
        await _server.EventuallyAsync(() => _time.GetUtcNow() >= until, $"{time} going by");
    }

    private async Task<List<string>> KindsAsync() =>
        [.. (await _server.GetAsync("/api/v1/history?app=shop&limit=100")).Json!.AsArray().Reverse().Select(h => h!["kind"]!.GetValue<string>())];
}
