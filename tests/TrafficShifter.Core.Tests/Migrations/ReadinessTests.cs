using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Migrations;

public sealed class ReadinessTests
{
    private static readonly AppName Shop = AppName.Parse("shop");
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly ReadinessProbe Probe = new() { Url = "http://{{colour}}/", Version = new VersionSource { Header = "X-Version" } };
    private static readonly ReadinessQuery Query = new() { Name = "drops", Query = "drops{c=\"{{colour}}\"}", Max = 5 };

    [Fact]
    public void Enough_servers_on_every_node_are_ready()
    {
        var finding = ServerReadiness.Judge([Node("hap1", 2, 2), Node("hap2", 1, 2), NotServing("hap3")], Colour.Green, Preflight.DefaultMinHealthy).ShouldHaveSingleItem();
        (finding.Check, finding.Verdict, finding.Value, finding.Limit).ShouldBe(("servers", Verdict.Ready, "1 of 2", "at least 50%"));
        finding.Sentence.ShouldBe("usable servers of green: 2 of 2 on hap1, 1 of 2 on hap2");
    }

    [Theory]
    [InlineData(0, 2, "0%")]
    [InlineData(1, 2, "75%")]
    [InlineData(0, 0, "50%")]
    public void Too_few_on_one_node_are_not(int usable, int all, string least)
    {
        var finding = ServerReadiness.Judge([Node("hap1", 2, 2), Node("hap2", usable, all)], Colour.Green, Share.Parse(least)).ShouldHaveSingleItem();
        (finding.Verdict, finding.Value).ShouldBe((Verdict.NotReady, $"{usable} of {all}"));
        finding.Sentence.ShouldStartWith($"usable servers of green: {usable} of {all} on hap2, at least ");
    }

    [Fact]
    public void A_registered_node_that_does_not_answer_is_unknown_and_never_ready()
    {
        var findings = ServerReadiness.Judge([Node("hap1", 2, 2), NodeStatus.Unknown("hap2", "its agent gives no sign of life")], Colour.Green, Preflight.DefaultMinHealthy);
        findings.Select(f => (f.Check, f.Verdict)).ShouldBe([("nodes", Verdict.Unknown), ("servers", Verdict.Ready)]);
        findings[0].Sentence.ShouldBe("node hap2 (unknown: its agent gives no sign of life); a node that is gone for good is taken away with DELETE /api/v1/nodes/hap2");
        Readiness.Of(Shop, Colour.Green, findings, Now).ShouldSatisfyAllConditions(r => r.Ready.ShouldBeFalse(), r => r.Sentence.ShouldStartWith("not known to be ready: node hap2"));
    }

    [Fact]
    public void Without_a_node_that_knows_its_servers_nothing_is_ready()
    {
        ServerReadiness.Judge([], Colour.Green, Share.None)[0].ShouldBe(new Finding("nodes", Verdict.Unknown, "no node is registered"));
        ServerReadiness.Judge([NotServing("hap1")], Colour.Green, Share.None)[0].ShouldBe(new Finding("servers", Verdict.Unknown, "no node serves the application"));
        ServerReadiness.Judge([Node("hap1", 2, 2), Failing("hap2")], Colour.Green, Share.None)[0].ShouldBe(new Finding("servers", Verdict.Unknown, "servers of green could not be read on hap2 (HAProxy is away)", null, "at least one"));
    }

    [Fact]
    public void Probes_are_ready_when_both_answer_as_expected_with_one_version()
    {
        var findings = ProbeReadiness.Judge(Probe, Colour.Green, Answer(200, "v2"), Answer(204, "v2"));
        findings.Select(f => (f.Check, f.Verdict, f.Value)).ShouldBe([("probe/blue", Verdict.Ready, "200"), ("probe/green", Verdict.Ready, "204"), ("version", Verdict.Ready, "v2")]);
        findings[2].Sentence.ShouldBe("both colours are of version v2");
    }

    [Fact]
    public void What_is_missing_on_the_other_colour_is_said()
    {
        Judge(Answer(200, "v2"), Answer(200, "v1"))[2].ShouldBe(new Finding("version", Verdict.NotReady, "green is of version v1, blue of v2", "v1", "v2, as blue"));
        Judge(Answer(200, "v2"), Answer(503, null))[1].ShouldBe(new Finding("probe/green", Verdict.NotReady, "green: origin answered 503 in 12ms, expected 200-299", "503", "200-299"));
        Judge(Answer(200, "v2"), Answer(302, null))[1].Sentence.ShouldEndWith("expected 200-299; redirects are not followed");
        Judge(Answer(200, "v2"), new ProbeAnswer.Silent("origin did not answer within 5 s"))[1].ShouldBe(new Finding("probe/green", Verdict.NotReady, "green: origin did not answer within 5 s", null, "200-299"));
        Judge(Answer(200, "v2"), new ProbeAnswer.Unasked("\"x\" is none of Egress:Hosts"))[1].Verdict.ShouldBe(Verdict.Unknown);
        Judge(Answer(200, null), Answer(200, null))[2].ShouldBe(new Finding("version", Verdict.Unknown, "neither colour says which version it is of", null, "the same on both colours"));
        Judge(Answer(200, "v2"), Answer(200, null))[2].Sentence.ShouldBe("green does not say which version it is of");

        static IReadOnlyList<Finding> Judge(ProbeAnswer blue, ProbeAnswer green) => ProbeReadiness.Judge(Probe, Colour.Green, blue, green);
    }

    [Theory]
    [InlineData("""{"build":{"image":"shop@sha256:1"}}""", "shop@sha256:1")]
    [InlineData("""{"build":{"image":"  "}}""", null)]
    [InlineData("""{"build":{"image":"a\nb\u0007"}}""", "a?b?")]
    [InlineData("not json", null)]
    [InlineData("""{"build":{"image":"\ud800"}}""", null)]
    [InlineData("""{"\ud800":{},"build":{"im\ud800":1}}""", null)]
    [InlineData("""{"build":{"image":{"tag":1}}}""", null)]
    public void A_version_is_found_in_a_body_whatever_is_sent(string body, string? version) =>
        ProbeReadiness.FindVersion(new VersionSource { Json = JsonPath.Parse("$.build.image") }, null, body).ShouldBe(version);

    [Fact]
    public void A_version_that_is_too_long_is_cut() =>
        ProbeReadiness.FindVersion(new VersionSource { Header = "X-Version" }, new string('a', 5_000), "")!.Length.ShouldBe(200);

    [Fact]
    public void Queries_hold_within_their_limits_and_what_could_not_be_asked_is_unknown()
    {
        Judge(Query, Value(5)).ShouldBe(new Finding("query/drops", Verdict.Ready, "drops: 5 is within max 5", "5", "max 5"));
        Judge(Query, Value(6)).ShouldBe(new Finding("query/drops", Verdict.NotReady, "drops: 6 is beyond max 5", "6", "max 5"));
        Judge(Query with { Max = null, Min = 1 }, Value(0)).Verdict.ShouldBe(Verdict.NotReady);
        Judge(Query, new QueryAnswer.NoData()).ShouldBe(new Finding("query/drops", Verdict.Unknown, "drops: could not be asked: the query returned no data", null, "max 5"));
        Judge(Query, new QueryAnswer.SeveralSeries(2)).Sentence.ShouldContain("2 series, not one");
        Judge(Query, new QueryAnswer.Refused("parse error")).Sentence.ShouldContain("was refused: parse error");
        Judge(Query, Value(double.NaN)).Verdict.ShouldBe(Verdict.Unknown);
        QueryReadiness.Judge(Query, Colour.Green, Value(1), null, TimeSpan.FromSeconds(3)).Verdict.ShouldBe(Verdict.Unknown);
    }

    [Fact]
    public void Equal_compares_the_colours()
    {
        var equal = Query with { Max = null, Equal = true };
        Judge(equal, Value(3), Value(3)).ShouldBe(new Finding("query/drops", Verdict.Ready, "drops: 3 on both colours", "3", "equal on both colours"));
        Judge(equal, Value(2), Value(3)).ShouldBe(new Finding("query/drops", Verdict.NotReady, "drops: 2 on green, 3 on blue", "2", "equal on both colours"));
        Judge(equal with { Min = 4 }, Value(3), Value(3)).Sentence.ShouldBe("drops: 3 is beyond min 4, equal on both colours");
        Judge(equal, Value(2), new QueryAnswer.NoData()).Sentence.ShouldBe("drops: could not be asked: the query of blue returned no data");
    }

    [Fact]
    public void A_reading_says_first_what_is_wrong_then_what_is_unknown()
    {
        var reading = Readiness.Of(Shop, Colour.Green, [new("a", Verdict.Ready, "fine"), new("b", Verdict.Unknown, "b is unknown"), new("c", Verdict.NotReady, "c is down"), new("d", Verdict.Unknown, "d"), new("e", Verdict.Unknown, "e")], Now);
        reading.Sentence.ShouldBe("not ready: c is down; b is unknown; d; and 1 more");
        Readiness.Of(Shop, Colour.Green, [new("a", Verdict.Ready, "fine")], Now).Sentence.ShouldBe("ready: 1 check");
        Readiness.Of(Shop, Colour.Green, [], Now).Ready.ShouldBeFalse();
    }

    private static Finding Judge(ReadinessQuery query, QueryAnswer answer, QueryAnswer? other = null) => QueryReadiness.Judge(query, Colour.Green, answer, other, TimeSpan.Zero);

    private static QueryAnswer.Value Value(double number) => new(number, Now);

    private static ProbeAnswer.Answered Answer(int status, string? version) => new("origin", status, TimeSpan.FromMilliseconds(12), version);

    private static NodeStatus Node(string node, int usable, int all) =>
        NodeStatus.Of(node, Seen(node) with { Usable = new UsableServers(new ServerCount(2, 2), new ServerCount(usable, all)) }, 1, 0);

    private static NodeStatus NotServing(string node) => NodeStatus.Of(node, Seen(node) with { Served = false }, 1, 0);

    private static NodeStatus Failing(string node) => NodeStatus.Of(node, Seen(node) with { NodeFailing = true, Problem = "HAProxy is away" }, 1, 0);

    private static AppObservation Seen(string node) => new() { Node = node, App = Shop, Served = true, InSync = true, Index = 1, At = Now };
}
