using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.BadInput;

public sealed class BadRolloutsTests(BadInputFixture fixture) : IClassFixture<BadInputFixture>
{
    public const string GoodRequest = """{"plan":{"steps":[{"share":"10%","hold":"10s"}],"checks":[{"name":"errors","query":"e","max":0.01,"window":"5s"}]}}""";
    private const string Rollouts = "/api/v1/apps/shop/rollouts";
    private const string Check = """{"name":"errors","query":"e","max":0.01,"window":"5s"}""";
    private const string Step = """{"share":"10%","hold":"10s"}""";

    public static TheoryData<string, string, string> Plans => new()
    {
        { $$"""{"steps":[],"checks":[{{Check}}]}""", "/plan/steps", "at least one step" },
        { $$"""{"checks":[{{Check}}]}""", "/plan/steps", "" },
        { $$"""{"steps":[{{Step}}],"judge":{"enabled":false} }""", "/plan/checks", "no check is enforced and there is no judge" },
        { $$"""{"steps":[{{Step}}],"checks":["errors"]}""", "/plan/checks/0", "there are error-ratio" },
        { $$"""{"steps":[{"share":"50%","hold":"10s"},{"share":"10%","hold":"10s"}],"checks":[{{Check}}]}""", "/plan/steps/1/share", "shares rise from step to step" },
        { $$"""{"steps":[{"share":"10%","hold":"10s"},{"share":"10%","hold":"10s"}],"checks":[{{Check}}]}""", "/plan/steps/1/share", "shares rise" },
        { $$"""{"steps":[{"share":"10%","hold":"3s"}],"checks":[{"name":"errors","query":"e","max":1,"window":"5s","interval":"1s"}]}""", "/plan/steps/0/hold", "shorter than the window of check \"errors\" (5s)" },
        { $$"""{"steps":[{"share":"0%","hold":"10s"}],"checks":[{{Check}}]}""", "/plan/steps/0/share", "moves nothing" },
        { $$"""{"steps":[{"share":"101%","hold":"10s"}],"checks":[{{Check}}]}""", "/plan/steps/0/share", "is not a share" },
        { $$"""{"steps":[{"share":10,"hold":"10s"}],"checks":[{{Check}}]}""", "/plan/steps/0/share", "a text" },
        { $$"""{"steps":[{"share":"10%","hold":"soon"}],"checks":[{{Check}}]}""", "/plan/steps/0/hold", "like \"30s\"" },
        { $$"""{"steps":[{"share":"10%","hold":10}],"checks":[{{Check}}]}""", "/plan/steps/0/hold", "like \"30s\"" },
        { $$"""{"steps":[{"share":"10%"}],"checks":[{{Check}}]}""", "/plan/steps/0/hold", "" },
        { $$"""{"steps":[{"share":"10%","hold":"10s","gate":{"approvers":[]} }],"checks":[{{Check}}]}""", "/plan/steps/0/gate/approvers", "would never open" },
        { $$"""{"steps":[{{Step}}],"checks":[{{Check}}],"judge":{"alpha":2} }""", "/plan/judge/alpha", "2 is not above 0" },
        { $$"""{"steps":[{{Step}}],"checks":[{{Check}}],"schema":2}""", "/plan/schema", "reads schema 1, not 2" },
        { $$"""{"steps":[{{Step}}],"checks":[{{Check}}],"name":"my plan"}""", "/plan/name", "a plan's name" },
        { $$"""{"steps":[{{Step}}],"checks":[{{Check}},{{Check}}]}""", "/plan/checks/1/name", "two checks named \"errors\"" },
        { $$"""{"steps":[{{Step}}],"checks":[{"name":"errors","query":"rate(e[{{"{{windo}}"}}])","max":1,"window":"5s"}]}""", "/plan/checks/0/query", "there is no placeholder {{windo}}" },
        { $$"""{"steps":[{{Step}}],"checks":[{"name":"errors","query":"sum(rate(x[5s])","max":1,"window":"5s"}]}""", "/plan/checks/0/query", "before '(' is closed" },
        { $$"""{"steps":[{{Step}}],"checks":[{"name":"errors","query":"","max":1,"window":"5s"}]}""", "/plan/checks/0/query", "the query is empty" },
        { $$"""{"steps":[{{Step}}],"checks":[{"name":"errors","query":"e","window":"5s"}]}""", "/plan/checks/0", "needs max, min or both" },
        { $$"""{"steps":[{{Step}}],"checks":[{"name":"errors","query":"e","max":"1","window":"5s"}]}""", "/plan/checks/0/max", "a number" },
        { $$"""{"steps":[{{Step}}],"checks":[{"name":"errors","query":"e","max":1,"minRequests":0,"window":"5s"}]}""", "/plan/checks/0/minRequests", "1 or more" },
        { $$"""{"steps":[{{Step}}],"checks":[{"name":"errors","query":"e","max":1,"noData":"pass","window":"5s"}]}""", "/plan/checks", "could end without evidence" },
        { $$"""{"steps":[{"linear":{"by":"0.05%","to":"0.1%"},"hold":"10s"}],"checks":[{{Check}}]}""", "/plan/steps/0/share", "on node hap1: green 0.05% cannot be made" },
        { $$"""{"steps":[{{Step}}],"checks":[{"name":"errors","query":"e","max":1,"window":"5s","mode":"warn"}]}""", "/plan/checks/0/mode", "" },
        { $$"""{"steps":[{{Step}}],"checks":[{{Check}}],"deadline":"5s"}""", "/plan/deadline", "shorter than all steps together" },
        { $$"""{"steps":[{{Step}}],"checks":[{{Check}}],"onDeadline":"explode"}""", "/plan/onDeadline", "" },
        { $$"""{"steps":[{"share":"0.05%","hold":"10s"}],"checks":[{{Check}}]}""", "/plan/steps/0/share", "on node hap1: green 0.05% cannot be made" },
        { $$"""{"steps":[{{Step}}],"checks":[{"name":"errors","query":"broken","max":1,"window":"5s"}]}""", "/plan/checks/0/query", "was refused: cannot parse" },
        { $$"""{"steps":[{{Step}}],"checks":[{"name":"errors","query":"several","max":1,"window":"5s"}]}""", "/plan/checks/0/query", "returned 3 series, not one: aggregate it" },
        { "\"nobody\"", "/plan", "there is no plan \"nobody\"; there are careful, standard, fast" },
        { "\"../apps/shop\"", "/plan", "there is no plan" },
        { "null", "/plan", "a plan or the name of one is needed" },
        { "5", "/plan", "expected an object" },
        { "[]", "/plan", "expected an object" },
    };

    [Theory]
    [MemberData(nameof(Plans))]
    public async Task A_bad_plan_is_refused_with_its_place(string plan, string at, string says)
    {
        fixture.Server.Metrics.Set("broken", new QueryAnswer.Refused("cannot parse query"));
        fixture.Server.Metrics.Set("several", new QueryAnswer.SeveralSeries(3));

        (await fixture.RefusedAsync(HttpMethod.Post, Rollouts, $$"""{"plan":{{plan}}}""")).ShouldBeProblem(422, "impossible", at, says);
        (await fixture.RefusedAsync(HttpMethod.Post, Rollouts + "?dryRun=true", $$"""{"plan":{{plan}}}""")).ShouldBeProblem(422, "impossible", at, says);
    }

    [Theory]
    [InlineData("""{"plan":{},"id":"mine"}""", "/id", "not a field of this request")]
    [InlineData("""{"plan":{"steps":[],"steps":[]}}""", "/plan/steps", "twice")]
    [InlineData("""{"plan":{""", "/plan", "not JSON")]
    [InlineData("", "", "a JSON object is needed")]
    public async Task A_bad_request_is_refused_with_its_place(string body, string at, string says) =>
        (await fixture.RefusedAsync(HttpMethod.Post, Rollouts, body)).ShouldBeProblem(400, "malformed", at, says);

    [Fact]
    public async Task A_reason_that_is_too_long_is_refused() =>
        (await fixture.RefusedAsync(HttpMethod.Post, Rollouts, GoodRequest[..^1] + $",\"reason\":\"{new string('x', 501)}\"}}")).ShouldBeProblem(422, "impossible", "/reason", "at most 500");

    [Theory]
    [InlineData("GET", "nonsense", 400, "bad-name", "is not a rollout's id like")]
    [InlineData("POST", "nonsense/pause", 400, "bad-name", "is not a rollout's id like")]
    [InlineData("GET", "shop-01jd2x3y4z5a6b7c8d9e0f1g2h", 404, "not-found", "there is no rollout \"shop-01jd2x3y4z5a6b7c8d9e0f1g2h\"")]
    [InlineData("GET", "shop-01jd2x3y4z5a6b7c8d9e0f1g2h/measurements", 404, "not-found", "there is no rollout")]
    [InlineData("POST", "shop-01jd2x3y4z5a6b7c8d9e0f1g2h/resume", 404, "not-found", "there is no rollout")]
    [InlineData("POST", "shop-01jd2x3y4z5a6b7c8d9e0f1g2h/explode", 404, "not-found", "")]
    public async Task A_rollout_that_is_none_is_refused(string method, string path, int status, string type, string says) =>
        (await fixture.RefusedAsync(HttpMethod.Parse(method), $"/api/v1/rollouts/{path}")).ShouldBeProblem(status, type, null, says);

    [Fact]
    public async Task A_locked_application_starts_no_rollout()
    {
        await using var server = await RunningServer.StartNewAsync();
        await server.RegisterShopAsync();
        (await server.PostAsync("/api/v1/apps/shop/rollback")).ShouldBe(System.Net.HttpStatusCode.OK);

        (await server.PostAsync(Rollouts, GoodRequest)).ShouldBeProblem(409, "locked", null, "locked to blue by admin (emergency rollback); POST /api/v1/apps/shop/unlock first");
    }

    [Fact]
    public async Task A_second_rollout_is_refused_with_the_running_one()
    {
        await using var server = await RunningServer.StartNewAsync();
        await server.RegisterShopAsync();
        var running = (await server.PostAsync(Rollouts, GoodRequest)).ShouldBe(System.Net.HttpStatusCode.Created)["id"].GetValue<string>();

        var answer = await server.PostAsync(Rollouts, GoodRequest);

        answer.ShouldBeProblem(409, "conflict", null, $"rollout {running} is running; abort it first");
        answer["current"].GetValue<string>().ShouldBe(running);
    }

    [Fact]
    public async Task Weights_that_are_not_all_on_the_stable_colour_start_no_rollout()
    {
        await using var server = await RunningServer.StartNewAsync();
        await server.RegisterShopAsync();
        (await server.PutAsync("/api/v1/apps/shop/weights", """{"blue":90,"green":10}""")).ShouldBe(System.Net.HttpStatusCode.OK);

        (await server.PostAsync(Rollouts, GoodRequest)).ShouldBeProblem(409, "conflict", null, "all traffic on the stable colour (blue); the weights are blue 90% / green 10%. PUT /api/v1/apps/shop/weights first");
    }
}
