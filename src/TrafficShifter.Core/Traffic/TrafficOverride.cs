using System.Text.Json.Serialization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Traffic;

/// <summary>
/// An emergency rollback that was given to the agents themselves because the store was away. It beats everything in the store until the
/// store says that it is recorded: then it is the application's lock. A rollback of all that is given after it, and that the store takes, beats it. Kept on each agent's disk, and in <c>overrides/&lt;node&gt;/&lt;id&gt;</c> once the store is back.
/// </summary>
public sealed record TrafficOverride : Document
{
    /// <summary>A ULID: of two overrides the one given later wins.</summary>
    public required string Id { get; init; }

    /// <summary>The application; null: all of them.</summary>
    public AppName? App { get; init; }

    public required RollbackTarget To { get; init; }

    public required string By { get; init; }

    public required string Reason { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>The node whose agent reports it to the store; null before that.</summary>
    public string? Node { get; init; }

    /// <summary>From where it was asked.</summary>
    public ChangeOrigin? Origin { get; init; }

    /// <summary>Also where the colour has no usable server.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Force { get; init; }

    /// <summary>Live sessions on the side that is left are cut, once the traffic goes to the other one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Sever { get; init; }

    /// <summary>Every application that it is about has it as its lock: agents may forget it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Recorded { get; init; }

    public override string? FindProblem() => Id.Length == 26 && Id.All(char.IsAsciiLetterOrDigit) ? null : "id: not a ULID";

    /// <summary>Whether it holds for an application now: it is about it, the application's state has not taken it in, and no rollback of all was given after it.</summary>
    public bool HoldsFor(AppName app, AppState state, FleetRollback? fleet) =>
        (App is null || App == app) && string.CompareOrdinal(state.OverrideAck, Id) < 0 && !IsOvertakenBy(fleet);

    /// <summary>A rollback of all that was given after it is in the store.</summary>
    public bool IsOvertakenBy(FleetRollback? fleet) => OverrideOrder.IsLater(fleet?.Id, Id);

    /// <summary>Green's share as it wants it.</summary>
    public Share ShareFor(AppState state) => ToLock(state).To == Colour.Green ? Share.All : Share.None;

    public TrafficLock ToLock(AppState state) => new()
    {
        To = To switch { RollbackTarget.Blue => Colour.Blue, RollbackTarget.Green => Colour.Green, _ => state.Stable },
        By = By,
        Reason = Reason,
        At = At,
        Force = Force,
        Sever = Sever,
    };
}
