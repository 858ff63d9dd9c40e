using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using Verdict = TrafficShifter.Core.Migrations.Verdict;

namespace TrafficShifter.Core.Tests.Migrations;

public sealed class ReleasingTests
{
    private const string Campaign = "migration/to-cilium";
    private static readonly AppName Shop = AppName.Parse("shop");
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly ReleaseRequest Request = new() { Url = "https://ci.example.com/deploy", Deadline = TimeSpan.FromMinutes(10) };
    private static readonly Readiness Lacking = Read(Verdict.NotReady, "green is of version v1, blue of v2", "v2", "v1");
    private ReleaseState? _release;

    [Fact]
    public void It_is_asked_once_taken_waited_for_and_done()
    {
        var begun = Take(Lacking);
        (begun.Ask, begun.Kind, begun.Turn.Sentence).ShouldBe((true, "asked", "the pipeline is asked for v2 on green"));
        _release!.ShouldSatisfyAllConditions(r => r.Id.ShouldBe("shop/ID1"), r => r.Version.ShouldBe("v2"), r => r.Phase.ShouldBe(ReleasePhase.Asking));

        var taken = Take(Lacking, 2, Said(202));
        (taken.Ask, taken.Kind, _release!.Phase, _release.Attempts).ShouldBe((false, "taken", ReleasePhase.Waiting, 1));
        taken.Turn.Sentence.ShouldBe("the pipeline has taken v2 on green (ci.example.com answered 202 in 120ms); readiness is waited for since 2s");
        Take(Lacking, 60).ShouldSatisfyAllConditions(s => s.Ask.ShouldBeFalse(), s => s.Kind.ShouldBeNull(), s => s.Turn.ShouldBeOfType<ReleaseTurn.Waiting>());

        var ready = Take(Read(Verdict.Ready, "fine", "v2", "v2"), 30);
        (ready.Kind, ready.Turn.Sentence, _release.Phase, _release.EndedAt).ShouldBe(("done", "ready after 1m32s: release shop/ID1", ReleasePhase.Done, Now));
        Take(Read(Verdict.Ready, "fine", "v2", "v2")).Turn.ShouldBeOfType<ReleaseTurn.None>();
    }

    [Fact]
    public void What_was_asked_for_is_not_asked_for_twice_and_another_version_is()
    {
        Take(Lacking);
        Take(Lacking, 1, Said(202));
        Take(Read(Verdict.Ready, "fine", "v2", "v2"), 1);
        Take(Lacking, 1).ShouldSatisfyAllConditions(s => s.Ask.ShouldBeFalse(), s => s.Turn.Sentence.ShouldBe("v2 on green was deployed (release shop/ID1) and is not ready again; the pipeline is not asked twice"));
        Take(Read(Verdict.NotReady, "older", "v3", "v2")).ShouldSatisfyAllConditions(s => s.Ask.ShouldBeTrue(), s => s.Next!.Version.ShouldBe("v3"));
        Take(Read(Verdict.NotReady, "older", "v3", "v2"), campaign: "migration/again").ShouldSatisfyAllConditions(s => s.Ask.ShouldBeTrue(), s => s.Next!.Campaign.ShouldBe("migration/again"));
    }

    [Fact]
    public void The_deadline_is_waited_for_and_no_longer()
    {
        Take(Lacking);
        Take(Lacking, 1, Said(202));
        Take(Lacking, 598).Turn.ShouldBeOfType<ReleaseTurn.Waiting>();
        var expired = Take(Lacking, 1);
        (expired.Kind, expired.Turn.Sentence).ShouldBe(("expired", "v2 on green was asked for and did not become ready within 10m"));
        expired.Turn.ShouldBeOfType<ReleaseTurn.Failed>();
        Take(Lacking, 100).ShouldSatisfyAllConditions(s => s.Kind.ShouldBeNull(), s => s.Turn.ShouldBeOfType<ReleaseTurn.Failed>().Sentence.ShouldBe(expired.Turn.Sentence));
    }

    [Theory]
    [InlineData(500, true)]
    [InlineData(503, true)]
    [InlineData(429, true)]
    [InlineData(400, false)]
    [InlineData(404, false)]
    [InlineData(301, false)]
    public void What_a_pipeline_means_for_good_is_not_asked_again(int status, bool again)
    {
        Take(Lacking);
        var heard = Take(Lacking, 1, Said(status));
        heard.Ask.ShouldBeFalse("not before the interval is over");
        _release!.Phase.ShouldBe(again ? ReleasePhase.Asking : ReleasePhase.Refused);
        Take(Lacking, 29).Ask.ShouldBeFalse();
        Take(Lacking, 1).Ask.ShouldBe(again);
        if (!again) heard.Turn.Sentence.ShouldStartWith($"the pipeline refused v2 on green: ci.example.com answered {status} in 120ms");
    }

    [Fact]
    public void After_a_crash_the_attempt_that_was_under_way_is_made_again()
    {
        Take(Lacking);
        Take(Lacking).ShouldSatisfyAllConditions(s => s.Ask.ShouldBeTrue(), s => s.Next!.Id.ShouldBe("shop/ID1"), s => s.Next!.Attempts.ShouldBe(0));
        ReleaseMessage.Write(_release!).ShouldBe("""{"delivery":"shop/ID1","attempt":1,"app":"shop","colour":"green","from":"blue","version":"v2","campaign":"migration/to-cilium","why":"not ready: green is of version v1, blue of v2"}""");
    }

    [Fact]
    public void Nobody_is_asked_for_what_is_not_known()
    {
        Take(Read(Verdict.Unknown, "the metric source is away", "v2", "v2")).ShouldSatisfyAllConditions(s => s.Next.ShouldBeNull(), s => s.Turn.Sentence.ShouldStartWith("no pipeline is asked while it is not known what is missing"));
        Take(Read(Verdict.NotReady, "green is away", null, null)).ShouldSatisfyAllConditions(s => s.Next.ShouldBeNull(), s => s.Turn.Sentence.ShouldBe("no pipeline is asked: blue does not say which version it is of"));
        Releasing.Decide(null, null, Lacking, Campaign, Now, TimeSpan.Zero, null, "ID", Now).Turn.ShouldBeOfType<ReleaseTurn.None>();
        Take(Lacking with { Versions = null }).ShouldSatisfyAllConditions(s => s.Ask.ShouldBeTrue(), s => s.Turn.Sentence.ShouldBe("the pipeline is asked for a deployment to green"));
    }

    [Fact]
    public void The_clock_goes_on_while_the_other_colour_does_not_answer()
    {
        Take(Lacking);
        Take(Lacking, 1, Said(202));
        Take(Read(Verdict.NotReady, "both away", null, null), 60).Turn.ShouldBeOfType<ReleaseTurn.Waiting>();
        _release!.Waited.ShouldBe(TimeSpan.FromSeconds(61));
    }

    [Theory]
    [InlineData(404, ReleasePhase.Refused)]
    [InlineData(202, ReleasePhase.Expired)]
    public void A_campaign_that_is_run_again_under_its_name_asks_anew(int status, ReleasePhase ended)
    {
        Take(Lacking);
        Take(Lacking, 1, Said(status));
        Take(Lacking, 600);
        _release!.Phase.ShouldBe(ended);
        // By a clock that goes after: who writes is not who started it.
        Take(Lacking, run: Now.AddSeconds(5)).ShouldSatisfyAllConditions(s => s.Ask.ShouldBeTrue(), s => s.Turn.ShouldBeOfType<ReleaseTurn.Waiting>(), s => s.Next!.Run.ShouldBe(Now.AddSeconds(5)));
        Take(Lacking, 1, run: Now.AddSeconds(5)).ShouldSatisfyAllConditions(s => s.Kind.ShouldBeNull("it is asked once"), s => s.Next!.Waited.ShouldBe(TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void What_was_written_without_a_run_is_of_the_run_in_which_it_was_written()
    {
        Take(Lacking);
        _release = _release! with { Run = null };
        Take(Lacking, 1).Kind.ShouldBeNull();
        _release = _release! with { Run = null, At = Now.AddDays(-1) };
        Take(Lacking, 1).Kind.ShouldBe("asked");
    }

    private Releasing.Step Take(Readiness readiness, double seconds = 0, ReleaseAnswer? heard = null, string campaign = Campaign, DateTimeOffset? run = null)
    {
        var step = Releasing.Decide(_release, Request, readiness, campaign, run ?? Now, TimeSpan.FromSeconds(seconds), heard, "ID1", Now);
        _release = step.Next;
        if (_release is { } release) Reading.Of<ReleaseState>(new Ports.Entry("releases/shop", DocumentJson.Write(release), 1)).Find().ShouldBe(release, "it reads back");
        return step;
    }

    private static ReleaseAnswer Said(int status) => ReleaseAnswer.OfStatus(status, "ci.example.com", TimeSpan.FromMilliseconds(120), Now);

    private static Readiness Read(Verdict verdict, string sentence, string? blue, string? green) =>
        Readiness.Of(Shop, Colour.Green, [new Finding("version", verdict, sentence)], Now, new SideVersions(blue, green));
}
