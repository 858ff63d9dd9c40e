using System.Net;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Events;

/// <summary>A stream ends with what opened it: the token, the session, the proxy's word.</summary>
public sealed class StreamsOfThePastTests : IAsyncLifetime
{
    private static readonly (string, string) Ours = ("X-Shifter-Request", "1");
    private readonly ManualTime _time = new();
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync(_time);
        await _server.RegisterShopAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_revoked_token_ends_its_streams_with_a_word()
    {
        var made = await _server.PostAsync("/api/v1/tokens", """{"name":"ben","role":"viewer"}""");
        using var stream = await SseReader.OpenAsync(_server, bearer: made["secret"].GetValue<string>());

        (await _server.DeleteAsync($"/api/v1/tokens/{made["id"]}")).ShouldBe(HttpStatusCode.NoContent);

        await ShouldEndAsync(stream, "the token was revoked");
    }

    [Fact]
    public async Task An_expired_token_ends_its_streams()
    {
        var secret = await Client.MakeTokenAsync(_server, "ben", "viewer", ""","expiresIn":"1m" """);
        using var stream = await SseReader.OpenAsync(_server, bearer: secret);

        _time.Advance(TimeSpan.FromMinutes(1));

        await ShouldEndAsync(stream, "the token has expired");
    }

    [Fact]
    public async Task Nothing_is_told_to_a_revoked_token_that_happens_after_it()
    {
        var made = await _server.PostAsync("/api/v1/tokens", """{"name":"ben","role":"viewer"}""");
        using var stream = await SseReader.OpenAsync(_server, bearer: made["secret"].GetValue<string>());
        (await _server.DeleteAsync($"/api/v1/tokens/{made["id"]}")).ShouldBe(HttpStatusCode.NoContent);

        (await _server.PostAsync("/api/v1/apps/shop/rollback", """{"reason":"a secret"}""")).IsSuccess.ShouldBeTrue();

        await ShouldEndAsync(stream, "the token was revoked");
    }

    [Fact]
    public async Task A_session_that_was_closed_ends_its_streams()
    {
        using var browser = new Client(_server);
        (await browser.PostAsync("/api/v1/session", $$"""{"token":"{{_server.Token}}"}""", Ours)).ShouldBe(HttpStatusCode.OK);
        using var stream = await SseReader.OpenAsync(_server, bearer: "", cookie: $"shifter={browser.Cookies[0].Value}");

        (await browser.SendAsync(HttpMethod.Delete, "/api/v1/session", null, Ours)).ShouldBe(HttpStatusCode.NoContent);

        await ShouldEndAsync(stream, "the session is over");
    }

    [Fact]
    public async Task A_session_that_nobody_uses_ends_its_streams_too()
    {
        using var browser = new Client(_server);
        (await browser.PostAsync("/api/v1/session", $$"""{"token":"{{_server.Token}}"}""", Ours)).ShouldBe(HttpStatusCode.OK);
        using var stream = await SseReader.OpenAsync(_server, bearer: "", cookie: $"shifter={browser.Cookies[0].Value}");

        _time.Advance(TimeSpan.FromMinutes(30));

        await ShouldEndAsync(stream, "the session is over");
    }

    [Fact]
    public async Task Whom_a_proxy_names_is_asked_for_again_after_five_minutes()
    {
        await _server.StopAsync();
        await _server.StartAsync(false, "--Proxy:Networks=127.0.0.1/32", "--Proxy:Grants:0:Group=*", "--Proxy:Grants:0:Role=viewer");
        using var stream = await SseReader.OpenAsync(_server, bearer: "", user: "eve");

        _time.Advance(Admission.LongestByProxy);

        while (await stream.NextAsync() is { } block) block.Name.ShouldBeNull();
    }

    /// <summary>Ends within two heartbeats of the server's clock, with nothing in between but heartbeats and the word of the revocation.</summary>
    private async Task ShouldEndAsync(SseReader stream, string sentence)
    {
        var ended = ReadAsync();
        await _server.EventuallyAsync(() => ended.IsCompleted, "the end of the stream");
        (await ended).ShouldNotBeNull().ShouldContain(sentence);

        async Task<string?> ReadAsync()
        {
            while (await stream.NextAsync() is { } block)
            {
                if (block.Name != "signed-out")
                {
                    // The revocation may be told before everybody here knows of it; nothing that comes after it is.
                    if (block.Data is { } told) told.ShouldContain("\"kind\":\"token.revoked\"");
                    continue;
                }
                (await stream.NextAsync()).ShouldBeNull("nothing comes after the end");
                return block.Data;
            }
            return null;
        }
    }
}
