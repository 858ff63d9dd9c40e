using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Security;

public sealed class TokenCallsTests : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync(_time);
        await _server.RegisterShopAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_token_is_shown_once_stored_as_a_hash_and_does_what_it_was_made_for()
    {
        var made = (await _server.PostAsync("/api/v1/tokens", """{"name":"ci","role":"operator","apps":["shop"],"verbs":["shift"],"expiresIn":"1h","reason":"pipeline"}""")).ShouldBe(HttpStatusCode.Created);

        var secret = made["secret"].GetValue<string>();
        secret.ShouldMatch("^tsh_[0-9A-Za-z]{49}$");
        TokenSecret.IsMistyped(secret).ShouldBeFalse();
        var stored = (await _server.Store.ListAsync("", CancellationToken.None)).Entries;
        stored.ShouldAllBe(e => !e.Value.Contains(secret, StringComparison.Ordinal));
        stored.Where(e => e.Value.Contains(TokenSecret.Hash(secret), StringComparison.Ordinal)).Select(e => e.Key).ShouldBe([$"tokens/{made["id"]}"], "the hash is nowhere else");
        var listed = (await _server.GetAsync("/api/v1/tokens")).Json!.AsArray().Single(t => t!["name"]!.GetValue<string>() == "ci")!;
        listed["secret"].ShouldBeNull();
        listed["sha256"].ShouldBeNull();
        (listed["createdBy"]!.GetValue<string>(), listed["role"]!.GetValue<string>(), listed["apps"]![0]!.GetValue<string>()).ShouldBe(("admin", "operator", "shop"));

        using var ci = new Client(_server, secret);
        (await ci.SendAsync(HttpMethod.Put, "/api/v1/apps/shop/weights", """{"blue":90,"green":10}""")).ShouldBe(HttpStatusCode.OK)["by"].GetValue<string>().ShouldBe("ci");
        (await ci.PostAsync("/api/v1/apps/shop/rollback")).ShouldBeProblem(403, "forbidden", null, "whose verbs have rollback");
        (await ci.GetAsync("/api/v1/apps/blog")).ShouldBeProblem(403, "forbidden", null, "may not see \"blog\"");
    }

    [Fact]
    public async Task An_expired_token_is_refused_and_named_so_in_the_list()
    {
        using var short_ = new Client(_server, await Client.MakeTokenAsync(_server, "short", "viewer", ""","expiresIn":"1h" """));
        (await short_.GetAsync("/api/v1/nodes")).ShouldBe(HttpStatusCode.OK);

        _time.Advance(TimeSpan.FromHours(1));

        (await short_.GetAsync("/api/v1/nodes")).ShouldBeProblem(401, "unauthenticated", null, "not, or no longer, valid");
        (await _server.GetAsync("/api/v1/tokens")).Json!.AsArray().Single(t => t!["name"]!.GetValue<string>() == "short")!["expired"]!.GetValue<bool>().ShouldBeTrue();
    }

    [Fact]
    public async Task A_revoked_token_is_refused_at_once_and_the_history_says_who_did_it()
    {
        var secret = await Client.MakeTokenAsync(_server, "ben", "operator");
        using var ben = new Client(_server, secret);
        var id = (await ben.GetAsync("/api/v1/session"))["token"].GetValue<string>();

        (await _server.SendAsync(HttpMethod.Delete, $"/api/v1/tokens/{id}", """{"reason":"left"}""")).ShouldBe(HttpStatusCode.NoContent);

        (await ben.GetAsync("/api/v1/nodes")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        var entry = (await _server.GetAsync("/api/v1/history?kind=token.revoked")).Json!.AsArray().ShouldHaveSingleItem()!;
        (entry["by"]!.GetValue<string>(), entry["token"]!.GetValue<string>(), entry["from"]!.GetValue<string>(), entry["reason"]!.GetValue<string>()).ShouldBe(("admin", "admin", "127.0.0.1", "left"));
        entry.ToJsonString().ShouldNotContain(TokenSecret.Hash(secret));
    }

    [Fact]
    public async Task A_token_that_another_replica_revoked_is_heard_of_without_asking()
    {
        var secret = await Client.MakeTokenAsync(_server, "ben", "operator");
        using var ben = new Client(_server, secret);
        var id = (await ben.GetAsync("/api/v1/session"))["token"].GetValue<string>();
        var entry = (await _server.Store.FindAsync($"tokens/{id}", CancellationToken.None))!;

        await _server.Store.CommitAsync(ChangeSet.Empty.With(new Change.Remove(entry.Key, entry.ModifyIndex)), CancellationToken.None);

        // The clock stands still: it is the store that tells.
        var tokens = _server.Services.GetRequiredService<Tokens>();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (tokens.Known.FindById(id) is not null)
        {
            await _server.GetAsync("/healthz");
            patience.IsCancellationRequested.ShouldBeFalse("after 30 s still missing: the revocation");
        }
        (await ben.GetAsync("/api/v1/nodes")).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_disk_that_takes_nothing_keeps_no_revoked_token_valid_and_no_new_start_from_knowing_people()
    {
        using var ben = new Client(_server, await Client.MakeTokenAsync(_server, "ben", "operator"));
        var id = (await ben.GetAsync("/api/v1/session"))["token"].GetValue<string>();
        // A folder in the file's place: no rename goes over it, not even root's.
        File.Delete(Path.Combine(_server.Folder, "tokens.json"));
        Directory.CreateDirectory(Path.Combine(_server.Folder, "tokens.json", "in the way"));

        (await _server.DeleteAsync($"/api/v1/tokens/{id}")).ShouldBe(HttpStatusCode.NoContent);

        (await ben.GetAsync("/api/v1/nodes")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        await _server.StopAsync();
        await _server.StartAsync();
        (await _server.GetAsync("/api/v1/nodes")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_token_is_revoked_here_also_when_the_store_goes_away_right_after_the_write()
    {
        using var ben = new Client(_server, await Client.MakeTokenAsync(_server, "ben", "operator"));
        var id = (await ben.GetAsync("/api/v1/session"))["token"].GetValue<string>();
        _server.Store.AfterCommit = changes =>
        {
            if (changes.Changes.Any(c => c is Change.Remove && c.Key == $"tokens/{id}")) _server.Store.GoAway();
        };

        (await _server.DeleteAsync($"/api/v1/tokens/{id}")).ShouldBe(HttpStatusCode.NoContent);

        (await ben.GetAsync("/api/v1/nodes")).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_last_admin_cannot_be_revoked_and_the_first_one_can_once_there_is_another()
    {
        (await _server.DeleteAsync("/api/v1/tokens/admin")).ShouldBeProblem(409, "conflict", null, "last token that may make others");
        await Client.MakeTokenAsync(_server, "limited", "admin", ""","apps":["shop"] """);
        await Client.MakeTokenAsync(_server, "short", "admin", ""","expiresIn":"1m" """);
        _time.Advance(TimeSpan.FromMinutes(2));
        (await _server.DeleteAsync("/api/v1/tokens/admin")).ShouldBeProblem(409, "conflict", null, "last token that may make others");

        using var anna = new Client(_server, await Client.MakeTokenAsync(_server, "anna", "admin"));
        (await anna.SendAsync(HttpMethod.Delete, "/api/v1/tokens/admin")).ShouldBe(HttpStatusCode.NoContent);

        (await _server.GetAsync("/api/v1/nodes")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        File.Exists(Path.Combine(_server.Folder, "admin.token")).ShouldBeFalse("a wiped store would make the revoked token valid again");
    }

    [Fact]
    public async Task Two_admins_who_revoke_each_other_do_not_both_win()
    {
        var (one, two) = (await Client.MakeTokenAsync(_server, "one", "admin"), await Client.MakeTokenAsync(_server, "two", "admin"));
        using var first = new Client(_server, one);
        using var second = new Client(_server, two);
        var (idOne, idTwo) = ((await first.GetAsync("/api/v1/session"))["token"].GetValue<string>(), (await second.GetAsync("/api/v1/session"))["token"].GetValue<string>());
        (await first.SendAsync(HttpMethod.Delete, "/api/v1/tokens/admin")).ShouldBe(HttpStatusCode.NoContent);
        // The other one wins in the very moment of the first's write.
        _server.Store.BeforeCommit = changes => !changes.Changes.Any(c => c is Change.Remove && c.Key == $"tokens/{idTwo}") ? Task.CompletedTask : RemoveAsync($"tokens/{idOne}");

        (await first.SendAsync(HttpMethod.Delete, $"/api/v1/tokens/{idTwo}")).ShouldBeProblem(409, "conflict", null, "it is still valid");

        (await second.GetAsync("/api/v1/nodes")).ShouldBe(HttpStatusCode.OK);

        async Task RemoveAsync(string key)
        {
            _server.Store.BeforeCommit = null;
            await _server.Store.CommitAsync(ChangeSet.Empty.With(new Change.Remove(key, (await _server.Store.FindAsync(key, CancellationToken.None))!.ModifyIndex)), CancellationToken.None);
        }
    }

    [Fact]
    public async Task The_last_use_is_kept_to_the_hour_with_one_write_for_many_requests()
    {
        using var ben = new Client(_server, await Client.MakeTokenAsync(_server, "ben", "viewer"));
        for (var i = 0; i < 50; i++) (await ben.GetAsync("/api/v1/nodes")).ShouldBe(HttpStatusCode.OK);
        var uses = _server.Services.GetRequiredService<TokenUses>();
        await uses.WriteAsync(CancellationToken.None);
        _time.Advance(TimeSpan.FromMinutes(30));
        await ben.GetAsync("/api/v1/nodes");
        await uses.WriteAsync(CancellationToken.None);

        _server.Store.Commits.Count(c => c.Changes.Any(x => x.Key == "token-uses")).ShouldBe(1);
        (await _server.GetAsync("/api/v1/tokens")).Json!.AsArray().Single(t => t!["name"]!.GetValue<string>() == "ben")!["lastUsed"].ShouldNotBeNull();
    }

    [Theory]
    [InlineData("""{"name":"controller","role":"viewer"}""", 422, "/name", "how the service itself signs")]
    [InlineData("""{"name":"anna@example.com","role":"viewer"}""", 422, "/name", "those of people")]
    [InlineData("""{"name":"<script>","role":"viewer"}""", 422, "/name", "made of a-z")]
    [InlineData("""{"name":"x","role":"viewer","apps":[]}""", 422, "/apps", "1 to 50")]
    [InlineData("""{"name":"x","role":"viewer","verbs":["fly"]}""", 422, "/verbs", "\"fly\" is none of")]
    [InlineData("""{"name":"x","role":"viewer","verbs":["shift"]}""", 422, "/verbs", "needs the role operator")]
    [InlineData("""{"name":"x","role":"viewer","expiresIn":"1s"}""", 422, "/expiresIn", "1m to")]
    [InlineData("""{"name":"x","role":"king"}""", 400, "/role", "")]
    [InlineData("""{"name":"x","role":"viewer","apps":["Sh op"]}""", 400, "/apps/0", "")]
    [InlineData("""{"name":"x","role":"viewer","sha256":"00"}""", 400, "/sha256", "not a field")]
    public async Task A_token_that_cannot_be_is_refused(string body, int status, string at, string says) =>
        (await _server.PostAsync("/api/v1/tokens", body)).ShouldBeProblem(status, status == 400 ? "malformed" : "impossible", at, says);

    [Fact]
    public async Task Two_tokens_never_have_one_name() =>
        (await _server.PostAsync("/api/v1/tokens", """{"name":"admin","role":"viewer"}""")).ShouldBeProblem(409, "conflict", null, "there is a token \"admin\" already");

    [Fact]
    public async Task Who_may_define_may_not_give_an_application_to_where_they_may_not()
    {
        using var press = new Client(_server, await Client.MakeTokenAsync(_server, "press", "admin", ""","owners":["press"] """));
        _server.LoadBalancer.HAProxy.Configure("blog_back", ("blue1", 100), ("green1", 100));

        (await press.SendAsync(HttpMethod.Put, "/api/v1/apps/blog", """{"routing":{"backend":"blog_back"}}""")).ShouldBeProblem(403, "forbidden", null, "\"press\"");
        (await press.SendAsync(HttpMethod.Put, "/api/v1/apps/blog", """{"owners":["press"],"routing":{"backend":"blog_back"}}""")).ShouldBe(HttpStatusCode.Created);
        await _server.EventuallyAsync("/api/v1/apps/blog/status", s => s["observed"]!.GetValue<bool>(), "blog observed");
        (await press.SendAsync(HttpMethod.Put, "/api/v1/apps/blog", """{"owners":["shopkeepers"],"routing":{"backend":"blog_back"}}""")).ShouldBeProblem(403, "forbidden", null, "\"press\"");
        ((JsonArray)(await press.GetAsync("/api/v1/apps")).Json!).Select(a => a!["name"]!.GetValue<string>()).ShouldBe(["blog"], "what others own is not listed");
    }

    [Fact]
    public async Task Who_is_limited_by_owner_rolls_back_on_a_replica_that_starts_while_the_store_is_away()
    {
        var press = await Client.MakeTokenAsync(_server, "press", "operator", ""","owners":["press"] """);
        (await _server.PutAsync("/api/v1/apps/shop", """{"owners":["press"],"routing":{"backend":"shop_back"}}""")).ShouldBe(HttpStatusCode.OK);
        var kept = Path.Combine(_server.Folder, "owners.json");
        await _server.EventuallyAsync(() => File.Exists(kept) && File.ReadAllText(kept).Contains("press", StringComparison.Ordinal), "the owner of shop on disk");
        await _server.StopAsync();
        // What an agent keeps is not on the machine of an api alone.
        foreach (var file in Directory.GetFiles(_server.Folder, "desired.json*")) File.Delete(file);

        await _server.StartAsync(storeAway: true);

        using var client = new Client(_server, press);
        var asked = client.PostAsync("/api/v1/apps/shop/rollback");
        await _server.EventuallyAsync(() => asked.IsCompleted, "the answer");
        (await asked).IsSuccess.ShouldBeTrue();
        (await client.PostAsync("/api/v1/apps/blog/rollback")).ShouldBeProblem(403, "forbidden", null, "\"press\"");
    }

    [Fact]
    public async Task Whose_an_application_is_says_the_store_not_what_was_known_of_it()
    {
        using var press = new Client(_server, await Client.MakeTokenAsync(_server, "press", "admin", ""","owners":["press"] """));
        foreach (var app in new[] { "blog", "news" }) _server.LoadBalancer.HAProxy.Configure($"{app}_back", ("blue1", 100), ("green1", 100));
        (await press.SendAsync(HttpMethod.Put, "/api/v1/apps/news", """{"owners":["press"],"routing":{"backend":"news_back"}}""")).ShouldBe(HttpStatusCode.Created);
        await _server.EventuallyAsync("/api/v1/apps/news/status", s => s["observed"]!.GetValue<bool>(), "news observed");
        // Written without a word in the feed, so this replica has not heard of it.
        await _server.WriteAsync("state/blog", (await _server.ReadAsync("state/news")).ToJsonString());
        foreach (var app in new[] { "blog", "news" })
            await _server.WriteAsync($"apps/{app}", $$$"""{"schema":1,"name":"{{{app}}}","owners":["shopkeepers"],"routing":{"kind":"weights","backend":"{{{app}}}_back"}}""");

        (await press.SendAsync(HttpMethod.Put, "/api/v1/apps/blog", """{"owners":["press"],"routing":{"backend":"blog_back"}}""")).ShouldBeProblem(403, "forbidden", null, "\"press\"");
        (await press.SendAsync(HttpMethod.Put, "/api/v1/apps/news", """{"owners":["press"],"routing":{"backend":"news_back"}}""")).ShouldBeProblem(403, "forbidden", null, "\"press\"");
        (await press.SendAsync(HttpMethod.Delete, "/api/v1/apps/news")).ShouldBeProblem(403, "forbidden", null, "\"press\"");

        foreach (var app in new[] { "blog", "news" }) (await _server.ReadAsync($"apps/{app}"))["owners"]![0]!.GetValue<string>().ShouldBe("shopkeepers");
    }
}
