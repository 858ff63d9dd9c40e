using System.Globalization;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>Progressing: one step serves its share until its time is over and its checks pass.</summary>
internal static class Progress
{
    /// <remarks>
    /// 1. A person: pause, or weights that are not ours. 2. Checks that reached a limit and the judge's verdict, before anything that only waits, and a hook's answer. 3. Metrics away.
    /// 4. Nodes; on them the share settles and serves. 5. A standstill and a gate that waits, neither of which counts on the step's clocks; the
    /// clocks. 6. The step's end, for which the next share needs servers, its hooks and its gate. 7. Deadlines, only for a step that cannot end. 8. Hold.
    /// </remarks>
    public static (Decision, Rollout) Decide(Rollout rollout, RolloutTick tick)
    {
        // 1
        if (tick.Command is RolloutCommand.Pause pause) return Moves.Pause(rollout, pause);
        if (Moves.IsForeign(rollout, tick.Weights)) return Moves.Yield(rollout, tick.Weights);
        // 2
        rollout = Evidence.Take(rollout, tick);
        if (Evidence.FindVerdict(rollout) is { } reached)
            return reached.Action == OutcomeAction.Rollback ? Moves.RollBack(rollout, reached.Sentence) : Moves.Pause(rollout, reached.Sentence);
        if (JudgeWord.FindRollback(rollout, tick) is { } worse) return Moves.RollBack(rollout, worse);
        var asked = Hooking.Take(rollout, tick, out var heard);
        if (heard is not null && Hooking.Decide(rollout, asked, heard) is { } answered) return answered;
        rollout = asked;
        // 3
        if (tick.MetricsAway is { } away) return DecideOutage(rollout, away);
        // 4
        var verdict = tick.Nodes.Judge(rollout.Plan.NodeGrace);
        if (verdict is NodeVerdict.Wait wait) return Moves.Hold(StopClocks(rollout), HoldReason.Nodes, $"{Where(rollout)}: {wait.Sentence}");
        rollout = Observing.Run(rollout, tick, out var served);
        // 5
        if (tick.Standstill is { } standstill) return Moves.Hold(rollout with { Counting = false }, HoldReason.Standstill, $"{Where(rollout)}: {standstill}");
        if (Gates.IsWaiting(rollout)) return Gates.Wait(rollout, tick, Where(rollout), Evidence.FindMissing(rollout, tick.Now) ?? Evidence.Describe(rollout));
        rollout = RunClocks(rollout, tick, served);
        if (rollout.Settling < tick.Settle) return Moves.Hold(rollout, HoldReason.Settling, $"{Where(rollout)}: observed, the metrics settle");
        // 6
        var step = rollout.Plan.Steps[rollout.Step];
        var unsaid = JudgeWord.FindMissing(rollout, tick);
        var missing = Evidence.FindMissing(rollout, tick.Now) ?? unsaid;
        var without = ((NodeVerdict.Ready)verdict).Exceptions is { } exceptions ? $" ({exceptions})" : "";
        var few = tick.Nodes.FindFew(rollout.To, rollout.Plan.MinHealthy);
        if (rollout.StepElapsed >= step.Hold && missing is null && few is null)
        {
            var isOver = step.Gate is null || rollout.Gate is not null;
            if (FindHook(rollout, isOver) is { } hook) return FindDeadline(rollout) is { } late ? DecideDeadline(rollout, $"{late}; {hook.Item1.Sentence}") : hook;
            return isOver ? GoOn(rollout, without) : Gates.Reach(rollout, Where(rollout), Evidence.Describe(rollout));
        }
        // 7
        if (FindDeadline(rollout) is { } deadline) return DecideDeadline(rollout, $"{deadline}; {missing ?? few ?? Evidence.Describe(rollout)}");
        // 8
        return rollout.StepElapsed < step.Hold
            ? Moves.Hold(rollout, HoldReason.Time, $"{Where(rollout)}: held {Seconds(rollout.StepElapsed)} of {Duration.Format(step.Hold)}{without}; {missing ?? Evidence.Describe(rollout)}")
            : Moves.Hold(rollout, missing is null ? HoldReason.Servers : missing == unsaid ? HoldReason.Judge : HoldReason.Checks, $"{Where(rollout)}: held {Seconds(rollout.StepElapsed)}, but {missing ?? few}{without}");
    }

    /// <summary>The hooks between this step and what follows it: those of its gate, or those before the next step.</summary>
    private static (Decision, Rollout)? FindHook(Rollout rollout, bool isOver) =>
        !isOver ? Hooking.Wait(rollout, HookType.Gate, rollout.Step, Where(rollout))
        : rollout.Step + 1 < rollout.Plan.Steps.Count ? Hooking.Wait(rollout, HookType.PreStep, rollout.Step + 1, Where(rollout))
        : null;

    private static (Decision, Rollout) GoOn(Rollout rollout, string without)
    {
        var (steps, share) = (rollout.Plan.Steps, rollout.Plan.Steps[rollout.Step].Share);
        var approved = rollout.Gate?.Approval is { } word ? $", approved by {word.By}" : "";
        var why = $"held {Seconds(rollout.StepElapsed)} at {share}{approved}{without}; {Evidence.Describe(rollout, withQueries: true)}";
        var next = rollout.Step + 1;
        if (next == steps.Count) return (new Decision.Promote($"{Moves.DescribeEnd(rollout)}: {why}"), Moves.Promote(rollout, write: share != Share.All || rollout.ReturnsTo is not null));
        var sentence = string.Create(CultureInfo.InvariantCulture, $"step {next + 1} of {steps.Count}: {steps[next].Share} to {rollout.To.Word()}: {why}");
        return (new Decision.Advance(next, steps[next].Share, sentence), Moves.EnterStep(rollout, next));
    }

    private static (Decision, Rollout) DecideOutage(Rollout rollout, MetricsAway away)
    {
        var policy = rollout.Plan.MetricsOutage;
        var sentence = $"no metrics for {Seconds(away.For)}: {away.Reason}";
        rollout = StopClocks(rollout);
        if (away.For < policy.After) return Moves.Hold(rollout, HoldReason.Metrics, $"{Where(rollout)}: {sentence}");
        return policy.Do switch
        {
            OutageAction.Pause => Moves.Pause(rollout, sentence),
            OutageAction.Rollback => Moves.RollBack(rollout, sentence),
            _ => Moves.Hold(rollout, HoldReason.Metrics, $"{Where(rollout)}: {sentence}"),
        };
    }

    private static (Decision, Rollout) DecideDeadline(Rollout rollout, string sentence) =>
        rollout.Plan.OnDeadline == DeadlineAction.Rollback ? Moves.RollBack(rollout, sentence) : Moves.Pause(rollout, sentence);

    private static string? FindDeadline(Rollout rollout)
    {
        if (rollout.StepElapsed >= rollout.Plan.StepDeadline) return $"{Where(rollout)} did not end within its deadline of {Duration.Format(rollout.Plan.StepDeadline)}";
        return rollout.Elapsed >= rollout.Plan.Deadline ? $"the rollout did not end within its deadline of {Duration.Format(rollout.Plan.Deadline)}" : null;
    }

    private static Rollout RunClocks(Rollout rollout, RolloutTick tick, TimeSpan served) => rollout.Counting
        ? rollout with { StepElapsed = Clocks.Add(rollout.StepElapsed, served), Elapsed = Clocks.Add(rollout.Elapsed, tick.Elapsed) }
        : rollout with { Counting = true };

    private static Rollout StopClocks(Rollout rollout) => Observing.Stop(rollout) with { Counting = false };

    private static string Where(Rollout rollout) =>
        string.Create(CultureInfo.InvariantCulture, $"step {rollout.Step + 1} of {rollout.Plan.Steps.Count} at {rollout.Plan.Steps[rollout.Step].Share}");

    private static string Seconds(TimeSpan time) => Duration.Format(TimeSpan.FromSeconds(Math.Floor(time.TotalSeconds)));
}
