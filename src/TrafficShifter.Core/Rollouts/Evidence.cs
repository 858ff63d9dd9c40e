using System.Globalization;
using TrafficShifter.Core.Analysis;

namespace TrafficShifter.Core.Rollouts;

/// <summary>A check to ask now, over this window.</summary>
public sealed record DueCheck(Check Check, TimeSpan Window);

/// <summary>What the outcomes of a check lead to, and why.</summary>
internal sealed record Verdict(OutcomeAction Action, string Sentence);

/// <summary>What a rollout knows from its checks in the current step.</summary>
internal static class Evidence
{
    private const int KeptMeasurements = 100;
    private const int KeptFailures = 1_000;
    private const int ShownQuery = 160;

    /// <summary>A step this young shows too few scrapes to ask about.</summary>
    private static readonly TimeSpan MinSettled = TimeSpan.FromSeconds(1);

    /// <summary>A pass older than two intervals, and than this, is no evidence: a crash, an outage or a pause lies between.</summary>
    private static readonly TimeSpan MinFreshness = TimeSpan.FromSeconds(10);

    /// <summary>Turns come a little early and late: what is due within this is asked now, not a whole turn later.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromMilliseconds(100);

    public static IReadOnlyList<DueCheck> FindDue(Rollout rollout, TimeSpan elapsed)
    {
        if (rollout.Phase != RolloutPhase.Progressing && rollout is not { Phase: RolloutPhase.Paused, PausedFrom: RolloutPhase.Progressing }) return [];
        var settled = TimeSpan.FromSeconds(Math.Floor(rollout.Serving.TotalSeconds));
        return [.. InStep(rollout)
            .Where(pair => pair.Second.DueIn <= elapsed + Early && rollout.Serving >= Max(pair.First.Interval, MinSettled))
            .Select(pair => new DueCheck(pair.First, pair.First.Window < settled ? pair.First.Window : settled))];
    }

    /// <summary>Takes in the tick's measurements; the time to the next one always runs, so that a broken side is seen while nodes are waited for.</summary>
    public static Rollout Take(Rollout rollout, RolloutTick tick)
    {
        var states = rollout.Plan.Checks.Zip(rollout.Checks, (check, state) => Take(check, state, tick));
        var known = tick.Measurements.Where(m => rollout.Checks.Any(c => c.Name == m.Check));
        return rollout with { Checks = [.. states], Measurements = Keep([.. rollout.Measurements, .. known]) };
    }

    /// <summary>The enforced check whose outcomes reached a limit of theirs, and what that does; a rollback before a pause, null for neither.</summary>
    public static Verdict? FindVerdict(Rollout rollout) =>
        InStep(rollout).Where(pair => pair.First.Mode == CheckMode.Enforce).SelectMany(pair => Reached(pair.First, pair.Second, rollout.Measurements))
            .MaxBy(v => v.Action);

    /// <summary>What the check's outcomes lead to once <paramref name="latest"/> is counted; null when no limit that does something is reached.</summary>
    public static Verdict? FindReached(Check check, CheckState state, Measurement latest) => Reached(check, state, [latest]).MaxBy(v => v.Action);

    private static IEnumerable<Verdict> Reached(Check check, CheckState state, IReadOnlyList<Measurement> measurements)
    {
        if (check.OnFailure != OutcomeAction.Hold && check.Failed.FindReached(state.Failures, state.FailuresInStep) is { } failed)
            yield return new(check.OnFailure, (Latest<Measurement.Failed>(measurements, check) ?? $"{check.Name} failed") + failed);
        if (check.Insufficient is { Do: not OutcomeAction.Hold } few && few.FindReached(state.Insufficient, state.InsufficientInStep) is { } insufficient)
            yield return new(few.Do, (Latest<Measurement.Insufficient>(measurements, check) ?? $"{check.Name}: too little data") + insufficient);
        if (check.Errors is { Do: not OutcomeAction.Hold } rule && rule.FindReached(state.Errors, state.ErrorsInStep) is { } errors)
            yield return new(rule.Do, (Latest<Measurement.Error>(measurements, check) ?? $"{check.Name}: could not be measured") + errors);
    }

    private static string? Latest<T>(IReadOnlyList<Measurement> measurements, Check check)
        where T : Measurement => measurements.LastOrDefault(m => m is T && m.Check == check.Name) is { } found ? WithQuery(found) : null;

    /// <summary>The first enforced check that does not say "pass" now, as a sentence; null when all do.</summary>
    public static string? FindMissing(Rollout rollout, DateTimeOffset now)
    {
        var needed = rollout.Plan.Steps[rollout.Step].Iterations ?? 1;
        foreach (var (check, state) in InStep(rollout))
        {
            if (check.Mode != CheckMode.Enforce) continue;
            if (state.Last is null) return $"{check.Name}: not measured yet in this step";
            if (state.Last is not Measurement.Passed) return state.Last.Sentence;
            if ((now - state.Last.At).Duration() > Max(2 * check.Interval, MinFreshness)) return $"{check.Name}: the last pass is too old to count, a new one is awaited";
            if (state.Passes < check.PassesInARow) return string.Create(CultureInfo.InvariantCulture, $"{check.Name}: passed {state.Passes} of {check.PassesInARow} times in a row");
            if (state.PassesInStep < needed) return string.Create(CultureInfo.InvariantCulture, $"{check.Name}: passed {state.PassesInStep} of {needed} times at this share");
        }
        return null;
    }

    /// <summary>The measurement's sentence and what was asked, in one line; the whole query is with the measurement.</summary>
    private static string WithQuery(Measurement measurement)
    {
        var query = string.Join(' ', measurement.Query.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return query.Length == 0 ? measurement.Sentence : $"{measurement.Sentence} by {(query.Length <= ShownQuery ? query : query[..ShownQuery] + "…")}";
    }

    /// <summary>The latest measurements of the enforced checks, up to three, and what the judge says of the step, as one sentence.</summary>
    /// <param name="withQueries">With what was asked, for a decision that moves traffic.</param>
    public static string Describe(Rollout rollout, bool withQueries = false)
    {
        var enforced = InStep(rollout).Where(p => p.First.Mode == CheckMode.Enforce && p.Second.Last is not null);
        var sentences = enforced.Select(p => withQueries ? WithQuery(p.Second.Last!) : p.Second.Last!.Sentence).ToList();
        var checks = sentences.Count <= 3 ? string.Join("; ", sentences) : $"{string.Join("; ", sentences.Take(3))}; and {Words.Count(sentences.Count - 3, "more check")}";
        return JudgeWord.Describe(rollout) is not { } judged ? checks : checks.Length == 0 ? judged : $"{checks}; {judged}";
    }

    private static IEnumerable<(Check First, CheckState Second)> InStep(Rollout rollout) =>
        rollout.Plan.Checks.Zip(rollout.Checks).Where(pair => rollout.Plan.Steps[rollout.Step].Asks(pair.First));

    private static CheckState Take(Check check, CheckState state, RolloutTick tick)
    {
        var left = state.DueIn - tick.Elapsed;
        state = state with { DueIn = left > TimeSpan.Zero ? Clocks.Add(TimeSpan.Zero, left) : TimeSpan.Zero };
        foreach (var measurement in tick.Measurements.Where(m => m.Check == check.Name)) state = state.Count(measurement) with { DueIn = check.Interval };
        return state;
    }

    private static IReadOnlyList<Measurement> Keep(IReadOnlyList<Measurement> all)
    {
        if (all.Count <= KeptMeasurements) return all;
        var older = all.Take(all.Count - KeptMeasurements).Where(m => m is Measurement.Failed).TakeLast(KeptFailures);
        return [.. older, .. all.TakeLast(KeptMeasurements)];
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
