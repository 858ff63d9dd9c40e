using System.Globalization;
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
        if (HalfCharacter.IsIn(json.GetRawText())) return new PlanParsing.Refused([new("", HalfCharacter.Problem)]);
        var problems = new List<PlanProblem>();
        var root = new MemberReader(json, "", problems);
        var (plan, series) = ReadPlan(root);
        // The rules speak of values; where a value could not be read, its own problem is enough.
        if (problems.Count == 0) problems.AddRange(plan.FindProblems().Select(series.Place));
        return problems.Count == 0 ? new PlanParsing.Good(plan) : new PlanParsing.Refused(problems);
    }

    private static (Plan, SentSteps) ReadPlan(MemberReader json)
    {
        var defaults = new Plan { Steps = [], Checks = [] };
        var schema = json.Whole("schema", Document.SupportedSchema);
        if (schema != Document.SupportedSchema) json.Problem("schema", $"this version reads schema {Document.SupportedSchema}, not {schema}");
        var sent = new SentSteps(json.List("steps", StepReader.Read, required: true));
        var checks = json.List("checks", CheckReader.Read, EvidenceChecks.Find, EvidenceChecks.Names);
        // Who says nothing of evidence gets the judge: a rollout without any would be a blind one.
        var judge = json.Part("judge", JudgeReader.Read) ?? (checks.Count == 0 ? new JudgePlan() : null);
        var plan = new Plan
        {
            Name = json.Text("name"),
            Steps = [.. sent.Steps.SelectMany(s => s)],
            Checks = checks,
            Judge = judge,
            Hooks = json.List("hooks", HookReader.Read, required: false),
            StepDeadline = json.Time("stepDeadline", defaults.StepDeadline),
            Deadline = json.Time("deadline", defaults.Deadline),
            OnDeadline = json.OneOf("onDeadline", defaults.OnDeadline),
            MetricsOutage = json.Part("metricsOutage", ReadOutage) ?? defaults.MetricsOutage,
            ControllerLoss = json.Part("controllerLoss", ReadLoss) ?? defaults.ControllerLoss,
            NodeGrace = json.Time("nodeGrace", defaults.NodeGrace),
            MinHealthy = json.Has("minHealthy") ? json.Parsed<Share>("minHealthy") : json.Skip("minHealthy", defaults.MinHealthy),
        };
        json.RefuseTheRest();
        return (plan, sent);
    }

    private static MetricsOutage ReadOutage(MemberReader json)
    {
        var defaults = new MetricsOutage();
        var outage = new MetricsOutage { After = json.Time("after", defaults.After), Do = json.OneOf("do", defaults.Do) };
        json.RefuseTheRest();
        return outage;
    }

    private static ControllerLoss ReadLoss(MemberReader json)
    {
        var defaults = new ControllerLoss();
        var loss = new ControllerLoss { After = json.Time("after", defaults.After), Do = json.OneOf("do", defaults.Do) };
        json.RefuseTheRest();
        return loss;
    }

    /// <summary>The steps as they were sent, each entry with the steps that it became.</summary>
    private sealed record SentSteps(IReadOnlyList<IReadOnlyList<Step>> Steps)
    {
        private const string Prefix = "/steps/";

        /// <summary>The problem of an expanded step, at the entry that it came from.</summary>
        public PlanProblem Place(PlanProblem problem)
        {
            if (!problem.Pointer.StartsWith(Prefix, StringComparison.Ordinal) || Steps.All(s => s.Count == 1)) return problem;
            var rest = problem.Pointer[Prefix.Length..];
            var slash = rest.IndexOf('/', StringComparison.Ordinal);
            var (step, entry) = (int.Parse(slash < 0 ? rest : rest[..slash], CultureInfo.InvariantCulture), 0);
            while (step >= Steps[entry].Count) step -= Steps[entry++].Count;
            var member = slash < 0 || (Steps[entry].Count > 1 && rest[slash..] == "/share") ? "" : rest[slash..];
            return problem with { Pointer = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{entry}{member}") };
        }
    }
}
