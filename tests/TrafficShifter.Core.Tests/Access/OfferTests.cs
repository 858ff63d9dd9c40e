using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Tests.Traffic;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Access;

public sealed class OfferTests
{
    private static AppTraffic Quiet => Some.Snapshot(Some.Definition.At(1), Some.State.At(2), Some.Weights(100, 0).At(3)).Find(Some.Shop);

    [Fact]
    public void Of_a_quiet_application_everything_is_possible_but_to_unlock_it() =>
        Offer.FindBlocked(Quiet, null, null, false, true).Keys.ShouldBe(["unlock", "targets"], ignoreOrder: true);

    [Fact]
    public void Under_a_lock_it_is_unlocked_first()
    {
        var blocked = Offer.FindBlocked(Quiet, Some.Lock(Colour.Blue), null, false, true);
        blocked["shift"].ShouldStartWith("all traffic is locked to blue by ");
        blocked.Keys.ShouldBe(["shift", "start", "undo", "targets"], ignoreOrder: true);
    }

    [Fact]
    public void A_rollout_that_runs_is_in_the_way_of_another()
    {
        var running = Some.Snapshot(Some.Definition.At(1), (Some.State with { Rollout = "shop-01jd2x3y4z5a6b7c8d9e0f1g2h" }).At(2), Some.Weights(90, 10).At(3)).Find(Some.Shop);
        Offer.FindBlocked(running, null, null, false, true)["start"].ShouldBe("rollout shop-01jd2x3y4z5a6b7c8d9e0f1g2h is running");
    }

    [Fact]
    public void A_standstill_holds_what_goes_forward_and_no_rollback()
    {
        var blocked = Offer.FindBlocked(Quiet, null, "the line is stopped by anna", false, true);
        blocked["start"].ShouldBe("the line is stopped by anna");
        blocked.Keys.ShouldNotContain("rollback");
    }

    [Fact]
    public void Without_a_promotion_there_is_nothing_to_undo()
    {
        var blocked = Offer.FindBlocked(Quiet, null, null, false, false);
        blocked["undo"].ShouldBe("there is no promotion to undo");
        blocked.Keys.ShouldBe(["unlock", "targets", "undo"], ignoreOrder: true);
    }

    [Fact]
    public void With_the_store_away_only_the_way_back_is_open() =>
        Verbs.OfApps.Select(v => v.Name).Except(Offer.FindBlocked(Quiet, null, null, true, true).Keys).ShouldBe(["view", "rollback"]);

    [Fact]
    public void What_is_not_permitted_is_not_spoken_of() =>
        Offer.Of(["view"], new Dictionary<string, string> { ["unlock"] = "it is not locked" }).Blocked.ShouldBeEmpty();
}
