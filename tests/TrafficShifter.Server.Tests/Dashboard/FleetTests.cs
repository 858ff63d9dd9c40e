using System.Net;
using System.Text.Json.Nodes;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Dashboard;

public sealed class FleetTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync();
        await _server.RegisterShopAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Every_application_has_a_row_with_its_traffic_and_why()
    {
        _server.LoadBalancer.HAProxy.Configure("cart_back", ("blue1", 100), ("green1", 100));
        (await _server.PutAsync("/api/v1/apps/cart", """{"routing":{"backend":"cart_back"},"owners":["payments"],"labels":{"tier":"web"}}""")).ShouldBe(HttpStatusCode.Created);
        await _server.PutAsync("/api/v1/apps/shop/weights", """{"blue":90,"green":10,"reason":"release 42"}""");

        var fleet = await _server.EventuallyAsync("/api/v1/fleet", f => Row(f, "shop")?["green"]?.GetValue<string>() == "10%" && Row(f, "shop")!["observed"]!.GetValue<int>() == 1, "shop at 10 %, observed");

        (fleet["nodes"]!.GetValue<int>(), fleet["live"]!.GetValue<int>()).ShouldBe((1, 1));
        fleet["rows"]!.AsArray().Select(r => r!["app"]!.GetValue<string>()).ShouldBe(["cart", "shop"]);
        Row(fleet, "shop")!["standing"]!.GetValue<string>().ShouldBe("quiet");
        Row(fleet, "shop")!["sentence"]!.GetValue<string>().ShouldBe("blue 90% / green 10%, by admin: release 42");
        Row(fleet, "cart")!["owners"]!.AsArray().Single()!.GetValue<string>().ShouldBe("payments");
        Row(fleet, "cart")!["labels"]!.ToJsonString().ShouldBe("""{"tier":"web"}""");
    }

    [Fact]
    public async Task A_change_that_the_caller_has_heard_of_is_in_the_answer()
    {
        var index = (await _server.PostAsync("/api/v1/apps/shop/rollback", """{"reason":"errors"}""")).ShouldBe(HttpStatusCode.OK)["modifyIndex"]!.GetValue<ulong>();

        var row = (await _server.GetAsync($"/api/v1/fleet?app=shop&app=no-such-app&index={index}")).ShouldBe(HttpStatusCode.OK)["rows"]!.AsArray().Single()!;

        row["standing"]!.GetValue<string>().ShouldBe("locked");
        row["lock"]!.GetValue<string>().ShouldBe("blue");
        row["sentence"]!.GetValue<string>().ShouldBe("locked to blue by admin: errors");
    }

    [Fact]
    public async Task A_rollout_shows_its_step_and_its_sentence()
    {
        var started = (await _server.PostAsync("/api/v1/apps/shop/rollouts", """{"plan":{"steps":[{"share":"5%","hold":"10m"}],"checks":[{"name":"errors","query":"e","max":0.01}]}}""")).ShouldBe(HttpStatusCode.Created);

        var fleet = await _server.EventuallyAsync("/api/v1/fleet", f => Row(f, "shop")?["rollout"] is not null, "the rollout in the fleet");

        var rollout = Row(fleet, "shop")!["rollout"]!;
        rollout["id"]!.GetValue<string>().ShouldBe(started["id"]!.GetValue<string>());
        (rollout["step"]!.GetValue<int>(), rollout["steps"]!.GetValue<int>(), rollout["to"]!.GetValue<string>()).ShouldBe((1, 1, "green"));
    }

    [Fact]
    public async Task What_has_not_changed_is_not_sent_again()
    {
        await _server.EventuallyAsync("/api/v1/fleet", f => Row(f, "shop")?["observed"]?.GetValue<int>() == 1, "shop observed");
        using var first = await _server.Http.GetAsync("/api/v1/fleet");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/fleet") { Headers = { { "If-None-Match", first.Headers.ETag!.ToString() } } };
        using var second = await _server.Http.SendAsync(request);

        second.StatusCode.ShouldBe(HttpStatusCode.NotModified);
    }

    [Fact]
    public async Task Compressed_it_is_the_same()
    {
        using var gzip = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.GZip }) { BaseAddress = _server.Address, DefaultRequestHeaders = { Authorization = _server.Http.DefaultRequestHeaders.Authorization } };

        Row(JsonNode.Parse(await gzip.GetStringAsync("/api/v1/fleet"))!, "shop").ShouldNotBeNull();
    }

    [Fact]
    public async Task With_the_store_away_it_says_what_was_known_and_how_old_that_is()
    {
        await _server.EventuallyAsync("/api/v1/fleet", f => Row(f, "shop") is not null, "shop in the fleet");
        _server.Store.GoAway();

        var fleet = await _server.EventuallyAsync("/api/v1/fleet", f => f["problem"] is not null, "the store's absence in the fleet");

        Row(fleet, "shop").ShouldNotBeNull();
        using var answer = await _server.Http.GetAsync("/api/v1/fleet");
        answer.Headers.Age.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("app=Not_A_Name")]
    [InlineData("index=-1")]
    public async Task What_cannot_be_asked_is_refused(string query) => (await _server.GetAsync($"/api/v1/fleet?{query}")).ShouldBe(HttpStatusCode.BadRequest);

    [Fact]
    public async Task More_than_a_hundred_names_are_refused() =>
        (await _server.GetAsync($"/api/v1/fleet?{string.Join('&', Enumerable.Range(0, 101).Select(i => $"app=a{i}"))}")).ShouldBe(HttpStatusCode.BadRequest);

    [Fact]
    public async Task Nobody_sees_it_without_a_token()
    {
        using var stranger = new HttpClient { BaseAddress = _server.Address };
        using var answer = await stranger.GetAsync("/api/v1/fleet");

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static JsonNode? Row(JsonNode fleet, string app) => fleet["rows"]!.AsArray().FirstOrDefault(r => r!["app"]!.GetValue<string>() == app);
}
