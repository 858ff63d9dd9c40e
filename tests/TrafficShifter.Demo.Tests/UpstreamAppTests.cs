using System.Net;
using System.Text;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Upstream;

namespace TrafficShifter.Demo.Tests;

public sealed class UpstreamAppTests : IAsyncLifetime
{
    private static readonly HttpClient Http = new();
    private UpstreamApp _upstream = null!;

    public async Task InitializeAsync() => _upstream = await UpstreamApp.StartAsync(UpstreamPorts.Free(blue: 3, green: 2));

    public async Task DisposeAsync() => await _upstream.DisposeAsync();

    [Fact]
    public async Task Every_answer_names_its_colour_and_server()
    {
        var seen = new List<string>();
        foreach (var colour in new[] { Colour.Blue, Colour.Green })
        foreach (var port in _upstream.PortsOf(colour))
        {
            using var answer = await GetAsync(port);
            seen.Add($"{answer.Headers.GetValues("X-Colour").Single()} {answer.Headers.GetValues("X-Server").Single()}");
        }

        seen.ShouldBe(["blue blue1", "blue blue2", "blue blue3", "green green1", "green green2"]);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.003, 3)]
    [InlineData(0.3, 300)]
    [InlineData(1, 1000)]
    public async Task The_error_ratio_is_exact_over_all_servers_of_the_colour(double ratio, int failures)
    {
        await _upstream.SetAsync(Colour.Green, new ColourBehaviour { ErrorRatio = ratio });

        var ports = _upstream.PortsOf(Colour.Green);
        var statuses = await Task.WhenAll(Enumerable.Range(0, 1000).Select(async i =>
        {
            using var answer = await GetAsync(ports[i % ports.Count]);
            return answer.StatusCode;
        }));

        statuses.Count(s => s == HttpStatusCode.InternalServerError).ShouldBe(failures);
        statuses.Count(s => s == HttpStatusCode.OK).ShouldBe(1000 - failures);
        _upstream.Report(Colour.Green).ShouldBe(new ColourReport(ratio, TimeSpan.Zero, false, 1000, failures));
        _upstream.Report(Colour.Blue).Requests.ShouldBe(0);
    }

    [Fact]
    public void Errors_are_spread_evenly_not_in_bursts()
    {
        var diffusion = new ErrorDiffusion();

        var gaps = new List<int>();
        for (int i = 0, last = -1; i < 10_000; i++)
        {
            if (!diffusion.NextIsError(0.3)) continue;
            if (last >= 0) gaps.Add(i - last);
            last = i;
        }

        gaps.Distinct().Order().ShouldBe([3, 4]);
    }

    [Fact]
    public async Task Health_stays_200_while_every_answer_fails()
    {
        await _upstream.SetAsync(Colour.Green, new ColourBehaviour { ErrorRatio = 1 });

        using var health = await GetAsync(_upstream.PortsOf(Colour.Green)[0], "health");

        health.StatusCode.ShouldBe(HttpStatusCode.OK);
        _upstream.Report(Colour.Green).Requests.ShouldBe(0);
    }

    [Fact]
    public async Task Latency_holds_back_the_answers_of_its_colour_alone()
    {
        await _upstream.SetAsync(Colour.Green, new ColourBehaviour { Latency = ColourBehaviour.MaxLatency });
        var green = _upstream.PortsOf(Colour.Green)[0];
        using var impatience = new CancellationTokenSource();

        var held = Http.GetAsync(new Uri($"http://127.0.0.1:{green}/"), impatience.Token);
        await Eventually.ItIsTrueThatAsync("the held request has arrived", () => Task.FromResult(_upstream.Report(Colour.Green).Requests), requests => requests == 1);
        using (var health = await GetAsync(green, "health")) health.StatusCode.ShouldBe(HttpStatusCode.OK);
        using (var blue = await GetAsync(_upstream.PortsOf(Colour.Blue)[0])) blue.StatusCode.ShouldBe(HttpStatusCode.OK);
        held.IsCompleted.ShouldBeFalse();
        await impatience.CancelAsync();

        await _upstream.SetAsync(Colour.Green, new ColourBehaviour { Latency = TimeSpan.FromMilliseconds(1) });
        using var answer = await GetAsync(green);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_colour_that_refuses_lets_no_connection_in_and_comes_back_on_demand()
    {
        using (await GetAsync(_upstream.PortsOf(Colour.Green)[0]))
            await _upstream.SetAsync(Colour.Green, new ColourBehaviour { Refuse = true });

        foreach (var port in _upstream.PortsOf(Colour.Green))
            (await Should.ThrowAsync<HttpRequestException>(() => GetAsync(port))).HttpRequestError.ShouldBe(HttpRequestError.ConnectionError);
        using (var blue = await GetAsync(_upstream.PortsOf(Colour.Blue)[0])) blue.StatusCode.ShouldBe(HttpStatusCode.OK);

        await _upstream.SetAsync(Colour.Green, ColourBehaviour.Healthy);
        using var again = await GetAsync(_upstream.PortsOf(Colour.Green)[1]);
        again.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_admin_port_sets_a_colour_and_tells_how_both_are()
    {
        var (status, body) = await PutAsync("colours/green", "{\"errorRatio\":0.3,\"latency\":\"50ms\"}");

        status.ShouldBe(HttpStatusCode.OK);
        body.ShouldBe("{\"errorRatio\":0.3,\"latency\":\"50ms\",\"refuse\":false,\"requests\":0,\"failed\":0}");
        (await Http.GetStringAsync(new Uri(_upstream.Admin, "colours"))).ShouldBe(
            "{\"blue\":{\"errorRatio\":0,\"latency\":\"0s\",\"refuse\":false,\"requests\":0,\"failed\":0},\"green\":" + body + "}");
        (await Http.GetStringAsync(new Uri(_upstream.Admin, "colours/green"))).ShouldBe(body);
    }

    [Theory]
    [InlineData("colours/green", "{\"errorRatio\":1.1}", HttpStatusCode.BadRequest, "errorRatio is 0 to 1, not 1.1")]
    [InlineData("colours/green", "{\"errorRatio\":-0.1}", HttpStatusCode.BadRequest, "errorRatio is 0 to 1, not -0.1")]
    [InlineData("colours/green", "{\"errorRatio\":\"much\"}", HttpStatusCode.BadRequest, "$.errorRatio")]
    [InlineData("colours/green", "{\"latency\":\"2h\"}", HttpStatusCode.BadRequest, "latency is 0s to 1m")]
    [InlineData("colours/green", "{\"latency\":\"soon\"}", HttpStatusCode.BadRequest, "expected a duration")]
    [InlineData("colours/green", "{\"latency\":50}", HttpStatusCode.BadRequest, "expected a duration")]
    [InlineData("colours/green", "{\"errorRate\":0.3}", HttpStatusCode.BadRequest, "errorRate")]
    [InlineData("colours/green", "not json", HttpStatusCode.BadRequest, "Expected something like")]
    [InlineData("colours/green", "null", HttpStatusCode.BadRequest, "The body is null")]
    [InlineData("colours/green", "", HttpStatusCode.BadRequest, "The body is empty")]
    [InlineData("colours/red", "{}", HttpStatusCode.NotFound, "there is no colour \\\"red\\\"")]
    [InlineData("colours", "{}", HttpStatusCode.MethodNotAllowed, "/colours can be read")]
    [InlineData("nowhere", "{}", HttpStatusCode.NotFound, "PUT /colours/blue")]
    public async Task A_setting_that_makes_no_sense_is_refused_and_changes_nothing(string path, string json, HttpStatusCode expected, string detail)
    {
        var (status, body) = await PutAsync(path, json);

        status.ShouldBe(expected);
        body.ShouldContain(detail);
        _upstream.Report(Colour.Green).ShouldBe(new ColourReport(0, TimeSpan.Zero, false, 0, 0));
    }

    [Fact]
    public async Task A_body_that_is_too_long_is_refused() =>
        (await PutAsync("colours/green", new string(' ', 5000) + "{}")).Status.ShouldBe(HttpStatusCode.BadRequest);

    [Fact]
    public async Task An_impossible_behaviour_cannot_be_set_in_process_either() =>
        await Should.ThrowAsync<ArgumentException>(() => _upstream.SetAsync(Colour.Blue, new ColourBehaviour { ErrorRatio = double.NaN }));

    [Fact]
    public async Task A_taken_port_is_named_and_nothing_stays_started()
    {
        var free = UpstreamPorts.Free();
        var taken = free with { Green = [free.Green[0], _upstream.PortsOf(Colour.Blue)[0]] };

        (await Should.ThrowAsync<PeerException>(() => UpstreamApp.StartAsync(taken))).Message.ShouldContain($"127.0.0.1:{taken.Green[1]}");

        await using var second = await UpstreamApp.StartAsync(free);
    }

    private static Task<HttpResponseMessage> GetAsync(int port, string path = "") => Http.GetAsync(new Uri($"http://127.0.0.1:{port}/{path}"));

    private async Task<(HttpStatusCode Status, string Body)> PutAsync(string path, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await Http.PutAsync(new Uri(_upstream.Admin, path), content);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
