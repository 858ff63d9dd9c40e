using System.Text.Json.Serialization;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Traffic.Maps;

/// <summary><c>targets/&lt;app&gt;</c>: users of one application who go to a colour whatever the weights say, and those who want no canary.</summary>
/// <remarks>
/// Order: lock, opt-out, user, group by header (of several, the first that the header names), group by cookie, network, and only then the share.
/// Only <c>map</c> routing knows users. Ids and groups by header come from trusted sources; a cookie can be set by anyone, so a group by cookie
/// is for people who choose it themselves.
/// </remarks>
public sealed record TargetRules : Document
{
    /// <summary>Most users of one application, targeted and opted out together.</summary>
    public const int MaxUsers = 10_000;

    public const int MaxGroups = 1_000;

    public const int MaxNetworks = 1_000;

    public static readonly TargetRules None = new();

    public IReadOnlyDictionary<UserId, Colour> Users { get; init; } = new Dictionary<UserId, Colour>();

    /// <summary>Users who always get the stable colour, above every target rule.</summary>
    public IReadOnlyList<UserId> OptOut { get; init; } = [];

    public IReadOnlyList<GroupRule> Groups { get; init; } = [];

    public IReadOnlyList<NetworkRule> Networks { get; init; } = [];

    [JsonIgnore]
    public bool IsEmpty => Users.Count == 0 && OptOut.Count == 0 && Groups.Count == 0 && Networks.Count == 0;

    /// <summary>What is wrong with the rules, as a sentence that begins with the field; null when nothing is.</summary>
    public override string? FindProblem() =>
        (Users.Count + OptOut.Count > MaxUsers ? $"users: at most {MaxUsers} with those opted out, not {Users.Count + OptOut.Count}" : null)
        ?? (Groups.Count > MaxGroups ? $"groups: at most {MaxGroups}, not {Groups.Count}" : null)
        ?? (Networks.Count > MaxNetworks ? $"networks: at most {MaxNetworks}, not {Networks.Count}" : null)
        ?? (OptOut.GroupBy(u => u).FirstOrDefault(g => g.Count() > 1) is { } user ? $"optOut: \"{user.Key}\" is there twice" : null)
        ?? (Groups.GroupBy(g => (g.Group, g.By)).FirstOrDefault(g => g.Count() > 1) is { } group ? $"groups: \"{group.Key.Group}\" is there twice" : null)
        ?? FindOverlap();

    private string? FindOverlap()
    {
        for (var i = 0; i < Networks.Count; i++)
            for (var j = i + 1; j < Networks.Count; j++)
                if (Networks[i].Network.Overlaps(Networks[j].Network))
                    return $"networks: {Networks[i].Network} and {Networks[j].Network} overlap";
        return null;
    }
}

/// <param name="By">Where a request says which groups its user is in.</param>
public sealed record GroupRule(GroupName Group, Colour To, GroupSource By = GroupSource.Header);

public sealed record NetworkRule(Network Network, Colour To);

public enum GroupSource
{
    /// <summary>The identity header, which only trusted sources can set.</summary>
    Header,

    /// <summary>A cookie, which anyone can set: for people who choose by themselves.</summary>
    Cookie,
}
