using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

public sealed class OverrideReportsTests
{
    private const string Id = "01KAKJ0000000000000000000A";
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly HashSet<string> Nodes = ["hap1", "hap2"];

    private static TrafficOverride Given => new() { Id = Id, Node = "hap1", To = RollbackTarget.Blue, By = "ben", Reason = "broken", At = Now };

    [Fact]
    public void An_agents_own_report_is_believed() => Find(Given).ShouldBeNull();

    [Theory]
    [InlineData(null, "ben", Id, "names no node")]
    [InlineData("../x", "ben", Id, "names no node")]
    [InlineData("hap2", "ben", Id, "not where the agent of hap2 writes")]
    [InlineData("hap1", "", Id, "no name")]
    [InlineData("hap1", "a\nb", Id, "no name")]
    [InlineData("hap1", "controller", Id, "how the service itself signs")]
    [InlineData("hap1", "ben", "6ZZZZZZZZZZZZZZZZZZZZZZZZZ", "still to come")]
    [InlineData("hap1", "ben", "ZZZZZZZZZZZZZZZZZZZZZZZZZZ", "no ULID")]
    [InlineData("hap1", "ben", "01KAKJ!000000000000000000A", "no ULID")]
    public void What_no_agent_would_write_is_not(string? node, string by, string id, string says) =>
        OverrideReports.FindProblem($"overrides/hap1/{id}", Given with { Node = node, By = by, Id = id }, Nodes, Now).ShouldNotBeNull().ShouldContain(says);

    [Fact]
    public void A_node_that_nobody_registered_reports_nothing() =>
        OverrideReports.FindProblem($"overrides/hap3/{Id}", Given with { Node = "hap3" }, Nodes, Now).ShouldBe("hap3 is no registered node");

    [Fact]
    public void A_clock_may_be_a_day_ahead()
    {
        var made = new DateTimeOffset(2025, 11, 21, 15, 54, 43, 584, TimeSpan.Zero);
        OverrideReports.FindProblem($"overrides/hap1/{Id}", Given, Nodes, made - OverrideReports.MostAhead).ShouldBeNull();
        OverrideReports.FindProblem($"overrides/hap1/{Id}", Given, Nodes, made - OverrideReports.MostAhead - TimeSpan.FromMilliseconds(1)).ShouldNotBeNull().ShouldContain("still to come");
    }

    [Fact]
    public void A_reason_is_as_long_as_anybodys() => Find(Given with { Reason = new string('x', ChangeNote.MaxReason + 1) }).ShouldNotBeNull().ShouldContain("reason");

    private static string? Find(TrafficOverride given) => OverrideReports.FindProblem($"overrides/hap1/{given.Id}", given, Nodes, Now);
}
