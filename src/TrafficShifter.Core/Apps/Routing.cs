using System.Text.Json.Serialization;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Apps;

/// <summary>How the share is made in HAProxy.</summary>
/// <remarks>
/// <c>weights</c>: server weights in one backend, for any existing haproxy.cfg; servers are told apart by colour with a prefix or a list.
/// <c>map</c>: a row in HAProxy's maps sends each request to one of a pair of backends, the pool; exact to 0.01 %, sticky, with target rules.
/// </remarks>
public sealed record Routing : DocumentPart
{
    public RoutingKind Kind { get; init; } = RoutingKind.Weights;

    /// <summary>`weights`: the backend that holds the servers of both colours.</summary>
    public ProxyName? Backend { get; init; }

    /// <summary>`weights`: blue's servers in the backend; default those whose name begins with "blue".</summary>
    public ServerSelector? Blue { get; init; }

    /// <summary>`weights`: green's servers in the backend; default those whose name begins with "green".</summary>
    public ServerSelector? Green { get; init; }

    /// <summary>`weights`: what to do where HAProxy's own persistence would keep users on a colour at weight 0; default refuse.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public OnPersistence OnPersistence { get; init; }

    /// <summary>`map`: the pair of backends <c>&lt;pool&gt;_blue</c> and <c>&lt;pool&gt;_green</c>, which several applications may share.</summary>
    public PoolName? Pool { get; init; }

    /// <summary>`map`: what the share is a share of; default sticky.</summary>
    public MapMode? Mode { get; init; }

    /// <summary>The backends that serve the application: the one of `weights`, or blue's and green's of the pool.</summary>
    [JsonIgnore]
    public IReadOnlyList<ProxyName> Backends => Kind == RoutingKind.Map ? [BackendOf(Colour.Blue), BackendOf(Colour.Green)] : [BackendOf(Colour.Blue)];

    /// <summary>The backend that holds a colour's servers.</summary>
    public ProxyName BackendOf(Colour colour) => Kind == RoutingKind.Map ? Pool!.BackendOf(colour) : Backend!;

    public ServerSelector Of(Colour colour) => (colour == Colour.Blue ? Blue : Green) ?? ServerSelector.Default(colour);

    /// <summary>The colour that a server of the backend belongs to; null when it belongs to none and is left alone. Of `weights` only.</summary>
    public Colour? FindColour(ProxyName server) => Of(Colour.Blue).Matches(server) ? Colour.Blue : Of(Colour.Green).Matches(server) ? Colour.Green : null;

    /// <summary>The same with its defaults written out, as it is stored: a later version's defaults are not its own.</summary>
    public Routing WithDefaults() => Kind == RoutingKind.Map
        ? this with { Mode = Mode ?? MapMode.Sticky }
        : this with { Blue = Of(Colour.Blue), Green = Of(Colour.Green) };

    protected override IEnumerable<(string Name, DocumentPart? Part)> Parts() => [("blue", Blue), ("green", Green)];

    public string? FindProblem() => Kind == RoutingKind.Map
        ? FindForeign("weights", ("backend", Backend), ("blue", Blue), ("green", Green), ("onPersistence", OnPersistence == default ? null : OnPersistence))
            ?? (Pool is null ? "routing/pool: `map` routing needs the pool, the name that its backends <pool>_blue and <pool>_green begin with" : null)
        : FindForeign("map", ("pool", Pool), ("mode", Mode))
            ?? (Backend is null ? "routing/backend: `weights` routing needs the backend that holds the servers of both colours" : null)
            ?? Of(Colour.Blue).FindProblem("blue") ?? Of(Colour.Green).FindProblem("green") ?? FindOverlap();

    private string? FindForeign(string kind, params ReadOnlySpan<(string Name, object? Value)> fields)
    {
        foreach (var (name, value) in fields)
            if (value is not null) return $"routing/{name}: belongs to `{kind}` routing, and the kind is `{Kind.ToString().ToLowerInvariant()}`";
        return null;
    }

    private string? FindOverlap() => Of(Colour.Blue).FindShared(Of(Colour.Green)) is { } shared
        ? $"routing: a server could be both blue and green: {shared}"
        : null;
}

public enum RoutingKind
{
    Weights,
    Map,
}

/// <summary>What a backend with persistence of HAProxy's own means for an application: a rollback does not move the users that it keeps.</summary>
public enum OnPersistence
{
    /// <summary>The application is not registered on it.</summary>
    Refuse,

    /// <summary>It is, and its status names each such node.</summary>
    Warn,

    /// <summary>It is, and under a lock the servers of the colour that was left are put into maintenance, which moves these users; the unlock makes them ready again.</summary>
    Maint,
}
