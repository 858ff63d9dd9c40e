using System.Globalization;
using System.Text.Json.Serialization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Events;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Overview;

/// <summary>One application among all: where its traffic is, and whether somebody must look at it.</summary>
public sealed record FleetRow
{
    private const int MostNamed = 3;

    public required AppName App { get; init; }

    public IReadOnlyList<string>? Owners { get; init; }

    /// <summary>As in its definition; null for none.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public required Colour Stable { get; init; }

    /// <summary>Green's share as it is wanted, the lock included; null when nothing valid says so.</summary>
    public Share? Green { get; init; }

    public required Standing Standing { get; init; }

    /// <summary>Why it stands so, in the words of the decision or the change.</summary>
    public required string Sentence { get; init; }

    /// <summary>Since when; null where nothing says.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The colour that all traffic is locked to; null when it is not.</summary>
    public Colour? Lock { get; init; }

    /// <summary>The rollout that runs; null when none does.</summary>
    public FleetRollout? Rollout { get; init; }

    /// <summary>The campaign that holds the application: <c>evacuation/green</c>, <c>migration/q3</c>; null when none does.</summary>
    public string? Campaign { get; init; }

    /// <summary>How many nodes were read back with what is wanted.</summary>
    public required int Observed { get; init; }

    /// <summary>Index of what is wanted.</summary>
    public required ulong Index { get; init; }

    /// <summary>The row of an application that exists.</summary>
    /// <param name="rollout">The rollout that the state names; null when it names none, or it could not be read.</param>
    /// <param name="last">What was told of the application last, if that is still kept.</param>
    /// <param name="known">Index up to which everything is known here: what was changed by hand has one that no node can have heard of yet.</param>
    public static FleetRow Of(AppTraffic app, Known<FleetRollback> fleet, Rollout? rollout, TrafficEvent? last, FleetNodes nodes, ulong known)
    {
        var state = app.State.Value!;
        var running = rollout is { } found && !found.Phase.IsEnd() && state.Rollout == found.Id.ToString() ? found : null;
        var held = app.FindLock(fleet);
        var index = app.DesiredIndex(fleet);
        var (standing, sentence, since) = Judge(app, held, running, last, nodes.FindDrifting(app.Name));
        return new FleetRow
        {
            App = app.Name,
            Owners = app.Definition.Value!.Owners is { Count: > 0 } owners ? owners : null,
            Labels = app.Definition.Value.Labels is { Count: > 0 } labels ? labels : null,
            Stable = state.Stable,
            Green = app.FindDesired(fleet)?.Green,
            Standing = standing,
            Sentence = sentence,
            Since = since,
            Lock = held?.To,
            Campaign = state.Campaign,
            Rollout = running is null ? null : FleetRollout.Of(running),
            Observed = nodes.CountObserved(app.Name, Math.Min(index, known)),
            Index = index,
        };
    }

    private static (Standing Standing, string Sentence, DateTimeOffset? Since) Judge(AppTraffic app, TrafficLock? held, Rollout? running, TrafficEvent? last, IReadOnlyList<string> drifting)
    {
        var decision = running?.Decisions is [.., var latest] ? latest : null;
        var rolling = decision?.Sentence ?? "waiting to start";
        return running switch
        {
            { Phase: RolloutPhase.RollingBack } => (Standing.RolledBack, rolling, decision?.At),
            { Phase: RolloutPhase.Paused } => (Standing.Waiting, running.PausedReason ?? rolling, decision?.At),
            { Phase: RolloutPhase.Progressing, Gate.Approval: null } and { Gate: not null } => (Standing.Waiting, rolling, decision?.At),
            _ when held is not null => (Standing.Locked, $"locked to {held.To.Word()} by {held.By}: {held.Reason}", held.At),
            null when last is { Kind: "rollout.rolledBack" or "rollout.aborted" } => (Standing.RolledBack, last.Sentence, last.At),
            _ when drifting.Count > 0 => (Standing.Drift, $"{Name(drifting)} {(drifting.Count == 1 ? "does" : "do")} not serve what is asked", null),
            null => (Standing.Quiet, Describe(app), app.Weights.Value?.At),
            _ when decision is { Kind: "hold", Why: not (null or "time" or "settling") } => (Standing.Held, rolling, decision.At),
            _ => (Standing.Moving, rolling, decision?.At ?? running.StartedAt),
        };
    }

    private static string Describe(AppTraffic app) => app.Weights.Value is { } weights
        ? $"{weights.Describe()}{(weights.By is { } by ? $", by {by}" : "")}{(weights.Reason is { } reason ? $": {reason}" : "")}"
        : "no weights yet";

    private static string Name(IReadOnlyList<string> nodes) => nodes.Count <= MostNamed
        ? string.Join(", ", nodes)
        : string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", nodes.Take(MostNamed))} and {nodes.Count - MostNamed} more");
}

/// <summary>How far a rollout is.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Share">What the colour being moved to should have now.</param>
/// <param name="Gate">True while a person's word is awaited.</param>
public sealed record FleetRollout(RolloutId Id, Colour To, RolloutPhase Phase, int Step, int Steps, Share Share, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Gate)
{
    public static FleetRollout Of(Rollout rollout) => new(
        rollout.Id, rollout.To, rollout.Phase, rollout.Step + 1, rollout.Plan.Steps.Count, RolloutEngine.WantedShare(rollout),
        rollout is { Phase: RolloutPhase.Progressing, Gate: { Approval: null } });
}
