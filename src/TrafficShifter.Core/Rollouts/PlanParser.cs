using System.Text.Json;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>A plan as it was sent: good, or everything that is wrong with it.</summary>
public abstract record PlanParsing
{
    private PlanParsing() { }

    public sealed record Good(Plan Plan) : PlanParsing;

    /// <param name="Problems">At least one.</param>
    public sealed record Refused(IReadOnlyList<PlanProblem> Problems) : PlanParsing;
}

/// <summary>Reads a plan strictly: a member that this version does not know is a problem, because a safeguard that is ignored is worse than none.</summary>
public static class PlanParser
{
    // Members that stand twice are let in here and refused below, with their pointer.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = true, MaxDepth = 16 };

    public static PlanParsing Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            return Parse(document.RootElement);
        }
        catch (JsonException broken)
        {
            return new PlanParsing.Refused([new("", $"not JSON: {BrokenJson.Describe(broken)}")]);
        }
    }

    public static PlanParsing Parse(JsonElement json)
    {
        var problems = new List<PlanProblem>();
        var root = new MemberReader(json, "", problems);
        var plan = ReadPlan(root);
        // The rules speak of values; where a value could not be read, its own problem is enough.
        if (problems.Count == 0) problems.AddRange(plan.FindProblems());
        return problems.Count == 0 ? new PlanParsing.Good(plan) : new PlanParsing.Refused(problems);
    }

    private static Plan ReadPlan(MemberReader json)
    {
        var defaults = new Plan { Steps = [], Checks = [] };
        var schema = json.Whole("schema", Document.SupportedSchema);
        if (schema != Document.SupportedSchema) json.Problem("schema", $"this version reads schema {Document.SupportedSchema}, not {schema}");
        var plan = new Plan
        {
            Name = json.Text("name"),
            Steps = json.List("steps", ReadStep, required: true),
            Checks = json.List("checks", ReadCheck, required: true),
            StepDeadline = json.Time("stepDeadline", defaults.StepDeadline),
            Deadline = json.Time("deadline", defaults.Deadline),
            OnDeadline = json.OneOf("onDeadline", defaults.OnDeadline),
            MetricsOutage = json.Part("metricsOutage", ReadOutage) ?? defaults.MetricsOutage,
            NodeGrace = json.Time("nodeGrace", defaults.NodeGrace),
        };
        json.RefuseTheRest();
        return plan;
    }

    private static Step ReadStep(MemberReader json)
    {
        var share = json.Parsed<Share>("share");
        var hold = json.Time("hold", null);
        json.RefuseTheRest();
        return new Step(share, hold);
    }

    private static MetricsOutage ReadOutage(MemberReader json)
    {
        var defaults = new MetricsOutage();
        var outage = new MetricsOutage { After = json.Time("after", defaults.After), Do = json.OneOf("do", defaults.Do) };
        json.RefuseTheRest();
        return outage;
    }

    private static Check ReadCheck(MemberReader json)
    {
        var defaults = new Check { Name = "", Query = "" };
        var check = new Check
        {
            Name = json.Text("name", required: true) ?? "",
            Query = json.Text("query", required: true) ?? "",
            Max = json.Number("max"),
            Min = json.Number("min"),
            Window = json.Time("window", defaults.Window),
            Interval = json.Time("interval", defaults.Interval),
            FailuresInARow = (int)json.Whole("failuresInARow", defaults.FailuresInARow),
            NoData = json.OneOf("noData", defaults.NoData),
            Mode = json.OneOf("mode", defaults.Mode),
            SampleQuery = json.Text("sampleQuery"),
            MinRequests = json.Has("minRequests") ? json.Whole("minRequests", 0) : null,
        };
        json.RefuseTheRest();
        return check;
    }
}
