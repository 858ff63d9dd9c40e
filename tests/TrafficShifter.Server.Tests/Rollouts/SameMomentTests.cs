using System.Net;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Rollouts;

/// <summary>Somebody writes weights between a rollout's decision to advance and its transaction.</summary>
public sealed class SameMomentTests : IAsyncLifetime
{
    private const string Shop = "/api/v1/apps/shop";
    private const string Plan = """
        {"plan":{"steps":[{"share":"10%","hold":"10s"},{"share":"50%","hold":"10m"}],"checks":[{"name":"errors","query":"errors","max":0.01,"window":"5s","interval":"1s"}]}}
        """;

    private readonly ManualTime _time = new();
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync(_time);
        await _server.RegisterShopAsync();
        _server.Metrics.Set("errors", 0);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("by the API", "weights changed by admin from blue 90% / green 10% to blue 70% / green 30%")]
    [InlineData("by hand", "weights changed by hand from blue 90% / green 10% to blue 70% / green 30%")]
    public async Task The_persons_value_stands_and_the_rollout_is_paused_and_says_so(string how, string reason)
    {
        var raced = 0;
        var id = (await _server.PostAsync(Shop + "/rollouts", Plan)).ShouldBe(HttpStatusCode.Created)["id"].GetValue<string>();
        _server.Store.BeforeCommit = async changes =>
        {
            if (!IsAdvance(changes) || Interlocked.Exchange(ref raced, 1) == 1) return;
            if (how == "by hand") (await _server.WriteAsync("weights/shop", """{"blue":70,"green":30}""")).ShouldBeOfType<CommitResult.Committed>();
            else (await _server.PutAsync(Shop + "/weights", """{"blue":70,"green":30,"reason":"I know"}""")).ShouldBe(HttpStatusCode.OK);
        };

        var paused = await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["phase"]!.GetValue<string>() == "paused", "the pause");

        raced.ShouldBe(1, "the rollout was about to advance");
        (paused["pausedReason"]!.GetValue<string>(), paused["step"]!.GetValue<int>()).ShouldBe((reason, 1));
        (await _server.ReadAsync("weights/shop"))["green"]!.GetValue<int>().ShouldBe(30);
        await _server.EventuallyAsync(Shop + "/status", s => s["wanted"]!["green"]!.GetValue<string>() == "30%" && s["observed"]!.GetValue<bool>(), "30 % observed");
        (await _server.GetAsync("/api/v1/history?app=shop&limit=100")).Json!.AsArray().Select(h => h!["kind"]!.GetValue<string>()).ShouldNotContain("rollout.advanced");
    }

    private static bool IsAdvance(ChangeSet changes) =>
        changes.Changes.OfType<Change.Set>().Any(c => c.Key.StartsWith("history/", StringComparison.Ordinal) && c.Value.Contains("rollout.advanced", StringComparison.Ordinal));
}
