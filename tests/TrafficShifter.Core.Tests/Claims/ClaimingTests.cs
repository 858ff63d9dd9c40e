using System.Globalization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Claims;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Tests.Traffic;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Tests.Claims;

public sealed class ClaimingTests
{
    private static readonly AppName Shop = Some.Shop;
    private static readonly AppDefinition OnMaps = Map("shop", "a.test", "b.test");
    private static readonly AppDefinition OnWeights = Weights("shop", "web", "blue", "green");

    [Fact]
    public void Hosts_are_claimed_with_the_definition_that_adds_them() =>
        Plan(null, OnMaps).ShouldBe(["put claims/host/a.test at 0", "put claims/host/b.test at 0"]);

    [Fact]
    public void Hosts_that_stay_cost_nothing_and_dropped_ones_are_freed() =>
        Plan(OnMaps, Map("shop", "b.test", "c.test"), Host("a.test", "shop", 7), Host("b.test", "shop", 7)).ShouldBe(["put claims/host/c.test at 0", "remove claims/host/a.test at 7"]);

    [Fact]
    public void A_claim_that_a_wiped_store_lost_is_written_again() =>
        Plan(OnMaps, OnMaps, Host("b.test", "shop", 9)).ShouldBe(["put claims/host/a.test at 0"]);

    [Fact]
    public void A_claim_of_its_own_that_was_left_behind_must_still_be_there_when_it_is_used() =>
        Plan(null, Map("shop", "a.test"), Host("a.test", "shop", 7)).ShouldBe(["unchanged claims/host/a.test at 7"]);

    [Fact]
    public void A_host_of_another_application_is_refused_with_its_name()
    {
        var rival = Map("forum", "b.test");
        var taken = Outcome(null, OnMaps, [Host("b.test", "forum", 7)], Known(rival, 5)).ShouldBeOfType<ClaimOutcome.Taken>();
        (taken.By, taken.Sentence).ShouldBe((rival, "host \"b.test\" belongs to the application \"forum\"; a host has one application"));
    }

    [Fact]
    public void A_host_of_another_application_is_refused_without_a_claim_too() =>
        Outcome(null, OnMaps, [], Known(Map("forum", "b.test"), 5)).ShouldBeOfType<ClaimOutcome.Taken>();

    [Theory]
    [InlineData(true, "other.test")]
    [InlineData(false, "b.test")]
    public void A_claim_whose_application_is_deleted_or_has_dropped_the_host_is_taken_over_while_that_stays_so(bool exists, string host)
    {
        var holder = Known(Map("forum", host) with { Deleted = !exists }, 5);
        Operations(Outcome(null, Map("shop", "b.test"), [Host("b.test", "forum", 7)], holder)).ShouldBe(["put claims/host/b.test at 7", "unchanged apps/forum at 5"]);
    }

    [Fact]
    public void A_claim_that_does_not_parse_holds_nobody_up() =>
        Plan(null, Map("shop", "a.test"), new Entry("claims/host/a.test", "oops", 7)).ShouldBe(["put claims/host/a.test at 7"]);

    [Fact]
    public void Deleting_frees_what_is_its_own_and_nothing_else() =>
        Plan(OnMaps, null, Host("a.test", "shop", 7), Host("b.test", "forum", 8)).ShouldBe(["remove claims/host/a.test at 7"]);

    [Fact]
    public void Servers_are_claimed_in_the_backend_s_one_document()
    {
        Plan(null, OnWeights).ShouldBe(["put claims/backend/web at 0"]);
        var changes = ((ClaimOutcome.Granted)Outcome(null, OnWeights, [])).Changes;
        ((Change.Put)changes[0]).Value.ShouldBe("""{"apps":{"shop":{"blue":{"prefix":"blue"},"green":{"prefix":"green"}}},"schema":1}""");
    }

    [Fact]
    public void Applications_with_other_servers_share_a_backend()
    {
        var forum = Weights("forum", "web", "f-blue", "f-green");
        var claim = Backend("web", 7, forum);
        var put = (Change.Put)((ClaimOutcome.Granted)Outcome(null, OnWeights, [claim], Known(forum, 5))).Changes.Single();
        put.Expected.ShouldBe(7ul);
        Read(put).Apps.Keys.ShouldBe(["forum", "shop"]);
        Operations(Outcome(OnWeights, null, [new Entry(put.Key, put.Value, 9)])).ShouldBe(["put claims/backend/web at 9"]);
        Operations(Outcome(OnWeights, null, [Backend("web", 7, OnWeights)])).ShouldBe(["remove claims/backend/web at 7"]);
    }

    [Theory]
    [InlineData("blue", "old", "the prefixes \"blue\" and \"blue\" overlap")]
    [InlineData("x", "b", "the prefixes \"blue\" and \"b\" overlap")]
    public void Servers_of_another_application_are_refused_with_its_name(string blue, string green, string shared)
    {
        var rival = Weights("forum", "web", blue, green);
        Outcome(null, OnWeights, [Backend("web", 7, rival)], Known(rival, 5)).ShouldBeOfType<ClaimOutcome.Taken>()
            .Sentence.ShouldBe($"servers of backend \"web\" belong to the application \"forum\": {shared}; a server has one application");
    }

    [Fact]
    public void Servers_of_an_application_that_left_the_backend_are_taken_over()
    {
        var left = Known(Weights("forum", "elsewhere", "blue", "green"), 5);
        var changes = Outcome(null, OnWeights, [Backend("web", 7, Weights("forum", "web", "blue", "green"))], left);
        Operations(changes).ShouldBe(["put claims/backend/web at 7", "unchanged apps/forum at 5"]);
        Read((Change.Put)((ClaimOutcome.Granted)changes).Changes[0]).Apps.Keys.ShouldBe(["shop"]);
    }

    [Fact]
    public void Moving_to_another_backend_or_to_maps_frees_the_servers()
    {
        Plan(OnWeights, Weights("shop", "new", "blue", "green"), Backend("web", 7, OnWeights)).ShouldBe(["remove claims/backend/web at 7", "put claims/backend/new at 0"]);
        Plan(OnWeights, Map("shop"), Backend("web", 7, OnWeights)).ShouldBe(["remove claims/backend/web at 7"]);
    }

    [Fact]
    public void Servers_that_stay_claimed_are_not_written_again() =>
        Plan(OnWeights, OnWeights, Backend("web", 7, OnWeights)).ShouldBe(["unchanged claims/backend/web at 7"]);

    [Fact]
    public void A_pool_is_shared_but_not_with_server_weights()
    {
        Outcome(null, Map("shop", "a.test"), [], Known(Map("forum", "b.test"), 5)).ShouldBeOfType<ClaimOutcome.Granted>();
        Outcome(null, Weights("shop", "pool_blue", "blue", "green"), [], Known(Map("forum", "b.test"), 5)).ShouldBeOfType<ClaimOutcome.Taken>()
            .Sentence.ShouldBe("backend \"pool_blue\" is shifted by maps for the application \"forum\"; a backend is shifted in one way");
        Outcome(null, Map("shop"), [], Known(Weights("forum", "pool_green", "blue", "green"), 5)).ShouldBeOfType<ClaimOutcome.Taken>()
            .Sentence.ShouldBe("backend \"pool_green\" is shifted by server weights for the application \"forum\"; a backend is shifted in one way");
    }

    [Fact]
    public void All_hosts_of_an_application_fit_into_one_change_and_twice_as_many_do_not()
    {
        var (all, others) = (Map("shop", Hosts("a")), Map("shop", Hosts("b")));
        Plan(null, all).Count.ShouldBe(50);
        Outcome(all, others, [.. Hosts("a").Select(h => Host(h, "shop", 7))]).ShouldBeOfType<ClaimOutcome.TooMany>().Sentence.ShouldStartWith("one change adds and drops at most 50 hosts together; this one needs 100");
        TrafficChanges.Save(new AppTraffic(Shop), all, Colour.Blue, Some.Note).With([.. ((ClaimOutcome.Granted)Outcome(null, all, [])).Changes]).Operations.ShouldBeLessThan(ChangeSet.MaxOperations - 2);
    }

    [Fact]
    public void Holders_are_those_whose_claims_are_in_the_way()
    {
        var next = OnWeights with { Hosts = [HostName.Parse("a.test")] };
        Claiming.FindHolders(next, [Host("a.test", "forum", 1), Host("z.test", "zoo", 1), Backend("web", 1, Weights("wiki", "web", "b", "x"), Weights("blog", "web", "y", "z"))])
            .Select(h => h.Value).ShouldBe(["forum", "wiki"], ignoreOrder: true);
        Claiming.FindRivals(next, [Map("forum", "a.test"), Map("zoo", "z.test"), next, Map("gone", "a.test") with { Deleted = true }]).Select(r => r.Value).ShouldBe(["forum"]);
    }

    private static string[] Hosts(string prefix) => [.. Enumerable.Range(0, 50).Select(i => $"{prefix}{i}.test")];

    private static AppDefinition Map(string name, params string[] hosts) => new()
    {
        Name = AppName.Parse(name), Hosts = [.. hosts.Select(h => HostName.Parse(h))], Routing = new Routing { Kind = RoutingKind.Map, Pool = PoolName.Parse("pool") }.WithDefaults(),
    };

    private static AppDefinition Weights(string name, string backend, string blue, string green) => new()
    {
        Name = AppName.Parse(name),
        Routing = new Routing { Backend = ProxyName.Parse(backend), Blue = new ServerSelector { Prefix = blue }, Green = new ServerSelector { Prefix = green } },
    };

    private static Entry Host(string host, string app, ulong index) => new($"claims/host/{host}", DocumentJson.Write(new HostClaim { App = AppName.Parse(app) }), index);

    private static Entry Backend(string backend, ulong index, params AppDefinition[] apps) =>
        new($"claims/backend/{backend}", DocumentJson.Write(apps.Aggregate(BackendClaim.Nobody, (claim, app) => claim.With(app.Name, ServersClaim.Of(app.Routing)))), index);

    private static Known<AppDefinition> Known(AppDefinition definition, ulong index) => Known<AppDefinition>.Nothing.Next(new Reading<AppDefinition>.Good(definition, index));

    private static BackendClaim Read(Change.Put put) => Reading.Of<BackendClaim>(new Entry(put.Key, put.Value, 1)).Find().ShouldNotBeNull();

    private static List<string> Plan(AppDefinition? before, AppDefinition? next, params Entry[] claims) => Operations(Outcome(before, next, claims));

    private static ClaimOutcome Outcome(AppDefinition? before, AppDefinition? next, IReadOnlyList<Entry> claims, params Known<AppDefinition>[] others) =>
        Claiming.Plan(Shop, before, next, claims.ToDictionary(c => c.Key), others.ToDictionary(o => o.Value!.Name));

    private static List<string> Operations(ClaimOutcome outcome) => [.. outcome.ShouldBeOfType<ClaimOutcome.Granted>().Changes.Select(c => c switch
    {
        Change.Put put => string.Create(CultureInfo.InvariantCulture, $"put {put.Key} at {put.Expected}"),
        Change.Remove remove => string.Create(CultureInfo.InvariantCulture, $"remove {remove.Key} at {remove.Expected}"),
        Change.Unchanged same => string.Create(CultureInfo.InvariantCulture, $"unchanged {same.Key} at {same.Expected}"),
        _ => c.ToString(),
    })];
}
