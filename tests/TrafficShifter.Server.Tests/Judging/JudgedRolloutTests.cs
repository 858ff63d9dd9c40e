using System.Net;
using System.Text.Json.Nodes;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Judging;

/// <summary>Rollouts that are judged by what agents count, over real HTTP, in a time that only these tests move.</summary>
public sealed class JudgedRolloutTests : IAsyncLifetime
{
    private const string Shop = "/api/v1/apps/shop";
    private const string Steps = """ "steps":[{"share":"10%","hold":"5s"},{"share":"50%","hold":"5s"}] """;
    private const string Judge = """ "judge":{"minDwell":"4s","midDwell":"6s","maxDwell":"20s"} """;

    private readonly ManualTime _time = new();
    private RunningServer _server = null!;
    private CountedTraffic _traffic = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync(_time);
        _traffic = new CountedTraffic(_server.Metrics, _time) { Green = () => GreenShare() };
        await _server.RegisterShopAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_plan_of_steps_alone_promotes_a_healthy_candidate_without_any_query_of_its_own()
    {
        _traffic.History = 60;
        var id = await StartAsync($"{Steps},{Judge}");

        var ended = await PhaseAsync(id, "succeeded");

        var judge = ended["judge"]!;
        judge["action"]!.GetValue<string>().ShouldBe("advance");
        judge["sentence"]!.GetValue<string>().ShouldStartWith("green is at most ");
        judge["candidate"]!["requests"]!.GetValue<long>().ShouldBeGreaterThan(1_000);
        judge["candidate"]!["requests"]!.GetValue<long>().ShouldBeLessThan(judge["stable"]!["requests"]!.GetValue<long>(), "nothing that was counted at 0 or 100 % is in it");
        judge["targeted"]!["candidate"]!["good"]!.GetValue<long>().ShouldBePositive();
        judge["difference"]!["below"]!.GetValue<double>().ShouldBeLessThanOrEqualTo(0.05);
        judge["baseline"]!["isYoung"]!.GetValue<bool>().ShouldBeFalse();
        judge["latency"]!.AsArray().Select(l => (l!["quantile"]!.GetValue<string>(), l["aboveSeconds"]!.GetValue<double>())).ShouldBe([("p50", 0.05), ("p99", 0.1)]);
        ended["decisions"]!.AsArray().Select(d => d!["sentence"]!.GetValue<string>()).ShouldContain(s => s.StartsWith("step 2 of 2: 50% to green: held", StringComparison.Ordinal) && s.Contains("green is at most", StringComparison.Ordinal));
        _server.Metrics.Queries.ShouldAllBe(q => q.Contains("trafficshifter_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_candidate_that_fails_wholly_is_rolled_back_with_what_was_counted()
    {
        _traffic.RequestsPerSecond = 100;
        var id = await StartAsync($"{Steps},{Judge}");
        await StepAsync(id, 1);
        _traffic.GreenErrors = 1;

        var ended = await PhaseAsync(id, "rolledBack");

        ended["outcome"]!.GetValue<string>().ShouldStartWith("green is worse than blue: ");
        ended["outcome"]!.GetValue<string>().ShouldEndWith("all traffic back to blue");
        ended["judge"]!["action"]!.GetValue<string>().ShouldBe("rollback");
        ended["judge"]!["evidence"]!.GetValue<double>().ShouldBeGreaterThanOrEqualTo(100);
        ended["judge"]!["candidate"]!["bad"]!.GetValue<long>().ShouldBePositive();
        ended["judge"]!["notes"]![0]!.GetValue<string>().ShouldStartWith("young baseline");
    }

    [Fact]
    public async Task What_both_sides_share_is_held_and_blamed_on_nobody()
    {
        var id = await StartAsync($"{Steps},{Judge}");
        await StepAsync(id, 1);
        (_traffic.GreenErrors, _traffic.BlueErrors) = (0.4, 0.4);

        await SentenceAsync(id, "blue fails more than usual by itself");
        await PassAsync(TimeSpan.FromSeconds(60));
        (await _server.GetAsync($"/api/v1/rollouts/{id}"))["phase"].GetValue<string>().ShouldBe("progressing");
        (await _server.GetAsync($"/api/v1/rollouts/{id}"))["decisions"].AsArray()[^1]!["why"]!.GetValue<string>().ShouldBe("judge");

        (_traffic.GreenErrors, _traffic.BlueErrors) = (0.001, 0.001);

        await PhaseAsync(id, "succeeded");
    }

    [Fact]
    public async Task Nothing_begins_and_nothing_goes_on_without_evidence()
    {
        _traffic.Receiving = false;
        var id = await StartAsync($"{Steps},{Judge}," + """ "metricsOutage":{"after":"30s","do":"pause"} """);
        (await SentenceAsync(id, "not started: the judge has no evidence: the agent of node hap1 does not receive HAProxy's access log"))["phase"]!.GetValue<string>().ShouldBe("pending");
        _traffic.Receiving = true;
        await StepAsync(id, 1);

        _traffic.Lost = 12;

        await SentenceAsync(id, "the judge has no evidence: 12 log records of node hap1 were lost");
        (await PhaseAsync(id, "paused"))["pausedReason"]!.GetValue<string>().ShouldMatch("^no metrics for [0-9a-z]+: the judge has no evidence: 12 log records");
    }

    [Fact]
    public async Task A_judge_goes_on_where_it_was_and_begins_anew_with_a_smaller_alpha_where_its_state_is_gone()
    {
        _traffic.RequestsPerSecond = 20;
        var id = await StartAsync(""" "steps":[{"share":"10%","hold":"10m"}],"judge":{} """);
        var before = await EvidenceAsync(id, j => j["stable"]!["requests"]!.GetValue<long>() >= 300);
        await EventuallySavedAsync(s => s["total"]!["stableRequests"]!.GetValue<long>() >= 300);

        await _server.StopAsync();
        await _server.StartAsync();

        (await EvidenceAsync(id, j => j["stable"]!["requests"]!.GetValue<long>() > 330))["losses"]!.GetValue<int>().ShouldBe(0);
        before["alpha"]!.GetValue<double>().ShouldBe(0.01);

        await _server.WriteAsync("judge/shop", "{\"schema\":1");
        await _server.StopAsync();
        await _server.StartAsync();

        var anew = await EvidenceAsync(id, j => j["losses"]!.GetValue<int>() == 1 && j["stable"]!["requests"]!.GetValue<long>() > 0);
        (anew["alpha"]!.GetValue<double>(), anew["needed"]!.GetValue<double>()).ShouldBe((0.005, 200));
        anew["stable"]!["requests"]!.GetValue<long>().ShouldBeLessThan(300);
        anew["notes"]!.AsArray().Select(n => n!.GetValue<string>()).ShouldContain("the judge's state was lost once: it began anew with alpha 0.005, so that the whole stays below 0.02");
    }

    [Fact]
    public async Task Two_queries_feed_the_judge_where_no_agent_counts()
    {
        _server.Metrics.SeriesBy = null;
        _server.Metrics.Past = (query, _) => query switch
        {
            "req{c=\"blue\"}[2s]" => new Core.Ports.QueryAnswer.Value(1_800, default),
            "req{c=\"green\"}[2s]" => new Core.Ports.QueryAnswer.Value(200, default),
            "bad{c=\"green\"}[2s]" => new Core.Ports.QueryAnswer.Value(_traffic.GreenErrors * 200, default),
            _ => new Core.Ports.QueryAnswer.NoData(),
        };
        _traffic.GreenErrors = 0;
        var id = await StartAsync(Steps + """ ,"judge":{"queries":{"requests":"req{c=\"{{colour}}\"}[{{window}}]","bad":"bad{c=\"{{colour}}\"}[{{window}}]"}} """);
        await EvidenceAsync(id, j => j["candidate"]!["requests"]!.GetValue<long>() >= 400);

        _traffic.GreenErrors = 0.5;

        (await PhaseAsync(id, "rolledBack"))["outcome"]!.GetValue<string>().ShouldStartWith("green is worse than blue");
    }

    [Fact]
    public async Task A_check_by_its_name_fails_and_rolls_back_without_a_judge()
    {
        var id = await StartAsync(""" "steps":[{"share":"10%","hold":"1m"}], "checks":["error-ratio","latency-p99"] """);
        await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["checks"]!.AsArray().All(c => c!["last"]?["outcome"]?.GetValue<string>() == "passed"), "both checks passed");

        _traffic.GreenErrors = 0.2;

        var ended = await PhaseAsync(id, "rolledBack");
        ended["outcome"]!.GetValue<string>().ShouldContain("error-ratio: 0.");
        ended["outcome"]!.GetValue<string>().ShouldContain(" by sum(increase(trafficshifter_evidence_bad_total{app=\"shop\",colour=\"green\"}");
        ended["judge"].ShouldBeNull();
    }

    [Fact]
    public async Task Slow_answers_alone_roll_back()
    {
        _traffic.History = 360;
        var id = await StartAsync($"{Steps},{Judge}");
        await StepAsync(id, 1);

        _traffic.GreenSlow = 0.5;

        (await PhaseAsync(id, "rolledBack"))["outcome"]!.GetValue<string>().ShouldStartWith("green is worse than blue: more of its requests are slow");
    }

    private double GreenShare()
    {
        var (blue, green) = (_server.LoadBalancer.HAProxy.WeightOf("shop_back", "blue1"), _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1"));
        return blue + green == 0 ? 0 : (double)green / (blue + green);
    }

    /// <param name="plan">Its members, without the braces.</param>
    private async Task<string> StartAsync(string plan) => (await _server.PostAsync(Shop + "/rollouts", "{\"plan\":{" + plan + "}}")).ShouldBe(HttpStatusCode.Created)["id"].GetValue<string>();

    private Task<JsonNode> PhaseAsync(string id, string phase) => _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["phase"]!.GetValue<string>() == phase, $"phase {phase}");

    private Task<JsonNode> SentenceAsync(string id, string says) =>
        _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["sentence"]?.GetValue<string>().Contains(says, StringComparison.Ordinal) == true, $"a sentence with \"{says}\"");

    private Task<JsonNode> StepAsync(string id, int step) => _server.EventuallyAsync(
        $"/api/v1/rollouts/{id}", r => r["phase"]!.GetValue<string>() == "progressing" && r["step"]!.GetValue<int>() == step, $"step {step}");

    private async Task<JsonNode> EvidenceAsync(string id, Func<JsonNode, bool> expected) =>
        (await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["judge"] is { } judge && expected(judge), "the judge's evidence"))["judge"]!;

    private async Task EventuallySavedAsync(Func<JsonNode, bool> expected)
    {
        JsonNode? saved = null;
        while (saved is null || !expected(saved))
        {
            await PassAsync(TimeSpan.FromSeconds(1));
            saved = await _server.ReadAsync("judge/shop");
        }
    }

    private async Task PassAsync(TimeSpan time)
    {
        var until = _time.GetUtcNow() + time;
        await _server.EventuallyAsync(() => _time.GetUtcNow() >= until, $"{time} going by");
    }
}
