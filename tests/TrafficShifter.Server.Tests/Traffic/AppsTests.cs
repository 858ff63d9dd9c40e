using System.Net;
using System.Text.Json.Nodes;
using TrafficShifter.Server.Tests.BadInput;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Traffic;

public sealed class AppsTests : IAsyncLifetime
{
    private const string Shop = "/api/v1/apps/shop";
    private const string Definition = """{"routing":{"backend":"shop_back"},"owners":["team-shop"]}""";
    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartNewAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_new_application_begins_with_all_traffic_on_its_stable_colour()
    {
        var created = (await _server.PutAsync(Shop + "?stable=green", Definition)).ShouldBe(HttpStatusCode.Created);

        created["name"].GetValue<string>().ShouldBe("shop");
        created["schema"].GetValue<int>().ShouldBe(1);
        (await _server.GetAsync(Shop)).ShouldBe(HttpStatusCode.OK).ETag.ShouldBe(created.ETag);
        (await _server.GetAsync(Shop + "/weights"))["share"]["green"]!.GetValue<string>().ShouldBe("100%");
        await _server.EventuallyAsync(() => _server.LoadBalancer.HAProxy.WeightOf("shop_back", "blue1") == 0, "blue1 at weight 0");
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1").ShouldBe(256);
    }

    [Fact]
    public async Task Replacing_a_definition_leaves_the_traffic_alone()
    {
        await _server.RegisterShopAsync();
        (await _server.PutAsync(Shop + "/weights", """{"blue":70,"green":30}""")).ShouldBe(HttpStatusCode.OK);
        var version = (await _server.GetAsync(Shop)).ETag!;

        var replaced = (await _server.PutAsync(Shop, """{"name":"shop","routing":{"backend":"shop_back"},"hosts":["shop.example"]}""", ("If-Match", version))).ShouldBe(HttpStatusCode.OK);

        replaced.ETag.ShouldNotBe(version);
        (await _server.GetAsync(Shop + "/weights"))["green"].GetValue<int>().ShouldBe(30);
        (await _server.PutAsync(Shop, Definition, ("If-Match", version))).ShouldBeProblem(412, "stale", null, $"it is at {replaced.ETag!.Trim('"')} now");
        (await _server.PutAsync(Shop, Definition, ("If-Match", "*"))).ShouldBe(HttpStatusCode.OK);
        (await _server.GetAsync("/api/v1/apps")).Json!.AsArray().Single()!["name"]!.GetValue<string>().ShouldBe("shop");
    }

    [Fact]
    public async Task A_deleted_application_leaves_a_tombstone_and_begins_anew()
    {
        await _server.RegisterShopAsync();
        (await _server.PutAsync(Shop + "/weights?wait=10s", """{"blue":70,"green":30}""")).ShouldBe(HttpStatusCode.OK);
        var weight = _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1");

        (await _server.DeleteAsync(Shop)).ShouldBe(HttpStatusCode.NoContent);

        (await _server.GetAsync(Shop)).ShouldBeProblem(404, "not-found", null, "registers it");
        (await _server.GetAsync("/api/v1/apps")).Text.ShouldBe("[]");
        JsonNode.Parse((await _server.Store.FindAsync("apps/shop", CancellationToken.None))!.Value)!["deleted"]!.GetValue<bool>().ShouldBeTrue();
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1").ShouldBe(weight, "HAProxy keeps the weights that it has");
        (await _server.PutAsync(Shop, Definition)).ShouldBe(HttpStatusCode.Created);
        (await _server.GetAsync(Shop + "/weights"))["blue"].GetValue<int>().ShouldBe(100);
        (await _server.GetAsync("/api/v1/history?app=shop")).Json!.AsArray().Select(h => h!["kind"]!.GetValue<string>())
            .ShouldBe(["app.created", "app.deleted", "weights.set", "app.created"]);
    }

    [Fact]
    public async Task An_application_with_a_running_rollout_is_not_deleted_and_keeps_its_routing()
    {
        await _server.RegisterShopAsync();
        _server.LoadBalancer.HAProxy.Configure("other_back", ("blue1", 1), ("green1", 1));
        var id = (await _server.PostAsync(Shop + "/rollouts", BadRolloutsTests.GoodRequest)).ShouldBe(HttpStatusCode.Created)["id"].GetValue<string>();

        (await _server.DeleteAsync(Shop)).ShouldBeProblem(409, "conflict", null, $"rollout {id} is running; abort it first");
        (await _server.PutAsync(Shop, """{"routing":{"backend":"other_back"}}""")).ShouldBeProblem(409, "conflict", null, $"rollout {id} is running over the routing");
        (await _server.PutAsync(Shop, Definition)).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Fields_of_a_newer_version_survive_a_rewrite()
    {
        await _server.RegisterShopAsync();
        await _server.WriteAsync("apps/shop", """{"schema":1,"name":"shop","tier":"gold","routing":{"backend":"shop_back","sticky":true,"blue":{"prefix":"blue","zone":"a"},"green":{"prefix":"green"}}}""");
        await _server.WriteAsync("weights/shop", """{"schema":1,"blue":100,"green":0,"canary":{"by":"header"}}""");
        await _server.WriteAsync("state/shop", """{"schema":1,"stable":"blue","mirrored":["blue"]}""");

        (await _server.PutAsync(Shop, Definition)).ShouldBe(HttpStatusCode.OK);
        (await _server.PutAsync(Shop + "/weights", """{"blue":90,"green":10}""")).ShouldBe(HttpStatusCode.OK);
        (await _server.PostAsync(Shop + "/rollback")).ShouldBe(HttpStatusCode.OK);
        (await _server.PostAsync(Shop + "/unlock")).ShouldBe(HttpStatusCode.OK);

        var app = await _server.ReadAsync("apps/shop");
        app["tier"]!.GetValue<string>().ShouldBe("gold");
        app["routing"]!["sticky"]!.GetValue<bool>().ShouldBeTrue();
        app["routing"]!["blue"]!["zone"]!.GetValue<string>().ShouldBe("a");
        app["owners"]![0]!.GetValue<string>().ShouldBe("team-shop");
        (await _server.ReadAsync("weights/shop"))["canary"]!["by"]!.GetValue<string>().ShouldBe("header");
        (await _server.ReadAsync("state/shop"))["mirrored"]![0]!.GetValue<string>().ShouldBe("blue");
    }

    [Theory]
    [InlineData("apps/shop", """{"schema":2,"name":"shop","routing":{"backend":"shop_back"}}""", "PUT", "", Definition, "definition")]
    [InlineData("apps/shop", """{"schema":2,"name":"shop","routing":{"backend":"shop_back"}}""", "DELETE", "", null, "definition")]
    [InlineData("weights/shop", """{"schema":2,"blue":100,"green":0}""", "PUT", "/weights", """{"blue":1,"green":1}""", "weights")]
    [InlineData("weights/shop", """{"schema":2,"blue":100,"green":0}""", "POST", "/rollouts", BadRolloutsTests.GoodRequest, "weights")]
    [InlineData("state/shop", """{"schema":2,"stable":"blue"}""", "POST", "/rollouts", BadRolloutsTests.GoodRequest, "state")]
    [InlineData("state/shop", """{"schema":2,"stable":"blue","lock":{"to":"blue","by":"x","reason":"y","at":"2026-01-01T00:00:00Z"}}""", "POST", "/unlock", null, "state")]
    public async Task A_document_of_a_newer_schema_is_read_and_never_written(string key, string value, string method, string path, string? body, string what)
    {
        await _server.RegisterShopAsync();
        await _server.WriteAsync(key, value);

        (await _server.SendAsync(HttpMethod.Parse(method), Shop + path, body)).ShouldBeProblem(409, "conflict", null, $"the {what} was written by a newer version (schema 2)");

        (await _server.GetAsync(Shop)).ShouldBe(HttpStatusCode.OK);
        (await _server.GetAsync(Shop + "/status")).ShouldBe(HttpStatusCode.OK);
        (await _server.Store.FindAsync(key, CancellationToken.None))!.Value.ShouldBe(value);
    }
}
