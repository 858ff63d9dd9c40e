using System.Text.Json;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>What a migration must keep to, whatever applications there are.</summary>
internal static class MigrationRules
{
    private const int MaxOwnerLength = 100;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    public static IReadOnlyList<PlanProblem> Check(MigrationDefinition definition) =>
        [.. CheckWaves(definition), .. CheckPlan(definition.Plan, "/plan"), .. CheckNumbers(definition), .. definition.Calendar?.FindProblems() ?? [], .. definition.Preflight?.FindProblems("/preflight") ?? [], .. MoveDependencies.CheckForm(definition)];

    private static IEnumerable<PlanProblem> CheckWaves(MigrationDefinition definition)
    {
        if (definition.Waves.Count is 0 or > MigrationDefinition.MaxWaves) yield return new("/waves", $"1 to {MigrationDefinition.MaxWaves} waves, not {definition.Waves.Count}");
        for (var i = 0; i < definition.Waves.Count; i++)
        {
            var (wave, at) = (definition.Waves[i], "/" + Wave.At(i));
            if (!Plan.IsName(wave.Name)) yield return new($"{at}/name", PlanRules.NameRule("a wave's name"));
            if (definition.Waves.Take(i).Any(w => w.Name == wave.Name)) yield return new($"{at}/name", $"there are two waves \"{wave.Name}\"");
            if (wave.Parallelism is < 1 or > MigrationDefinition.MaxParallelism) yield return new($"{at}/parallelism", $"1 to {MigrationDefinition.MaxParallelism}, not {wave.Parallelism}");
            if (wave.Pause > Longest) yield return PlanTime($"{at}/pause", wave.Pause.Value);
            if (wave.Gate?.FindProblem() is { } gate) yield return new($"{at}/gate/approvers", gate);
            foreach (var problem in CheckSelection(wave.Select, $"{at}/select").Concat(CheckPlan(wave.Plan, $"{at}/plan"))) yield return problem;
        }
    }

    private static IEnumerable<PlanProblem> CheckSelection(WaveSelection select, string at)
    {
        if (select is { Apps: null, Labels: null, Owners: null, Criticality: null }) yield return new(at, "says nothing: give apps, labels, owners or criticality");
        if (select.Apps is { Count: 0 }) yield return new($"{at}/apps", "names none");
        if (select.Apps?.GroupBy(a => a).FirstOrDefault(g => g.Count() > 1) is { } twice) yield return new($"{at}/apps", $"\"{twice.Key}\" is there twice");
        if (select.Labels is { Count: 0 }) yield return new($"{at}/labels", "names none");
        if (select.Labels is { } labels && LabelRule.FindProblem(labels) is { } label) yield return new($"{at}/labels", label["labels: ".Length..]);
        if (select.Owners is { Count: 0 }) yield return new($"{at}/owners", "names none");
        if (select.Owners?.Any(o => o.Length is 0 or > MaxOwnerLength) == true) yield return new($"{at}/owners", $"each has 1 to {MaxOwnerLength} characters");
        if (select.Criticality is { } range && (range.Min < 0 || range.Max > AppDefinition.MaxCriticality || range.Min > range.Max))
            yield return new($"{at}/criticality", $"min to max within 0 to {AppDefinition.MaxCriticality}, not {range.Min} to {range.Max}");
    }

    private static IEnumerable<PlanProblem> CheckPlan(JsonElement? plan, string at)
    {
        if (plan is null or { ValueKind: JsonValueKind.String or JsonValueKind.Null } || PlanParser.Parse(plan.Value) is not PlanParsing.Refused refused) yield break;
        foreach (var problem in refused.Problems) yield return new(at + problem.Pointer, problem.Detail);
    }

    private static IEnumerable<PlanProblem> CheckNumbers(MigrationDefinition definition)
    {
        if (definition.Parallelism is < 1 or > MigrationDefinition.MaxParallelism) yield return new("/parallelism", $"1 to {MigrationDefinition.MaxParallelism}, not {definition.Parallelism}");
        if (definition.Attempts is < 1 or > MigrationDefinition.MaxAttempts) yield return new("/attempts", $"1 to {MigrationDefinition.MaxAttempts}, not {definition.Attempts}");
        if (definition.Pause > Longest) yield return PlanTime("/pause", definition.Pause);
        if (definition.RetryAfter > TimeSpan.FromDays(7)) yield return new("/retryAfter", $"up to 7d, not {Duration.Format(definition.RetryAfter)}");
        if (definition.NotReady.Wait > Longest) yield return PlanTime("/notReady/wait", definition.NotReady.Wait);
        if (definition.Stop.Rollbacks is < 1) yield return new("/stop/rollbacks", $"1 or more, not {definition.Stop.Rollbacks}");
        if (definition.Stop.FailedShare == Share.None) yield return new("/stop/failedShare", "0% would stop it before it begins");
        if (definition.Reason is { Length: > ChangeNote.MaxReason }) yield return new("/reason", $"a reason has at most {ChangeNote.MaxReason} characters, this one has {definition.Reason.Length}");
    }

    private static PlanProblem PlanTime(string at, TimeSpan value) => new(at, $"up to {Duration.Format(Longest)}, not {Duration.Format(value)}");
}
