using System.Text.Json;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Claims;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Tests.Traffic;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Tests.Documents;

/// <summary>The stored form of every document but the rollout's, which is pinned beside its own tests.</summary>
public sealed class GoldenDocumentTests
{
    [Fact]
    public void A_definition_by_prefix() => Golden.Matches("app.json", Some.Definition);

    [Fact]
    public void A_definition_with_everything() => Golden.Matches("app-full.json", Some.Definition with
    {
        Hosts = [HostName.Parse("shop.example.com")],
        Owners = ["team checkout"],
        Labels = new Dictionary<string, string> { ["tier"] = "shop", ["example.com/zone"] = "" },
        Criticality = 80,
        Plan = "careful",
        Routing = new Routing { Backend = ProxyName.Parse("be_shop"), Blue = new ServerSelector { Servers = [ProxyName.Parse("web1")] }, Green = new ServerSelector { Prefix = "new" } },
    });

    [Fact]
    public void A_definition_that_accepts_persistence() => Golden.Matches("app-persistence.json", Some.Definition with { Routing = Some.Definition.Routing with { OnPersistence = OnPersistence.Warn } });

    [Fact]
    public void A_definition_of_map_routing() => Golden.Matches("app-map.json", Some.Definition with
    {
        Hosts = [HostName.Parse("shop.example.com"), HostName.Parse("www.shop.example.com")],
        Groups = [GroupName.Parse("staff")],
        Routing = new Routing { Kind = RoutingKind.Map, Pool = PoolName.Parse("web") }.WithDefaults(),
    });

    [Fact]
    public void Target_rules() => Golden.Matches("targets.json", new TargetRules
    {
        Users = new Dictionary<UserId, Colour> { [UserId.Parse("alice")] = Colour.Green },
        OptOut = [UserId.Parse("bob")],
        Groups = [new GroupRule(GroupName.Parse("staff"), Colour.Green), new GroupRule(GroupName.Parse("beta"), Colour.Green, GroupSource.Cookie)],
        Networks = [new NetworkRule(Network.Parse("10.1.0.0/16"), Colour.Blue)],
    });

    [Fact]
    public void Target_rules_in_chunks() => Golden.Matches("targets-chunked.json", new TargetRules
    {
        By = "anna", Reason = "beta testers", At = Some.Noon, Change = Some.Note.Id, Chunked = new TargetChunks(Some.Note.Id, 2, "e3b0c44298fc1c149afbf4c8996fb924", 10_000),
    });

    [Fact]
    public void The_number_of_all_users_of_target_rules() => Golden.Matches("target-users.json", new TargetTotal { Users = 10_003 });

    [Fact]
    public void A_history_of_target_rules() => Golden.Matches("targets-summary.json", new TargetSummary { Users = 30, OptOut = 1, Groups = 2, Networks = 0, Differences = ["user alice → green"], MoreDifferences = 3 });

    [Fact]
    public void A_claim_of_a_host() => Golden.Matches("claim-host.json", new HostClaim { App = Some.Shop });

    [Fact]
    public void A_claim_of_servers() => Golden.Matches("claim-backend.json", BackendClaim.Nobody.With(Some.Shop, ServersClaim.Of(Some.Definition.Routing)));

    [Fact]
    public void A_tombstone() => Golden.Matches("app-deleted.json", Some.Definition with { Deleted = true });

    [Fact]
    public void Weights_by_hand() => Golden.Matches("weights-by-hand.json", Some.Weights(50, 50));

    [Fact]
    public void Weights_with_everything() =>
        Golden.Matches("weights.json", new Weights { Blue = 90, Green = 10, By = "anna", Reason = "release 42", At = Some.Noon, Change = Some.Note.Id, Force = true });

    [Fact]
    public void A_state() => Golden.Matches("state.json", Some.State);

    [Fact]
    public void A_state_with_everything() => Golden.Matches("state-locked.json", new AppState
    {
        Stable = Colour.Green, Rollout = "shop-01jd2x3y4z5a6b7c8d9e0f1g2h", Lock = Some.Lock(Colour.Blue) with { Force = true, Sever = true },
    });

    [Fact]
    public void A_rollback_of_all() => Golden.Matches("fleet-rollback.json", Some.Rollback(RollbackTarget.Stable));

    [Fact]
    public void A_rollback_of_all_that_severs() => Golden.Matches("fleet-rollback-sever.json", Some.Rollback(RollbackTarget.Blue) with { Sever = true });

    [Fact]
    public void An_override() => Golden.Matches("override.json", new TrafficOverride
    {
        Id = "01JD2X3Y4Z5A6B7C8D9E0F1G2H", App = Some.Shop, To = RollbackTarget.Stable, By = "anna", Reason = "errors", At = Some.Noon, Sever = true,
    });

    [Fact]
    public void A_feed_entry()
    {
        var change = (Change.Set)FeedSlot.Begin("host-1", 1_000, 1).After(["weights/cart"]).Tell(["weights/shop", "state/shop"]);
        change.Key.ShouldBe("feed/host-1/1");
        Golden.Matches("feed.json", JsonSerializer.Deserialize<FeedEntry>(change.Value, DocumentJson.Options)!);
    }

    [Fact]
    public void A_history_entry()
    {
        var change = (Change.Set)Some.Note.Entry(Some.Shop, "weights.set", "blue 100% / green 0% → blue 90% / green 10% by anna", Some.Weights(100, 0), Some.Weights(90, 10));
        Golden.Matches("history.json", JsonSerializer.Deserialize<HistoryEntry>(change.Value, DocumentJson.Options)!);
    }

    [Fact]
    public void A_node() => Golden.Matches("node.json", new NodeRegistration { Node = "hap1", Address = "http://10.0.0.7:8081", Exporter = "http://10.0.0.7:8405/metrics", At = Some.Noon });

    [Fact]
    public void A_sign_of_life() =>
        Golden.Matches("live.json", new NodeLiveness { ObservedIndex = 7, Exceptions = ["shop"], HaproxyPid = 415, Version = "2.6.12", DriftRepaired = 2, LastDrift = "shop: green was 10% and was found at 50%", Problem = "away", At = Some.Noon });
}
