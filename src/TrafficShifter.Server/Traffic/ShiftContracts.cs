using System.Text.Json.Serialization;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Traffic;

/// <summary>What a shift by hand asks for.</summary>
public sealed record ShiftRequest : DocumentPart
{
    /// <summary>Relative weight, 0 to 1,000,000; not both 0.</summary>
    public required int Blue { get; init; }

    /// <summary>Relative weight, 0 to 1,000,000; not both 0.</summary>
    public required int Green { get; init; }

    /// <summary>Why; up to 500 characters.</summary>
    public string? Reason { get; init; }

    /// <summary>Also where a colour that is to get traffic has no usable server; and, said by an admin with a reason, although the application is evacuated from a colour, which ends that for it.</summary>
    public bool Force { get; init; }

    public Weights ToWeights() => new() { Blue = Blue, Green = Green, Force = Force };
}

/// <summary>An application's weights, the share that each colour has by them, and, when it was asked for, how far each node is.</summary>
public sealed record WeightsAnswer
{
    public required int Blue { get; init; }

    public required int Green { get; init; }

    public required ColourShares Share { get; init; }

    public string? By { get; init; }

    public string? Reason { get; init; }

    public DateTimeOffset? At { get; init; }

    /// <summary>Version of the weights, as in the ETag; null in a dry run.</summary>
    public ulong? ModifyIndex { get; init; }

    /// <summary>True when nothing was written.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DryRun { get; init; }

    /// <summary>What each node can make of the shares.</summary>
    public IReadOnlyList<AchievableShare>? Achievable { get; init; }

    /// <summary>How far each node is; only with ?wait=.</summary>
    public IReadOnlyList<NodeStatus>? Nodes { get; init; }

    /// <summary>What a person should know.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }

    public static WeightsAnswer Of(Weights weights, ulong? modifyIndex) => new()
    {
        Blue = weights.Blue,
        Green = weights.Green,
        Share = new ColourShares(weights.ShareOf(Colour.Blue), weights.ShareOf(Colour.Green)),
        By = weights.By,
        Reason = weights.Reason,
        At = weights.At,
        ModifyIndex = modifyIndex,
    };
}

public sealed record ColourShares(Share Blue, Share Green);

/// <summary>What one node's servers can make of a wanted share.</summary>
/// <param name="Green">Green's share that is made; null when none can be.</param>
/// <param name="Weights">The server weights by which it is made, 0 to 256 each.</param>
/// <param name="Problem">Why it is not the wanted share.</param>
/// <param name="Refused">The wanted share is too far from anything that the servers can make.</param>
public sealed record AchievableShare(string Node, Share? Green, IReadOnlyDictionary<string, int>? Weights, string? Problem, [property: JsonIgnore] bool Refused);
