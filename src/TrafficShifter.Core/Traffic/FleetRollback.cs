using System.Text.Json.Serialization;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Traffic;

/// <summary>
/// The rollback of every application in one write: <c>control/rollback</c>. It holds for each application whose state is older
/// than it (by ModifyIndex), whatever is done to the weights; a sweep then makes it the state's lock. A state that was written after
/// <see cref="KnownIndex"/> for something that was given later is not held, though a slow store took the rollback after it.
/// </summary>
public sealed record FleetRollback : Document
{
    /// <summary>Id of the same rollback as agents are given it directly: who has one of them has the other.</summary>
    public string? Id { get; init; }

    /// <summary>Index up to which whoever took the rollback knew all applications: its id is above the <see cref="AppState.OverrideAck"/> of each state up to there. 0, default: nothing was known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong KnownIndex { get; init; }

    public required RollbackTarget To { get; init; }

    public required string By { get; init; }

    public required string Reason { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>From where it was asked.</summary>
    public ChangeOrigin? Origin { get; init; }

    /// <summary>Also where the colour has no usable server.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Force { get; init; }

    /// <summary>Live sessions on the side that is left are cut, once the traffic goes to the other one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Sever { get; init; }

    public Colour ColourFor(AppState state) => To switch
    {
        RollbackTarget.Blue => Colour.Blue,
        RollbackTarget.Green => Colour.Green,
        _ => state.Stable,
    };
}

[JsonConverter(typeof(JsonStringEnumConverter<RollbackTarget>))]
public enum RollbackTarget
{
    /// <summary>Each application to its own stable colour.</summary>
    [JsonStringEnumMemberName("stable")] Stable,
    [JsonStringEnumMemberName("blue")] Blue,
    [JsonStringEnumMemberName("green")] Green,
}
