using System.Text.Json;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Tests.Migrations;

public sealed class PreflightTests
{
    private const string Whole = """
        {
          "probe": { "url": "http://{{colour}}.ingress.example.com/healthz", "method": "get", "status": ["200-299","404"], "headers": { "Host": "{{host}}" }, "timeout": "2s", "interval": "15s", "version": { "json": "$.build.image" } },
          "queries": [ { "name": "replicas", "query": "sum(kube_deployment_status_replicas_available{deployment=\"{{app}}\",cluster=\"{{colour}}\"})", "min": 1, "equal": true, "window": "5m" } ],
          "minHealthy": "75%",
          "release": { "url": "https://ci.example.com/deploy/{{app}}", "timeout": "10s", "interval": "30s", "deadline": "20m" }
        }
        """;

    [Fact]
    public void A_whole_preflight_is_read_and_written_back()
    {
        var read = Read(Whole);
        read.FindProblems().ShouldBeEmpty();
        read.FindUnknownField().ShouldBeNull();
        JsonSerializer.Serialize(read, DocumentJson.Options).ShouldBe(JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(Whole)).Replace("\\u0022", "\\\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"probe":{}}""", "/probe/url", "is missing")]
    [InlineData("""{"probe":{"blue":"http://a/"}}""", "/probe/url", "is missing")]
    [InlineData("""{"probe":{"url":"http://a/healthz"}}""", "/probe/url", "asks the same of both colours")]
    [InlineData("""{"probe":{"blue":"http://a/","green":"http://a/"}}""", "/probe/url", "asks the same of both colours")]
    [InlineData("""{"probe":{"url":"ftp://{{colour}}/"}}""", "/probe/url", "not an absolute http or https URL")]
    [InlineData("""{"probe":{"url":"/{{colour}}"}}""", "/probe/url", "not an absolute http or https URL")]
    [InlineData("""{"probe":{"url":"http://me@{{colour}}/"}}""", "/probe/url", "a URL with a user in it is not called")]
    [InlineData("""{"probe":{"url":"http://{{colour}}/a b"}}""", "/probe/url", "no spaces")]
    [InlineData("""{"probe":{"url":"http://{{colour}}/\r\nX: y"}}""", "/probe/url", "no spaces")]
    [InlineData("""{"probe":{"url":"http://{{colour}}\\@elsewhere/"}}""", "/probe/url", "no backslashes")]
    [InlineData("""{"probe":{"url":"http://{{color}}/"}}""", "/probe/url", "there is no placeholder {{color}}")]
    [InlineData("""{"probe":{"url":"http://{{colour/"}}""", "/probe/url", "stand only around a placeholder")]
    [InlineData("""{"probe":{"url":"http://{{colour}}/","status":[]}}""", "/probe/status", "1 to 16")]
    [InlineData("""{"probe":{"url":"http://{{colour}}/","timeout":"6s"}}""", "/probe/timeout", "100ms to 5s, not 6s")]
    [InlineData("""{"probe":{"url":"http://{{colour}}/","interval":"1h"}}""", "/probe/interval", "1s to 10m, not 1h")]
    [InlineData("""{"probe":{"url":"http://{{colour}}/","headers":{"X:Y":"1"}}}""", "/probe/headers/X:Y", "not the name of a header")]
    [InlineData("""{"probe":{"url":"http://{{colour}}/","headers":{"X-A":"1\r\nX-B: 2"}}}""", "/probe/headers/X-A", "printable ASCII")]
    [InlineData("""{"probe":{"url":"http://{{colour}}/","headers":{"X-A":null}}}""", "/probe/headers/X-A", "is null")]
    [InlineData("""{"probe":{"url":"http://{{colour}}/","headers":{"transfer-encoding":"chunked"}}}""", "/probe/headers/transfer-encoding", "belongs to the connection")]
    [InlineData("""{"probe":{"url":"http://{{colour}}/","headers":{"Authorization":"Bearer x"}}}""", "/probe/headers/Authorization", "would hold a secret")]
    [InlineData("""{"probe":{"url":"http://{{colour}}/","headers":{"Host":"a/b"}}}""", "/probe/headers/Host", "not the name of a host")]
    [InlineData("""{"probe":{"url":"http://{{colour}}/","headers":{"X-A":"1","x-a":"2"}}}""", "/probe/headers", "\"X-A\" is there twice")]
    [InlineData("""{"probe":{"url":"http://{{colour}}/","version":{}}}""", "/probe/version", "one of header and json")]
    [InlineData("""{"probe":{"url":"http://{{colour}}/","version":{"header":"a b"}}}""", "/probe/version/header", "not the name of a header")]
    [InlineData("""{"probe":{"url":"http://{{colour}}/","method":"head","version":{"json":"$.a"}}}""", "/probe/version/json", "HEAD has no body")]
    [InlineData("""{"queries":[{"name":"a","query":"up"}]}""", "/queries/0", "needs min, max or equal")]
    [InlineData("""{"queries":[{"name":"a","query":"up","equal":true}]}""", "/queries/0/equal", "asks the same of both colours")]
    [InlineData("""{"queries":[{"name":"a","query":"up(","min":1}]}""", "/queries/0/query", "ends before '('")]
    [InlineData("""{"queries":[{"name":"a","query":"up","min":1},{"name":"a","query":"up","min":1}]}""", "/queries/1/name", "two queries named")]
    [InlineData("""{"queries":[{"name":"a b","query":"up","min":1}]}""", "/queries/0/name", "a query's name is")]
    [InlineData("""{"queries":[{"name":"a","query":"up","min":2,"max":1}]}""", "/queries/0/min", "min is above max")]
    [InlineData("""{"queries":[{"name":"a","query":"up","min":1,"window":"2h"}]}""", "/queries/0/window", "1s to 1h, not 2h")]
    [InlineData("""{"release":{"url":"http://{{host}}/"}}""", "/release/url", "there is no placeholder {{host}}; there are {{app}} and {{colour}}")]
    [InlineData("""{"release":{"url":"http://ci/","deadline":"2d"}}""", "/release/deadline", "1s to 1d, not 2d")]
    [InlineData("""{"release":{"url":"http://ci/","timeout":"2m"}}""", "/release/timeout", "100ms to 1m, not 2m")]
    public void What_is_wrong_is_named_with_its_place(string json, string at, string detail)
    {
        var problem = Read(json).FindProblems("/preflight").ShouldHaveSingleItem();
        problem.Pointer.ShouldBe("/preflight" + at);
        problem.Detail.ShouldContain(detail);
    }

    [Theory]
    [InlineData("""{"probe":{"uri":"http://{{colour}}/"}}""", "/probe/uri")]
    [InlineData("""{"queries":[{"name":"a","query":"up","min":1,"mx":2}]}""", "/queries/0/mx")]
    [InlineData("""{"release":{"url":"http://ci/","secret":"x"}}""", "/release/secret")]
    [InlineData("""{"probe":{"url":"http://{{colour}}/","version":{"xpath":"/a"}}}""", "/probe/version/xpath")]
    public void A_member_that_nobody_knows_is_found(string json, string at) => Read(json).FindUnknownField().ShouldBe(at);

    [Theory]
    [InlineData("""{"probe":{"url":"http://{{colour}}/","status":["600"]}}""")]
    [InlineData("""{"probe":{"url":"http://{{colour}}/","status":["299-200"]}}""")]
    [InlineData("""{"probe":{"url":"http://{{colour}}/","status":["200-299-300"]}}""")]
    [InlineData("""{"probe":{"url":"http://{{colour}}/","version":{"json":"$"}}}""")]
    [InlineData("""{"probe":{"url":"http://{{colour}}/","version":{"json":"$..a"}}}""")]
    [InlineData("""{"probe":{"url":"http://{{colour}}/","version":{"json":"$.a[*]"}}}""")]
    [InlineData("""{"probe":{"url":"http://{{colour}}/","method":"post"}}""")]
    public void What_cannot_be_a_value_is_not_read(string json) => Should.Throw<JsonException>(() => Read(json));

    [Fact]
    public void An_application_says_its_own_member_by_member()
    {
        var (app, campaign) = (Read("""{"minHealthy":"100%","queries":[]}"""), Read(Whole));
        var both = Preflight.Of(app, campaign);
        both.MinHealthy.ShouldBe(Share.All);
        both.Queries.ShouldBeEmpty();
        both.Probe.ShouldBe(campaign.Probe);
        both.Release.ShouldBe(campaign.Release);
        Preflight.Of(null, null).ShouldBe(new Preflight());
    }

    [Fact]
    public void A_definition_names_the_place_in_its_preflight()
    {
        Some("shop.example.com", """{"probe":{"url":"http://{{colour}}/","timeout":"1h"}}""").FindProblem().ShouldBe("preflight/probe/timeout: 100ms to 5s, not 1h");
        Some("shop.example.com", Whole).FindProblem().ShouldBeNull();
        Some("shop.example.com", """{"probe":{"urls":""}}""").FindUnknownField().ShouldBe("/preflight/probe/urls");
    }

    [Fact]
    public void Places_are_filled_for_each_colour_and_a_missing_host_is_no_url()
    {
        ProbeTemplate.Resolve("http://{{ app }}.{{colour}}/{{host}}?x={{app}}", Some("shop.example.com", "{}"), Colour.Green).ShouldBe("http://shop.green/shop.example.com?x=shop");
        ProbeTemplate.Resolve("http://{{host}}/", Some(null, "{}"), Colour.Green).ShouldBeNull();
        (ProbeTemplate.NeedsHost("http://{{host}}/"), ProbeTemplate.NeedsHost("http://{{app}}/")).ShouldBe((true, false));
    }

    [Theory]
    [InlineData("$.build.image", "shop:1")]
    [InlineData("$['build']['image']", "shop:1")]
    [InlineData("$.images[1]", "b")]
    [InlineData("$.images[2]", null)]
    [InlineData("$.build", null)]
    [InlineData("$.build.none", null)]
    [InlineData("$.number", "17")]
    [InlineData("$.images.a", null)]
    public void A_path_names_one_value(string path, string? found)
    {
        using var json = JsonDocument.Parse("""{"build":{"image":"shop:1"},"images":["a","b"],"number":17}""");
        JsonPath.Parse(path).Find(json.RootElement).ShouldBe(found);
    }

    private static Preflight Read(string json) => JsonSerializer.Deserialize<Preflight>(json, DocumentJson.Options)!;

    private static AppDefinition Some(string? host, string preflight) => new()
    {
        Name = AppName.Parse("shop"),
        Hosts = host is null ? [] : [HostName.Parse(host)],
        Routing = new Routing { Backend = ProxyName.Parse("shop_back") },
        Preflight = Read(preflight),
    };
}
