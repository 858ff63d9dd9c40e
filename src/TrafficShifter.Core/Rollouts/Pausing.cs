using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>Paused: nothing goes forward until a person resumes, promotes or aborts.</summary>
internal static class Pausing
{
    /// <remarks>A pause stops progress, not the checks: while the weights are the rollout's own, a check whose failures roll back still does.</remarks>
    public static (Decision, Rollout) Decide(Rollout rollout, RolloutTick tick)
    {
        if (tick.Command is RolloutCommand.Resume { OwnPauseOnly: true } own && FindStranger(rollout, tick, own) is { } stranger) return Moves.Hold(rollout, HoldReason.Nothing, stranger);
        if (tick.Command is RolloutCommand.Resume resume) return Resume(rollout, tick, resume);
        if (tick.Command is RolloutCommand.Pause pause && IsHeldBack(rollout) && pause.By != rollout.StartedBy) return Moves.Pause(rollout, pause);
        if (rollout.PausedFrom == RolloutPhase.Progressing && !Moves.IsForeign(rollout, tick.Weights))
        {
            rollout = Evidence.Take(rollout, tick);
            if (Evidence.FindVerdict(rollout) is { Action: OutcomeAction.Rollback } reached) return Moves.RollBack(rollout, reached.Sentence);
            if (JudgeWord.FindRollback(rollout, tick) is { } worse) return Moves.RollBack(rollout, worse);
            var isObserved = tick.MetricsAway is null && tick.Nodes.Judge(rollout.Plan.NodeGrace) is NodeVerdict.Ready;
            rollout = isObserved ? Observing.Run(rollout, tick, out _) : Observing.Stop(rollout);
        }
        return Moves.Hold(rollout, HoldReason.Person, $"paused: {rollout.PausedReason}");
    }

    /// <summary>Who paused it last; null when it was the rollout itself.</summary>
    internal static string? FindAuthor(Rollout rollout) => rollout.Decisions.LastOrDefault(d => d.Kind == PauseKind)?.By;

    private static readonly string PauseKind = new Decision.Pause("").Kind;

    /// <summary>Paused by who began it on a person's behalf, and would resume it: a person's pause takes its place.</summary>
    private static bool IsHeldBack(Rollout rollout) => rollout.OnBehalfOf is not null && FindAuthor(rollout) == rollout.StartedBy;

    private static string? FindStranger(Rollout rollout, RolloutTick tick, RolloutCommand.Resume command) =>
        FindAuthor(rollout) != command.By ? $"the pause is not {command.By}'s: {rollout.PausedReason}"
        : Moves.IsForeign(rollout, tick.Weights) ? Moves.DescribeForeign(rollout, tick.Weights)
        : null;

    /// <remarks>
    /// Own weights, untouched: the step goes on where it was, with fresh evidence. Foreign ones: they are written again and the step starts over.
    /// A deadline that had passed is given anew: the person knows.
    /// </remarks>
    private static (Decision, Rollout) Resume(Rollout rollout, RolloutTick tick, RolloutCommand.Resume command)
    {
        var foreign = Moves.IsForeign(rollout, tick.Weights) || rollout.PausedFrom == RolloutPhase.Pending;
        var next = rollout.PausedFrom switch
        {
            RolloutPhase.Promoting => Moves.Promote(rollout, write: foreign),
            RolloutPhase.Pending when command.OwnPauseOnly || Hooking.Wait(rollout, HookType.PreStep, 0, "") is not null => BeginAgain(rollout, tick),
            RolloutPhase.Pending => Moves.EnterStep(rollout, 0),
            _ when foreign => Moves.EnterStep(rollout, rollout.Step),
            _ => GoOn(rollout),
        };
        if (next.Elapsed >= next.Plan.Deadline) next = next with { Elapsed = TimeSpan.Zero };
        if (next.StepElapsed >= next.Plan.StepDeadline) next = next with { StepElapsed = TimeSpan.Zero };
        var share = RolloutEngine.WantedShare(next);
        var what = next.Phase == RolloutPhase.Pending ? command.OwnPauseOnly ? "nothing is moved yet" : "its hooks are asked, nothing is moved yet"
            : rollout.PausedFrom == RolloutPhase.Pending ? $"step 1 begins, {share} to {rollout.To.Word()}"
            : foreign ? $"{share} to {rollout.To.Word()} is applied again" : $"it goes on at {share}";
        return (new Decision.Resume(next.WeightsIndex is null, $"resumed by {command.By}{Moves.Because(command)}: {what}") { By = command.By }, next);
    }

    /// <remarks>Nothing is written yet, so whose weights they are does not matter: the person has seen them.</remarks>
    private static Rollout BeginAgain(Rollout rollout, RolloutTick tick) => rollout with
    {
        Phase = RolloutPhase.Pending,
        PausedFrom = null,
        PausedReason = null,
        WeightsIndex = tick.Weights.Index,
        Hooks = Hooking.Resume(rollout),
    };

    private static Rollout GoOn(Rollout rollout) => rollout with
    {
        Phase = RolloutPhase.Progressing,
        PausedFrom = null,
        PausedReason = null,
        Gate = rollout.Gate is { Approval: null } ? new GateState(TimeSpan.Zero) : rollout.Gate,
        Checks = [.. rollout.Checks.Select(c => c.Forget())],
        Hooks = Hooking.Resume(rollout),
    };
}
