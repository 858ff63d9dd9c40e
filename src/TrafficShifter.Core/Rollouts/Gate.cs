using System.Text.Json.Serialization;

namespace TrafficShifter.Core.Rollouts;

/// <summary>A step that has passed waits for a person's word before the next one, or before promotion.</summary>
public sealed record Gate
{
    public const int MaxApprovers = 20;
    public const int MaxApproverLength = 100;
    public static readonly TimeSpan MinExpires = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan MaxExpires = TimeSpan.FromDays(30);

    /// <summary>Who may approve or reject, by their names in the history, or <c>group:NAME</c> for a group that a trusted proxy names; null for everybody who may steer rollouts.</summary>
    public IReadOnlyList<string>? Approvers { get; init; }

    /// <summary>How long it waits, pauses not counted. 1 s to 30 days; default 1 day.</summary>
    public TimeSpan Expires { get; init; } = TimeSpan.FromDays(1);

    /// <summary>What happens when nobody said a word; default <see cref="DeadlineAction.Pause"/>.</summary>
    public DeadlineAction OnExpiry { get; init; } = DeadlineAction.Pause;

    /// <summary>Whoever started the rollout may not approve, nor promote past the gate; default false. By the name in the history: one person with two tokens is two.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool FourEyes { get; init; }

    public bool Admits(IEnumerable<string> names) => Approvers is null || names.Any(name => Approvers.Contains(name, StringComparer.Ordinal));
}

/// <summary>A gate that was reached.</summary>
/// <param name="Waited">How long it has waited for a word; elapsed time.</param>
/// <param name="Approval">Null while it waits.</param>
public sealed record GateState(TimeSpan Waited, Approval? Approval = null);

public sealed record Approval(string By, DateTimeOffset At, string? Reason = null);
