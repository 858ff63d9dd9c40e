using System.Globalization;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Rollouts;

/// <summary>A rollout's hooks: when one is to be asked, what its answer means. Who asks is not here.</summary>
/// <remarks>
/// A hook is only ever waited for where a rollout would otherwise go forward. Nothing that leads back looks at it, so none can delay a rollback; in a
/// pause an answer that was awaited is not taken, and the hook is asked again after it.
/// </remarks>
internal static class Hooking
{
    /// <summary>Lets time go by and notes an answer, if it is the one that is awaited.</summary>
    /// <param name="heard">The hook's state with the answer in it; null when there was none.</param>
    public static Rollout Take(Rollout rollout, RolloutTick tick, out HookState? heard)
    {
        heard = null;
        if (rollout.Hooks.Count == 0) return rollout;
        rollout = rollout with { Hooks = [.. rollout.Hooks.Select(h => h with { DueIn = Clocks.Add(TimeSpan.Zero, h.DueIn - tick.Elapsed) })] };
        if (tick.Hook is not { } answer || FindCall(rollout) != answer.Call) return rollout;
        heard = Find(rollout, answer.Call.Hook, answer.Call.Step)!.Note(answer.Outcome, answer.Call.Hook.Interval);
        return Put(rollout, heard);
    }

    /// <summary>What an answer leads to; null when it is the same as the one before, and the rollout waits on.</summary>
    /// <param name="before">The rollout as it was before the answer.</param>
    public static (Decision, Rollout)? Decide(Rollout before, Rollout rollout, HookState heard)
    {
        var hook = Get(rollout, heard);
        var sentence = Describe(rollout, heard);
        if (heard.Failures >= hook.FailuresInARow && hook.OnFailure != OutcomeAction.Hold)
            return hook.OnFailure == OutcomeAction.Rollback ? Moves.RollBack(rollout, sentence) : Moves.Pause(rollout, sentence);
        if (heard.Errors >= hook.ErrorsInARow && hook.OnError == OutcomeAction.Pause) return Moves.Pause(rollout, sentence);
        return Find(before, hook, heard.Step)?.Last?.GetType() == heard.Last!.GetType() && !heard.Passed ? null : (new Decision.Hear(heard.Last, sentence), rollout);
    }

    /// <summary>The hold of a rollout that would go forward but for a hook; null when none is left to be asked.</summary>
    /// <param name="step">Index of the step that the hooks belong to.</param>
    public static (Decision, Rollout)? Wait(Rollout rollout, HookType type, int step, string where)
    {
        foreach (var hook in rollout.Plan.Hooks.Where(h => h.Type == type && rollout.Plan.Steps[step].Asks(h)))
        {
            var state = Find(rollout, hook, step) ?? new HookState { Name = hook.Name, Step = step };
            if (state.Passed) continue;
            rollout = Put(rollout, state with { Asked = state.Asked || state.DueIn == TimeSpan.Zero });
            return Moves.Hold(rollout, HoldReason.Hook, state.Last is null ? $"{where} waits for hook {hook.Name}" : $"{where} waits: {Describe(rollout, state)}; it is asked every {Duration.Format(hook.Interval)}");
        }
        return null;
    }

    /// <summary>The attempt that is under way; null when none is.</summary>
    public static HookCall? FindCall(Rollout rollout) =>
        rollout.Phase is RolloutPhase.Pending or RolloutPhase.Progressing && rollout.Hooks.FirstOrDefault(h => h.Asked) is { } asked
            ? Call(rollout, Get(rollout, asked), asked.Step, asked.Attempts + 1, string.Create(CultureInfo.InvariantCulture, $"{asked.Step + 1}"))
            : null;

    /// <param name="point">Where it is asked: the step's number as people count, or the word for the end.</param>
    public static HookCall Call(Rollout rollout, Hook hook, int step, int attempt, string point) => new(hook, step, attempt, $"{rollout.Id}/{point}/{hook.Name}");

    /// <summary>What is known of hooks when a step begins: those that let it begin. Others are asked anew when it is their turn.</summary>
    public static IReadOnlyList<HookState> EnterStep(Rollout rollout, int step) =>
        [.. rollout.Hooks.Where(h => h.Step >= step).Select(h => h.Step == step && Get(rollout, h).Type == HookType.PreStep ? h with { Asked = false } : h.Forget())];

    /// <summary>What did not pass is asked anew: a person has looked.</summary>
    public static IReadOnlyList<HookState> Resume(Rollout rollout) => [.. rollout.Hooks.Select(h => h.Passed ? h : h.Forget())];

    /// <summary>The hook with its latest outcome, as a sentence.</summary>
    public static string Describe(Rollout rollout, HookState state)
    {
        var hook = Get(rollout, state);
        var at = hook.Type switch
        {
            HookType.PreStep => string.Create(CultureInfo.InvariantCulture, $"before step {state.Step + 1} of {rollout.Plan.Steps.Count}"),
            HookType.Gate => string.Create(CultureInfo.InvariantCulture, $"at the gate of step {state.Step + 1} of {rollout.Plan.Steps.Count}"),
            _ => "after the rollout",
        };
        var (verb, times) = state.Last switch
        {
            HookOutcome.Passed => ("passed", 0),
            HookOutcome.Failed => ("failed", state.Failures),
            _ => ("has no answer", state.Errors),
        };
        return string.Create(CultureInfo.InvariantCulture, $"hook {state.Name} {at} {verb}: {state.Last?.Sentence}{(times > 1 ? $", {times} times in a row" : "")}");
    }

    public static Rollout Put(Rollout rollout, HookState state) =>
        rollout with { Hooks = [.. rollout.Hooks.Where(h => (h.Name, h.Step) != (state.Name, state.Step)), state] };

    public static HookState? Find(Rollout rollout, Hook hook, int step) => rollout.Hooks.FirstOrDefault(h => h.Name == hook.Name && h.Step == step);

    private static Hook Get(Rollout rollout, HookState state) => rollout.Plan.Hooks.First(h => h.Name == state.Name);
}
