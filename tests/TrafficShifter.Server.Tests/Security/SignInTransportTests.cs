using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Security;

/// <summary>A token becomes a cookie over TLS, here or at a proxy that is listed, and on this machine; nowhere else.</summary>
public sealed class SignInTransportTests
{
    private static readonly (string, string) Ours = ("X-Shifter-Request", "1");

    [Theory]
    [InlineData("10.1.2.3", false, null, null)]
    [InlineData("127.0.0.1", false, null, null)]
    [InlineData("::ffff:127.0.0.1", false, null, null)]
    [InlineData("10.1.2.3", true, null, "Over plain HTTP")]
    [InlineData("10.0.0.5", true, "https", null)]
    [InlineData("10.0.0.5", true, "http", "Over plain HTTP")]
    [InlineData("10.1.2.3", true, "https", "not in Proxy:Networks")]
    [InlineData("127.0.0.1", true, "https", "not in Proxy:Networks")]
    public async Task Somebody_signs_in_where_nobody_reads_along(string from, bool isPlain, string? proxySays, string? says)
    {
        await using var server = await RunningServer.StartNewAsync();
        var transport = Transport(server, plainHttp: false);
        var http = new DefaultHttpContext { RequestServices = new ServiceCollection().AddSingleton(new TrustedProxy(new ProxyOptions { Networks = "10.0.0.0/29" })).BuildServiceProvider() };
        http.Request.Scheme = isPlain || from.Contains("127", StringComparison.Ordinal) ? "http" : "https";
        http.Connection.RemoteIpAddress = IPAddress.Parse(from);
        if (proxySays is not null) http.Request.Headers["X-Forwarded-Proto"] = proxySays;

        if (says is null) transport.FindProblem(http).ShouldBeNull();
        else transport.FindProblem(http).ShouldNotBeNull().ShouldContain(says);
        if (says?.StartsWith("Over", StringComparison.Ordinal) == true) Transport(server, plainHttp: true).FindProblem(http).ShouldBeNull("Session:PlainHttp");
    }

    [Fact]
    public async Task Behind_a_proxy_that_is_not_listed_the_answer_says_what_to_do_and_behind_one_that_is_the_cookie_is_secure()
    {
        await using var server = await RunningServer.StartNewAsync();
        using var browser = new Client(server);
        var answer = await browser.PostAsync("/api/v1/session", $$"""{"token":"{{server.Token}}"}""", Ours, ("X-Forwarded-Proto", "https"));
        answer.ShouldBeProblem(403, "plain-http", null, "List the proxy there");
        answer.Headers.ContainsKey("Set-Cookie").ShouldBeFalse();
        await server.StopAsync();

        // A proxy that ends TLS and signs nobody in: who it passes on is nobody, whatever headers they bring.
        await server.StartAsync(false, "--Proxy:Networks=127.0.0.1/32");
        using var again = new Client(server);
        (await again.PostAsync("/api/v1/session", $$"""{"token":"{{server.Token}}"}""", Ours, ("X-Forwarded-Proto", "https"))).Headers["Set-Cookie"].ShouldMatch("^__Host-shifter=.*secure");
        (await again.GetAsync("/api/v1/apps", ("X-Forwarded-User", "boss"), ("X-Forwarded-Groups", "platform"))).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static SignInTransport Transport(RunningServer server, bool plainHttp) => new(
        new SessionLimits { PlainHttp = plainHttp }, server.Services.GetRequiredService<IServer>(), server.Services.GetRequiredService<IHostApplicationLifetime>(), NullLogger<SignInTransport>.Instance);
}
