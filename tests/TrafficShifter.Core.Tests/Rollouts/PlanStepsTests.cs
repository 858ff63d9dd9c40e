using System.Text.Json.Nodes;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Rollouts;

public sealed class PlanStepsTests
{
    [Theory]
    [InlineData("""{"linear":{"by":"20%"},"hold":"2m"}""", "20% 40% 60% 80% 100%")]
    [InlineData("""{"linear":{"from":"5%","by":"20%","to":"50%"},"hold":"2m"}""", "5% 25% 45% 50%")]
    [InlineData("""{"geometric":{"from":"1%","to":"50%"},"hold":"2m"}""", "1% 2% 4% 8% 16% 32% 50%")]
    [InlineData("""{"geometric":{"from":"0.01%","factor":1.1,"to":"0.06%"},"hold":"2m"}""", "0.01% 0.02% 0.03% 0.04% 0.05% 0.06%")]
    [InlineData("""{"geometric":{"from":"3%","factor":10},"hold":"2m"}""", "3% 30% 100%")]
    [InlineData("""{"share":"1%","hold":"2m"},{"linear":{"from":"10%","by":"45%"},"hold":"2m"}""", "1% 10% 55% 100%")]
    public void A_series_becomes_its_steps_and_ends_exactly_where_it_says(string steps, string shares) =>
        string.Join(' ', Good(steps).Steps.Select(s => s.Share)).ShouldBe(shares);

    [Fact]
    public void Every_step_of_a_series_has_what_the_series_has()
    {
        var plan = Good("""{"linear":{"by":"50%"},"hold":"2m","iterations":3,"checks":["errors"]}""");
        plan.Steps.ShouldAllBe(s => s.Hold == TimeSpan.FromMinutes(2) && s.Iterations == 3 && s.Checks!.Single() == "errors");
        DocumentJson.Write(((PlanParsing.Good)PlanParser.Parse(DocumentJson.Write(plan))).Plan).ShouldBe(DocumentJson.Write(plan), "what was written is the plan itself");
    }

    [Theory]
    [InlineData("""{"linear":{"by":"0%"},"hold":"2m"}""", "/steps/0/linear/from", "a step of 0% moves nothing")]
    [InlineData("""{"linear":{"from":"10%","by":"0%"},"hold":"2m"}""", "/steps/0/linear/by", "a series by 0% never ends")]
    [InlineData("""{"linear":{"from":"60%","by":"10%","to":"50%"},"hold":"2m"}""", "/steps/0/linear/to", "50% is not above 60%, where the series begins")]
    [InlineData("""{"linear":{"from":"10%"},"hold":"2m"}""", "/steps/0/linear/by", "is missing")]
    [InlineData("""{"geometric":{"from":"1%","factor":1},"hold":"2m"}""", "/steps/0/geometric/factor", "above 1 and up to 100, not 1")]
    [InlineData("""{"geometric":{"from":"1%","by":"2%"},"hold":"2m"}""", "/steps/0/geometric/by", "this version does not know \"by\"")]
    [InlineData("""{"linear":{"by":"1%"},"hold":"2m"}""", "/steps", "at most 50 steps, not more")]
    [InlineData("""{"share":"30%","hold":"2m"},{"linear":{"by":"20%"},"hold":"2m"}""", "/steps/1", "20% is not above the step before it (30%)")]
    [InlineData("""{"linear":{"by":"20%"},"hold":"2m"},{"share":"90%","hold":"2m"}""", "/steps/1/share", "90% is not above the step before it (100%)")]
    [InlineData("""{"linear":{"by":"50%"},"hold":"30s"}""", "/steps/0/hold", "30s is shorter than the window")]
    public void What_is_wrong_with_a_series_is_named_where_it_was_sent(string steps, string place, string detail) =>
        PlanParser.Parse(Text(steps)).ShouldBeOfType<PlanParsing.Refused>().Problems.ShouldContain(p => p.Pointer == place && p.Detail.StartsWith(detail, StringComparison.Ordinal));

    [Fact]
    public void A_judge_that_is_turned_off_is_no_judge()
    {
        var json = JsonNode.Parse(Text("""{"share":"1%","hold":"2m"}"""))!.AsObject();
        json["judge"] = JsonNode.Parse("""{"enabled":false,"alpha":0.01}""");
        PlanParser.Parse(json.ToJsonString()).ShouldBeOfType<PlanParsing.Good>();
    }

    [Fact]
    public void The_presets_are_plans_like_any_other()
    {
        Presets.All.Select(p => p.Name).ShouldBe(["careful", "standard", "fast"]);
        foreach (var preset in Presets.All)
        {
            preset.FindProblems().ShouldBeEmpty();
            DocumentJson.Write(PlanParser.Parse(DocumentJson.Write(preset)).ShouldBeOfType<PlanParsing.Good>().Plan).ShouldBe(DocumentJson.Write(preset));
        }
        Presets.Find("standard")!.LeastTime.ShouldBe(TimeSpan.FromMinutes(17));
        Presets.Find("Standard").ShouldBeNull();
    }

    [Fact]
    public void A_step_asks_only_its_own_checks_and_ends_on_them()
    {
        var plan = SomeRollout.Plan with
        {
            Steps = [SomeRollout.Plan.Steps[0] with { Checks = ["errors"] }, SomeRollout.Plan.Steps[1]],
            Checks = [.. SomeRollout.Plan.Checks, new Check { Name = "slow", Query = "s", Max = 1, Window = TimeSpan.FromSeconds(5) }],
        };
        var asked = new List<string>();
        var some = new SomeRollout(plan) { Measure = Note };
        some.Until<Decision.Advance>();
        asked.Distinct().ShouldBe(["errors"]);
        some.Measure = (due, at) => due.Check.Name == "slow" ? SomeRollout.Failed("slow", at) : SomeRollout.Passed(due.Check.Name, at);
        some.Until<Decision.RollBack>().Sentence.ShouldStartWith("slow: ");

        Measurement Note(DueCheck due, DateTimeOffset at)
        {
            asked.Add(due.Check.Name);
            return SomeRollout.Passed(due.Check.Name, at);
        }
    }

    [Fact]
    public void A_step_with_iterations_ends_when_each_check_has_passed_so_often()
    {
        var some = new SomeRollout(SomeRollout.Plan with { Steps = [SomeRollout.Plan.Steps[0] with { Iterations = 8 }] });
        some.Turn();
        while (some.Rollout.StepElapsed < TimeSpan.FromSeconds(11)) some.Turn();
        some.Last!.Sentence.ShouldBe("step 1 of 1 at 5%: held 11s, but errors: passed 5 of 8 times at this share");
        some.Until<Decision.Promote>();
        some.Rollout.Checks[0].PassesInStep.ShouldBe(8);
        some.Rollout.Plan.LeastTime.ShouldBe(TimeSpan.FromSeconds(16));
    }

    private static Plan Good(string steps) => PlanParser.Parse(Text(steps)).ShouldBeOfType<PlanParsing.Good>().Plan;

    private static string Text(string steps) => $$$"""{ "steps": [{{{steps}}}], "checks": [ { "name": "errors", "query": "e{app=\"{{app}}\"}", "max": 0.01 } ] }""";
}
