using System.Text.Json;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Judging;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>What starting a rollout asks for.</summary>
public sealed record RolloutRequest : DocumentPart
{
    /// <summary>The plan itself, or the name of one; the application's own when absent.</summary>
    public JsonElement? Plan { get; init; }

    /// <summary>A rollout that is running ends, all traffic goes back to the stable colour, and this one begins. Default false: it is refused.</summary>
    public bool Supersede { get; init; }

    /// <summary>Although the colour that it goes to is evacuated: an admin may, with a reason, and takes the application out of the evacuation. Default false.</summary>
    public bool Force { get; init; }

    /// <summary>Why; up to 500 characters.</summary>
    public string? Reason { get; init; }
}

/// <summary>A rollout as people see it: its document, where it stands in words, and where its traffic should be.</summary>
/// <param name="Sentence">The latest decision.</param>
/// <param name="Share">What the colour being moved to should have now.</param>
/// <param name="Judge">What the judge last said, with the difference of the two sides and how much evidence is missing; null where there is none, and before it has begun.</param>
public sealed record RolloutAnswer(
    RolloutId Id, string App, Colour From, Colour To, RolloutPhase Phase, int Step, int Steps, Share Share, TimeSpan StepElapsed, TimeSpan StepHold,
    string? Sentence, string? PausedReason, string? Outcome, string StartedBy, string? Reason, DateTimeOffset StartedAt, DateTimeOffset? EndedAt,
    RolloutId? RetryOf, GateAnswer? Gate, JudgeReport? Judge, Plan Plan, IReadOnlyList<CheckState> Checks, IReadOnlyList<HookState> Hooks, IReadOnlyList<DecisionRecord> Decisions, ulong ModifyIndex)
{
    /// <summary>Verbs that whoever asks may do to the rollout; null where another document only names it.</summary>
    public IReadOnlyList<string>? Can { get; init; }

    /// <summary>Why some of them are not possible now, a sentence by the verb.</summary>
    public IReadOnlyDictionary<string, string>? Blocked { get; init; }

    public static RolloutAnswer Of(Rollout rollout, ulong index, Offer offer) => Of(rollout, index) with { Can = offer.Can, Blocked = offer.Blocked };

    public static RolloutAnswer Of(Rollout rollout, ulong index) => new(
        rollout.Id, rollout.App.Value, rollout.From, rollout.To, rollout.Phase, rollout.Step + 1, rollout.Plan.Steps.Count,
        RolloutEngine.WantedShare(rollout), rollout.StepElapsed, rollout.Plan.Steps[rollout.Step].Hold,
        rollout.Decisions is [.., var last] ? last.Sentence : null, rollout.PausedReason, rollout.Outcome, rollout.StartedBy, rollout.Reason,
        rollout.StartedAt, rollout.EndedAt, rollout.RetryOf, GateAnswer.Find(rollout), rollout.Judge, rollout.Plan, rollout.Checks, rollout.Hooks, rollout.Decisions, index);
}

/// <summary>A gate that was reached.</summary>
/// <param name="Waiting">True while a person's word is awaited.</param>
/// <param name="Expires">How long it waits altogether.</param>
/// <param name="Approvers">Who may say it; null for everybody who may steer rollouts.</param>
/// <param name="FourEyes">Whoever started the rollout may not.</param>
public sealed record GateAnswer(bool Waiting, TimeSpan Waited, TimeSpan Expires, IReadOnlyList<string>? Approvers, bool FourEyes, Approval? Approval)
{
    public static GateAnswer? Find(Rollout rollout) => rollout.Gate is { } gate && rollout.Plan.Steps[rollout.Step].Gate is { } asked
        ? new GateAnswer(gate.Approval is null && rollout.Phase == RolloutPhase.Progressing, gate.Waited, asked.Expires, asked.Approvers, asked.FourEyes, gate.Approval)
        : null;
}

/// <summary>What a rollout would do, with nothing written.</summary>
/// <param name="Duration">The least time that it takes, if nothing is waited for.</param>
/// <param name="Hooks">Whether each hook's address may be called and answers now; none was asked.</param>
/// <param name="Plan">Name of the plan; null for one that was sent without.</param>
/// <param name="Judge">What the judge would take from the history now; null where there is none.</param>
public sealed record RolloutDryRun(string? Plan, Colour From, Colour To, TimeSpan Duration, IReadOnlyList<DryStep> Steps, IReadOnlyList<Measurement> Checks, IReadOnlyList<HookProbe> Hooks, IReadOnlyList<string> Warnings, DryJudge? Judge);

/// <param name="LeastTime">The hold, or as long as the iterations need.</param>
/// <param name="Checks">Names of the checks that are asked in this step.</param>
/// <param name="Hooks">Names of the hooks that are asked before this step and at its gate.</param>
/// <param name="Achievable">What each node can make of the step's share.</param>
public sealed record DryStep(Share Share, TimeSpan Hold, TimeSpan LeastTime, int Iterations, IReadOnlyList<string> Checks, IReadOnlyList<string> Hooks, Gate? Gate, IReadOnlyList<AchievableShare> Achievable);
