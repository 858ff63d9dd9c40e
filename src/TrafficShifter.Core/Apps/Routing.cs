using System.Text.Json.Serialization;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Apps;

/// <summary>How the share is made in HAProxy.</summary>
/// <remarks>`weights`: server weights in one backend, for any existing haproxy.cfg. Servers are told apart by colour with a prefix or a list.</remarks>
public sealed record Routing : DocumentPart
{
    public RoutingKind Kind { get; init; } = RoutingKind.Weights;

    /// <summary>The backend that holds the servers of both colours.</summary>
    public required ProxyName Backend { get; init; }

    public ServerSelector Blue { get; init; } = new() { Prefix = "blue" };

    public ServerSelector Green { get; init; } = new() { Prefix = "green" };

    /// <summary>What to do where HAProxy's own persistence would keep users on a colour at weight 0; default refuse.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public OnPersistence OnPersistence { get; init; }

    public ServerSelector Of(Colour colour) => colour == Colour.Blue ? Blue : Green;

    /// <summary>The colour that a server of the backend belongs to; null when it belongs to none and is left alone.</summary>
    public Colour? FindColour(ProxyName server) => Blue.Matches(server) ? Colour.Blue : Green.Matches(server) ? Colour.Green : null;

    protected override IEnumerable<(string Name, DocumentPart? Part)> Parts() => [("blue", Blue), ("green", Green)];

    public string? FindProblem() =>
        Blue.FindProblem("blue") ?? Green.FindProblem("green") ?? FindOverlap();

    private string? FindOverlap()
    {
        if (Blue.Prefix is { } b && Green.Prefix is { } g && (b.StartsWith(g, StringComparison.Ordinal) || g.StartsWith(b, StringComparison.Ordinal)))
            return $"routing: a server could be both blue and green: the prefixes \"{b}\" and \"{g}\" overlap";
        var both = (Blue.Servers ?? []).FirstOrDefault(Green.Matches) ?? (Green.Servers ?? []).FirstOrDefault(Blue.Matches);
        return both is null ? null : $"routing: server \"{both}\" is both blue and green";
    }
}

public enum RoutingKind
{
    Weights,
}

/// <summary>What a backend with persistence of HAProxy's own means for an application: a rollback does not move the users that it keeps.</summary>
public enum OnPersistence
{
    /// <summary>The application is not registered on it.</summary>
    Refuse,

    /// <summary>It is, and its status names each such node.</summary>
    Warn,
}
