using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Fuzzing.Engine;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>A plan as a person or a file has it.</summary>
internal sealed class PlanTarget : TextTarget
{
    public override string Name => "plan";

    public override int BytesPerByte => 400;

    /// <summary>A series of a few bytes becomes as many steps as a plan may have.</summary>
    public override int FreeBytes => 512 * 1024;

    public override IReadOnlyList<string> Words =>
    [
        "\"steps\":[{\"share\":\"1%\",\"hold\":\"2m\"}]", "\"linear\":{\"from\":\"1%\",\"by\":\"0.01%\"}", "\"geometric\":{\"from\":\"0.01%\",\"factor\":1.0000001}", "\"factor\":1e308", "\"share\":\"auto\"", "\"gate\":\"approve\"", "\"checks\":[\"error-ratio\"]",
        "\"query\":\"sum(x{app=\\\"{{app}}\\\"}[{{window}}])\"", "\"judge\":{}", "\"hooks\":[]", "\"iterations\":1", "\"schema\":2", "\"window\":\"0s\"", "\"interval\":\"1ms\"", "\"url\":\"https://a.example.com/\"", "\"100%\"", "\"hold\":\"365d\"",
    ];

    protected override object? Read(string input) => PlanParser.Parse(input) switch
    {
        PlanParsing.Refused { Problems: var problems } => new Refusal(problems[0].Detail),
        PlanParsing.Good { Plan: var plan } => plan,
        var other => other,
    };

    protected override void Check(string input, object? read)
    {
        if (read is not Plan plan) return;
        Require(plan.FindProblem() is null, "a plan that was taken has a problem");
        var again = Reading.Of<Plan>(new Entry("plans/x", DocumentJson.Write(plan), 1));
        Require(again is Reading<Plan>.Good, $"a plan that was taken is not read from the store: {(again as Reading<Plan>.Broken)?.Problem}");
        Require(DocumentJson.Write(again.Find()!) == DocumentJson.Write(plan), "a plan that was taken is another when it is read from the store");
    }
}
