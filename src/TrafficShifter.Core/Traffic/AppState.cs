using System.Text.Json.Serialization;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Evacuations;

namespace TrafficShifter.Core.Traffic;

/// <summary>What the service knows of an application beside its definition: <c>state/&lt;app&gt;</c>.</summary>
public sealed record AppState : Document
{
    /// <summary>The colour that serves all traffic when nothing is going on; promotion changes it.</summary>
    public required Colour Stable { get; init; }

    /// <summary>When the stable colour became it, by a promotion or its undoing: what that colour served before was another version. Null: nobody noted it.</summary>
    public DateTimeOffset? StableSince { get; init; }

    /// <summary>All traffic to one colour, above the weights; null when not locked.</summary>
    public TrafficLock? Lock { get; init; }

    /// <summary>Id of the rollout that is running; null when none is.</summary>
    public string? Rollout { get; init; }

    /// <summary>The campaign that holds the application, until it lets it go: <c>migration/&lt;name&gt;</c> or <c>evacuation/&lt;colour&gt;</c>; null when none does.</summary>
    public string? Campaign { get; init; }

    /// <summary>Its traffic was taken off a colour, and what it had before; null when it was not.</summary>
    public Evacuated? Evacuated { get; init; }

    /// <summary>Id of the newest override that this state has taken in; agents drop it and all older ones for this application.</summary>
    public string? OverrideAck { get; init; }

    /// <summary>Id of a rollback of all that a slow store took after this state, though it was given before: it does not hold for the application. Null: there was none.</summary>
    public string? PassedOver { get; init; }

    protected override IEnumerable<(string Name, DocumentPart? Part)> Parts() => [("lock", Lock), ("evacuated", Evacuated)];
}

/// <summary>Set by an emergency rollback, and then only `unlock` takes it away; or by an evacuation.</summary>
public sealed record TrafficLock : DocumentPart
{
    public required Colour To { get; init; }

    public required string By { get; init; }

    public required string Reason { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Also where the colour has no usable server.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Force { get; init; }

    /// <summary>Live sessions on the side that is left are cut, once the traffic goes to this colour.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Sever { get; init; }

    /// <summary>Id of the evacuation whose lock it is: <c>restore</c> takes it away, <c>unlock</c> does not. Null for every other lock.</summary>
    public string? Evacuation { get; init; }
}
