using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

/// <summary>How often a node says that it is alive and how far.</summary>
public sealed class LivenessPaceTests
{
    private static readonly NodeLiveness Well = new() { ObservedIndex = 1, HaproxyPid = 7 };

    [Fact]
    public void The_first_sign_of_life_is_due_at_once() => LivenessPace.Start.IsDue(Well, TimeSpan.Zero).ShouldBeTrue();

    [Fact]
    public void A_quiet_node_says_each_ten_seconds_that_it_is_alive()
    {
        var pace = LivenessPace.Start.After(Well, TimeSpan.Zero);
        pace.IsDue(Well, Seconds(9.9)).ShouldBeFalse();
        pace.IsDue(Well, Seconds(10)).ShouldBeTrue();
    }

    [Fact]
    public void What_somebody_must_know_is_said_at_once()
    {
        var pace = LivenessPace.Start.After(Well, TimeSpan.Zero);
        pace.IsDue(Well with { Exceptions = ["shop"] }, TimeSpan.Zero).ShouldBeTrue();
        pace.IsDue(Well with { Problem = "HAProxy is away" }, TimeSpan.Zero).ShouldBeTrue();
        pace.IsDue(Well with { HaproxyPid = 8, ObservedIndex = 2 }, TimeSpan.Zero).ShouldBeTrue();
    }

    [Fact]
    public void A_change_after_a_quiet_time_is_told_within_a_second()
    {
        var pace = LivenessPace.Start.After(Well, TimeSpan.Zero);
        pace.IsDue(Well with { ObservedIndex = 2 }, Seconds(0.9)).ShouldBeFalse();
        pace.IsDue(Well with { ObservedIndex = 2 }, Seconds(1)).ShouldBeTrue();
    }

    [Fact]
    public void While_changes_go_on_being_further_is_told_ever_more_seldom_and_at_least_each_five_seconds()
    {
        var signs = Simulate(turns: 60, turn => turn);
        signs.Take(4).ShouldBe([0, 1, 3, 7]);
        signs.Zip(signs.Skip(1)).Skip(2).ShouldAllBe(s => s.Second - s.First <= 5);
        signs.Count.ShouldBeLessThan(16);
    }

    [Fact]
    public void After_the_last_change_the_node_says_soon_that_it_is_there_and_begins_anew_after_a_quiet_time()
    {
        var signs = Simulate(turns: 62, turn => turn <= 30 ? turn : turn < 60 ? 30 : 60);
        signs.ShouldContain(turn => turn > 30 && turn <= 35, "the last watermark is told");
        signs.ShouldContain(60, "the change after a quiet time is told in its own turn");
    }

    /// <summary>The turns, one a second, in which the node gave a sign of life.</summary>
    private static List<int> Simulate(int turns, Func<int, int> watermark)
    {
        var (pace, last, signs) = (LivenessPace.Start, 0, new List<int>());
        for (var turn = 0; turn < turns; turn++)
        {
            var now = Well with { ObservedIndex = (ulong)watermark(turn) };
            if (!pace.IsDue(now, Seconds(turn - last))) continue;
            pace = pace.After(now, Seconds(turn - last));
            last = turn;
            signs.Add(turn);
        }
        return signs;
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
