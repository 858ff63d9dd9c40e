using System.Net.Sockets;
using System.Text;

namespace TrafficShifter.Server.Tests.BadInput;

public sealed class BadAppsTests(BadInputFixture fixture) : IClassFixture<BadInputFixture>
{
    private const string Good = """{"routing":{"backend":"shop_back"}}""";

    public static TheoryData<string, string> Names => new()
    {
        { "Shop", "character 1 is 'S'" },
        { "sho%20p", "character 4 is U+0020" },
        { "shop%0A", "character 5 is U+000A" },
        { "shop%0D%0Ax", "character 5 is U+000D" },
        { "shop;x", "character 5 is ';'" },
        { "shop%3Bx", "character 5 is ';'" },
        { "shop%2Fx", "character 5 is '%'" },
        { "shop%5Cx", "character 5 is '\\'" },
        { "shop..x", "character 5 is '.'" },
        { "shop_x", "character 5 is '_'" },
        { "-shop", "character 1 is '-'" },
        { "shop-", "character 5 is '-'" },
        { "caf%C3%A9", "character 4 is U+00E9" },
        { "%E5%BA%97", "character 1 is U+5E97" },
        { "%F0%9F%98%80", "character 1 is U+D83D" },
        { "shop%C2%A0x", "character 5 is U+00A0" },
        { "%D1%88op", "character 1 is U+0448" },
        { "shop%7F", "character 5 is U+007F" },
        { new string('a', 64), "at most 63 characters, this one has 64" },
        { new string('a', 300), "at most 63 characters, this one has 300" },
    };

    public static TheoryData<string, string> Calls => new()
    {
        { "GET", "" }, { "PUT", "" }, { "DELETE", "" }, { "GET", "/weights" }, { "PUT", "/weights" }, { "GET", "/status" },
        { "POST", "/rollback" }, { "POST", "/unlock" }, { "GET", "/rollouts" }, { "POST", "/rollouts" },
    };

    public static TheoryData<string, int, string, string, string> Definitions => new()
    {
        { """{"name":"other","routing":{"backend":"shop_back"}}""", 400, "malformed", "/name", "the path names \"new\", the body names \"other\"" },
        { """{"name":7,"routing":{"backend":"shop_back"}}""", 400, "malformed", "/name", "the body names 7" },
        { """{}""", 400, "malformed", "/routing", "is missing" },
        { """{"routing":{}}""", 422, "impossible", "/routing/backend", "needs the backend" },
        { """{"routing":null}""", 400, "malformed", "/routing", "" },
        { """{"routing":"shop_back"}""", 400, "malformed", "/routing", "wrong type" },
        { """{"routing":{"backend":"shop_back"},"colour":"red"}""", 400, "malformed", "/colour", "not a field of this request" },
        { """{"routing":{"backend":"shop_back","red":{"prefix":"red"}}}""", 400, "malformed", "/routing/red", "not a field of this request" },
        { """{"routing":{"backend":"shop_back","blue":{"prefx":"b"}}}""", 400, "malformed", "/routing/blue/prefx", "not a field of this request" },
        { """{"routing":{"backend":"shop_back","kind":"maps"}}""", 400, "malformed", "/routing/kind", "wrong type" },
        { """{"routing":{"backend":"shop_back","kind":"map"}}""", 422, "impossible", "/routing/backend", "belongs to `weights` routing, and the kind is `map`" },
        { """{"routing":{"kind":"map"}}""", 422, "impossible", "/routing/pool", "`map` routing needs the pool" },
        { """{"routing":{"kind":"map","pool":"web"}}""", 422, "impossible", "/routing/pool", "no node has backends \"web_blue\" and \"web_green\"" },
        { """{"routing":{"backend":"shop_back","mode":"random"}}""", 422, "impossible", "/routing/mode", "belongs to `map` routing" },
        { """{"routing":{"backend":"shop_back"},"hosts":["Shop.example"]}""", 400, "malformed", "/hosts/0", "lower case" },
        { """{"routing":{"backend":"shop_back"},"hosts":["shop.example:80"]}""", 400, "malformed", "/hosts/0", "without a port" },
        { """{"routing":{"backend":"shop_back"},"hosts":["a","b","a"]}""", 422, "impossible", "/hosts", "\"a\" is there twice" },
        { """{"routing":{"backend":"shop_back","onPersistence":"ignore"}}""", 400, "malformed", "/routing/onPersistence", "wrong type" },
        { """{"routing":{"backend":"shop back"}}""", 400, "malformed", "/routing/backend", "character 5 is U+0020" },
        { """{"routing":{"backend":"shop_back;set server"}}""", 400, "malformed", "/routing/backend", "character 10 is ';'" },
        { """{"routing":{"backend":"shop/back"}}""", 400, "malformed", "/routing/backend", "character 5 is '/'" },
        { """{"routing":{"backend":"shop\u0000"}}""", 400, "malformed", "/routing/backend", "character 5 is U+0000" },
        { """{"routing":{"backend":"shop\n"}}""", 400, "malformed", "/routing/backend", "character 5 is U+000A" },
        { """{"routing":{"backend":""}}""", 400, "malformed", "/routing/backend", "not empty" },
        { """{"routing":{"backend":"elsewhere"}}""", 422, "impossible", "/routing/backend", "no node has a backend \"elsewhere\": hap1 were asked; add it to haproxy.cfg" },
        { """{"routing":{"backend":"shop_back","green":{"prefix":"emerald"}}}""", 422, "impossible", "/routing/green", "has no server that is green (emerald*); it has blue1, green1" },
        { """{"routing":{"backend":"shop_back","blue":{"servers":["nobody"]}}}""", 422, "impossible", "/routing/blue", "has no server that is blue (nobody); it has blue1, green1" },
        { """{"routing":{"backend":"shop_back","blue":{"servers":["blue1","ghost"]}}}""", 422, "impossible", "/routing/blue/servers", "has no server \"ghost\"" },
        { """{"routing":{"backend":"shop_back","blue":{}}}""", 422, "impossible", "/routing/blue", "needs a prefix or a list of servers" },
        { """{"routing":{"backend":"shop_back","blue":{"prefix":"b","servers":["blue1"]}}}""", 422, "impossible", "/routing/blue", "both a prefix and a list" },
        { """{"routing":{"backend":"shop_back","blue":{"servers":[]}}}""", 422, "impossible", "/routing/blue/servers", "the list is empty" },
        { """{"routing":{"backend":"shop_back","blue":{"prefix":"bl ue"}}}""", 422, "impossible", "/routing/blue/prefix", "character 3 is U+0020" },
        { """{"routing":{"backend":"shop_back","blue":{"prefix":"g"}}}""", 422, "impossible", "/routing", "overlap" },
        { """{"routing":{"backend":"shop_back","blue":{"servers":["green1"]}}}""", 422, "impossible", "/routing", "server \"green1\" belongs to both" },
        { """{"routing":{"backend":"shop_back"},"owners":[""]}""", 422, "impossible", "/owners", "1 to 100 characters" },
        { """{"routing":{"backend":"shop_back"},"hosts":"shop.example"}""", 400, "malformed", "/hosts", "wrong type" },
        { """{"routing":{"backend":"shop_back"},"hosts":[null]}""", 400, "malformed", "/hosts", "one of the list is null" },
        { """{"routing":{"backend":"shop_back","blue":{"servers":["blue1",null]}}}""", 400, "malformed", "/routing/blue/servers", "one of the list is null" },
        { """{"routing":{"backend":"shop_back"},"hosts":[""]}""", 400, "malformed", "/hosts/0", "a host is not empty" },
        { """{"routing":{"backend":"shop_back"},"schema":2}""", 422, "impossible", "/schema", "this version writes schema 1, not 2" },
        { """{"routing":{"backend":"shop_back"},"schema":0}""", 422, "impossible", "/schema", "this version writes schema 1, not 0" },
        { """{"routing":{"backend":"shop_back"},"deleted":true}""", 422, "impossible", "/deleted", "DELETE" },
        { """{"routing":{"backend":"shop_back"},"deletedAt":"2026-01-01T00:00:00Z"}""", 422, "impossible", "/deleted", "DELETE" },
        { """{"routing":{"backend":"shop_back"},"routing":{"backend":"x"}}""", 400, "malformed", "/routing", "twice" },
        { """{"routing":{"backend":"shop_back"},"owners":["\ud800"]}""", 400, "malformed", "", "half of a surrogate pair" },
        { """["shop_back"]""", 400, "malformed", "", "a JSON object is needed" },
        { "", 400, "malformed", "", "a JSON object is needed" },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_name_that_is_no_name_is_refused_with_the_character(string encoded, string says) =>
        (await fixture.RefusedAsync(HttpMethod.Put, $"/api/v1/apps/{encoded}", Good)).ShouldBeProblem(400, "bad-name", null, says);

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Every_call_refuses_a_bad_name(string method, string path) =>
        (await fixture.RefusedAsync(HttpMethod.Parse(method), $"/api/v1/apps/Sh%3Bop{path}", method == "GET" ? null : "{}")).ShouldBeProblem(400, "bad-name", null, "character 1 is 'S'");

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Every_call_says_that_an_application_is_unknown_and_how_to_register_it(string method, string path)
    {
        if (method == "PUT" && path.Length == 0) return;
        var body = path switch { "/weights" when method == "PUT" => """{"blue":1,"green":1}""", "/rollouts" when method == "POST" => BadRolloutsTests.GoodRequest, _ => null };
        (await fixture.RefusedAsync(HttpMethod.Parse(method), $"/api/v1/apps/nobody{path}", body))
            .ShouldBeProblem(404, "not-found", null, "there is no application \"nobody\"; PUT /api/v1/apps/nobody registers it");
    }

    [Theory]
    [MemberData(nameof(Definitions))]
    public async Task A_bad_definition_is_refused_with_its_place(string body, int status, string type, string at, string says) =>
        (await fixture.RefusedAsync(HttpMethod.Put, "/api/v1/apps/new", body)).ShouldBeProblem(status, type, at, says);

    [Fact]
    public async Task A_colour_that_is_none_is_refused() =>
        (await fixture.RefusedAsync(HttpMethod.Put, "/api/v1/apps/new?stable=red", Good)).ShouldBeProblem(400, "bad-query", null, "?stable= takes blue or green");

    [Theory]
    [InlineData("\"999999\"", 412, "stale")]
    [InlineData("soon", 400, "bad-if-match")]
    public async Task A_version_that_is_not_the_current_one_is_refused(string ifMatch, int status, string type) =>
        (await fixture.RefusedAsync(HttpMethod.Put, "/api/v1/apps/shop", Good, ("If-Match", ifMatch))).ShouldBeProblem(status, type, null, "If-Match");

    /// <remarks>No client library sends these: they reach the server as they are written here.</remarks>
    [Theory]
    [InlineData("/api/v1/apps/../weights", "404")]
    [InlineData("/api/v1/apps/%2e%2e/weights", "404")]
    [InlineData("/api/v1/apps/..%2f..%2fcontrol", "400")]
    [InlineData("/api/v1/apps/shop%00", "400")]
    public async Task A_path_that_would_leave_its_place_is_refused(string path, string status)
    {
        var before = await fixture.ListAsync();
        var request = $"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {fixture.Server.Token}\r\nContent-Length: {Good.Length}\r\nConnection: close\r\n\r\n{Good}";
        using var client = new TcpClient();
        await client.ConnectAsync(fixture.Server.Address.Host, fixture.Server.Address.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(client.GetStream());

        (await reader.ReadLineAsync())!.Split(' ')[1].ShouldBe(status);
        (await fixture.ListAsync()).ShouldBe(before);
    }
}
