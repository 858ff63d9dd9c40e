using System.Text;

namespace TrafficShifter.Server.Tests.BadInput;

public sealed class BadWeightsTests(BadInputFixture fixture) : IClassFixture<BadInputFixture>
{
    private const string Weights = "/api/v1/apps/shop/weights";

    public static TheoryData<string, int, string, string, string> Bodies => new()
    {
        { """{"blue":-1,"green":10}""", 422, "impossible", "/blue", "0 to 1000000, not -1" },
        { """{"blue":10,"green":-5}""", 422, "impossible", "/green", "0 to 1000000, not -5" },
        { """{"blue":0,"green":0}""", 422, "impossible", "", "somebody must serve the traffic" },
        { """{"blue":1000001,"green":0}""", 422, "impossible", "/blue", "0 to 1000000" },
        { """{"blue":3000000000,"green":0}""", 400, "malformed", "/blue", "a whole number is needed" },
        { """{"blue":1.5,"green":0}""", 400, "malformed", "/blue", "a whole number is needed" },
        { """{"blue":"90","green":10}""", 400, "malformed", "/blue", "a whole number is needed" },
        { """{"blue":null,"green":10}""", 400, "malformed", "/blue", "a whole number is needed" },
        { """{"blue":90}""", 400, "malformed", "/green", "is missing" },
        { """{"green":90}""", 400, "malformed", "/blue", "is missing" },
        { """{}""", 400, "malformed", "/blue", "is missing" },
        { """{"blue":90,"green":10,"yellow":5}""", 400, "malformed", "/yellow", "not a field of this request" },
        { """{"blue":90,"green":10,"Blue":5}""", 400, "malformed", "/Blue", "not a field of this request" },
        { """{"blue":90,"green":10,"a/b~c":5}""", 400, "malformed", "/a~1b~0c", "not a field of this request" },
        { """{"blue":90,"green":10,"blue":10}""", 400, "malformed", "/blue", "twice" },
        { """{"blue":90,"green":10,"force":"yes"}""", 400, "malformed", "/force", "wrong type" },
        { """{"blue":90,"green":10""", 400, "malformed", "/green", "not JSON, line 1, byte 22" },
        { "blue=90&green=10", 400, "malformed", "", "not JSON" },
        { """{"blue":090,"green":10}""", 400, "malformed", "/blue", "not JSON" },
        { "[90,10]", 400, "malformed", "", "a JSON object is needed" },
        { "90", 400, "malformed", "", "a JSON object is needed" },
        { "null", 400, "malformed", "", "a JSON object is needed" },
        { "", 400, "malformed", "", "a JSON object is needed" },
        { "  \n ", 400, "malformed", "", "a JSON object is needed" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_bad_body_is_refused_with_its_place(string body, int status, string type, string at, string says) =>
        (await fixture.RefusedAsync(HttpMethod.Put, Weights, body)).ShouldBeProblem(status, type, at, says);

    [Fact]
    public async Task A_reason_that_is_too_long_is_refused() =>
        (await fixture.RefusedAsync(HttpMethod.Put, Weights, $$"""{"blue":90,"green":10,"reason":"{{new string('x', 501)}}"}"""))
            .ShouldBeProblem(422, "impossible", "/reason", "at most 500 characters, this one has 501");

    [Theory]
    [InlineData(300)]
    [InlineData(600)]
    public async Task A_body_that_is_too_large_is_refused_and_is_the_last_of_its_connection(int kibibytes)
    {
        var answer = await fixture.RefusedAsync(HttpMethod.Put, Weights, $$"""{"blue":90,"green":10,"reason":"{{new string('x', kibibytes * 1024)}}"}""");

        answer.ShouldBeProblem(413, "too-large", null, "at most 256 KiB");
        answer.Headers["Connection"].ShouldBe("close");
    }

    [Fact]
    public async Task A_body_that_is_too_large_without_a_token_is_the_last_of_its_connection_too()
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(fixture.Server.Address, Weights)) { Content = new StringContent(new string('x', 600 * 1024)) };
        using var stranger = new HttpClient();
        using var response = await stranger.SendAsync(request);

        response.StatusCode.ShouldBe(System.Net.HttpStatusCode.Unauthorized);
        response.Headers.ConnectionClose.ShouldBe(true);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_also_when_it_does_not_say_how_long_it_is() =>
        (await fixture.RefusedAsync(async server =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, Weights) { Content = new StreamContent(new MemoryStream(Encoding.UTF8.GetBytes(new string(' ', 300 * 1024)))) };
            request.Headers.TransferEncodingChunked = true;
            using var response = await server.Http.SendAsync(request);
            return await Hosting.Answer.ReadAsync(response);
        })).ShouldBeProblem(413, "too-large", null, "at most 256 KiB");

    [Theory]
    [InlineData("wait=soon", "?wait= takes a duration up to 30s, like 5s")]
    [InlineData("wait=5", "?wait= takes a duration up to 30s, like 5s")]
    [InlineData("wait=-5s", "?wait= takes a duration up to 30s, like 5s")]
    [InlineData("wait=31s", "?wait= takes a duration up to 30s, like 5s")]
    [InlineData("wait=", "?wait= takes a duration up to 30s, like 5s")]
    [InlineData("dryRun=perhaps", "?dryRun= takes true or false")]
    public async Task A_query_parameter_that_cannot_be_read_is_refused(string query, string says) =>
        (await fixture.RefusedAsync(HttpMethod.Put, $"{Weights}?{query}", """{"blue":90,"green":10}""")).ShouldBeProblem(400, "bad-query", null, says);

    [Theory]
    [InlineData("\"999999\"", 412, "stale", "it is at")]
    [InlineData("\"0\"", 412, "stale", "it is at")]
    [InlineData("yesterday", 400, "bad-if-match", "like \"123\", or *")]
    [InlineData("\"-1\"", 400, "bad-if-match", "like \"123\", or *")]
    [InlineData("W/\"1\"", 400, "bad-if-match", "like \"123\", or *")]
    [InlineData("\"1\", \"2\"", 400, "bad-if-match", "like \"123\", or *")]
    public async Task A_version_that_is_not_the_current_one_is_refused(string ifMatch, int status, string type, string says)
    {
        var answer = await fixture.RefusedAsync(HttpMethod.Put, Weights, """{"blue":90,"green":10}""", ("If-Match", ifMatch));

        answer.ShouldBeProblem(status, type, null, says);
        if (status == 412) answer["current"]["blue"]!.GetValue<int>().ShouldBe(100);
    }

    [Fact]
    public async Task A_share_that_the_servers_cannot_make_is_refused_with_the_nearest_ones() =>
        (await fixture.RefusedAsync(HttpMethod.Put, Weights, """{"blue":9995,"green":5}""")).ShouldBeProblem(422, "impossible", "/green", "the nearest are 0% and 0.39%");

    [Fact]
    public async Task A_dry_run_is_refused_as_the_change_would_be() =>
        (await fixture.RefusedAsync(HttpMethod.Put, $"{Weights}?dryRun=true", """{"blue":9995,"green":5}""")).ShouldBeProblem(422, "impossible", "/green", "the nearest are");
}
