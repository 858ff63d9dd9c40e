using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Claims;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Testing.Peers;

namespace TrafficShifter.Consul.Tests;

/// <summary>Claims on a real Consul: of many replicas that saw a host free, one gets it, and nothing of the others is written.</summary>
public sealed class ConsulClaimsTests(ConsulFixture fixture) : IClassFixture<ConsulFixture>
{
    [Fact]
    public async Task Of_many_replicas_that_saw_a_host_free_one_wins()
    {
        var prefix = fixture.NewPrefix();
        var stores = Enumerable.Range(0, 8).Select(_ => Consuls.StoreOn(fixture.Consul.Address, prefix)).ToList();
        var apps = stores.Select((_, i) => Definition($"app{i}", "one.test")).ToList();

        var results = await Task.WhenAll(stores.Zip(apps, (store, app) => store.CommitAsync(Save(app), CancellationToken.None)));

        var winner = apps[results.ToList().FindIndex(r => r is CommitResult.Committed)];
        results.OfType<CommitResult.Conflict>().Count().ShouldBe(apps.Count - 1);
        (await stores[0].ListAsync(Keys.Apps, CancellationToken.None)).Entries.Single().Key.ShouldBe(Keys.App(winner.Name));
        Reading.Of<HostClaim>((await stores[0].FindAsync("claims/host/one.test", CancellationToken.None))!).Find()!.App.ShouldBe(winner.Name);
        foreach (var store in stores) await store.DisposeAsync();
    }

    [Fact]
    public async Task A_host_that_is_taken_over_stays_with_an_application_that_takes_it_back_at_the_same_moment()
    {
        await using var store = Consuls.StoreOn(fixture.Consul.Address, fixture.NewPrefix());
        var (held, dropped, rival) = (Definition("shop", "one.test"), Definition("shop"), Definition("copy", "one.test"));
        (await store.CommitAsync(Save(held), CancellationToken.None)).ShouldBeOfType<CommitResult.Committed>();
        // By hand: the definition has lost its host, the claim is left behind.
        var written = (CommitResult.Committed)await store.CommitAsync(ChangeSet.Empty.With(new Change.Set(Keys.App(held.Name), DocumentJson.Write(dropped))), CancellationToken.None);
        var claim = (await store.FindAsync("claims/host/one.test", CancellationToken.None))!;
        var holder = Known<AppDefinition>.Nothing.Next(new Reading<AppDefinition>.Good(dropped, written.Index));
        var takeOver = Save(rival, claim, holder);

        (await store.CommitAsync(ChangeSet.Empty.With(new Change.Put(Keys.App(held.Name), DocumentJson.Write(held), written.Index)), CancellationToken.None)).ShouldBeOfType<CommitResult.Committed>();

        (await store.CommitAsync(takeOver, CancellationToken.None)).ShouldBeOfType<CommitResult.Conflict>().Keys.ShouldBe([Keys.App(held.Name)]);
    }

    private static ChangeSet Save(AppDefinition next, Entry? claim = null, Known<AppDefinition>? holder = null)
    {
        var claims = claim is null ? new Dictionary<string, Entry>() : new Dictionary<string, Entry> { [claim.Key] = claim };
        var others = holder is null ? new Dictionary<AppName, Known<AppDefinition>>() : new Dictionary<AppName, Known<AppDefinition>> { [holder.Value!.Name] = holder };
        var granted = Claiming.Plan(next.Name, null, next, claims, others).ShouldBeOfType<ClaimOutcome.Granted>();
        var note = new ChangeNote($"id-{next.Name}", "anna", null, DateTimeOffset.UnixEpoch);
        return TrafficChanges.Save(new AppTraffic(next.Name), next, Colour.Blue, note).With([.. granted.Changes]);
    }

    private static AppDefinition Definition(string app, params string[] hosts) => new()
    {
        Name = AppName.Parse(app), Hosts = [.. hosts.Select(h => HostName.Parse(h))], Routing = new Routing { Kind = RoutingKind.Map, Pool = PoolName.Parse("web") },
    };
}
