using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Server.Targets;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Server.Traffic;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Targets;

/// <summary>Rules that are a manifest and chunks in the store.</summary>
public sealed class LargeTargetsTests : TargetsFixture
{
    private readonly ManualTime _time = new();

    private protected override TimeProvider? Time => _time;

    [Fact]
    public async Task Ten_thousand_users_arrive_are_edited_and_leave_no_old_chunk()
    {
        await PutAsync(10_000);
        RowOf("user-09999").ShouldBe("-1");
        var first = await ChunksAsync();
        first.Count.ShouldBe(2);
        (await Server.Store.FindAsync("targets/shop", CancellationToken.None))!.Value.Length.ShouldBeLessThan(1000);

        (await Server.DeleteAsync(Targets + "/users/user-00000")).ShouldBe(HttpStatusCode.OK)["users"].GetValue<int>().ShouldBe(9_999);
        await Server.EventuallyAsync(() => RowOf("user-00000") is null, "the user's row gone");
        (await ChunksAsync()).ShouldNotBe(first);
        (await ChunksAsync()).Count.ShouldBe(2);

        (await Server.PutAsync(Targets, """{"users":{"alice":"green"}}""")).ShouldBe(HttpStatusCode.OK);
        (await ChunksAsync()).ShouldBeEmpty();
        await Server.EventuallyAsync(() => RowOf("user-00001") is null && RowOf("alice") == "-1", "alice alone");
    }

    [Fact]
    public async Task A_writer_that_died_before_its_manifest_changed_nothing_and_its_chunks_are_swept()
    {
        await PutAsync(2_000);
        var good = await ChunksAsync();
        await Server.WriteAsync("target-chunks/shop/01JD0000000000000000000000/0", "{\"users\":{\"eve\":\"gr");

        (await Server.GetAsync(Targets))["users"].AsObject().Count.ShouldBe(2_000);
        RowOf("eve").ShouldBeNull();

        // A chunk that no manifest names now may be one that is being written: it goes when it is found twice.
        var janitor = Server.Services.GetServices<IHostedService>().OfType<Janitor>().Single();
        await Server.EventuallyAsync(() => Server.Services.GetRequiredService<ILeaderLease>().Fence is not null, "this process leads");
        await janitor.CleanAsync(CancellationToken.None);
        (await ChunksAsync()).Count.ShouldBe(good.Count + 1);
        await janitor.CleanAsync(CancellationToken.None);
        (await ChunksAsync()).ShouldBe(good);
    }

    [Fact]
    public async Task Chunks_that_are_not_those_of_the_manifest_leave_the_last_good_rules_and_are_reported()
    {
        await PutAsync(2_000);
        var chunk = (await ChunksAsync()).Single();
        var manifest = (await Server.Store.FindAsync("targets/shop", CancellationToken.None))!.Value;
        var text = (await Server.Store.FindAsync(chunk, CancellationToken.None))!.Value;
        await Server.WriteAsync(chunk, text.Replace("user-00000", "user-xxxxx", StringComparison.Ordinal));
        await TouchAsync(manifest.Replace("\"schema\":1", "\"schema\":1,\"touched\":1", StringComparison.Ordinal));

        await Server.EventuallyAsync(Shop + "/status", s => s["problems"]!.AsArray().Any(p => p!.GetValue<string>().StartsWith("targets/shop is not valid: the chunks", StringComparison.Ordinal)), "the broken rules reported");
        RowOf("user-00000").ShouldBe("-1");
        (await Server.GetAsync(Targets))["warnings"][0]!.GetValue<string>().ShouldContain("the last valid target rules stay");

        await Server.WriteAsync(chunk, text);
        await TouchAsync(manifest);
        await Server.EventuallyAsync(Shop + "/status", s => s["problems"]!.AsArray().Count == 0, "the rules whole again");
    }

    [Fact]
    public async Task An_agent_that_restarts_has_the_rules_on_its_disk()
    {
        await PutAsync(2_000);
        await Server.StopAsync();
        Server.LoadBalancer.HAProxy.Restart();
        await Server.StartAsync(storeAway: true);

        var known = Server.Services.GetRequiredService<TrafficFollower>().Current.Find(AppName.Parse("shop"));
        known.Targets.Value!.Users.Count.ShouldBe(2_000);
    }

    [Fact]
    public async Task Rules_that_a_wiped_store_lost_are_written_again_with_the_definition()
    {
        await PutAsync(2_000);
        foreach (var prefix in new[] { "apps/", "weights/", "state/", "targets/", "target-chunks/", "claims/" })
            foreach (var entry in (await Server.Store.ListAsync(prefix, CancellationToken.None)).Entries)
                await Server.Store.CommitAsync(ChangeSet.Empty.With(new Change.Remove(entry.Key, entry.ModifyIndex)), CancellationToken.None);

        (await Server.PutAsync(Shop, Definition("shop", "[\"staff\",\"beta\"]"))).Status.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.Created);

        (await Server.GetAsync(Targets))["users"].AsObject().Count.ShouldBe(2_000);
        (await Server.ReadAsync("claims/target-users"))["users"]!.GetValue<int>().ShouldBe(2_000);
        (await ChunksAsync()).Count.ShouldBe(1);
    }

    /// <remarks>Both counted before either writes: what two replicas do at their worst.</remarks>
    [Fact]
    public async Task Of_two_applications_that_grow_at_once_one_counts_anew()
    {
        await RegisterAsync("other");
        var (documents, reader) = (Server.Services.GetRequiredService<TargetDocuments>(), Server.Services.GetRequiredService<TrafficReader>());
        var rules = new TargetRules { Users = new Dictionary<UserId, Colour> { [UserId.Parse("alice")] = Colour.Green } };
        var changes = new List<ChangeSet>();
        foreach (var app in new[] { "shop", "other" })
        {
            var current = (await reader.ReadWithTargetsAsync(AppName.Parse(app), CancellationToken.None)).App;
            var note = new ChangeNote($"id-{app}", "anna", null, DateTimeOffset.UnixEpoch);
            changes.Add(TargetChanges.Set(current, rules, (await documents.PrepareAsync(current, rules, note, CancellationToken.None)).Changes, note));
        }

        var results = await Task.WhenAll(changes.Select(change => Server.Store.CommitAsync(change, CancellationToken.None)));

        results.OfType<CommitResult.Committed>().Count().ShouldBe(1);
        results.OfType<CommitResult.Conflict>().Single().Keys.ShouldBe([Keys.TargetUsers]);
    }

    private async Task PutAsync(int users)
    {
        (await Server.PutAsync(Targets, Users(users))).ShouldBe(HttpStatusCode.OK);
        await Server.EventuallyAsync(() => Maps.Find(MapFile.Apps, "shop")?[0] == 'S' && RowOf($"user-{users - 1:D5}") == "-1", "the rules in the maps");
    }

    private async Task TouchAsync(string manifest)
    {
        await Server.WriteAsync("targets/shop", manifest);
        await Server.Services.GetRequiredService<TrafficWriter>().AnnounceAsync(["targets/shop"], CancellationToken.None);
    }
}
