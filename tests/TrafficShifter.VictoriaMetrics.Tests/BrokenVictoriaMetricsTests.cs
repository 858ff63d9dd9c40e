using System.Globalization;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.VictoriaMetrics.Tests;

/// <summary>Replies that a healthy VictoriaMetrics never gives.</summary>
public sealed class BrokenVictoriaMetricsTests
{
    private const string One = """{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1795262984.936,"0.5"]}]}}""";

    [Fact]
    public async Task A_query_goes_out_without_cache_and_with_a_time_in_milliseconds()
    {
        await using var stub = StubServer.Answering(200, One);
        using var client = new VictoriaMetricsClient(new VictoriaMetricsOptions { Address = new Uri(stub.Address, "select/0/prometheus/"), BearerToken = "secret" }, TimeProvider.System);
        var reply = await client.QueryAsync("sum(a{b=\"c\"})", DateTimeOffset.FromUnixTimeMilliseconds(1795262984005), default);
        var sample = reply.ShouldBeOfType<InstantQueryReply.Vector>().Samples.ShouldHaveSingleItem();
        sample.ShouldBe(new VectorSample(DateTimeOffset.FromUnixTimeMilliseconds(1795262984936), 0.5));
        stub.Request.ShouldNotBeNull().ShouldStartWith("POST /select/0/prometheus/api/v1/query HTTP/1.1\r\n");
        stub.Request.ShouldContain("Authorization: Bearer secret\r\n");
        stub.Request.ShouldEndWith("\r\n\r\nquery=sum%28a%7Bb%3D%22c%22%7D%29&time=1795262984.005&nocache=1");
    }

    [Fact]
    public async Task A_server_that_hangs_is_given_up_after_the_timeout()
    {
        await using var stub = StubServer.Hanging();
        (await FailAsync(stub.Address, TimeSpan.FromMilliseconds(200))).ShouldBe($"{NameOf(stub)} could not be asked \"up\": no answer within 0.2 s");
    }

    [Fact]
    public async Task A_server_that_hangs_in_the_middle_of_its_reply_is_given_up_too()
    {
        await using var stub = StubServer.HangingAfter("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"status\":");
        (await FailAsync(stub.Address, TimeSpan.FromMilliseconds(200))).ShouldBe($"{NameOf(stub)} could not be asked \"up\": no answer within 0.2 s");
    }

    [Fact]
    public async Task Half_a_reply_is_no_answer()
    {
        await using var stub = StubServer.Saying("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"status\":");
        (await FailAsync(stub.Address)).ShouldStartWith($"{NameOf(stub)} could not be asked \"up\": the reply broke off: ");
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\n")]
    [InlineData("no HTTP at all\r\n\r\n")]
    public async Task A_reply_without_a_head_is_a_server_that_is_away(string reply)
    {
        await using var stub = StubServer.Saying(reply);
        (await FailAsync(stub.Address)).ShouldStartWith($"{NameOf(stub)} could not be asked \"up\": ");
    }

    [Theory]
    [InlineData(200, "")]
    [InlineData(200, "<html>welcome</html>")]
    [InlineData(200, "[]")]
    [InlineData(200, """{"status":"success"}""")]
    [InlineData(200, """{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1795262984]}]}}""")]
    [InlineData(200, """{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1795262984,"half"]}]}}""")]
    [InlineData(200, """{"status":"error","error":"odd"}""")]
    [InlineData(200, """{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1e18,"0.5"]}]}}""")]
    [InlineData(200, """{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[-1e999,"0.5"]}]}}""")]
    [InlineData(200, """{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1795262984,"\ud800"]}]}}""")]
    [InlineData(200, """{"status":"\udc00"}""")]
    [InlineData(200, """{"status":"success","isPartial":true,"data":{"resultType":"vector","result":[{"metric":{},"value":[1795262984.936,"0.5"]}]}}""")]
    public async Task What_is_no_answer_is_quoted(int status, string body)
    {
        await using var stub = StubServer.Answering(status, body);
        (await FailAsync(stub.Address)).ShouldBe($"{NameOf(stub)} could not be asked \"up\": the reply is no answer to a query: {body}");
    }

    [Theory]
    [InlineData("""{"a":"1","a":"2"}""")]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"\ud800":"a"}""")]
    public async Task Labels_that_are_none_are_no_answer(string labels)
    {
        var body = $$$"""{"status":"success","data":{"resultType":"vector","result":[{"metric":{{{labels}}},"value":[1795262984,"7"]}]}}""";
        await using var stub = StubServer.Answering(200, body);
        using var client = new VictoriaMetricsClient(new VictoriaMetricsOptions { Address = stub.Address }, TimeProvider.System);

        var failed = await Should.ThrowAsync<MetricSourceUnavailableException>(() => client.QuerySeriesAsync("up", DateTimeOffset.UnixEpoch, default));

        failed.Message.ShouldContain("the reply is no answer to a query: ");
    }

    [Theory]
    [InlineData(302, "moved")]
    [InlineData(401, "no token")]
    [InlineData(404, "unsupported path")]
    [InlineData(400, "not even JSON")]
    [InlineData(429, """{"status":"error","error":"too many queries"}""")]
    [InlineData(503, "starting")]
    public async Task Another_status_is_a_server_that_is_away(int status, string body)
    {
        await using var stub = StubServer.Answering(status, body);
        (await FailAsync(stub.Address)).ShouldBe($"{NameOf(stub)} could not be asked \"up\": status {status.ToString(CultureInfo.InvariantCulture)}: {body}");
    }

    [Fact]
    public async Task A_value_that_is_no_number_is_no_data()
    {
        await using var stub = StubServer.Answering(200, One.Replace("0.5", "NaN", StringComparison.Ordinal));
        using var client = Client(stub.Address);
        (await new VictoriaMetricsSource(client, TimeProvider.System).QueryAsync("up", default)).ShouldBe(new QueryAnswer.NoData());
    }

    [Fact]
    public async Task A_refused_query_carries_the_servers_words()
    {
        await using var stub = StubServer.Answering(422, """{"status":"error","errorType":"422","error":"too many points"}""");
        using var client = Client(stub.Address);
        (await new VictoriaMetricsSource(client, TimeProvider.System).QueryAsync("up", default)).ShouldBe(new QueryAnswer.Refused("too many points"));
    }

    [Fact]
    public async Task A_clock_that_is_off_is_told_as_it_is()
    {
        await using var stub = StubServer.Answering(200, One.Replace("0.5", "1000000000.25", StringComparison.Ordinal));
        using var client = Client(stub.Address);
        var told = await new VictoriaMetricsSource(client, TimeProvider.System).GetTimeAsync(default);
        told.ShouldBeInRange(DateTimeOffset.FromUnixTimeMilliseconds(1_000_000_000_250), DateTimeOffset.FromUnixTimeSeconds(1_000_000_030));
    }

    [Fact]
    public async Task A_clock_that_tells_no_time_is_no_clock()
    {
        await using var stub = StubServer.Answering(200, """{"status":"success","data":{"resultType":"vector","result":[]}}""");
        using var client = Client(stub.Address);
        var source = new VictoriaMetricsSource(client, TimeProvider.System);
        (await Should.ThrowAsync<MetricSourceUnavailableException>(() => source.GetTimeAsync(default))).Message.ShouldStartWith($"{NameOf(stub)} answered \"now()\" with ");
    }

    private static string NameOf(StubServer stub) => $"VictoriaMetrics {stub.Address.ToString().TrimEnd('/')}";

    private static VictoriaMetricsClient Client(Uri address, TimeSpan? timeout = null) =>
        new(new VictoriaMetricsOptions { Address = address, Timeout = timeout ?? TimeSpan.FromSeconds(30) }, TimeProvider.System);

    private static async Task<string> FailAsync(Uri address, TimeSpan? timeout = null)
    {
        using var client = Client(address, timeout);
        return (await Should.ThrowAsync<MetricSourceUnavailableException>(() => new VictoriaMetricsSource(client, TimeProvider.System).QueryAsync("up", default))).Message;
    }
}
