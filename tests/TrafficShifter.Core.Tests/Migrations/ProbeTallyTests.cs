using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Tests.Migrations;

public sealed class ProbeTallyTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly Finding Fine = new("probe/blue", Verdict.Ready, "blue: origin answered 200 in 3ms", "200", "200-299");

    [Fact]
    public void Failures_are_counted_with_the_first_and_the_last_and_the_longest_row()
    {
        var tally = new ProbeTally { Migration = "m1", App = AppName.Parse("shop"), BeganAt = Now, At = Now };
        foreach (var (green, second) in new[] { Fine, Bad("a"), Bad("b"), Fine, Bad("c"), Unknown }.Select((f, i) => (f, i))) tally = tally.Note(Fine, green, Now.AddSeconds(second));

        tally.Blue.ShouldBe(new SideTally { Probes = 6 });
        tally.Green.ShouldBe(new SideTally
        {
            Probes = 5, Failures = 3, Unasked = 1, FailingInARow = 1, LongestRow = 2,
            First = new ProbeFailure(Now.AddSeconds(1), "a"), Last = new ProbeFailure(Now.AddSeconds(4), "c"),
        });
        (tally.IsFailing, tally.At, tally.Note(Fine, Fine, Now).IsFailing).ShouldBe((true, Now.AddSeconds(5), false));
        Golden.Matches("probe-tally.json", tally);
    }

    [Fact]
    public void Probes_go_with_their_migration()
    {
        Entry[] probes = [new("probes/m1/shop", "{}", 1), new("probes/m2/shop", "{}", 2)];
        Retention.FindOldProbes(probes, [new Entry("migrations/m1", "{}", 3)]).ShouldBe([new Change.Remove("probes/m2/shop", 2)]);
    }

    private static Finding Bad(string sentence) => new("probe/green", Verdict.NotReady, sentence);

    private static Finding Unknown => new("probe/green", Verdict.Unknown, "not asked");
}
