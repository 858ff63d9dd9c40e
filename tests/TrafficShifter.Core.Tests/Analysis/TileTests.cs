using TrafficShifter.Core.Analysis.Tiles;

namespace TrafficShifter.Core.Tests.Analysis;

public sealed class TileTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TileTimes Times = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1.5));

    [Theory]
    [InlineData(1.4, -2)]
    [InlineData(1.5, 0)]
    [InlineData(3.49, 0)]
    [InlineData(3.5, 2)]
    public void A_tile_ends_at_a_multiple_of_its_length_and_is_read_after_the_delay(double now, double end) =>
        Times.LatestEnd(Noon.AddSeconds(now)).ShouldBe(Noon.AddSeconds(end));

    [Theory]
    [InlineData(null, 10, 8.0)]
    [InlineData(6.0, 9, null)]
    [InlineData(6.0, 9.5, 8.0)]
    [InlineData(6.0, 13.5, 8.0)]
    [InlineData(6.0, 15.5, 14.0)]
    [InlineData(8.0, 3, null)]
    public void Each_tile_is_read_once_and_what_was_missed_for_long_is_a_gap(double? last, double now, double? next) =>
        Times.FindNext(last is { } read ? Noon.AddSeconds(read) : null, Noon.AddSeconds(now)).ShouldBe(next is { } end ? Noon.AddSeconds(end) : null);

    [Fact]
    public void What_a_node_counted_while_it_was_not_heard_of_is_no_evidence_when_it_comes_at_once()
    {
        var first = Heard(0, 0);
        var missed = Heard(2, 1).After(first);
        var resumed = Heard(4, 4).After(missed);
        var usual = Heard(6, 6).After(resumed);

        Heard(0, 0).After(null).FindProblem(["hap1"]).ShouldBeNull();
        missed.FindProblem(["hap1"]).ShouldBe("nothing was heard of what node hap1 counted");
        resumed.FindProblem(["hap1"]).ShouldBe("node hap1 was not heard of for a while, and what it counted meanwhile came at once");
        usual.FindProblem(["hap1"]).ShouldBeNull();

        static Tile Heard(int end, int until) => new(Noon.AddSeconds(end), TimeSpan.FromSeconds(2)) { Nodes = new Dictionary<string, NodeEvidence> { ["hap1"] = new(true, 0, Noon.AddSeconds(until)) } };
    }

    [Fact]
    public void Latencies_add_up_and_quantiles_lie_inside_of_their_bucket()
    {
        var a = LatencyCounts.Of([new(0.1, 50), new(0.2, 90), new(double.PositiveInfinity, 100)]);
        var b = LatencyCounts.Of([new(0.1, 0), new(0.2, 100), new(double.PositiveInfinity, 100)]);
        var sum = a + b;
        (sum.Total, sum.Above(0.1), sum.Above(0.2), sum.Above(0.15)).ShouldBe((200, 150, 10, 10));
        a.Quantile(0.5).ShouldBe(0.1);
        a.Quantile(0.7)!.Value.ShouldBe(0.15, 1e-9);
        a.Quantile(0.99).ShouldBe(0.2, "what is above the last bound is given as that bound");
        (LatencyCounts.None.Quantile(0.5), LatencyCounts.None.Above(1)).ShouldBe((null, 0));
        (LatencyCounts.None + a).ShouldBeSameAs(a);
    }
}
