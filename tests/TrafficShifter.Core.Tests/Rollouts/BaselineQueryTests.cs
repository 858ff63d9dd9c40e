using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Rollouts;

/// <summary>Whose history the baseline is.</summary>
public sealed class BaselineQueryTests
{
    private static readonly DateTimeOffset Noon = SomeRollout.Noon;

    [Theory]
    [InlineData(null, 360)]
    [InlineData(7 * 60 * 60, 360)]
    [InlineData(6 * 60 * 60, 360)]
    [InlineData(60 * 60 + 59, 60)]
    [InlineData(30 * 60, 30)]
    public void It_begins_when_the_stable_colour_became_it(int? secondsAgo, int cells)
    {
        var range = BaselineQuery.RangeUntil(Noon, secondsAgo is { } ago ? Noon.AddSeconds(-ago) : null).ShouldNotBeNull();

        (range.To, (int)((range.To - range.From) / range.Step) + 1).ShouldBe((Noon, cells));
        BaselineQuery.Latency(AppName.Parse("shop"), Colour.Blue, range).ShouldEndWith($"[{cells * 60}s]))");
    }

    [Fact]
    public void A_version_of_less_than_half_an_hour_has_no_history() => BaselineQuery.RangeUntil(Noon, Noon.AddSeconds(1 - 30 * 60)).ShouldBeNull();

    [Theory]
    [InlineData(29, true)]
    [InlineData(30, false)]
    public void Minutes_without_requests_are_no_history(int served, bool young)
    {
        var halves = new SeriesAnswer.Found([Cells("requests", served, 1_000), Cells("bad", served, 10)]);

        BaselineQuery.Read(halves, new SeriesAnswer.Found([])).IsYoung.ShouldBe(young);
        BaselineQuery.ReadQueries(new SeriesAnswer.Found([Cells("", served, 1_000)]), new SeriesAnswer.Found([Cells("", served, 10)])).ShouldSatisfyAllConditions(
            b => b.IsYoung.ShouldBe(young), b => b.ErrorRatio.ShouldBe(young ? 0.005 : 0.01));
    }

    /// <summary>An hour, of which the first minutes had requests.</summary>
    private static LabelledSeries Cells(string part, int served, double value) =>
        new(new Dictionary<string, string> { ["part"] = part, ["half"] = "a" }, [.. Enumerable.Range(0, 60).Select(i => new SeriesPoint(Noon.AddMinutes(i), i < served ? value : 0))]);
}
