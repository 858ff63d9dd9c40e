using System.Text.Json;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>What people tell a rollout, and what is said to them when it does nothing: the same for who tries and for who only asks what is offered.</summary>
internal static class CommandRules
{
    public static readonly IReadOnlyList<string> Commands = ["pause", "resume", "abort", "promote", "approve", "reject"];

    public static RolloutCommand Make(string verb, ChangeNote note, Identity who)
    {
        RolloutCommand command = verb switch
        {
            "pause" => new RolloutCommand.Pause(note.By, note.Reason),
            "resume" => new RolloutCommand.Resume(note.By, note.Reason),
            "abort" => new RolloutCommand.Abort(note.By, note.Reason),
            "promote" => new RolloutCommand.Promote(note.By, note.Reason),
            "approve" => new RolloutCommand.Approve(note.By, note.Reason),
            "reject" => new RolloutCommand.Reject(note.By, note.Reason),
            _ => throw new ArgumentOutOfRangeException(nameof(verb), verb, "none of the commands"),
        };
        return command with { Origin = note.Origin, GateNames = [.. who.GateNames] };
    }

    /// <summary>Why a command that was decided on does nothing, and whether it is not permitted at all; null when it does something.</summary>
    public static (string Why, bool IsForbidden)? FindRefusal(Rollout rollout, Decision decision, string verb, string by, bool isLocked) => decision switch
    {
        Decision.Hold { Why: HoldReason.Permission } => (decision.Sentence, true),
        Decision.Hold { Why: HoldReason.Nothing } => (decision.Sentence, false),
        _ when decision.By != by && !isLocked =>
            ($"{verb} does nothing now: the rollout is {JsonNamingPolicy.CamelCase.ConvertName(rollout.Phase.ToString())}{((rollout.PausedReason ?? rollout.Outcome) is { } why ? $", {why}" : "")}", false),
        _ => null,
    };
}
