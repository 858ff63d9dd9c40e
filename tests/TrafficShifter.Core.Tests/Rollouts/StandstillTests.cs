using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Rollouts;

public sealed class StandstillTests
{
    private static readonly AppName Shop = AppName.Parse("shop");

    [Theory]
    [InlineData("""{"name":"new year","from":"2026-12-24T12:00:00Z","to":"2027-01-02T06:00:00Z"}""", "2026-12-24T11:59:59Z", null)]
    [InlineData("""{"name":"new year","from":"2026-12-24T12:00:00Z","to":"2027-01-02T06:00:00Z"}""", "2026-12-24T12:00:00Z", "frozen by \"new year\" until 2027-01-02 06:00 UTC")]
    [InlineData("""{"name":"new year","from":"2026-12-24T12:00:00Z","to":"2027-01-02T06:00:00Z"}""", "2027-01-02T06:00:00Z", null)]
    [InlineData("""{"name":"new year","from":"2026-12-24T13:00:00+01:00","to":"2027-01-02T07:00:00+01:00"}""", "2026-12-24T12:00:00Z", "frozen by \"new year\" until 2027-01-02 06:00 UTC")]
    [InlineData("""{"name":"weekend","weekly":{"days":["friday"],"from":"16:00"}}""", "2026-11-20T15:59:59Z", null)]
    [InlineData("""{"name":"weekend","weekly":{"days":["friday"],"from":"16:00"}}""", "2026-11-20T16:00:00Z", "frozen by \"weekend\" until 24:00 UTC")]
    [InlineData("""{"name":"weekend","weekly":{"days":["friday"],"from":"16:00"}}""", "2026-11-21T16:00:00Z", null)]
    [InlineData("""{"name":"weekend","weekly":{"days":["saturday","sunday"]}}""", "2026-11-21T01:00:00+02:00", null)]
    [InlineData("""{"name":"x","apps":["other"],"weekly":{"days":["friday"]}}""", "2026-11-20T16:00:00Z", null)]
    [InlineData("""{"name":"x","apps":["other","shop"],"weekly":{"days":["friday"]}}""", "2026-11-20T16:00:00Z", "frozen by \"x\" until 24:00 UTC")]
    public void A_window_holds_from_its_first_moment_to_its_last(string window, string now, string? says) =>
        Of(Freeze($$"""{"windows":[{{window}}]}""")).Find(Shop, DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(says);

    [Theory]
    [InlineData("""{"name":"x"}""", "windows/0/from: needs from and to, or weekly")]
    [InlineData("""{"name":"","weekly":{"days":["friday"]}}""", "windows/0/name: 1 to 100 characters")]
    [InlineData("""{"name":"x","from":"2027-01-02T06:00:00Z","to":"2026-12-24T12:00:00Z"}""", "windows/0/to: is not after from")]
    [InlineData("""{"name":"x","weekly":{"days":[]}}""", "windows/0/weekly/days: names none")]
    [InlineData("""{"name":"x","weekly":{"days":["friday"],"from":"4pm"}}""", "windows/0/weekly/from: \"4pm\" is not a time like")]
    [InlineData("""{"name":"x","weekly":{"days":["friday"],"from":"22:00","to":"06:00"}}""", "windows/0/weekly/to: is not after from; hours over midnight are two windows")]
    [InlineData("""{"name":"x","from":"2026-12-24T12:00:00Z","to":"2027-01-02T06:00:00Z","weekly":{"days":["friday"]}}""", "windows/0/weekly: stands beside from and to")]
    [InlineData("""{"name":"x","apps":[],"weekly":{"days":["friday"]}}""", "windows/0/apps: names none")]
    [InlineData("""{"name":"x","weekly":{"days":["someday"]}}""", "")]
    public void A_calendar_that_cannot_be_holds_everything_until_it_is_put_right(string window, string problem)
    {
        var says = Of(Freeze($$"""{"windows":[{{window}}]}""")).Find(Shop, SomeRollout.Noon);
        says.ShouldStartWith($"control/freeze is not valid: {problem}");
        says.ShouldEndWith("nothing goes forward until it is put right");
    }

    [Fact]
    public void Windows_that_hold_now_are_found_for_whichever_applications()
    {
        var now = DateTimeOffset.Parse("2026-11-20T16:00:00Z", System.Globalization.CultureInfo.InvariantCulture);
        var standstill = Of(Freeze("""{"windows":[{"name":"a","apps":["other"],"weekly":{"days":["friday"]}},{"name":"b","weekly":{"days":["sunday"]}},{"name":"c","from":"2026-11-20T16:00:00Z","to":"2026-11-21T16:00:00Z"}]}"""));
        standstill.FindWindows(now).Select(w => w.Name).ShouldBe(["a", "c"]);
        standstill.FindProblems().ShouldBeEmpty();
        Standstill.None.FindWindows(now).ShouldBeEmpty();
    }

    [Fact]
    public void Documents_that_cannot_be_read_are_both_named() =>
        Of(Freeze("""{"windows":5}"""), new Entry("control/stop", "{", 9)).FindProblems().Select(p => p.Split(' ')[0]).ShouldBe(["control/stop", "control/freeze"]);

    [Fact]
    public void The_stop_switch_holds_everything_and_comes_before_the_calendar()
    {
        var stop = new Entry("control/stop", """{"by":"anna","reason":"incident 7","at":"2026-03-01T12:00:00Z"}""", 9);
        Of(stop, Freeze("""{"windows":[{"name":"x","weekly":{"days":["sunday"]}}]}""")).Find(Shop, SomeRollout.Noon).ShouldBe("the line is stopped by anna (incident 7)");
        Of(new Entry("control/stop", "{", 9)).Find(Shop, SomeRollout.Noon)!.ShouldStartWith("control/stop is not valid");
        Standstill.None.Find(Shop, SomeRollout.Noon).ShouldBeNull();
        Of(new Entry("control/rollback", "{}", 3)).ShouldBe(Standstill.None);
    }

    [Fact]
    public void What_goes_forward_is_lost_when_the_line_was_stopped_meanwhile_and_a_rollback_is_not()
    {
        var standstill = Of(Freeze("""{"windows":[]}"""));
        var forward = standstill.Guard(ChangeSet.Empty, new Decision.Advance(1, Share.All, "x"));
        forward.Changes.ShouldBe([new Change.Unchanged("control/freeze", 5), new Change.Unchanged("control/stop", 0)]);
        foreach (Decision back in new Decision[] { new Decision.RollBack("x"), new Decision.Abort("x"), new Decision.Pause("x"), new Decision.Finish(RolloutPhase.RolledBack, "x"), new Decision.Resume(false, "x") })
            standstill.Guard(ChangeSet.Empty, back).Changes.ShouldBeEmpty();
    }

    private static Entry Freeze(string json) => new("control/freeze", json, 5);

    private static Standstill Of(params Entry[] entries) => Standstill.Of(entries);
}
