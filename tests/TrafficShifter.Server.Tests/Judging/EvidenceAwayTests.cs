using System.Net;
using System.Text.Json.Nodes;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Judging;

/// <summary>Counts that stop coming while the metric source itself seems well.</summary>
public sealed class EvidenceAwayTests : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private RunningServer _server = null!;
    private CountedTraffic _traffic = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync(_time);
        _traffic = new CountedTraffic(_server.Metrics, _time) { Green = () => 0.1 };
        await _server.RegisterShopAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task What_was_good_long_ago_lets_no_step_end()
    {
        var started = await _server.PostAsync("/api/v1/apps/shop/rollouts", """{"plan":{"steps":[{"share":"10%","hold":"1m"}],"checks":["error-ratio"]}}""");
        var rollout = $"/api/v1/rollouts/{started.ShouldBe(HttpStatusCode.Created)["id"].GetValue<string>()}";
        await _server.EventuallyAsync(rollout, r => LastOf(r)?["outcome"]?.GetValue<string>() == "passed", "a check that passed");

        _traffic.IsAway = true;
        var until = _time.GetUtcNow() + TimeSpan.FromMinutes(2);
        var now = await _server.EventuallyAsync(rollout, r => LastOf(r)?["at"]?.GetValue<DateTimeOffset>() >= until, "a measurement after twice the step's time");

        now["phase"]!.GetValue<string>().ShouldBe("progressing");
        LastOf(now)!["outcome"]!.GetValue<string>().ShouldBe("insufficient");
        // The clock runs ahead of the workers: a controller that lost its leadership on the way knows of no counts at all.
        LastOf(now)!["sentence"]!.GetValue<string>().ShouldMatch("nothing was counted for|the agents' counts of this step are awaited");
    }

    [Fact]
    public async Task An_error_of_the_controller_is_told_and_the_next_turn_begins_anew()
    {
        _traffic.IsBroken = true;
        var started = await _server.PostAsync("/api/v1/apps/shop/rollouts", """{"plan":{"steps":[{"share":"10%","hold":"1m"}],"checks":["error-ratio"],"judge":{}}}""");
        started.Status.ShouldBe(HttpStatusCode.InternalServerError, "the preview of the judge asks as well");

        _traffic.IsBroken = false;
        started = await _server.PostAsync("/api/v1/apps/shop/rollouts", """{"plan":{"steps":[{"share":"10%","hold":"1m"}],"checks":["error-ratio"],"judge":{}}}""");
        _traffic.IsBroken = true;
        var rollout = $"/api/v1/rollouts/{started.ShouldBe(HttpStatusCode.Created)["id"].GetValue<string>()}";
        (await _server.EventuallyAsync(rollout, r => SentenceOf(r).Contains("an error of the controller: the unexpected", StringComparison.Ordinal), "the error"))["phase"]!.GetValue<string>().ShouldBe("pending");
        (await _server.GetAsync("/api/v1/apps/shop/status"))["problems"].AsArray().Select(p => p!.GetValue<string>()).ShouldContain(p => p.StartsWith("hap1 gives no evidence", StringComparison.Ordinal));

        _traffic.IsBroken = false;
        await _server.EventuallyAsync(rollout, r => r["phase"]!.GetValue<string>() == "progressing" && LastOf(r)?["outcome"]?.GetValue<string>() == "passed", "its first check");
    }

    private static string SentenceOf(JsonNode rollout) => rollout["sentence"]?.GetValue<string>() ?? "";

    private static JsonNode? LastOf(JsonNode rollout) => rollout["checks"]?[0]?["last"];
}
