using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>Whatever is done with a secret, rightly or wrongly, the server's log does not have it, at any level, in either format.</summary>
[Trait("HAProxy", "any")]
public sealed class SecretsTests
{
    private const string AgentKey = "a-key-for-these-tests-alone-32-characters-and-some";
    private const string MetricsToken = "a-metrics-token-for-this-test-alone-32-characters";
    private const string Guess = "a-guess-that-somebody-sent-as-a-token";

    [Theory]
    [InlineData("text")]
    [InlineData("json")]
    public async Task No_secret_reaches_the_log(string format)
    {
        await using var server = await ServerProcess.StartAsync(new ServerSetup
        {
            AgentKey = AgentKey, MetricsToken = MetricsToken, Settings = new Dictionary<string, string> { ["Logging:Level"] = "Verbose", ["Logging:Format"] = format },
        });
        var lines = new ConcurrentQueue<string>();
        server.LineWritten += lines.Enqueue;
        var admin = await server.ReadAdminTokenAsync();
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = server.Address };

        var made = JsonSerializer.Deserialize<JsonElement>(await (await SendAsync("POST", "/api/v1/tokens", admin, """{"name":"ci","role":"operator","apps":["shop"],"reason":"a pipeline"}""")).Content.ReadAsStringAsync()).GetProperty("secret").GetString()!;
        using var signedIn = await SendAsync("POST", "/api/v1/session", null, $$"""{"token":"{{made}}"}""");
        signedIn.StatusCode.ShouldBe(HttpStatusCode.OK);
        var cookie = signedIn.Headers.GetValues("Set-Cookie").Single().Split('=', ';')[1];
        string[] secrets = [admin, made, cookie, AgentKey, MetricsToken, Guess];
        foreach (var secret in secrets)
        {
            await SendAsync("GET", "/api/v1/apps", secret);
            await SendAsync("GET", "/agent/v1/nodes", secret);
            await SendAsync("GET", "/metrics", secret);
            await SendAsync("PUT", "/api/v1/apps/shop/weights", secret, $$"""{"blue":"{{secret}}"}""");
            await SendAsync("POST", "/api/v1/apps/shop/rollback", made, $$"""{"reason":"{{(secret.StartsWith("tsh_", StringComparison.Ordinal) ? secret : "none")}}"}""");
            await SendAsync("POST", "/api/v1/session", null, $$"""{"token":"{{secret}}"}""");
            await SendAsync("GET", $"/api/v1/apps?token={secret}", null);
            await SendAsync("GET", $"/api/v1/apps/{(secret.StartsWith("tsh_", StringComparison.Ordinal) ? secret : "shop")}", admin);
            await SendAsync("GET", "/api/v1/apps", null, null, ("Cookie", $"shifter={secret}"));
            await SendAsync("DELETE", "/api/v1/session", null, null, ("Cookie", $"shifter={secret}"));
        }
        await server.StopAsync();

        var log = string.Join('\n', lines) + server.Output;
        log.ShouldContain("Refused (");
        log.ShouldContain("wrong-token");
        foreach (var secret in secrets) log.ShouldNotContain(secret);

        async Task<HttpResponseMessage> SendAsync(string method, string path, string? token, string? body = null, (string Name, string Value)? header = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Parse(method), path);
            if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            if (token is not null) request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
            if (header is { } more) request.Headers.TryAddWithoutValidation(more.Name, more.Value);
            request.Headers.Add("X-Shifter-Request", "1");
            return await http.SendAsync(request);
        }
    }
}
