using System.Globalization;
using System.Text;

namespace TrafficShifter.Server.Tests.Targets;

public sealed class BadTargetsTests : TargetsFixture
{
    public static TheoryData<string, int, string, string, string> Bodies => new()
    {
        { """{"users":{"a b":"green"}}""", 400, "malformed", "/users/a b", "character 2 is U+0020" },
        { """{"users":{"alice\nset server":"green"}}""", 400, "malformed", "/users", "character 6 is U+000A" },
        { """{"users":{"alice":"red"}}""", 400, "malformed", "/users/alice", "blue or green is needed" },
        { """{"users":{"alice":"green","alice":"blue"}}""", 400, "malformed", "/users/alice", "twice" },
        { """{"users":["alice"]}""", 400, "malformed", "/users", "wrong type" },
        { """{"optOut":["a|b"]}""", 400, "malformed", "/optOut/0", "character 2 is '|'" },
        { """{"optOut":["a","b","a"]}""", 422, "impossible", "/optOut/2", "\"a\" is there twice" },
        { """{"optOut":[null]}""", 400, "malformed", "/optOut", "null" },
        { """{"groups":[{"group":"staff"}]}""", 400, "malformed", "/groups/0/to", "is missing" },
        { """{"groups":[{"group":"st aff","to":"green"}]}""", 400, "malformed", "/groups/0/group", "character 3 is U+0020" },
        { """{"groups":[{"group":"staff","to":"green","by":"query"}]}""", 400, "malformed", "/groups/0/by", "" },
        { """{"groups":[{"group":"staff","to":"green","bye":"cookie"}]}""", 400, "malformed", "/groups/0/bye", "not a field of this request" },
        { """{"groups":[{"group":"staff","to":"green"},{"group":"staff","to":"blue"}]}""", 422, "impossible", "/groups/1", "\"staff\" is there twice" },
        { """{"groups":[{"group":"staff","to":"green"},{"group":"stuff","to":"green"}]}""", 422, "impossible", "/groups/1/group", "\"stuff\" is not one of the application's groups (staff, beta)" },
        { """{"networks":[{"network":"10.0.0.0/8","to":"green"},{"network":"10.1.0.0/16","to":"blue"}]}""", 422, "impossible", "/networks/1", "10.0.0.0/8 and 10.1.0.0/16 overlap" },
        { """{"networks":[{"network":"10.1.0.1/16","to":"green"}]}""", 400, "malformed", "/networks/0/network", "is written as 10.1.0.0/16" },
        { """{"networks":[{"network":"10.1.0.0","to":"green"}]}""", 400, "malformed", "/networks/0/network", "/32 or /128" },
        { """{"chunked":{"version":"x","count":1,"sha256":"","users":0}}""", 400, "malformed", "/chunked", "not a field of this request" },
        { "[]", 400, "malformed", "", "a JSON object is needed" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Bad_rules_are_refused_with_their_place_and_nothing_is_written(string body, int status, string type, string at, string says)
    {
        (await Server.PutAsync(Targets, body)).ShouldBeProblem(status, type, at, says);
        (await Server.Store.FindAsync("targets/shop", CancellationToken.None)).ShouldBeNull();
    }

    [Theory]
    [InlineData("/users/a%20b", "character 2 is U+0020")]
    [InlineData("/opt-outs/a%0Ab", "character 2 is U+000A")]
    [InlineData("/opt-outs/%23a", "does not begin with '#'")]
    public async Task A_user_that_is_none_is_refused(string path, string says) =>
        (await Server.PutAsync(Targets + path, """{"to":"green"}""")).ShouldBeProblem(400, "bad-name", null, says);

    [Fact]
    public async Task One_user_too_many_is_refused()
    {
        (await Server.PutAsync(Targets, Users(10_001))).ShouldBeProblem(422, "impossible", "/users", "at most 10000 with those opted out, not 10001");
        (await Server.PutAsync(Targets, Users(10_000))).ShouldBe(System.Net.HttpStatusCode.OK);
        (await Server.PutAsync(Targets + "/opt-outs/bob", "")).ShouldBeProblem(422, "impossible", "/users", "at most 10000");
        (await Server.PutAsync(Targets + "/opt-outs/user-00000", "")).ShouldBe(System.Net.HttpStatusCode.OK);
    }

    [Fact]
    public async Task One_user_too_many_of_all_applications_is_refused_by_a_count_that_is_taken_anew()
    {
        await RegisterAsync("other");
        // A counter that is too high: it is counted anew before anybody is refused.
        await Server.WriteAsync("claims/target-users", """{"schema":1,"users":100000}""");
        (await Server.PutAsync(Targets, Users(3))).ShouldBe(System.Net.HttpStatusCode.OK);
        (await Server.ReadAsync("claims/target-users"))["users"]!.GetValue<int>().ShouldBe(3);

        for (var i = 0; i < 10; i++)
            await Server.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"targets/big{i}"), """{"schema":1,"chunked":{"version":"x","count":1,"sha256":"","users":9999}}""");
        await Server.WriteAsync("claims/target-users", """{"schema":1,"users":99993}""");
        (await Server.PutAsync("/api/v1/apps/other/targets", Users(7))).ShouldBe(System.Net.HttpStatusCode.OK);
        (await Server.PutAsync(Targets + "/opt-outs/bob", "")).ShouldBeProblem(422, "impossible", "/users", "all applications together have at most 100000");
        (await Server.PutAsync(Targets, Users(2))).ShouldBe(System.Net.HttpStatusCode.OK);
        (await Server.PutAsync(Targets + "/opt-outs/bob", "")).ShouldBe(System.Net.HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused() =>
        (await Server.PutAsync(Targets, new StringBuilder().Append(' ', 4 * 1024 * 1024 + 1).ToString())).ShouldBeProblem(413, "too-large", null, "");

    [Fact]
    public async Task Groups_are_declared_once_and_for_map_routing_only()
    {
        (await Server.PutAsync("/api/v1/apps/new", Definition("new", "[\"a\",\"a\"]"))).ShouldBeProblem(422, "impossible", "/groups", "\"a\" is there twice");
        (await Server.PutAsync("/api/v1/apps/new", """{"groups":["a"],"routing":{"backend":"shop_back"}}""")).ShouldBeProblem(422, "impossible", "/groups", "only `map` routing");
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("PUT", "")]
    [InlineData("DELETE", "")]
    [InlineData("DELETE", "/users/alice")]
    [InlineData("PUT", "/opt-outs/alice")]
    public async Task An_application_that_is_unknown_has_no_rules(string method, string path) =>
        (await Server.SendAsync(HttpMethod.Parse(method), $"/api/v1/apps/nobody/targets{path}", method == "GET" ? null : "{}")).ShouldBeProblem(404, "not-found", null, "there is no application \"nobody\"");
}
