using System.Net;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Rollouts;

/// <summary>What holds all rollouts, for whoever looks at any page.</summary>
public sealed class StandstillTests : IAsyncLifetime
{
    private const string Control = "/api/v1/control";
    private readonly ManualTime _time = new();
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync(_time);
        await _server.RegisterShopAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task While_nothing_holds_nothing_is_said() =>
        (await _server.GetAsync(Control)).ShouldBe(HttpStatusCode.OK).Json!.ToJsonString().ShouldBe("""{"frozen":[],"problems":[]}""");

    [Fact]
    public async Task A_stopped_line_says_who_and_why()
    {
        await _server.PutAsync(Control + "/stop", """{"reason":"incident 7"}""");
        var stop = (await _server.GetAsync(Control))["stop"]!;
        (stop["by"]!.GetValue<string>(), stop["reason"]!.GetValue<string>()).ShouldBe(("admin", "incident 7"));
    }

    [Fact]
    public async Task Of_the_freezes_those_are_said_that_hold_now()
    {
        var now = _time.GetUtcNow();
        await _server.PutAsync(Control + "/freeze", $$"""
            {"reason":"year end","windows":[
              {"name":"sale","apps":["shop"],"from":"{{now.AddMinutes(-5):O}}","to":"{{now.AddHours(1):O}}"},
              {"name":"later","from":"{{now.AddHours(2):O}}","to":"{{now.AddHours(3):O}}"}]}
            """);

        var frozen = (await _server.GetAsync(Control))["frozen"]!.AsArray().ShouldHaveSingleItem()!;

        frozen["sentence"]!.GetValue<string>().ShouldStartWith("frozen by \"sale\" until ");
        frozen["apps"]!.ToJsonString().ShouldBe("""["shop"]""");
        (frozen["by"]!.GetValue<string>(), frozen["reason"]!.GetValue<string>()).ShouldBe(("admin", "year end"));
        frozen["since"]!.GetValue<DateTimeOffset>().ShouldBe(now.AddMinutes(-5));
    }

    [Fact]
    public async Task What_cannot_be_read_is_said_because_it_holds_everything()
    {
        await _server.WriteAsync("control/freeze", "{\"windows\":5}");
        (await _server.GetAsync(Control))["problems"]!.AsArray().ShouldHaveSingleItem()!.GetValue<string>().ShouldStartWith("control/freeze is not valid");
    }

    [Fact]
    public async Task Before_a_rollback_of_all_it_is_said_who_would_find_no_healthy_side()
    {
        await _server.PutAsync("/api/v1/apps/shop/weights", """{"blue":90,"green":10}""");
        var well = await _server.EventuallyAsync("/api/v1/rollback", r => r["moves"]!.GetValue<int>() == 1, "the shift");
        (well["applications"]!.GetValue<int>(), well["unfit"]!.AsArray().Count).ShouldBe((1, 0));

        _server.LoadBalancer.HAProxy.SetHealth("shop_back", "blue1", ServerHealth.Down);

        var found = await _server.EventuallyAsync("/api/v1/rollback", r => r["unfit"]!.AsArray().Count == 1, "blue's servers down");
        found["unfit"]![0]!["app"]!.GetValue<string>().ShouldBe("shop");
        found["unfit"]![0]!["why"]!.GetValue<string>().ShouldStartWith("no server of blue is usable on ");
    }
}
