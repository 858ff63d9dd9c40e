using System.Net;
using System.Net.Http.Headers;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Security;

public sealed class TokensTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartNewAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task The_first_start_writes_a_token_that_only_its_owner_can_read_and_stores_its_hash()
    {
        _server.Token.ShouldMatch("^tsh_[0-9A-Za-z]{49}$");
        await _server.EventuallyAsync(() => File.Exists(Path.Combine(_server.Folder, "tokens.json")), "tokens.json");
        foreach (var file in new[] { "admin.token", "tokens.json", "store.json" })
            if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(Path.Combine(_server.Folder, file)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
        foreach (var file in Directory.GetFiles(_server.Folder).Where(f => !f.EndsWith("admin.token", StringComparison.Ordinal) && !f.EndsWith(".lock", StringComparison.Ordinal)))
            (await File.ReadAllTextAsync(file)).ShouldNotContain(_server.Token);
        (await _server.GetAsync("/api/v1/apps")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_second_start_keeps_the_token()
    {
        var token = _server.Token;
        await _server.StopAsync();

        await _server.StartAsync();

        _server.Token.ShouldBe(token);
        (await _server.GetAsync("/api/v1/apps")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_wiped_store_gets_the_same_token_again()
    {
        var token = _server.Token;
        await _server.StopAsync();
        File.Delete(Path.Combine(_server.Folder, "store.json"));

        await _server.StartAsync();

        _server.Token.ShouldBe(token);
        await _server.EventuallyAsync("/api/v1/apps", _ => true, "the token accepted");
        (await _server.Store.FindAsync("tokens/admin", CancellationToken.None)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_wiped_store_gets_everybodys_token_again()
    {
        var ben = await Client.MakeTokenAsync(_server, "ben", "operator");
        await _server.StopAsync();
        File.Delete(Path.Combine(_server.Folder, "store.json"));

        await _server.StartAsync();

        await _server.EventuallyAsync("/api/v1/tokens", t => t.AsArray().Count == 2, "both tokens in the store");
        (await AskAsync(ben)).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_first_token_that_another_replica_makes_after_a_wipe_replaces_nobodys()
    {
        var (admin, ben, other) = (_server.Token, await Client.MakeTokenAsync(_server, "ben", "operator"), TokenSecret.New());
        var all = (await _server.Store.ListAsync("tokens/", CancellationToken.None)).Entries;
        var wiped = all.Aggregate(ChangeSet.Empty, (changes, e) => e.Key == "tokens/admin" ? changes : changes.With(new Change.Remove(e.Key, e.ModifyIndex)));

        await _server.Store.CommitAsync(wiped.With(new Change.Set("tokens/admin", $$"""{"schema":1,"id":"admin","sha256":"{{TokenSecret.Hash(other)}}","role":"admin","createdAt":"2026-01-01T00:00:00Z"}""")), CancellationToken.None);

        await _server.EventuallyAsync("/api/v1/tokens", t => t.AsArray().Count == 3, "the two known tokens beside the new one");
        foreach (var secret in new[] { admin, ben, other }) (await AskAsync(secret)).ShouldBe(HttpStatusCode.OK);
        var ids = (await _server.GetAsync("/api/v1/tokens")).Json!.AsArray().Select(t => t!["id"]!.GetValue<string>()).ToList();
        ids.ShouldContain("admin");
        ids.ShouldContain($"admin-{TokenSecret.Hash(admin)[..8]}");
    }

    [Fact]
    public async Task A_token_made_after_a_wipe_is_not_the_only_one()
    {
        var ben = await Client.MakeTokenAsync(_server, "ben", "operator");
        var all = (await _server.Store.ListAsync("tokens/", CancellationToken.None)).Entries;
        await _server.Store.CommitAsync(all.Aggregate(ChangeSet.Empty, (changes, e) => changes.With(new Change.Remove(e.Key, e.ModifyIndex))), CancellationToken.None);

        await Client.MakeTokenAsync(_server, "anna", "viewer");

        (await AskAsync(ben)).ShouldBe(HttpStatusCode.OK);
        (await _server.GetAsync("/api/v1/tokens")).Json!.AsArray().Select(t => t!["name"]!.GetValue<string>()).Order().ShouldBe(["admin", "anna", "ben"]);
    }

    [Fact]
    public async Task A_known_person_is_known_while_the_store_is_away_from_the_start()
    {
        await _server.StopAsync();

        await _server.StartAsync(storeAway: true);

        (await _server.GetAsync("/api/v1/nodes")).ShouldBe(HttpStatusCode.OK);
        (await AskAsync("ts_wrong")).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_token_made_elsewhere_is_found_and_a_broken_one_hurts_nobody()
    {
        var secret = TokenSecret.New();
        await _server.WriteAsync("tokens/broken", "nonsense");
        await _server.WriteAsync("tokens/short", """{"schema":1,"id":"short","sha256":"abc","role":"admin"}""");
        await _server.WriteAsync("tokens/second", $$"""{"schema":1,"id":"second","sha256":"{{TokenSecret.Hash(secret)}}","role":"admin","createdAt":"2026-01-01T00:00:00Z"}""");

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await AskAsync(secret) != HttpStatusCode.OK) patience.IsCancellationRequested.ShouldBeFalse("after 30 s still missing: the second token accepted");

        (await _server.GetAsync("/api/v1/apps")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_token_that_was_removed_is_not_taken_after_a_restart()
    {
        var secret = TokenSecret.New();
        await _server.WriteAsync("tokens/second", $$"""{"schema":1,"id":"second","sha256":"{{TokenSecret.Hash(secret)}}","role":"admin"}""");
        var entry = (await _server.Store.FindAsync("tokens/second", CancellationToken.None))!;
        await _server.Store.CommitAsync(ChangeSet.Empty.With(new Change.Remove(entry.Key, entry.ModifyIndex)), CancellationToken.None);
        await _server.StopAsync();

        await _server.StartAsync();

        (await AskAsync(secret)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    private async Task<HttpStatusCode> AskAsync(string token)
    {
        using var client = new HttpClient { BaseAddress = _server.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await client.GetAsync("/api/v1/nodes");
        return response.StatusCode;
    }
}
