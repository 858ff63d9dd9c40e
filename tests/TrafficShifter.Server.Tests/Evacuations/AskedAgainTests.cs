using System.Net;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Evacuations;

/// <summary>An evacuation of green that is asked for again, what begins meanwhile, and what those are told of it who do not see every application.</summary>
public sealed class AskedAgainTests : IAsyncLifetime
{
    private const string Green = "/api/v1/colours/green";
    private const string Shop = "/api/v1/apps/shop";
    private const string Kiosk = "/api/v1/apps/kiosk";
    private const string Plan = """{"plan":{"name":"short","steps":[{"share":"10%","hold":"5m"}],"checks":[{"name":"errors","query":"errors","max":0.01,"window":"3s","interval":"1s"}]}}""";

    private readonly ManualTime _time = new();
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync(_time);
        await _server.RegisterShopAsync();
        _server.Metrics.Set("errors", 0.001);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Sessions_of_what_has_left_are_cut_when_it_is_asked_for_again_with_sever()
    {
        _server.LoadBalancer.HAProxy.SetSessions("shop_back", "green1", live: 3, total: 1_000);
        (await _server.PostAsync(Green + "/evacuate")).ShouldBe(HttpStatusCode.Accepted);
        await _server.EventuallyAsync(Green, g => g["phase"]!.GetValue<string>() == "evacuated" && g["nodes"]![0]!["sessions"]?.GetValue<int>() == 3, "three sessions on green");
        (await _server.PostAsync(Green + "/evacuate")).ShouldBe(HttpStatusCode.Accepted)["phase"].GetValue<string>().ShouldBe("evacuated", "it asks for nothing more");
        _server.LoadBalancer.HAProxy.ShutDowns.ShouldBeEmpty();

        (await _server.PostAsync(Green + "/evacuate", """{"sever":true}""")).ShouldBe(HttpStatusCode.Accepted);

        await _server.EventuallyAsync(Green, g => g["quietSince"] is not null, "green observed at 0");
        _server.LoadBalancer.HAProxy.ShutDowns.Select(s => s.ToString()).ShouldBe(["shop_back/green1"]);
    }

    [Fact]
    public async Task No_rollout_to_the_colour_begins_before_the_application_s_wave()
    {
        await RegisterKioskAsync("blue");
        (await _server.PostAsync(Green + "/evacuate", """{"waves":[{"apps":["shop"]}],"pause":"1h"}""")).ShouldBe(HttpStatusCode.Accepted);
        await _server.EventuallyAsync(Green, g => g["counts"]!["evacuated"]!.GetValue<int>() == 1, "the first wave");

        (await _server.PostAsync(Kiosk + "/rollouts", Plan)).ShouldBeProblem(423, "held", null, "green is evacuated by admin: no rollout to it begins");
        (await _server.ReadAsync("state/kiosk"))["rollout"].ShouldBeNull();
        (await _server.PostAsync(Green + "/restore")).ShouldBe(HttpStatusCode.Accepted);
        await _server.EventuallyAsync(Green, g => g["phase"] is null, "green restored");
        (await _server.PostAsync(Kiosk + "/rollouts", Plan)).ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Who_sees_one_application_is_told_no_other_s_name()
    {
        await RegisterKioskAsync("green");
        (await _server.PostAsync(Kiosk + "/rollback?wait=5s", """{"to":"green","reason":"a secret of kiosk"}""")).ShouldBe(HttpStatusCode.OK);
        (await _server.PostAsync(Green + "/evacuate", """{"waves":[{"apps":["kiosk"]}]}""")).ShouldBe(HttpStatusCode.Accepted);
        var all = await _server.EventuallyAsync(Green, g => g["phase"]!.GetValue<string>() == "evacuated", "green evacuated");
        all.ToJsonString().ShouldContain("a secret of kiosk");
        using var eve = new Client(_server, await Client.MakeTokenAsync(_server, "eve", "viewer", ""","apps":["shop"]"""));

        var seen = await eve.GetAsync(Green);

        seen.ShouldBe(HttpStatusCode.OK).Text.ShouldNotContain("kiosk");
        (seen["counts"]["apps"]!.GetValue<int>(), seen["left"].AsArray().Count).ShouldBe((2, 0));
        seen["sentence"].GetValue<string>().ShouldBe("green is evacuated, 1 application left it. green is to serve 1 application. hap1: 1 application has traffic on green");
    }

    private async Task RegisterKioskAsync(string stable)
    {
        _server.LoadBalancer.HAProxy.Configure("kiosk_back", ("blue1", 100), ("green1", 100));
        (await _server.PutAsync($"{Kiosk}?stable={stable}", """{"routing":{"backend":"kiosk_back"}}""")).ShouldBe(HttpStatusCode.Created);
        await _server.EventuallyAsync(Kiosk + "/status", s => s["observed"]!.GetValue<bool>(), "kiosk observed");
    }
}
