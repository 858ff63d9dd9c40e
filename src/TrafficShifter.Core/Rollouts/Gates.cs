using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Rollouts;

/// <summary>A step's gate: reached, waited at, approved or rejected. Checks go on being asked, and roll back.</summary>
internal static class Gates
{
    public static Gate? Of(Rollout rollout) => rollout.Plan.Steps[rollout.Step].Gate;

    public static bool IsWaiting(Rollout rollout) => rollout is { Phase: RolloutPhase.Progressing, Gate: { Approval: null } } && Of(rollout) is not null;

    public static (Decision, Rollout) Reach(Rollout rollout, string where, string evidence)
    {
        var sentence = $"{where} has passed and waits for approval{By(Of(rollout)!)}, up to {Duration.Format(Of(rollout)!.Expires)}; {evidence}";
        return (new Decision.Ask(sentence), rollout with { Gate = new GateState(TimeSpan.Zero), Counting = true });
    }

    /// <param name="evidence">What the checks say now, as a sentence.</param>
    public static (Decision, Rollout) Wait(Rollout rollout, RolloutTick tick, string where, string evidence)
    {
        var gate = Of(rollout)!;
        var waited = rollout.Counting ? Clocks.Add(rollout.Gate!.Waited, tick.Elapsed) : rollout.Gate!.Waited;
        rollout = rollout with { Gate = new GateState(waited), Counting = true };
        if (waited < gate.Expires) return Moves.Hold(rollout, HoldReason.Gate, $"{where} waits for approval{By(gate)}; {evidence}");
        var expired = $"{where} was not approved within {Duration.Format(gate.Expires)}";
        return gate.OnExpiry == DeadlineAction.Rollback ? Moves.RollBack(rollout, expired) : Moves.Pause(rollout, expired);
    }

    public static (Decision, Rollout) Approve(Rollout rollout, RolloutCommand.Approve command, DateTimeOffset now) =>
        FindRefusal(rollout, command, "approve") ?? FindOwnWord(rollout, command) ?? (
            new Decision.Approve($"approved by {command.By}{Moves.Because(command)}: it goes on from {rollout.Plan.Steps[rollout.Step].Share}") { By = command.By },
            rollout with { Gate = rollout.Gate! with { Approval = new Approval(command.By, now, command.Reason) } });

    public static (Decision, Rollout) Reject(Rollout rollout, RolloutCommand.Reject command) =>
        FindRefusal(rollout, command, "reject") ?? Moves.Reject(rollout, command);

    /// <summary>A gate of four eyes that whoever started the rollout would pass by their own word; null when there is none before the end.</summary>
    public static (Decision, Rollout)? FindPassing(Rollout rollout, RolloutCommand.Promote command)
    {
        var passed = rollout.Gate?.Approval is null ? 0 : 1;
        var gated = rollout.Plan.Steps.Skip(rollout.Step + passed).FirstOrDefault(s => s.Gate is { FourEyes: true });
        return gated is null || !IsOwn(rollout, command) ? null : Moves.Hold(rollout, HoldReason.Nothing, $"{command.By} started it, and promoting would pass the gate at {gated.Share}, which wants the word of somebody else");
    }

    private static (Decision, Rollout)? FindOwnWord(Rollout rollout, RolloutCommand command) => Of(rollout) is { FourEyes: true } && IsOwn(rollout, command)
        ? Moves.Hold(rollout, HoldReason.Nothing, $"{command.By} started it, and this gate wants the word of somebody else")
        : null;

    private static (Decision, Rollout)? FindRefusal(Rollout rollout, RolloutCommand command, string verb)
    {
        if (rollout is { Phase: RolloutPhase.Progressing, Gate.Approval: { } given }) return Moves.Hold(rollout, HoldReason.Nothing, $"it was approved by {given.By} already");
        if (!IsWaiting(rollout)) return Moves.Hold(rollout, HoldReason.Nothing, $"there is nothing to {verb}: no gate is waiting");
        return Of(rollout)!.Admits(command.GateNames ?? [command.By]) ? null : Moves.Hold(rollout, HoldReason.Permission, $"{command.By} is not among those who may {verb}: {string.Join(", ", Of(rollout)!.Approvers!)}");
    }

    private static bool IsOwn(Rollout rollout, RolloutCommand command) => command.By == rollout.StartedBy || command.By == rollout.OnBehalfOf;

    private static string By(Gate gate) => gate.Approvers is { } people ? $" by {string.Join(" or ", people)}" : "";
}
