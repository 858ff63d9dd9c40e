using System.Net;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Dashboard;

public sealed class SeriesTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync();
        await _server.RegisterShopAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Each_side_has_one_value_for_each_moment_and_null_where_there_is_no_data()
    {
        _server.Metrics.SeriesBy = (query, to) => query.Contains("bad_requests", StringComparison.Ordinal) && query.Contains("colour=\"green\"", StringComparison.Ordinal)
            ? new SeriesAnswer.Found([new LabelledSeries(new Dictionary<string, string>(), [new SeriesPoint(to, 0.04)])])
            : new SeriesAnswer.Found([]);

        var series = (await _server.GetAsync("/api/v1/apps/shop/series?last=5m&step=10s")).ShouldBe(HttpStatusCode.OK);

        var count = series["at"]!.AsArray().Count;
        count.ShouldBe(30);
        series["step"]!.GetValue<string>().ShouldBe("10s");
        var errors = series["errors"]!["green"]!.AsArray();
        errors.Count.ShouldBe(count);
        errors[^1]!.GetValue<double>().ShouldBe(0.04);
        errors.Take(count - 1).ShouldAllBe(v => v == null);
        series["errors"]!["blue"]!.AsArray().ShouldAllBe(v => v == null);
        series["latencyOf"]!.GetValue<string>().ShouldBe("mean");
        series.Json!["problem"].ShouldBeNull();
    }

    [Fact]
    public async Task With_the_metrics_away_it_says_so_and_still_shows_what_was_asked_and_decided()
    {
        _server.Metrics.GoAway();
        await _server.PutAsync("/api/v1/apps/shop/weights", """{"blue":90,"green":10,"reason":"release 42"}""");
        var now = DateTimeOffset.UtcNow;

        var series = (await _server.GetAsync($"/api/v1/apps/shop/series?from={now.AddMinutes(-5):yyyy-MM-ddTHH:mm:ssZ}&to={now.AddMinutes(1):yyyy-MM-ddTHH:mm:ssZ}")).ShouldBe(HttpStatusCode.OK);

        series["problem"]!.GetValue<string>().ShouldContain("Connection refused");
        series["asked"]!.AsArray()[^1]!.GetValue<double>().ShouldBe(10);
        series["asked"]!.AsArray()[0].ShouldBeNull();
        series["marks"]!.AsArray().Select(m => m!["kind"]!.GetValue<string>()).ShouldBe(["app.created", "weights.set"]);
        series["marks"]!.AsArray()[^1]!["sentence"]!.GetValue<string>().ShouldContain("by admin");
        series["errors"]!["green"]!.AsArray().ShouldAllBe(v => v == null);
    }

    [Fact]
    public async Task What_was_evacuated_is_not_drawn_as_asked_for_where_it_was()
    {
        await _server.PutAsync("/api/v1/apps/shop/weights", """{"blue":90,"green":10,"reason":"release 42"}""");
        (await _server.PostAsync("/api/v1/colours/green/evacuate", """{"reason":"rebuild"}""")).Status.ShouldBe(HttpStatusCode.Accepted);
        await _server.EventuallyAsync("/api/v1/apps/shop/status", s => s["evacuated"] is not null, "the evacuation");
        var now = DateTimeOffset.UtcNow;

        var series = await _server.GetAsync($"/api/v1/apps/shop/series?from={now.AddMinutes(-5):yyyy-MM-ddTHH:mm:ssZ}&to={now.AddMinutes(1):yyyy-MM-ddTHH:mm:ssZ}");

        series.ShouldBe(HttpStatusCode.OK)["asked"]!.AsArray()[^1]!.GetValue<double>().ShouldBe(0);
    }

    [Theory]
    [InlineData("last=1s")]
    [InlineData("last=400d")]
    [InlineData("last=soon")]
    [InlineData("from=yesterday")]
    [InlineData("to=tomorrow")]
    [InlineData("step=500ms")]
    [InlineData("last=6h&step=1s")]
    [InlineData("quantile=42")]
    public async Task What_cannot_be_drawn_is_refused(string query) => (await _server.GetAsync($"/api/v1/apps/shop/series?{query}")).ShouldBe(HttpStatusCode.BadRequest);

    [Fact]
    public async Task An_unknown_application_has_none() => (await _server.GetAsync("/api/v1/apps/no-such/series")).ShouldBe(HttpStatusCode.NotFound);
}
