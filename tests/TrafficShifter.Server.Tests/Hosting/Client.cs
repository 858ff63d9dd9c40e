using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace TrafficShifter.Server.Tests.Hosting;

/// <summary>Somebody who asks a running server: with a token, with cookies as a browser keeps them, or with neither.</summary>
internal sealed class Client : IDisposable
{
    private readonly CookieContainer _cookies = new();
    private readonly HttpClient _http;

    public Client(RunningServer server, string? token = null)
    {
        _http = new HttpClient(new SocketsHttpHandler { CookieContainer = _cookies, AllowAutoRedirect = false }) { BaseAddress = server.Address };
        if (token is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>The cookies that the server has set.</summary>
    public IReadOnlyList<Cookie> Cookies => [.. _cookies.GetAllCookies().Cast<Cookie>()];

    public async Task<Answer> SendAsync(HttpMethod method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue(name);
        using var response = await _http.SendAsync(request);
        return await Answer.ReadAsync(response);
    }

    public Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    public Task<Answer> PostAsync(string path, string? body = null, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Post, path, body, headers);

    public void Dispose() => _http.Dispose();

    /// <summary>Makes a token by the API and returns its secret.</summary>
    public static async Task<string> MakeTokenAsync(RunningServer server, string name, string role, string limits = "") =>
        (await server.PostAsync("/api/v1/tokens", $$"""{"name":"{{name}}","role":"{{role}}"{{limits}}}""")).ShouldBe(HttpStatusCode.Created)["secret"].GetValue<string>();
}
