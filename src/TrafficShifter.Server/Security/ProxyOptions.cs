using TrafficShifter.Core.Access;

namespace TrafficShifter.Server.Security;

/// <summary>A reverse proxy that signs people in, such as oauth2-proxy, and whose headers are believed. Section <c>Proxy</c>.</summary>
public sealed record ProxyOptions
{
    /// <summary>Networks of the proxy's own addresses, separated by commas: <c>10.0.0.5/32,2001:db8::/64</c>. Default none: no header is believed.</summary>
    public string? Networks { get; init; }

    /// <summary>Header with the user. Default <c>X-Forwarded-User</c>; none where another of the three headers has a name.</summary>
    public string? UserHeader { get; init; }

    /// <summary>Header with the user's e-mail address; where it is sent, it is the name in the history. Default <c>X-Forwarded-Email</c>; none where another of the three headers has a name.</summary>
    public string? EmailHeader { get; init; }

    /// <summary>Header with the user's groups, separated by commas. Default <c>X-Forwarded-Groups</c>; none where another of the three headers has a name.</summary>
    public string? GroupsHeader { get; init; }

    /// <summary>What groups may; whoever is in none of them may nothing.</summary>
    public IReadOnlyList<ProxyGrantOptions> Grants { get; init; } = [];
}

/// <summary>What a group of people may.</summary>
public sealed record ProxyGrantOptions
{
    /// <summary>A group as the proxy names it; <c>*</c>: everybody whom it signs in.</summary>
    public string Group { get; init; } = "";

    /// <summary>viewer, operator or admin.</summary>
    public Role Role { get; init; }

    /// <summary>Patterns of application names, separated by commas; none: not limited by name.</summary>
    public string? Apps { get; init; }

    /// <summary>Owners, separated by commas; none: not limited by owner.</summary>
    public string? Owners { get; init; }

    /// <summary>Verbs, separated by commas; none: all of the role.</summary>
    public string? Verbs { get; init; }
}
