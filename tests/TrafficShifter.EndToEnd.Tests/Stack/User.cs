using System.Net;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.EndToEnd.Tests.Stack;

/// <summary>What a user got.</summary>
/// <param name="Colour">Who served it: blue or green; null when HAProxy answered itself.</param>
/// <param name="Cookie">The cookie that came with it: <c>ts_id=…</c>; null when none did.</param>
public sealed record Served(int Status, string? Colour, string? Cookie);

/// <summary>Users who ask one HAProxy, over connections that are kept.</summary>
public sealed class User(HAProxyProcess haproxy) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = haproxy.FrontendUrl };

    /// <param name="id">As the trusted identity header names the user; null: none.</param>
    public async Task<Served> AskAsync(string host, string? id = null, string? cookie = null, string path = "/", Version? version = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Version = version ?? HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Host = host;
        if (id is not null) request.Headers.Add("X-User-Id", id);
        if (cookie is not null) request.Headers.Add("Cookie", cookie);
        using var answer = await _http.SendAsync(request);
        return new Served(
            (int)answer.StatusCode,
            answer.Headers.TryGetValues("X-Colour", out var colour) ? colour.Single() : null,
            answer.Headers.TryGetValues("Set-Cookie", out var set) ? set.Single().Split(';')[0] : null);
    }

    /// <summary>Which of the users <c>user-0</c> to <c>user-(count − 1)</c> green serves.</summary>
    public async Task<IReadOnlySet<int>> FindGreenAsync(string host, int count)
    {
        var green = new HashSet<int>();
        for (var i = 0; i < count; i++)
        {
            var served = await AskAsync(host, FormattableString.Invariant($"user-{i}"));
            served.Status.ShouldBe(200);
            if (served.Colour == "green") green.Add(i);
        }
        return green;
    }

    public void Dispose() => _http.Dispose();
}
