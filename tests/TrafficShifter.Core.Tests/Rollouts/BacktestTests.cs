using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Core.Tests.Rollouts;

public sealed class BacktestTests
{
    private static readonly Check Errors = SomeRollout.Plan.Checks[0];
    private static readonly DateTimeOffset Noon = SomeRollout.Noon;

    [Fact]
    public void Every_stop_is_counted_and_the_first_one_is_told()
    {
        var replay = Replay(Errors, "PPFPFFPIIFFP");
        (replay.Passed, replay.Failed, replay.Insufficient, replay.Errors, replay.Stops).ShouldBe((5, 5, 2, 0, 2));
        replay.FirstStop.ShouldBe(new ReplayedStop(Noon.AddSeconds(10), OutcomeAction.Rollback, "errors: 0.5 is beyond max 0.01 (over 5s) by e, 2 times in a row"));
        CheckReplay.Describe([replay]).ShouldBe("it would have rolled back at 2026-03-01T12:00:10Z: errors: 0.5 is beyond max 0.01 (over 5s) by e, 2 times in a row");
    }

    [Fact]
    public void A_check_that_observes_or_only_holds_stops_nothing()
    {
        var observed = Replay(Errors with { Mode = CheckMode.Observe }, "FFFF");
        observed.Stops.ShouldBe(2, "what it would have done is shown");
        CheckReplay.Describe([observed]).ShouldBe("nothing would have stopped it");
        Replay(Errors with { OnFailure = OutcomeAction.Hold }, "FFFF").FirstStop.ShouldBeNull();
    }

    [Fact]
    public void The_first_of_several_checks_is_the_one_that_is_told()
    {
        var late = Replay(Errors, "PPPPFF");
        var early = Replay(Errors with { Name = "slow", OnFailure = OutcomeAction.Pause, FailuresInARow = 1 }, "PF");
        CheckReplay.Describe([late, early]).ShouldStartWith("it would have paused at 2026-03-01T12:00:02Z");
    }

    [Theory]
    [InlineData(600, 1, 2)]
    [InlineData(4000, 1, 2)]
    [InlineData(4001, 1, 3)]
    [InlineData(86400, 1, 44)]
    [InlineData(86400, 10, 432)]
    public void Long_stretches_are_asked_less_often(int seconds, int checks, int every)
    {
        var times = BacktestTimes.Of(Errors, checks, Noon, Noon.AddSeconds(seconds));
        times.Every.ShouldBe(TimeSpan.FromSeconds(every));
        (times.Moments.Count() * checks).ShouldBeLessThanOrEqualTo(BacktestTimes.MaxMoments + checks);
        times.Moments.First().ShouldBe(Noon);
    }

    private static CheckReplay Replay(Check check, string outcomes) => CheckReplay.Of(check, TimeSpan.FromSeconds(2), [.. outcomes.Select((o, i) => Of(o, Noon.AddSeconds(2 * i)) with { Check = check.Name })]);

    private static Measurement Of(char outcome, DateTimeOffset at) => outcome switch
    {
        'P' => SomeRollout.Passed("errors", at),
        'F' => SomeRollout.Failed("errors", at),
        _ => SomeRollout.Insufficient("errors", at),
    };
}
