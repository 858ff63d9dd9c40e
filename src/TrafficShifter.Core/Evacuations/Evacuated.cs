using System.Text.Json.Serialization;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Evacuations;

/// <summary>An application's traffic was taken off a colour, until <c>restore</c> brings it back: a part of <c>state/&lt;app&gt;</c>.</summary>
/// <remarks>
/// While it is there the other colour is the stable one, so that everything that goes to the stable colour, a rollback first of all, goes there; and once all traffic
/// has left, a lock of its own keeps weights, rollouts and target rules from the colour.
/// </remarks>
public sealed record Evacuated : DocumentPart
{
    /// <summary>Id of the evacuation.</summary>
    public required string Id { get; init; }

    /// <summary>The colour that was left.</summary>
    public required Colour Colour { get; init; }

    public required TrafficBefore Before { get; init; }

    public required string By { get; init; }

    public string? Reason { get; init; }

    /// <summary>When its traffic began to leave.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The part that has left of what the colour had; 100 % unless it leaves in steps.</summary>
    public Share Left { get; init; } = Share.All;

    /// <summary>Also where the other colour has no usable server.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Force { get; init; }

    /// <summary>Live sessions on the colour are cut, once its traffic has left.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Sever { get; init; }

    /// <summary>The last try to bring it back; null when none ended without success.</summary>
    public FailedReturn? Failed { get; init; }

    /// <summary>It left in the way that the evacuation says now: cut where sessions are to be cut, forced where it is forced.</summary>
    public bool Covers(Evacuation evacuation) => (Sever || !evacuation.Sever) && (Force || !evacuation.Force);

    /// <summary>The lock that keeps the traffic off the colour.</summary>
    public TrafficLock ToLock() => new()
    {
        To = Colour.Other(), By = By, Reason = $"{Colour.Word()} is evacuated{(Reason is null ? "" : $": {Reason}")}", At = At, Force = Force, Sever = Sever, Evacuation = Id,
    };

    /// <summary>Why what goes to the colour is refused, as a sentence.</summary>
    public string Describe() => $"{Colour.Word()} is evacuated by {By}{(Reason is null ? "" : $" ({Reason})")}; POST /api/v1/colours/{Colour.Word()}/restore brings each application back to what it had";

    protected override IEnumerable<(string Name, DocumentPart? Part)> Parts() => [("before", Before), ("failed", Failed)];
}

/// <summary>A canary back to an evacuated colour that did not succeed: the application stays where it is.</summary>
public sealed record FailedReturn : DocumentPart
{
    public required string Rollout { get; init; }

    /// <summary>Why, as a sentence.</summary>
    public required string Why { get; init; }

    public required DateTimeOffset At { get; init; }
}
