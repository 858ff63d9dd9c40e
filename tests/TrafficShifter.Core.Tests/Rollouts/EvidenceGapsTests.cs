using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Rollouts;

public sealed class EvidenceGapsTests
{
    private static readonly IReadOnlyDictionary<string, NodeLiveness> Live = new Dictionary<string, NodeLiveness>
    {
        ["hap1"] = new() { Evidence = new EvidenceStatus { Receiving = true } },
        ["hap2"] = new() { Evidence = new EvidenceStatus { Receiving = false, Problem = "HAProxy is not connected to 127.0.0.1:8514" } },
        ["hap3"] = new(),
        ["hap4"] = new(),
    };

    private static readonly IReadOnlyList<NodeStatus> Nodes = [Serving("hap1"), Serving("hap2"), Serving("hap3"), Of("hap4", served: false), NodeStatus.Unknown("hap5", "its agent does not answer")];

    [Fact]
    public void Nodes_that_serve_and_give_no_evidence_are_named_with_why() =>
        Find(Plan(new JudgePlan())).ShouldBe([
            "hap2 gives no evidence, so rollout shop-01jd2x3y4z5a6b7c8d9e0f1g2h waits: HAProxy is not connected to 127.0.0.1:8514",
            "hap3 gives no evidence, so rollout shop-01jd2x3y4z5a6b7c8d9e0f1g2h waits: its agent takes no access log (Agent:Nodes:…:AccessLog)"]);

    [Fact]
    public void A_plan_that_asks_the_metric_source_alone_needs_none()
    {
        Find(Plan(null)).ShouldBeEmpty();
        Find(Plan(new JudgePlan { Enabled = false })).ShouldBeEmpty();
        Find(Plan(new JudgePlan { Queries = new JudgeQueries("r", "b") })).ShouldBeEmpty();
        Find(Plan(null, EvidenceKind.ErrorRatio)).Count().ShouldBe(2);
    }

    private static IEnumerable<string> Find(Plan plan) => EvidenceGaps.Find(new SomeRollout(plan).Rollout, Nodes, Live);

    private static Plan Plan(JudgePlan? judge, EvidenceKind? check = null) =>
        SomeRollout.Plan with { Judge = judge, Checks = check is { } kind ? [new Check { Name = "errors", Evidence = kind, Max = 0.01 }] : SomeRollout.Plan.Checks };

    private static NodeStatus Serving(string node) => Of(node, served: true);

    private static NodeStatus Of(string node, bool served) =>
        NodeStatus.Of(node, new AppObservation { Node = node, App = AppName.Parse("shop"), Served = served, InSync = true, Index = 1 }, 1, 1);
}
