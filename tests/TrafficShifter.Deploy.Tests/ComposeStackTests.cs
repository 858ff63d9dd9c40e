using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using TrafficShifter.Deploy.Tests.Compose;

namespace TrafficShifter.Deploy.Tests;

/// <summary>What docker-compose.yml says, started on this machine, does what the README promises.</summary>
public sealed class ComposeStackTests(PublishedPrograms programs) : IClassFixture<PublishedPrograms>, IAsyncLifetime
{
    private LoopbackCompose? _compose;

    private LoopbackCompose Compose => _compose!;

    public async Task InitializeAsync() => _compose = await LoopbackCompose.StartAsync(programs);

    public async Task DisposeAsync()
    {
        if (_compose is not null) await _compose.DisposeAsync();
    }

    [Fact]
    public async Task The_demo_application_is_shifted_on_both_nodes_from_either_api_on_both_routings_and_measured_and_a_canary_is_judged_by_its_access_log()
    {
        var token = (await Compose.ReadFileAsync("api1", "/var/lib/traffic-shifter/admin.token")).Trim();
        using var first = Client("api1", token);
        using var second = Client("api2", token);
        (await SendAsync(first, HttpMethod.Get, "nodes")).ShouldSatisfyAllConditions(body => body.ShouldContain("hap1"), body => body.ShouldContain("hap2"));

        await SendAsync(first, HttpMethod.Put, "apps/shop", """{"hosts":["shop.localhost"],"routing":{"kind":"map","pool":"shop"}}""");
        await SendAsync(first, HttpMethod.Put, "apps/shop-weights", """{"routing":{"backend":"shop"}}""");
        foreach (var (app, host) in ((string, string)[])[("shop", "shop.localhost"), ("shop-weights", "weights.localhost")])
        {
            await SendAsync(second, HttpMethod.Put, $"apps/{app}/weights?wait=30s", """{"blue":0,"green":100,"reason":"a try"}""");
            (await ColoursAsync(host)).ShouldBe(["green", "green"], app);

            await SendAsync(first, HttpMethod.Post, $"apps/{app}/rollback?wait=30s", """{"reason":"a try"}""");
            (await ColoursAsync(host)).ShouldBe(["blue", "blue"], app);
        }
        await MeasuredAsync("hap1", "hap2");

        await SendAsync(first, HttpMethod.Post, "apps/shop/unlock");
        var rollout = await SendAsync(first, HttpMethod.Post, "apps/shop/rollouts", """{"plan":{"steps":[{"share":"50%","hold":"3s"}],"checks":[{"name":"error-ratio","minRequests":20,"window":"2s","interval":"1s"}]}}""");
        await SucceededAsync(second, JsonDocument.Parse(rollout).RootElement.GetProperty("id").GetString()!);
    }

    private HttpClient Client(string service, string token) =>
        new() { BaseAddress = new Uri(Compose.AddressOf(service, 8081), "api/v1/"), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };

    /// <summary>Sends a request that is to be answered with 200 or 201, not with 202: every node was observed.</summary>
    private static async Task<string> SendAsync(HttpClient api, HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body) };
        using var answer = await api.SendAsync(request);
        var reply = await answer.Content.ReadAsStringAsync();
        ((int)answer.StatusCode).ShouldBeOneOf([200, 201], $"{method} {path}: {reply}");
        return reply;
    }

    private async Task<IReadOnlyList<string>> ColoursAsync(string host) => [await ColourAsync("hap1", host), await ColourAsync("hap2", host)];

    private async Task<string> ColourAsync(string node, string host)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, Compose.AddressOf(node, 8080)) { Headers = { Host = host } };
        using var answer = await http.SendAsync(request);
        answer.IsSuccessStatusCode.ShouldBeTrue($"{node} answered {(int)answer.StatusCode}. Its output:\n{Compose.OutputOf(node)}");
        return answer.Headers.GetValues("X-Colour").Single();
    }

    /// <summary>Returns when a rollout has ended well. Users come to both nodes meanwhile.</summary>
    private async Task SucceededAsync(HttpClient api, string rollout)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            await ColoursAsync("shop.localhost");
            var now = await SendAsync(api, HttpMethod.Get, $"rollouts/{rollout}");
            if (JsonDocument.Parse(now).RootElement.GetProperty("phase").GetString() == "succeeded") return;
            if (patience.IsCancellationRequested) throw new TimeoutException($"after 60 s the rollout has not succeeded: {now}");
        }
    }

    /// <summary>Returns when VictoriaMetrics has requests of both nodes.</summary>
    private async Task MeasuredAsync(params string[] nodes)
    {
        using var http = new HttpClient();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var query = new Uri(Compose.AddressOf("victoriametrics", 8428), "api/v1/query?nocache=1&query=" + Uri.EscapeDataString("sum by (node) (haproxy_server_http_responses_total{code=\"2xx\"}) > 0"));
        while (true)
        {
            var reply = await http.GetFromJsonAsync<JsonElement>(query, patience.Token);
            var seen = reply.GetProperty("data").GetProperty("result").EnumerateArray().Select(r => r.GetProperty("metric").GetProperty("node").GetString()!).Order().ToList();
            if (seen.SequenceEqual(nodes)) return;
            await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
        }
    }
}
