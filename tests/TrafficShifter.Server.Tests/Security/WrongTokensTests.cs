using System.Net;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Security;

public sealed class WrongTokensTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync();
        await _server.RegisterShopAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Ten_thousand_wrong_logins_hold_up_nobody_who_is_authorised()
    {
        const int wrong = 10_000;
        var (refused, limited, locked, sent) = (0, 0, 0, 0);
        using var guesser = new Client(_server);
        var all = Parallel.ForAsync(0, wrong, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var answer = await guesser.GetAsync("/api/v1/apps", ("Authorization", $"Bearer {(i % 2 == 0 ? TokenSecret.New() : $"guess-{i}")}"));
            Interlocked.Increment(ref sent);
            if (answer.Status == HttpStatusCode.Unauthorized) Interlocked.Increment(ref refused);
            if (answer.Status == HttpStatusCode.TooManyRequests) Interlocked.Increment(ref limited);
        });
        while (!all.IsCompleted)
        {
            (await _server.PostAsync("/api/v1/apps/shop/rollback")).IsSuccess.ShouldBeTrue("the rollback of an authorised person, from the same address");
            locked++;
        }
        await all;

        (refused + limited).ShouldBe(wrong);
        refused.ShouldBeInRange(LoginLimits.PerAddress, 5 * LoginLimits.PerAddress, "a minute has so many; the run may take a few");
        locked.ShouldBeGreaterThan(0);
        (await Counted("wrong-token")).ShouldBe(wrong);
        (await _server.GetAsync("/api/v1/apps")).ShouldBe(HttpStatusCode.OK);
        using var again = new Client(_server, TokenSecret.New());
        var answer = await again.GetAsync("/api/v1/apps");
        answer.ShouldBeProblem(429, "too-many-attempts", null, "A right one is taken at any time");
        int.Parse(answer.Headers["Retry-After"], System.Globalization.CultureInfo.InvariantCulture).ShouldBeInRange(1, 60);
    }

    [Fact]
    public async Task Wrong_tokens_for_a_session_count_too()
    {
        using var browser = new Client(_server);
        for (var i = 0; i < LoginLimits.PerAddress; i++)
            (await browser.PostAsync("/api/v1/session", """{"token":"guess"}""", ("X-Shifter-Request", "1"))).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await browser.PostAsync("/api/v1/session", """{"token":"guess"}""", ("X-Shifter-Request", "1"))).Status.ShouldBe(HttpStatusCode.TooManyRequests);

        (await browser.PostAsync("/api/v1/session", $$"""{"token":"{{_server.Token}}"}""", ("X-Shifter-Request", "1"))).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_store_that_hangs_holds_up_nobody_who_calls()
    {
        await _server.StopAsync();
        await _server.StartAsync(false, "--Proxy:Networks=127.0.0.1/32", "--Proxy:Grants:0:Group=*", "--Proxy:Grants:0:Role=operator");
        var asked = 0;
        // Not the listing of all sessions, which is the worker's.
        _server.Store.Hangs = key => (key == "tokens/" || (key.StartsWith("sessions/", StringComparison.Ordinal) && key.Length > "sessions/".Length)) && Interlocked.Increment(ref asked) > 0;
        using var browser = new Client(_server);
        (string, string)[] anna = [("X-Forwarded-User", "anna"), ("X-Shifter-Request", "1")];

        (await browser.PostAsync("/api/v1/apps/shop/rollback", "{}", [.. anna, ("Authorization", $"Bearer {TokenSecret.New()}")])).IsSuccess.ShouldBeTrue();
        (await browser.PostAsync("/api/v1/apps/shop/rollback", "{}", [.. anna, ("Cookie", $"shifter={TokenSecret.New()}")])).IsSuccess.ShouldBeTrue();
        asked.ShouldBe(0, "the store was not asked about somebody whom the proxy names");

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var http = new HttpClient { BaseAddress = _server.Address };
        foreach (var (name, value) in new[] { ("Authorization", $"Bearer {TokenSecret.New()}"), ("Cookie", $"shifter={TokenSecret.New()}") })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/apps");
            request.Headers.TryAddWithoutValidation(name, value);
            using var answer = await http.SendAsync(request, patience.Token);
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }
        (await browser.PostAsync("/api/v1/session", $$"""{"token":"{{_server.Token}}"}""", ("X-Shifter-Request", "1"))).ShouldBe(HttpStatusCode.OK);
        asked.ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData("/api/v1/apps?token={0}")]
    [InlineData("/api/v1/apps?access_token={0}")]
    [InlineData("/api/v1/apps?limit={0}")]
    [InlineData("/api/v1/tokens/{0}")]
    [InlineData("/healthz?Authorization=Bearer+{0}")]
    [InlineData("/api/v1/apps?ACCESS_TOKEN=something")]
    public async Task A_token_in_a_URL_is_refused_even_beside_a_right_header(string path)
    {
        var url = string.Format(System.Globalization.CultureInfo.InvariantCulture, path, _server.Token);
        using var stranger = new Client(_server);
        foreach (var answer in new[] { await _server.GetAsync(url), await stranger.GetAsync(url) })
        {
            answer.ShouldBeProblem(400, "token-in-url", null, "never into a URL");
            answer.Text.ShouldNotContain(_server.Token);
        }
    }

    private async Task<long> Counted(string reason)
    {
        var line = (await _server.GetAsync("/metrics")).Text.Split('\n').Single(l => l.StartsWith($"trafficshifter_refused_requests_total{{reason=\"{reason}\"}}", StringComparison.Ordinal));
        return long.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
