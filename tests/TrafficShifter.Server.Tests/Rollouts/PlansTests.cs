using System.Net;
using System.Text;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Rollouts;

/// <summary>Plans under a name, as JSON and as YAML, and rollouts that name them.</summary>
public sealed class PlansTests : IAsyncLifetime
{
    private const string Json = """
        {"steps":[{"share":"5%","hold":"10s"},{"linear":{"from":"20%","by":"40%"},"hold":"10s","iterations":2}],
        "checks":[{"name":"errors","query":"errors{colour=\"{{colour}}\"}","max":0.01,"window":"5s"}]}
        """;

    private const string Yaml = """
        # the same plan, as people keep it in their repositories
        schema: 1
        steps:
          - { share: 5%, hold: 10s }
          - linear: { from: 20%, by: 40% }
            hold: 10s
            iterations: 2
        checks:
          - name: errors
            query: errors{colour="{{colour}}"}
            max: 0.01
            window: 5s
        """;

    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync();
        await _server.RegisterShopAsync();
        _server.Metrics.Set("errors{colour=\"green\"}", 0.001);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Yaml_and_JSON_are_the_same_plan_and_an_equal_one_is_not_written_again()
    {
        var created = (await YamlAsync("/api/v1/plans/shop", Yaml)).ShouldBe(HttpStatusCode.Created);
        created["steps"].AsArray().Select(s => s!["share"]!.GetValue<string>()).ShouldBe(["5%", "20%", "60%", "100%"]);
        created["name"].GetValue<string>().ShouldBe("shop");

        var again = (await _server.PutAsync("/api/v1/plans/shop", Json)).ShouldBe(HttpStatusCode.OK);

        (again.ETag, again.Text).ShouldBe((created.ETag, created.Text));
        (await _server.GetAsync("/api/v1/plans/shop")).Text.ShouldBe(created.Text);
        (await _server.GetAsync("/api/v1/plans")).Json!.AsArray().Select(p => p!["name"]!.GetValue<string>()).ShouldBe(["careful", "standard", "fast", "shop"]);
    }

    [Fact]
    public async Task A_dry_run_says_what_would_change_and_writes_nothing()
    {
        var dry = (await _server.PutAsync("/api/v1/plans/shop?dryRun=true", Json)).ShouldBe(HttpStatusCode.OK);
        (dry["changes"].GetValue<bool>(), dry["leastTime"].GetValue<string>(), dry["plan"]["steps"]!.AsArray().Count).ShouldBe((true, "40s", 4));
        (await _server.GetAsync("/api/v1/plans/shop")).ShouldBeProblem(404, "not-found", null, "there is no plan \"shop\"");

        (await _server.PutAsync("/api/v1/plans/shop", Json)).ShouldBe(HttpStatusCode.Created);
        (await _server.PutAsync("/api/v1/plans/shop?dryRun=true", Json)).ShouldBe(HttpStatusCode.OK)["changes"].GetValue<bool>().ShouldBeFalse();
    }

    [Fact]
    public async Task A_plan_is_replaced_by_its_version_and_deleted_when_nobody_needs_it()
    {
        var etag = (await _server.PutAsync("/api/v1/plans/shop", Json)).ShouldBe(HttpStatusCode.Created).ETag!;
        var changed = Json.Replace("0.01", "0.02", StringComparison.Ordinal);
        var newer = (await _server.PutAsync("/api/v1/plans/shop", changed, ("If-Match", etag))).ShouldBe(HttpStatusCode.OK);
        newer.ETag.ShouldNotBe(etag);
        (await _server.PutAsync("/api/v1/plans/shop", Json, ("If-Match", etag))).ShouldBeProblem(412, "stale", null, "it is at");

        (await _server.PutAsync("/api/v1/apps/shop", """{"routing":{"backend":"shop_back"},"plan":"shop"}""")).ShouldBe(HttpStatusCode.OK);
        await _server.EventuallyAsync("/api/v1/apps/shop", a => a["plan"] is not null, "the application's plan");
        var refused = await _server.DeleteAsync("/api/v1/plans/shop");
        refused.ShouldBeProblem(409, "conflict", null, "it is the plan of shop");
        (await _server.PutAsync("/api/v1/apps/shop", """{"routing":{"backend":"shop_back"}}""")).ShouldBe(HttpStatusCode.OK);
        for (var answer = refused; answer.Status == HttpStatusCode.Conflict;) answer = await _server.DeleteAsync("/api/v1/plans/shop");
        (await _server.GetAsync("/api/v1/plans/shop")).ShouldBeProblem(404, "not-found", null, "there is no plan");
    }

    [Fact]
    public async Task A_rollout_takes_the_plan_that_it_names_else_the_applications_own()
    {
        (await _server.PutAsync("/api/v1/plans/mine", Json)).ShouldBe(HttpStatusCode.Created);
        var named = (await _server.PostAsync("/api/v1/apps/shop/rollouts?dryRun=true", """{"plan":"mine"}""")).ShouldBe(HttpStatusCode.OK);
        named["plan"].GetValue<string>().ShouldBe("mine");
        named["duration"].GetValue<string>().ShouldBe("40s");
        named["steps"].AsArray().Select(s => $"{s!["share"]} {s["hold"]} {s["iterations"]} {s["checks"]![0]} {s["achievable"]![0]!["green"]}")
            .ShouldBe(["5% 10s 1 errors 5%", "20% 10s 2 errors 20%", "60% 10s 2 errors 60%", "100% 10s 2 errors 100%"]);

        (await _server.PostAsync("/api/v1/apps/shop/rollouts", "{}")).ShouldBeProblem(422, "impossible", "/plan", "\"shop\" has none of its own, and there are careful, standard, fast, mine");
        (await _server.PutAsync("/api/v1/apps/shop", """{"routing":{"backend":"shop_back"},"plan":"fast"}""")).ShouldBe(HttpStatusCode.OK);
        var started = (await _server.PostAsync("/api/v1/apps/shop/rollouts", """{"reason":"release 42"}""")).ShouldBe(HttpStatusCode.Created);
        started["plan"]["name"]!.GetValue<string>().ShouldBe("fast");
    }

    [Fact]
    public async Task A_stored_plan_that_a_hand_broke_starts_nothing()
    {
        await _server.WriteAsync("plans/odd", """{"steps":[{"share":"5%","hold":"2m","guard":true}],"checks":[{"name":"e","query":"e","max":1}]}""");
        (await _server.PostAsync("/api/v1/apps/shop/rollouts", """{"plan":"odd"}""")).ShouldBeProblem(422, "impossible", "/plan", "plan \"odd\" as it is stored cannot be used: /steps/0/guard: this version does not know \"guard\"");
        (await _server.GetAsync("/api/v1/plans/odd")).ShouldBeProblem(500, "broken-document", null, "plans/odd is not valid: /steps/0/guard");
        (await _server.PutAsync("/api/v1/plans/odd", Json)).ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("standard", Json, 409, "conflict", null, "is built in")]
    [InlineData("-x", Json, 400, "bad-name", null, "a letter or digit first")]
    [InlineData("shop", """{"name":"other","steps":[{"share":"5%","hold":"2m"}],"checks":[{"name":"e","query":"e","max":1}]}""", 422, "impossible", "/name", "the plan names itself \"other\"")]
    [InlineData("shop", """{}""", 422, "impossible", "/steps", "is missing")]
    [InlineData("shop", "[]", 422, "impossible", "", "expected an object")]
    [InlineData("shop", "null", 400, "malformed", "", "the body is null")]
    public async Task A_plan_that_is_none_is_refused(string name, string body, int status, string type, string? at, string says) =>
        (await _server.PutAsync($"/api/v1/plans/{name}", body)).ShouldBeProblem(status, type, at, says);

    [Theory]
    [InlineData("steps: [", "not YAML")]
    [InlineData("a: &x 1\nb: *x", "anchors and tags are not taken (line 1, column 4)")]
    [InlineData("a: !!binary aGk=", "anchors and tags are not taken")]
    [InlineData("a: 1\n---\nb: 2", "one document is wanted")]
    [InlineData("? [a, b]\n: 1", "a key is a text")]
    public async Task Yaml_that_cannot_be_read_is_refused_with_line_and_column(string yaml, string says) =>
        (await YamlAsync("/api/v1/plans/shop", yaml)).ShouldBeProblem(400, "malformed", "", says);

    [Fact]
    public async Task Yaml_of_any_depth_is_refused_without_harm() =>
        (await YamlAsync("/api/v1/plans/shop", new string('[', 10_000))).ShouldBeProblem(400, "malformed", "", "more than 32 levels deep");

    [Fact]
    public async Task Yaml_is_read_by_its_core_schema()
    {
        var yaml = Yaml + "\n" + """
                noData: no
                sampleQuery: 'sum(requests{colour="{{colour}}"})'
                minRequests: 0x10
            """;
        var refused = await YamlAsync("/api/v1/plans/shop", yaml);
        refused["errors"].AsObject().Select(e => e.Key).ShouldBe(["/checks/0/noData", "/checks/0/minRequests"], "`no` and 0x10 are texts");
        (await YamlAsync("/api/v1/plans/shop", Yaml + "\nname: ~")).ShouldBe(HttpStatusCode.Created);
        (await YamlAsync("/api/v1/plans/shop", Yaml + "\nname: shop\nname: shop")).ShouldBeProblem(400, "malformed", "/name", "stands twice");
    }

    private async Task<Answer> YamlAsync(string path, string yaml)
    {
        using var content = new StringContent(yaml, Encoding.UTF8, "application/yaml");
        using var response = await _server.Http.PutAsync(path, content);
        return await Answer.ReadAsync(response);
    }
}
