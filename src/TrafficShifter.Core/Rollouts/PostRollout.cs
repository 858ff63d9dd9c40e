using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Rollouts;

/// <summary>An ended rollout whose hooks after it are not all asked yet: <c>hooks/&lt;app&gt;/&lt;rollout&gt;</c>, written in the transaction that ended it.</summary>
public sealed record PendingHooks : Document
{
    public required AppName App { get; init; }

    public required RolloutId Rollout { get; init; }
}

/// <summary>The hooks after a rollout. It has ended, and the application may have its next one already: answers are noted, and change nothing else.</summary>
public static class PostRollout
{
    /// <summary>The mark by which the hooks of a rollout that ends are found; none when its plan has no such hooks.</summary>
    public static IEnumerable<Change> Mark(Rollout ended)
    {
        if (!ended.Phase.IsEnd() || ended.Plan.Hooks.All(h => h.Type != HookType.PostRollout)) yield break;
        var pending = new PendingHooks { App = ended.App, Rollout = ended.Id };
        yield return new Change.Set(Keys.PendingHooks(ended.App, ended.Id.ToString()), DocumentJson.Write(pending));
    }

    /// <summary>The next attempt; null when all hooks are done.</summary>
    public static HookCall? FindCall(Rollout ended)
    {
        foreach (var hook in ended.Plan.Hooks.Where(h => h.Type == HookType.PostRollout))
        {
            var state = Hooking.Find(ended, hook, ended.Step);
            if (state is null || !IsDone(hook, state)) return Hooking.Call(ended, hook, ended.Step, (state?.Attempts ?? 0) + 1, "end");
        }
        return null;
    }

    /// <summary>The transaction that notes an answer, and takes the mark away when it was the last.</summary>
    /// <param name="rolloutIndex">ModifyIndex of the rollout's document.</param>
    /// <param name="markIndex">ModifyIndex of the mark.</param>
    /// <param name="changeId">ULID of the history entry.</param>
    public static (Rollout Next, Decision.Hear Decision, ChangeSet Changes) Hear(Rollout ended, HookAnswer answer, ulong rolloutIndex, ulong markIndex, string changeId, DateTimeOffset now)
    {
        var (call, outcome) = answer;
        var state = Hooking.Find(ended, call.Hook, call.Step) ?? new HookState { Name = call.Hook.Name, Step = call.Step };
        state = state.Note(outcome, call.Hook.Interval);
        var isGivenUp = !state.Passed && IsDone(call.Hook, state);
        var decision = new Decision.Hear(outcome, $"{Hooking.Describe(ended, state)}{(isGivenUp ? "; it is not asked again" : "")}");
        var next = RolloutLog.Keep(Hooking.Put(ended, state), decision, now);
        var changes = ChangeSet.Empty.With(RolloutChanges.Noted(next, decision, rolloutIndex, changeId, now));
        return (next, decision, FindCall(next) is null ? changes.With(new Change.Remove(Keys.PendingHooks(ended.App, ended.Id.ToString()), markIndex)) : changes);
    }

    private static bool IsDone(Hook hook, HookState state) => state.Passed || state.Failures >= hook.FailuresInARow || state.Errors >= hook.ErrorsInARow;
}
