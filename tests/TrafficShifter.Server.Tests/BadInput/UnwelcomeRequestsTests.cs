using System.Net;
using System.Net.Http.Headers;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.BadInput;

public sealed class UnwelcomeRequestsTests(BadInputFixture fixture) : IClassFixture<BadInputFixture>
{
    private const string Weights = """{"blue":90,"green":10}""";

    [Theory]
    [InlineData(null, "admin.token in its data directory")]
    [InlineData("Bearer", "admin.token in its data directory")]
    [InlineData("Bearer ", "admin.token in its data directory")]
    [InlineData("Basic YWRtaW46YWRtaW4=", "admin.token in its data directory")]
    [InlineData("Bearer ts_0000000000000000000000000000000000000000000000000000000000000000", "not, or no longer, valid")]
    [InlineData("Bearer ' OR 1=1", "not, or no longer, valid")]
    [InlineData("ts_token", "admin.token in its data directory")]
    public async Task Without_a_valid_token_nothing_is_answered(string? authorization, string says)
    {
        foreach (var (method, path) in new[] { ("PUT", "/api/v1/apps/shop/weights"), ("POST", "/api/v1/rollback"), ("GET", "/api/v1/apps"), ("GET", "/metrics"), ("GET", "/openapi/v1.json") })
        {
            var answer = await fixture.RefusedAsync(_ => SendAsync(method, path, authorization));

            answer.ShouldBeProblem(401, "unauthenticated", null, says);
            answer.Headers["WWW-Authenticate"].ShouldBe("Bearer");
        }
    }

    [Fact]
    public async Task The_agents_key_is_no_token_for_the_api() =>
        (await fixture.RefusedAsync(_ => SendAsync("PUT", "/api/v1/apps/shop/weights", $"Bearer {RunningServer.AgentKey}"))).ShouldBeProblem(403, "forbidden", null, "does not permit this call");

    [Theory]
    [InlineData("bearer")]
    [InlineData("BEARER")]
    public async Task The_scheme_is_read_in_any_case(string scheme) =>
        (await SendAsync("GET", "/api/v1/apps", $"{scheme} {fixture.Server.Token}")).Status.ShouldBe(HttpStatusCode.OK);

    [Theory]
    [InlineData("attacker.example")]
    [InlineData("127.0.0.1.attacker.example")]
    [InlineData("169.254.169.254:80")]
    public async Task Under_a_name_that_is_not_its_own_the_server_answers_nothing(string host) =>
        (await fixture.RefusedAsync(HttpMethod.Get, "/api/v1/apps", null, ("Host", host))).ShouldBeProblem(400, "unknown-host", null, $"\"{host.Split(':')[0]}\"");

    [Theory]
    [InlineData("GET", "/api/v1/nothing", 404, "not-found", "there is no GET /api/v1/nothing")]
    [InlineData("GET", "/api/v2/apps", 404, "not-found", "there is no GET /api/v2/apps")]
    [InlineData("GET", "/nowhere", 404, "not-found", "/openapi/v1.json lists the calls")]
    [InlineData("PATCH", "/api/v1/apps/shop/weights", 405, "method-not-allowed", "PATCH is none of")]
    [InlineData("GET", "/api/v1/apps/shop/rollback", 405, "method-not-allowed", "POST")]
    [InlineData("DELETE", "/api/v1/apps/shop/weights", 405, "method-not-allowed", "GET")]
    [InlineData("DELETE", "/api/v1/nodes/nobody", 404, "not-found", "there is no node \"nobody\"")]
    [InlineData("DELETE", "/api/v1/nodes/no%3Bbody", 400, "bad-name", "character 3 is ';'")]
    [InlineData("DELETE", "/api/v1/nodes/..%2Fapps%2Fshop", 400, "bad-name", "character 1 is '.'")]
    [InlineData("GET", "/api/v1/history?limit=0", 400, "bad-query", "?limit= takes a number from 1 to 1000")]
    [InlineData("GET", "/api/v1/history?limit=many", 400, "bad-query", "?limit= takes a whole number")]
    [InlineData("GET", "/api/v1/history?app=Shop", 400, "bad-name", "character 1 is 'S'")]
    public async Task What_is_not_there_is_a_problem_of_ours(string method, string path, int status, string type, string says) =>
        (await fixture.RefusedAsync(HttpMethod.Parse(method), path)).ShouldBeProblem(status, type, null, says);

    [Theory]
    [InlineData("/api/v1/apps/shop/rollback", """{"to":"red"}""", "/to")]
    [InlineData("/api/v1/rollback", """{"to":7}""", "/to")]
    [InlineData("/api/v1/rollback", "[]", "")]
    [InlineData("/api/v1/apps/shop/unlock", """{"reason":7}""", "/reason")]
    public async Task An_emergency_that_cannot_be_read_changes_nothing(string path, string body, string at) =>
        (await fixture.RefusedAsync(HttpMethod.Post, path, body)).ShouldBeProblem(400, "malformed", at, "");

    [Fact]
    public async Task What_is_not_locked_cannot_be_unlocked() =>
        (await fixture.RefusedAsync(HttpMethod.Post, "/api/v1/apps/shop/unlock")).ShouldBeProblem(409, "conflict", null, "\"shop\" is not locked");

    private async Task<Answer> SendAsync(string method, string path, string? authorization)
    {
        using var client = new HttpClient { BaseAddress = fixture.Server.Address };
        using var request = new HttpRequestMessage(HttpMethod.Parse(method), path);
        if (method == "PUT") request.Content = new StringContent(Weights, new MediaTypeHeaderValue("application/json"));
        if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using var response = await client.SendAsync(request);
        return await Answer.ReadAsync(response);
    }
}
