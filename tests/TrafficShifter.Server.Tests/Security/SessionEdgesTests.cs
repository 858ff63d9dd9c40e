using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Server.Traffic;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Security;

/// <summary>Sessions between replicas, and at the same moment: one that was closed never opens again.</summary>
public sealed class SessionEdgesTests : IAsyncLifetime
{
    private static readonly (string, string) Ours = ("X-Shifter-Request", "1");
    private readonly ManualTime _time = new();
    private RunningServer _server = null!;

    private Sessions Here => _server.Services.GetRequiredService<Sessions>();

    public async Task InitializeAsync() => _server = await RunningServer.StartNewAsync(_time);

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_token_has_fifty_sessions_and_the_oldest_makes_room()
    {
        var eve = await Client.MakeTokenAsync(_server, "eve", "viewer");
        using var admin = await SignInAsync(_server.Token);
        var all = new List<Client>();
        for (var i = 0; i <= Sessions.MostPerToken; i++)
        {
            all.Add(await SignInAsync(eve));
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        (await all[0].GetAsync("/api/v1/session")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        foreach (var open in new[] { all[1], all[^1], admin }) (await open.GetAsync("/api/v1/session")).ShouldBe(HttpStatusCode.OK);
        (await StoredAsync()).Count.ShouldBe(Sessions.MostPerToken + 1);
        all.ForEach(c => c.Dispose());
    }

    [Fact]
    public async Task Replicas_that_open_too_many_together_agree_on_the_oldest()
    {
        var now = _time.GetUtcNow();
        for (var i = 0; i < Sessions.MostPerToken + 5; i++) await WriteAsync(TokenSecret.New(), now.AddSeconds(-i), now);
        var oldest = (await StoredAsync()).OrderBy(e => Reading.Of<SessionDocument>(e).Find()!.OpenedAt).Take(5).Select(e => e.Key).ToList();

        await _server.EventuallyAsync(() => StoredAsync().GetAwaiter().GetResult().Count == Sessions.MostPerToken, "the sessions beyond fifty gone");

        (await StoredAsync()).Select(e => e.Key).ShouldNotContain(key => oldest.Contains(key));
    }

    [Fact]
    public async Task A_use_that_another_replica_has_written_counts_here_at_once()
    {
        var secret = TokenSecret.New();
        await WriteAsync(secret, _time.GetUtcNow(), _time.GetUtcNow());
        (await FindAsync(secret)).Standing.ShouldBe(SessionStanding.Open);
        _time.Advance(TimeSpan.FromMinutes(29));
        await WriteAsync(secret, _time.GetUtcNow().AddMinutes(-29), _time.GetUtcNow());
        _time.Advance(TimeSpan.FromMinutes(2));

        (await FindAsync(secret)).Standing.ShouldBe(SessionStanding.Open);
    }

    [Fact]
    public async Task A_sign_out_wins_over_a_use_that_is_written_at_the_same_moment()
    {
        using var browser = await SignInAsync(_server.Token);
        var (key, cookie) = ((await StoredAsync()).ShouldHaveSingleItem().Key, browser.Cookies[0].Value);
        var raced = false;
        _server.Store.BeforeCommit = async changes =>
        {
            if (raced || !changes.Changes.Any(c => c is Change.Remove && c.Key == key)) return;
            raced = true;
            await WriteAsync(cookie, _time.GetUtcNow(), _time.GetUtcNow());
        };

        (await browser.SendAsync(HttpMethod.Delete, "/api/v1/session", null, Ours)).ShouldBe(HttpStatusCode.NoContent);

        raced.ShouldBeTrue();
        (await StoredAsync()).ShouldBeEmpty();
        (await FindAsync(cookie)).Standing.ShouldBe(SessionStanding.Over);
    }

    [Fact]
    public async Task What_was_closed_while_the_store_was_away_is_over_here_and_goes_when_it_is_back()
    {
        using var browser = await SignInAsync(_server.Token);
        var cookie = browser.Cookies[0].Value;
        _server.Store.GoAway();
        (await browser.SendAsync(HttpMethod.Delete, "/api/v1/session", null, Ours)).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await FindAsync(cookie)).Standing.ShouldBe(SessionStanding.Over);

        _server.Store.ComeBack();

        await _server.EventuallyAsync(() => StoredAsync().GetAwaiter().GetResult().Count == 0, "the session gone from the store");
        (await FindAsync(cookie)).Standing.ShouldBe(SessionStanding.Over);
    }

    [Fact]
    public async Task What_another_replica_closed_is_over_here_also_for_a_request_that_had_read_it_before()
    {
        var (secret, known) = (TokenSecret.New(), _server.Services.GetRequiredService<KnownSessions>());
        var read = new KnownSession(new SessionDocument { Token = "admin", OpenedAt = _time.GetUtcNow(), UsedAt = _time.GetUtcNow() }, _time.GetUtcNow(), IsStored: true);
        known.TryKeep(TokenSecret.Hash(secret), read).ShouldBeTrue();
        await _server.EventuallyAsync(() => known.Find(TokenSecret.Hash(secret)) is null, "the session that the store does not have forgotten");

        known.TryKeep(TokenSecret.Hash(secret), read).ShouldBeFalse();
    }

    [Fact]
    public async Task A_session_whose_writing_hangs_is_not_the_one_that_the_store_may_have_taken()
    {
        SessionDocument? sent = null;
        var hash = "";
        _server.Store.Hangs = key => key.StartsWith("sessions/", StringComparison.Ordinal);
        _server.Store.BeforeCommit = changes =>
        {
            if (changes.Changes.OfType<Change.Put>().FirstOrDefault(c => c.Key.StartsWith("sessions/", StringComparison.Ordinal)) is { } put) (hash, sent) = (put.Key["sessions/".Length..], new SessionDocument { Token = "admin", OpenedAt = _time.GetUtcNow(), UsedAt = _time.GetUtcNow() });
            return Task.CompletedTask;
        };
        var opening = Here.TryOpenAsync(_server.Services.GetRequiredService<Tokens>().Known.FindById("admin")!, CancellationToken.None);
        await _server.EventuallyAsync(() => opening.IsCompleted, "a session that is known here alone");

        sent.ShouldNotBeNull();
        TokenSecret.Hash((await opening)!).ShouldNotBe(hash);
        (await FindAsync((await opening)!)).Standing.ShouldBe(SessionStanding.Open);
    }

    [Fact]
    public async Task Cookies_that_are_over_are_no_guesses()
    {
        using var browser = await SignInAsync(_server.Token);
        var cookie = browser.Cookies[0].Value;
        await browser.SendAsync(HttpMethod.Delete, "/api/v1/session", null, Ours);
        var fromLastWeek = TokenSecret.New();
        using var back = new Client(_server);
        for (var i = 0; i < 3 * LoginLimits.PerAddress; i++)
            foreach (var stale in new[] { cookie, fromLastWeek })
                (await back.GetAsync("/api/v1/apps", ("Cookie", $"shifter={stale}"))).Status.ShouldBe(HttpStatusCode.Unauthorized);

        _server.Services.GetRequiredService<LoginLimits>().FindWait(IPAddress.Loopback).ShouldBeNull();
        (await _server.GetAsync("/metrics")).Text.ShouldContain("trafficshifter_refused_requests_total{reason=\"session-over\"} 60");
    }

    private Task<SessionFinding> FindAsync(string secret) => Here.FindAsync(secret, mayAsk: true, CancellationToken.None);

    private async Task<IReadOnlyList<Entry>> StoredAsync() => (await _server.Store.ListAsync("sessions/", CancellationToken.None)).Entries;

    private Task<CommitResult> WriteAsync(string secret, DateTimeOffset openedAt, DateTimeOffset usedAt) =>
        _server.WriteAsync($"sessions/{TokenSecret.Hash(secret)}", DocumentJson.Write(new SessionDocument { Token = "admin", OpenedAt = openedAt, UsedAt = usedAt }));

    private async Task<Client> SignInAsync(string token)
    {
        var browser = new Client(_server);
        (await browser.PostAsync("/api/v1/session", $$"""{"token":"{{token}}"}""", Ours)).ShouldBe(HttpStatusCode.OK);
        return browser;
    }
}
