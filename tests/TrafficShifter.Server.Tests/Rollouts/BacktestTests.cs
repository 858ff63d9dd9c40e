using System.Net;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Rollouts;

/// <summary>What a plan's checks would have said over past data.</summary>
public sealed class BacktestTests : IAsyncLifetime
{
    private const string Backtest = "/api/v1/apps/shop/backtest";
    private const string Plan = """{"steps":[{"share":"10%","hold":"10s"}],"checks":[{"name":"errors","query":"errors{colour=\"{{colour}}\"}","max":0.01,"window":"5s"}]}""";
    private readonly ManualTime _time = new();
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync(_time);
        await _server.RegisterShopAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_bad_stretch_of_the_past_would_have_rolled_back_and_one_that_was_bad_on_both_sides_not()
    {
        var now = _time.GetUtcNow();
        var (from, bad, both) = (now.AddHours(-1), now.AddMinutes(-30), now.AddMinutes(-20));
        _server.Metrics.Past = (query, at) => new QueryAnswer.Value((query.Contains("green", StringComparison.Ordinal) && at >= bad && at < bad.AddMinutes(1)) || (at >= both && at < both.AddMinutes(5)) ? 0.5 : 0.001, at);

        var answer = (await _server.PostAsync(Backtest, $$"""{"plan":{{Plan}},"from":"{{from:O}}","to":"{{now:O}}"}""")).ShouldBe(HttpStatusCode.OK);

        answer["colour"].GetValue<string>().ShouldBe("green");
        answer["wouldHaveStopped"].GetValue<bool>().ShouldBeTrue();
        answer["sentence"].GetValue<string>().ShouldBe($"it would have rolled back at {bad.AddSeconds(5):yyyy-MM-ddTHH:mm:ssZ}: errors: 0.5 is beyond max 0.01 (over 5s), where blue has 0.001 by errors{{colour=\"green\"}}, 2 times in a row");
        var check = answer["checks"][0]!;
        (check["passed"]!.GetValue<int>(), check["failed"]!.GetValue<int>(), check["insufficient"]!.GetValue<int>(), check["stops"]!.GetValue<int>()).ShouldBe((721 - 12 - 60, 12, 60, 6));
        answer["warnings"].AsArray().ShouldBeEmpty();
        (await _server.GetAsync("/api/v1/apps/shop/rollouts")).Text.ShouldBe("[]");

        var blue = (await _server.PostAsync(Backtest, $$"""{"plan":{{Plan}},"from":"{{from:O}}","to":"{{now:O}}","colour":"blue"}""")).ShouldBe(HttpStatusCode.OK);
        blue["sentence"].GetValue<string>().ShouldBe("nothing would have stopped it");
    }

    [Fact]
    public async Task A_long_stretch_is_asked_less_often_and_what_has_no_data_is_told()
    {
        var now = _time.GetUtcNow();
        var answer = (await _server.PostAsync(Backtest, $$"""{"plan":"standard","from":"{{now.AddDays(-1):O}}","to":"{{now:O}}"}""")).ShouldBe(HttpStatusCode.OK);
        answer["warnings"].AsArray().Select(w => w!.GetValue<string>()).ShouldBe(
        [
            "error-ratio: asked every 44s, not every 5s: a shorter stretch is asked more often",
            "error-ratio: there was nothing to judge in all of the time",
        ]);
    }

    [Theory]
    [InlineData("2025-12-31T10:00:00Z", "2025-12-31T09:00:00Z", "/to", "is not after from")]
    [InlineData("2025-12-31T10:00:00Z", "2036-01-01T00:00:00Z", "/to", "lies in the future")]
    [InlineData("2025-10-01T10:00:00Z", "2025-12-31T09:00:00Z", "/from", "at most 31d at once")]
    public async Task A_stretch_that_cannot_be_asked_is_refused(string from, string to, string at, string says) =>
        (await _server.PostAsync(Backtest, $$"""{"plan":{{Plan}},"from":"{{from}}","to":"{{to}}"}""")).ShouldBeProblem(422, "impossible", at, says);

    [Fact]
    public async Task A_query_at_fault_is_refused_with_its_place()
    {
        var now = _time.GetUtcNow();
        _server.Metrics.Past = (_, _) => new QueryAnswer.SeveralSeries(3);
        (await _server.PostAsync(Backtest, $$"""{"plan":{{Plan}},"from":"{{now.AddMinutes(-1):O}}","to":"{{now:O}}"}""")).ShouldBeProblem(422, "impossible", "/plan/checks/0/query", "returned 3 series, not one");
        (await _server.PostAsync("/api/v1/apps/nobody/backtest", $$"""{"from":"{{now.AddMinutes(-1):O}}","to":"{{now:O}}"}""")).ShouldBeProblem(404, "not-found", null, "there is no application");
    }
}
