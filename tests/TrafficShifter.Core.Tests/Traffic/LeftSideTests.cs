using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

public sealed class LeftSideTests
{
    private static readonly LeftSide Fresh = new() { Colour = Colour.Green, LockedAt = Some.Noon };

    /// <summary>Looks as (seconds after noon, sessions, requests since the watch began), and what is said after the last.</summary>
    public static readonly TheoryData<(int At, long Sessions, long Requests)[], bool, bool, string> Watches = new()
    {
        { [], true, false, "green has not been looked at yet" },
        { [(0, 0, 0)], true, true, "green is at 0 sessions so far, no request came to green since the rollback" },
        { [(0, 0, 0), (5, 0, 0)], false, true, "green is at 0 sessions, no request came to green since the rollback" },
        { [(0, 1, 0)], true, false, "1 session is still on green, open since before the rollback, no request came to green since the rollback; a rollback with \"sever\":true cuts them" },
        { [(0, 3, 0), (5, 3, 0)], true, false, "3 sessions are still on green, open since before the rollback, no request came to green since the rollback; a rollback with \"sever\":true cuts them" },
        { [(0, 0, 0), (4, 0, 7), (8, 0, 7)], true, true, "green is at 0 sessions so far, 7 requests came to green since the rollback, and no more" },
        { [(0, 0, 0), (4, 0, 7), (8, 0, 9)], true, false, "green is at 0 sessions, 9 requests came to green since the rollback" },
        { [(0, 0, 0), (4, 0, 7), (5, 0, 7), (10, 0, 7)], false, true, "green is at 0 sessions, 7 requests came to green since the rollback, and no more" },
        { [(0, 1, 0), (599, 1, 0)], true, false, "1 session is still on green, open since before the rollback, no request came to green since the rollback; a rollback with \"sever\":true cuts them" },
        { [(0, 1, 0), (600, 1, 0)], false, false, "1 session is still on green, open since before the rollback, no request came to green since the rollback; a rollback with \"sever\":true cuts them" },
    };

    [Theory]
    [MemberData(nameof(Watches))]
    public void A_side_is_watched_until_it_is_quiet_or_too_long_and_says_what_is_there((int At, long Sessions, long Requests)[] looks, bool watching, bool atZero, string says)
    {
        ArgumentNullException.ThrowIfNull(looks);
        var side = looks.Aggregate(Fresh, (seen, look) => seen.Next(look.Sessions, look.Requests, Some.Noon.AddSeconds(look.At)));

        (side.Watching, side.IsAtZero, side.Sentence).ShouldBe((watching, atZero, says));
    }

    [Fact]
    public void A_side_that_others_use_too_is_not_watched_for_long_and_never_said_to_be_at_0()
    {
        var shared = Fresh with { SharedWith = [AppName.Parse("api"), AppName.Parse("web")] };

        var first = shared.Next(0, 0, Some.Noon);
        (first.Watching, first.IsAtZero).ShouldBe((true, false));
        var last = first.Next(2, 100, Some.Noon.AddSeconds(30));
        last.Watching.ShouldBeFalse();
        last.Sentence.ShouldBe("green's servers also serve api, web: 2 sessions and 100 requests since the rollback are of all of them, and cannot be told apart");
    }

    [Fact]
    public void An_evacuated_side_is_watched_until_it_is_quiet_however_long_that_takes()
    {
        var seen = (Fresh with { IsEvacuated = true }).Next(1, 0, Some.Noon).Next(1, 0, Some.Noon.AddHours(3));
        seen.Watching.ShouldBeTrue();
        (seen.IsDue(Some.Noon.AddHours(3).AddSeconds(29)), seen.IsDue(Some.Noon.AddHours(3).AddSeconds(30))).ShouldBe((false, true));
        var gone = seen.Next(0, 0, Some.Noon.AddHours(4)).Next(0, 0, Some.Noon.AddHours(4).AddSeconds(30));
        (gone.Watching, gone.IsQuiet).ShouldBe((false, true));
        (Fresh with { IsEvacuated = true, SharedWith = [AppName.Parse("api")] }).Next(1, 0, Some.Noon).Next(1, 0, Some.Noon.AddMinutes(5)).Watching.ShouldBeTrue();
    }

    [Fact]
    public void Looks_are_a_second_apart_then_five_and_at_once_while_what_was_cut_is_ending()
    {
        Fresh.IsDue(Some.Noon).ShouldBeTrue();
        Fresh.IsEnding.ShouldBeFalse("nobody waits for a side whose turn to be looked at has not come");
        var seen = Fresh.Next(1, 0, Some.Noon);
        (seen.IsDue(Some.Noon.AddSeconds(0.9)), seen.IsDue(Some.Noon.AddSeconds(1))).ShouldBe((false, true));
        var later = seen.Next(1, 0, Some.Noon.AddSeconds(40));
        (later.IsDue(Some.Noon.AddSeconds(44)), later.IsDue(Some.Noon.AddSeconds(45))).ShouldBe((false, true));
        (seen with { Severed = 1 }).IsDue(Some.Noon).ShouldBeTrue();
        later.IsDue(Some.Noon.AddHours(-3)).ShouldBeTrue("the clock was set back");
        (Fresh.Next(0, 0, Some.Noon).Next(0, 0, Some.Noon.AddSeconds(5))).IsDue(Some.Noon.AddDays(1)).ShouldBeFalse("a quiet side costs nothing");
    }

    [Fact]
    public void What_was_cut_and_what_was_not_is_said()
    {
        (Fresh.Next(0, 0, Some.Noon) with { Severed = 3 }).Sentence.ShouldEndWith("; 3 sessions were cut");
        (Fresh.Next(1, 0, Some.Noon) with { NotSevered = "because" }).Sentence.ShouldEndWith("; sessions were not cut: because");
    }

    [Fact]
    public void All_nodes_together_say_that_nobody_is_left_or_which_ones_have_what()
    {
        var zero = Node("hap1", Fresh.Next(0, 0, Some.Noon).Next(0, 0, Some.Noon.AddSeconds(5)) with { Severed = 2 });
        var first = Node("hap5", Fresh.Next(0, 0, Some.Noon));
        var open = Node("hap2", Fresh.Next(1, 0, Some.Noon));
        var unknown = NodeStatus.Unknown("hap3", "away");
        var none = new NodeStatus { Node = "hap4", Progress = NodeProgress.NotServing };

        LeftBehind.Describe([zero, none]).ShouldBe("green is at 0 on hap1: no session is left, and no request came since the rollback; 2 sessions were cut");
        LeftBehind.Describe([zero, zero with { Node = "hap2" }]).ShouldBe("green is at 0 on all 2 nodes: no session is left, and no request came since the rollback; 4 sessions were cut");
        LeftBehind.Describe([zero, first]).ShouldBe("green is at 0 on all 2 nodes so far: no session is left, and no request came since the rollback; 2 sessions were cut");
        LeftBehind.Describe([zero with { Progress = NodeProgress.Lagging }]).ShouldBe("hap1: what is left there is not known, because the rollback is not observed there");
        LeftBehind.Describe([zero, open, unknown]).ShouldBe($"hap2: {open.Observation!.Left!.Sentence}. hap3: what is left there is not known, because the rollback is not observed there");
        LeftBehind.Describe([none]).ShouldBe("no node serves the application");
        LeftBehind.FindProblems([zero, open, unknown]).ShouldBeEmpty();
        LeftBehind.FindProblems([Node("hap1", Fresh.Next(0, 0, Some.Noon).Next(0, 4, Some.Noon.AddSeconds(1)))]).Single()
            .ShouldBe("hap1: green is at 0 sessions, 4 requests came to green since the rollback; something still sends users there, HAProxy's own persistence or a rule of haproxy.cfg");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_side_to_which_persistence_brings_its_users_back_is_at_0_only_in_maintenance(bool maintenance)
    {
        var quiet = Fresh.Next(0, 0, Some.Noon).Next(0, 0, Some.Noon.AddSeconds(5)) with { InMaintenance = maintenance };
        var node = Node("hap1", quiet);
        node = node with { Observation = node.Observation! with { Persistence = new Persistence("SRV") } };

        LeftBehind.Describe([node]).ShouldBe(maintenance
            ? "green is at 0 on hap1: no session is left, and no request came since the rollback"
            : "hap1: green is at 0 sessions, no request came to green since the rollback; its backend has cookie \"SRV\" in haproxy.cfg: users that it keeps stay on green at weight 0");
    }

    [Fact]
    public void All_applications_together_say_it_in_one_sentence_and_count_shared_servers_once()
    {
        var pool = Fresh with { Backend = ProxyName.Parse("web_green") };
        var quiet = pool.Next(0, 0, Some.Noon).Next(0, 0, Some.Noon.AddSeconds(5)) with { Severed = 2 };
        var zero = Of("hap1", Seen("api", quiet), Seen("web", quiet), Seen("cart", Fresh.Next(0, 0, Some.Noon)));
        var open = Of("hap2", Seen("api", pool.Next(3, 0, Some.Noon)), Seen("web", pool.Next(3, 0, Some.Noon)), Seen("cart", Fresh), Seen("shop", quiet) with { InSync = false, Problem = "why" });
        var kept = Of("hap4", Seen("api", quiet) with { Persistence = new Persistence("SRV") });
        var none = Of("hap5", Seen("api", quiet) with { Served = false });

        (zero.Progress, zero.Observed, zero.NotObserved).ShouldBe((NodeProgress.Observed, 3, 0));
        LeftBehind.Describe([zero, none]).ShouldBe("the sides that were left are at 0 on hap1 so far: no session of 3 applications is left, and no request came since the rollback; 2 sessions were cut");
        (open.Progress, open.Observed, open.NotObserved, open.Problem).ShouldBe((NodeProgress.Failing, 3, 1, "why"));
        open.Exceptions.ShouldBe(["shop"]);
        LeftBehind.Describe([zero, open, FleetNodeStatus.Unknown("hap3", "away")]).ShouldBe("hap2: what 1 application left (shop) is not known, because the rollback is not observed there; "
            + "3 sessions are still on the sides that were left, 0 requests came there since the rollback (3 applications: api, cart, web); what 1 application left is not known yet. "
            + "hap3: what is left there is not known, because the rollback is not observed there");
        LeftBehind.Describe([kept]).ShouldContain("the backends of 1 application have persistence in haproxy.cfg: users that it keeps stay at weight 0");
        LeftBehind.Describe([none]).ShouldBe("no node serves an application");
        FleetNodeStatus.Of("hap1", [Seen("api", quiet)], 4, 5, null).Progress.ShouldBe(NodeProgress.Lagging);
        (FleetNodeStatus.AreObserved([zero, none]), FleetNodeStatus.AreObserved([zero, open]), FleetNodeStatus.AreObserved([none])).ShouldBe((true, false, false));

        static AppObservation Seen(string app, LeftSide left) => new() { Node = "hap1", App = AppName.Parse(app), Served = true, InSync = true, Index = 5, Left = left };
        static FleetNodeStatus Of(string node, params AppObservation[] apps) => FleetNodeStatus.Of(node, apps, 5, 5, null);
    }

    private static NodeStatus Node(string name, LeftSide left) =>
        NodeStatus.Of(name, new AppObservation { Node = name, App = Some.Shop, Served = true, InSync = true, Index = 5, Left = left }, 5, 5);
}
