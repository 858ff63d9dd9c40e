using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Rollouts;

public sealed class JudgePlanTests
{
    private const string Steps = """ "steps": [ { "share": "5%", "hold": "2m" }, { "share": "50%", "hold": "5m" } ] """;

    [Fact]
    public void A_plan_of_steps_alone_is_judged_and_needs_no_query()
    {
        var plan = Good($$"""{ {{Steps}} }""");
        (plan.IsJudged, plan.Checks.Count).ShouldBe((true, 0));
        Refuse($$"""{ {{Steps}}, "judge": { "enabled": false } }""").ShouldHaveSingleItem().Pointer.ShouldBe("/checks");
        Good($$"""{ {{Steps}}, "checks": ["error-ratio"] }""").IsJudged.ShouldBeFalse("who names checks gets those");
    }

    [Fact]
    public void Checks_stand_by_their_names_or_with_another_limit()
    {
        var plan = Good($$"""{ {{Steps}}, "checks": [ "error-ratio", { "name": "latency-p99", "max": 0.3 }, { "name": "slow", "evidence": "latencyP90", "window": "30s" }, "availability", "latency-p50" ] }""");

        plan.Checks.Select(c => (c.Name, c.Evidence, c.Query)).ShouldBe([
            ("error-ratio", EvidenceKind.ErrorRatio, null), ("latency-p99", EvidenceKind.LatencyP99, null), ("slow", EvidenceKind.LatencyP90, null),
            ("availability", EvidenceKind.Availability, null), ("latency-p50", EvidenceKind.LatencyP50, null)]);
        plan.Checks.Select(c => c.DescribeLimit()).ShouldBe(["max 0.01", "max 0.3", "max 1.5 times the stable side", "min 0.99", "max 1.5 times the stable side"]);
        plan.Checks.Select(c => c.MinRequests).ShouldBe([100, 1000, 200, 100, 100]);
        plan.Checks[2].Window.ShouldBe(TimeSpan.FromSeconds(30));
        Written(plan).ShouldBe(DocumentJson.Write(plan), "what was written is the plan itself");
    }

    [Fact]
    public void A_judge_with_everything_reads_back_the_same()
    {
        var plan = Good($$"""
            { {{Steps}}, "judge": { "alpha": 0.02, "k": 1.5, "delta": 0.001, "marginFine": 0.002, "marginCoarse": 0.02, "marginLast": 0.01, "minDwell": "20s", "midDwell": "40s",
              "maxDwell": "6m", "onNoEvidence": "rollback", "latency": false, "absolute": false,
              "queries": { "requests": "sum(increase(r{c=\"{{"{{colour}}"}}\"}[{{"{{window}}"}}]))", "bad": "sum(increase(b{c=\"{{"{{colour}}"}}\"}[{{"{{window}}"}}]))", "scrapeInterval": "30s" } } }
            """);
        Written(plan).ShouldBe(DocumentJson.Write(plan));
        var constants = plan.Judge!.ConstantsOf(plan, Usual, TimeSpan.FromSeconds(2));
        (constants.Alpha, constants.K, constants.Delta, constants.MarginFine, constants.MarginCoarse, constants.MarginLast).ShouldBe((0.02, 1.5, 0.001, 0.002, 0.02, 0.01));
        (constants.MinDwell, constants.MidDwell, constants.MaxDwell, constants.Steps, constants.Tick).ShouldBe(
            (TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(40), TimeSpan.FromMinutes(6), 2, TimeSpan.FromSeconds(2)));
        (constants.Weights, constants.Latency.Count, constants.FindProblem()).ShouldBe((new EvidenceWeights(1, 0, 0), 0, null));
        constants.StaleAfter.ShouldBe(TimeSpan.FromSeconds(75), "2.5 scrapes");
    }

    [Theory]
    [InlineData("0s")]
    [InlineData("6m")]
    public void An_exporter_is_scraped_each_second_to_each_five_minutes(string interval)
    {
        Refuse($$$"""{ {{{Steps}}}, "judge": { "queries": { "requests": "r_{{colour}}[{{window}}]", "bad": "b_{{colour}}[{{window}}]", "scrapeInterval": "{{{interval}}}" } } }""").ShouldHaveSingleItem().ShouldBe(new PlanProblem("/judge/queries/scrapeInterval", $"{interval} is not between 1s and 5m"));
    }

    [Fact]
    public void What_is_left_out_comes_from_the_baseline_and_from_the_longest_hold()
    {
        var plan = Good($$"""{ {{Steps}} }""");
        var constants = plan.Judge!.ConstantsOf(plan, Usual, TimeSpan.FromSeconds(2));
        (constants.MarginFine, constants.MarginCoarse, constants.MarginLast, constants.Phi).ShouldBe((0.003, 0.015, 0.015, 3));
        (constants.MaxDwell, constants.Weights, constants.YoungBaseline).ShouldBe((TimeSpan.FromMinutes(5), new EvidenceWeights(0.5, 0.2, 0.3), false));
        plan.Judge.ConstantsOf(plan, JudgeBaseline.Young(latency: true), TimeSpan.FromSeconds(2)).Weights.Absolute.ShouldBe(0);
        var quick = Good("""{ "steps": [ { "share": "5%", "hold": "10s" } ] }""");
        quick.Judge!.ConstantsOf(quick, Usual, TimeSpan.FromSeconds(2)).MaxDwell.ShouldBe(TimeSpan.FromSeconds(240));
    }

    [Fact]
    public void A_step_at_100_percent_is_none_that_is_judged_and_a_plan_of_it_alone_would_be_judged_by_nobody()
    {
        var plan = Good("""{ "steps": [ { "share": "50%", "hold": "2m" }, { "share": "100%", "hold": "5m" } ] }""");
        plan.Judge!.ConstantsOf(plan, Usual, TimeSpan.FromSeconds(2)).Steps.ShouldBe(1, "so the step before it is the last, with the last step's margin");

        Refuse("""{ "steps": [ { "share": "100%", "hold": "1m" } ] }""").ShouldHaveSingleItem().Pointer.ShouldBe("/steps/0/share");
        Good("""{ "steps": [ { "share": "100%", "hold": "1m" } ], "checks": [ "error-ratio" ] }""").IsJudged.ShouldBeFalse();
        Good("""{ "steps": [ { "share": "100%", "hold": "1m" } ], "checks": [ "error-ratio" ], "judge": {} }""").IsJudged.ShouldBeTrue();
    }

    [Theory]
    [InlineData("auto", 100, "10%")]
    [InlineData("auto", 1_000, "2%")]
    [InlineData("auto", 400, "5%")]
    [InlineData("auto", 100_000, "1%")]
    [InlineData("auto", 0, "10%")]
    [InlineData("auto", null, "1%")]
    [InlineData("3%", 100, "3%")]
    public void A_first_step_may_be_left_to_the_traffic(string share, int? requestsPerSecond, string fitted)
    {
        var plan = Good($$"""{ "steps": [ { "share": "{{share}}", "hold": "2m" }, { "share": "50%", "hold": "5m" } ] }""");
        plan.FittedTo(requestsPerSecond).Steps.Select(s => s.Share).ShouldBe([Share.Parse(fitted), Share.Parse("50%")]);
        Written(plan).ShouldBe(DocumentJson.Write(plan), "the question is kept, not an answer");
    }

    [Fact]
    public void A_first_step_left_to_the_traffic_has_a_most()
    {
        Good("""{ "steps": [ { "share": "4%", "auto": true, "hold": "2m" }, { "share": "5%", "hold": "5m" } ] }""").FittedTo(10).Steps[0].Share.ShouldBe(Share.Parse("4%"));
        Refuse("""{ "steps": [ { "share": "5%", "hold": "2m" }, { "share": "auto", "hold": "5m" } ] }""").ShouldHaveSingleItem()
            .ShouldBe(new PlanProblem("/steps/1/share", "only the first step's share can be left to the traffic"));
    }

    private static readonly JudgeBaseline Usual = new() { ErrorRatio = 0.03, Phi = 3, Latency = [new LatencyTest { Quantile = LatencyQuantile.P50, AboveSeconds = 0.1 }] };

    private static Plan Good(string json) => PlanParser.Parse(json).ShouldBeOfType<PlanParsing.Good>().Plan;

    private static IReadOnlyList<PlanProblem> Refuse(string json) => PlanParser.Parse(json).ShouldBeOfType<PlanParsing.Refused>().Problems;

    private static string Written(Plan plan) => DocumentJson.Write(Good(DocumentJson.Write(plan)));
}
