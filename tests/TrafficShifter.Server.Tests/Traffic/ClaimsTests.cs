using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Claims;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Tests.Traffic;

public sealed class ClaimsTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync();
        _server.LoadBalancer.HAProxy.Configure("other_back", ("blue1", 1), ("green1", 1));
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_host_belongs_to_one_application_until_it_is_dropped()
    {
        (await PutAsync("shop", "shop_back", "shop.test", "www.shop.test")).ShouldBe(HttpStatusCode.Created);
        (await _server.ReadAsync("claims/host/shop.test"))["app"]!.GetValue<string>().ShouldBe("shop");

        var refused = await PutAsync("copy", "other_back", "www.shop.test");
        refused.ShouldBeProblem(409, "conflict", null, "host \"www.shop.test\" belongs to the application \"shop\"");
        refused["current"]["name"]!.GetValue<string>().ShouldBe("shop");

        (await PutAsync("shop", "shop_back", "shop.test")).ShouldBe(HttpStatusCode.OK);
        (await PutAsync("copy", "other_back", "www.shop.test")).ShouldBe(HttpStatusCode.Created);
        (await PutAsync("shop", "shop_back", "shop.test", "www.shop.test")).ShouldBeProblem(409, "conflict", null, "belongs to the application \"copy\"");
    }

    [Fact]
    public async Task A_deleted_application_leaves_no_claim()
    {
        (await PutAsync("shop", "shop_back", "shop.test")).ShouldBe(HttpStatusCode.Created);
        (await _server.DeleteAsync("/api/v1/apps/shop")).ShouldBe(HttpStatusCode.NoContent);

        (await _server.Store.ListAsync("claims/", CancellationToken.None)).Entries.ShouldBeEmpty();
        (await PutAsync("copy", "shop_back", "shop.test")).ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Claims_that_are_gone_come_back_with_the_next_PUT_and_protect_meanwhile()
    {
        (await PutAsync("shop", "shop_back", "shop.test")).ShouldBe(HttpStatusCode.Created);
        foreach (var claim in (await _server.Store.ListAsync("claims/", CancellationToken.None)).Entries)
            await _server.Store.CommitAsync(ChangeSet.Empty.With(new Change.Remove(claim.Key, claim.ModifyIndex)), CancellationToken.None);
        await _server.EventuallyAsync(() => _server.Services.GetRequiredService<TrafficFollower>().Current.Apps.ContainsKey(AppName.Parse("shop")), "the follower knows shop");

        (await PutAsync("copy", "other_back", "shop.test")).ShouldBeProblem(409, "conflict", null, "belongs to the application \"shop\"");
        (await PutAsync("shop", "shop_back", "shop.test")).ShouldBe(HttpStatusCode.OK);
        (await _server.ReadAsync("claims/host/shop.test"))["app"]!.GetValue<string>().ShouldBe("shop");
        (await _server.ReadAsync("claims/backend/shop_back"))["apps"]!["shop"]!["green"]!["prefix"]!.GetValue<string>().ShouldBe("green");
    }

    [Fact]
    public async Task Replacing_all_hosts_at_once_is_refused_with_the_way_to_do_it()
    {
        (await PutAsync("shop", "shop_back", Hosts("a"))).ShouldBe(HttpStatusCode.Created);
        (await PutAsync("shop", "shop_back", Hosts("b"))).ShouldBeProblem(422, "impossible", "/hosts", "at most 50 hosts together");
        (await PutAsync("shop", "shop_back")).ShouldBe(HttpStatusCode.OK);
        (await PutAsync("shop", "shop_back", Hosts("b"))).ShouldBe(HttpStatusCode.OK);
        (await _server.DeleteAsync("/api/v1/apps/shop")).ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Of_two_calls_at_once_for_one_host_one_wins()
    {
        for (var round = 0; round < 10; round++)
        {
            var answers = await Task.WhenAll(PutAsync($"a{round}", "shop_back", $"h{round}.test"), PutAsync($"b{round}", "other_back", $"h{round}.test"));
            answers.Count(a => a.Status == HttpStatusCode.Created).ShouldBe(1, string.Join("; ", answers.Select(a => a.Text)));
            answers.Single(a => !a.IsSuccess).ShouldBeProblem(409, "conflict", null, "belongs to the application");
            foreach (var app in new[] { "a", "b" }) await _server.DeleteAsync($"/api/v1/apps/{app}{round}");
        }
    }

    /// <remarks>Both have read that the host is free before either writes: what two replicas do at their worst.</remarks>
    [Theory]
    [InlineData("one.test", "one.test", "x", "y")]
    [InlineData("one.test", "two.test", "blue", "blue")]
    public async Task Of_two_replicas_that_saw_it_free_one_wins(string hostA, string hostB, string blueA, string blueB)
    {
        var reader = _server.Services.GetRequiredService<ClaimReader>();
        TrafficWriter[] writers = [new(_server.Store, "replica-1", TimeProvider.System), new(_server.Store, "replica-2", TimeProvider.System)];
        AppDefinition[] both = [Definition("a", hostA, blueA), Definition("b", hostB, blueB)];
        var changes = new List<ChangeSet>();
        foreach (var next in both)
        {
            var granted = (await reader.PlanAsync(next.Name, null, next, CancellationToken.None)).ShouldBeOfType<ClaimOutcome.Granted>();
            changes.Add(TrafficChanges.Save(new AppTraffic(next.Name), next, Colour.Blue, new ChangeNote($"id-{next.Name}", "anna", null, DateTimeOffset.UnixEpoch)).With([.. granted.Changes]));
        }

        var results = await Task.WhenAll(writers.Zip(changes, (writer, change) => writer.CommitAsync(change, CancellationToken.None)));

        results.OfType<CommitResult.Committed>().Count().ShouldBe(1);
        results.OfType<CommitResult.Conflict>().Single().Keys.ShouldAllBe(k => k.StartsWith("claims/", StringComparison.Ordinal));
        (await _server.Store.ListAsync("apps/", CancellationToken.None)).Entries.Count.ShouldBe(1, "nothing of the loser is written");
    }

    private static AppDefinition Definition(string app, string host, string blue) => new()
    {
        Name = AppName.Parse(app),
        Hosts = [HostName.Parse(host)],
        Routing = new Routing { Backend = ProxyName.Parse("back"), Blue = new ServerSelector { Prefix = blue }, Green = new ServerSelector { Prefix = $"{app}-green" } },
    };

    private static string[] Hosts(string prefix) => [.. Enumerable.Range(0, 50).Select(i => $"{prefix}{i}.test")];

    private Task<Answer> PutAsync(string app, string backend, params string[] hosts) =>
        _server.PutAsync($"/api/v1/apps/{app}", new JsonObject { ["hosts"] = new JsonArray([.. hosts.Select(h => JsonValue.Create(h))]), ["routing"] = new JsonObject { ["backend"] = backend } }.ToJsonString());
}
