using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Apps;

/// <summary>What is shifted on its own: <c>apps/&lt;app&gt;</c>. Written by people, never by a rollout.</summary>
public sealed record AppDefinition : Document
{
    public const int MaxHosts = 100;

    public required AppName Name { get; init; }

    /// <summary>Host names that people reach the application by; for people to read on `weights` routing.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Teams or people to ask; free text, up to 100 characters each.</summary>
    public IReadOnlyList<string> Owners { get; init; } = [];

    public required Routing Routing { get; init; }

    /// <summary>Name of the plan that a rollout takes when it names none.</summary>
    public string? Plan { get; init; }

    /// <summary>True in the tombstone that a deleted application leaves for 7 days: the difference between deleted and lost.</summary>
    public bool Deleted { get; init; }

    public override string? FindProblem() => Routing.FindProblem()
        ?? (Hosts.Count > MaxHosts ? $"hosts: at most {MaxHosts}, not {Hosts.Count}" : null)
        ?? (Owners.Any(o => o.Length is 0 or > 100) ? "owners: each has 1 to 100 characters" : null);
}

/// <summary>How the share is made in HAProxy.</summary>
/// <remarks>`weights`: server weights in one backend, for any existing haproxy.cfg. Servers are told apart by colour with a prefix or a list.</remarks>
public sealed record Routing
{
    public RoutingKind Kind { get; init; } = RoutingKind.Weights;

    /// <summary>The backend that holds the servers of both colours.</summary>
    public required ProxyName Backend { get; init; }

    public ServerSelector Blue { get; init; } = new() { Prefix = "blue" };

    public ServerSelector Green { get; init; } = new() { Prefix = "green" };

    public ServerSelector Of(Colour colour) => colour == Colour.Blue ? Blue : Green;

    /// <summary>The colour that a server of the backend belongs to; null when it belongs to none and is left alone.</summary>
    public Colour? FindColour(ProxyName server) => Blue.Matches(server) ? Colour.Blue : Green.Matches(server) ? Colour.Green : null;

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

/// <summary>Which servers of the backend a colour has: those whose name begins with <see cref="Prefix"/>, or those listed.</summary>
public sealed record ServerSelector
{
    public string? Prefix { get; init; }

    public IReadOnlyList<ProxyName>? Servers { get; init; }

    public bool Matches(ProxyName server) =>
        Servers?.Contains(server) ?? (Prefix is { } prefix && server.Value.StartsWith(prefix, StringComparison.Ordinal));

    public string? FindProblem(string colour) => (Prefix, Servers) switch
    {
        (null, null) => $"routing/{colour}: needs a prefix or a list of servers",
        (not null, not null) => $"routing/{colour}: has both a prefix and a list of servers; one of them decides",
        ({ } prefix, _) when ProxyName.FindProblem(prefix) is { } problem => $"routing/{colour}/prefix: {problem}",
        (_, { Count: 0 }) => $"routing/{colour}/servers: the list is empty",
        _ => null,
    };

    public override string ToString() => Servers is { } list ? string.Join(", ", list) : $"{Prefix}*";
}
