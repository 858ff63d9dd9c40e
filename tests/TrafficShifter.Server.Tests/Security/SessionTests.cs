using System.Net;
using Microsoft.Extensions.DependencyInjection;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Security;

public sealed class SessionTests : IAsyncLifetime
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
    public async Task A_token_is_exchanged_for_a_cookie_that_no_script_reads_and_that_is_stored_as_a_hash()
    {
        using var browser = new Client(_server);
        var answer = await SignInAsync(browser, _server.Token);

        (answer["name"].GetValue<string>(), answer["by"].GetValue<string>()).ShouldBe(("admin", "session"));
        answer.Headers["Set-Cookie"].ShouldMatch("^shifter=tsh_[0-9A-Za-z]{49}; path=/; samesite=strict; httponly$");
        var secret = browser.Cookies.ShouldHaveSingleItem().Value;
        (await _server.Store.ListAsync("", CancellationToken.None)).Entries.ShouldAllBe(e => !e.Value.Contains(secret, StringComparison.Ordinal) && !e.Key.Contains(secret, StringComparison.Ordinal));
        (await browser.GetAsync("/api/v1/session"))["can"].AsArray().Select(v => v!.GetValue<string>()).ShouldContain("tokens");
        (await browser.PostAsync("/api/v1/apps/shop/rollback", "{}", Ours)).IsSuccess.ShouldBeTrue();
    }

    [Fact]
    public async Task Signing_out_ends_the_session_on_the_server()
    {
        using var browser = new Client(_server);
        await SignInAsync(browser, _server.Token);
        var cookie = browser.Cookies[0];

        (await browser.SendAsync(HttpMethod.Delete, "/api/v1/session", null, Ours)).ShouldBe(HttpStatusCode.NoContent);

        browser.Cookies.ShouldBeEmpty();
        using var thief = new Client(_server);
        (await thief.GetAsync("/api/v1/session", ("Cookie", $"shifter={cookie.Value}"))).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await _server.Store.ListAsync("sessions/", CancellationToken.None)).Entries.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_session_that_nobody_uses_ends_and_one_that_is_used_ends_later()
    {
        using var browser = new Client(_server);
        await SignInAsync(browser, _server.Token);
        for (var minutes = 0; minutes < 12 * 60 - 29; minutes += 29)
        {
            (await browser.GetAsync("/api/v1/session")).ShouldBe(HttpStatusCode.OK);
            _time.Advance(TimeSpan.FromMinutes(29));
        }
        (await browser.GetAsync("/api/v1/session")).ShouldBe(HttpStatusCode.OK);
        _time.Advance(TimeSpan.FromMinutes(29));
        (await browser.GetAsync("/api/v1/session")).Status.ShouldBe(HttpStatusCode.Unauthorized, "12 h are over");

        await SignInAsync(browser, _server.Token);
        _time.Advance(TimeSpan.FromMinutes(30));
        (await browser.GetAsync("/api/v1/session")).Status.ShouldBe(HttpStatusCode.Unauthorized, "30 min without use are over");
        await _server.EventuallyAsync(() => _server.Store.ListAsync("sessions/", CancellationToken.None).GetAwaiter().GetResult().Entries.Count == 0, "the sessions that are over gone from the store");
    }

    [Fact]
    public async Task A_session_ends_with_its_token()
    {
        using var browser = new Client(_server);
        var session = await SignInAsync(browser, await Client.MakeTokenAsync(_server, "ben", "viewer"));

        (await _server.DeleteAsync($"/api/v1/tokens/{session["token"]}")).ShouldBe(HttpStatusCode.NoContent);

        (await browser.GetAsync("/api/v1/apps")).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Who_is_signed_in_rolls_back_and_who_is_not_signs_in_while_the_store_is_away()
    {
        using var before = new Client(_server);
        await SignInAsync(before, _server.Token);
        _server.Store.GoAway();
        using var after = new Client(_server);
        await SignInAsync(after, _server.Token);

        foreach (var browser in new[] { before, after })
            (await WithTimeAsync(browser.PostAsync("/api/v1/rollback", "{}", Ours))).IsSuccess.ShouldBeTrue();
    }

    [Theory]
    [InlineData(null, null, null, "needs the header X-Shifter-Request")]
    [InlineData("1", "https://evil.example", null, "another origin")]
    [InlineData("1", "null", null, "another origin")]
    [InlineData("1", null, "cross-site", "another site")]
    [InlineData("1", null, "same-site", "another site")]
    public async Task What_another_site_makes_a_browser_ask_changes_nothing(string? header, string? origin, string? site, string says)
    {
        using var browser = new Client(_server);
        await SignInAsync(browser, _server.Token);
        var headers = new[] { ("X-Shifter-Request", header), ("Origin", origin), ("Sec-Fetch-Site", site) }.Where(h => h.Item2 is not null).Select(h => (h.Item1, h.Item2!)).ToArray();
        var before = _server.Store.Commits.Count(c => c.Changes.Any(x => x.Key.StartsWith("state/", StringComparison.Ordinal)));

        foreach (var (method, path) in new[] { ("POST", "/api/v1/apps/shop/rollback"), ("PUT", "/api/v1/apps/shop/weights"), ("DELETE", "/api/v1/apps/shop"), ("DELETE", "/api/v1/session"), ("POST", "/api/v1/session") })
            (await browser.SendAsync(HttpMethod.Parse(method), path, "{}", headers)).ShouldBeProblem(403, "cross-site", null, says);

        _server.Store.Commits.Count(c => c.Changes.Any(x => x.Key.StartsWith("state/", StringComparison.Ordinal))).ShouldBe(before);
        (await browser.GetAsync("/api/v1/session")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_page_of_our_own_may_and_a_program_with_a_token_needs_no_such_header()
    {
        using var browser = new Client(_server);
        await SignInAsync(browser, _server.Token);
        (await browser.PostAsync("/api/v1/apps/shop/rollback", "{}", Ours, ("Origin", _server.Address.GetLeftPart(UriPartial.Authority)), ("Sec-Fetch-Site", "same-origin"))).IsSuccess.ShouldBeTrue();

        (await _server.PostAsync("/api/v1/apps/shop/unlock")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Made_up_cookies_count_as_wrong_tokens_and_end_nobodys_session()
    {
        using var browser = new Client(_server);
        await SignInAsync(browser, _server.Token);
        using var guesser = new Client(_server);
        for (var i = 0; i < 100; i++) (await guesser.GetAsync("/api/v1/apps", ("Cookie", $"shifter={TokenSecret.New()}"))).Status.ShouldBe(HttpStatusCode.Unauthorized);

        (await browser.GetAsync("/api/v1/apps")).ShouldBe(HttpStatusCode.OK);
        (await browser.GetAsync("/metrics")).Text.ShouldContain("trafficshifter_refused_requests_total{reason=\"wrong-session\"} 100");
    }

    [Fact]
    public async Task A_session_of_another_replica_is_known_before_it_is_used()
    {
        var secret = TokenSecret.New();
        await _server.WriteAsync($"sessions/{TokenSecret.Hash(secret)}", $$"""{"schema":1,"token":"admin","openedAt":"{{_time.GetUtcNow():O}}","usedAt":"{{_time.GetUtcNow():O}}"}""");
        using var guesser = new Client(_server);
        for (var i = 0; i < 20; i++) await guesser.GetAsync("/api/v1/apps", ("Cookie", $"shifter={TokenSecret.New()}"));

        var sessions = _server.Services.GetRequiredService<Sessions>();
        await _server.EventuallyAsync(() => sessions.FindAsync(secret, mayAsk: false, CancellationToken.None).GetAwaiter().GetResult().Open is not null, "the session of the other replica");

        (await guesser.GetAsync("/api/v1/session", ("Cookie", $"shifter={secret}")))["by"].GetValue<string>().ShouldBe("session");
    }

    [Theory]
    [InlineData(4096, false, HttpStatusCode.OK)]
    [InlineData(4096, true, HttpStatusCode.OK)]
    [InlineData(4097, false, HttpStatusCode.RequestEntityTooLarge)]
    [InlineData(4097, true, HttpStatusCode.RequestEntityTooLarge)]
    public async Task A_sign_in_has_at_most_4096_bytes(int bytes, bool chunked, HttpStatusCode status)
    {
        using var http = new HttpClient { BaseAddress = _server.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/session") { Content = new StringContent($$"""{"token":"{{_server.Token}}"}""".PadRight(bytes), System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Add("X-Shifter-Request", "1");
        request.Headers.TransferEncodingChunked = chunked;

        using var answer = await http.SendAsync(request);

        answer.StatusCode.ShouldBe(status);
    }

    [Fact]
    public async Task A_session_of_a_viewer_is_a_viewers()
    {
        using var browser = new Client(_server);
        await SignInAsync(browser, await Client.MakeTokenAsync(_server, "eve", "viewer"));

        (await browser.PostAsync("/api/v1/apps/shop/rollback", "{}", Ours)).ShouldBeProblem(403, "forbidden", null, "\"eve\" (viewer) may view \"shop\"; to roll back in an emergency needs an operator of it");
        (await browser.GetAsync("/api/v1/apps/shop"))["can"].AsArray().Select(v => v!.GetValue<string>()).ShouldBe(["view"]);
    }

    [Fact]
    public async Task Every_answer_tells_browsers_to_keep_others_out()
    {
        var answer = await _server.GetAsync("/api/v1/apps");
        answer.Headers["Content-Security-Policy"].ShouldContain("frame-ancestors 'none'");
        answer.Headers["Content-Security-Policy"].ShouldNotContain("unsafe");
        answer.Headers["X-Content-Type-Options"].ShouldBe("nosniff");
        answer.Headers["Referrer-Policy"].ShouldBe("no-referrer");
    }

    private static async Task<Answer> SignInAsync(Client browser, string token) =>
        (await browser.PostAsync("/api/v1/session", $$"""{"token":"{{token}}"}""", Ours)).ShouldBe(HttpStatusCode.OK);

    /// <summary>Rollbacks past the store wait for agents by the clock of the test.</summary>
    private async Task<Answer> WithTimeAsync(Task<Answer> asked)
    {
        await _server.EventuallyAsync(() => asked.IsCompleted, "the answer");
        return await asked;
    }
}
