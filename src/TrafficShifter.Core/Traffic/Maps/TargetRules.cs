using System.Globalization;
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
    /// <summary>Most users of one application, targeted and opted out together; one who is both counts once.</summary>
    public const int MaxUsers = 10_000;

    public const int MaxGroups = 1_000;

    public const int MaxNetworks = 1_000;

    public static readonly TargetRules None = new();

    public IReadOnlyDictionary<UserId, Colour> Users { get; init; } = new Dictionary<UserId, Colour>();

    /// <summary>Users who always get the stable colour, above every target rule.</summary>
    public IReadOnlyList<UserId> OptOut { get; init; } = [];

    public IReadOnlyList<GroupRule> Groups { get; init; } = [];

    public IReadOnlyList<NetworkRule> Networks { get; init; } = [];

    public string? By { get; init; }

    public string? Reason { get; init; }

    public DateTimeOffset? At { get; init; }

    /// <summary>The history entry written in the same transaction.</summary>
    public string? Change { get; init; }

    /// <summary>Where the rules themselves are, when they are too large for one document; null when they are here.</summary>
    public TargetChunks? Chunked { get; init; }

    [JsonIgnore]
    public bool IsEmpty => Users.Count == 0 && OptOut.Count == 0 && Groups.Count == 0 && Networks.Count == 0;

    /// <summary>Users with a rule, and those who opted out and have none: as many rows as there will be. So who has a rule can always opt out.</summary>
    [JsonIgnore]
    public int UserCount => Users.Count + OptOut.Count(user => !Users.ContainsKey(user));

    /// <summary><c>2 users, 1 opted out, 2 groups, 1 network</c>, for sentences.</summary>
    public string Describe() => IsEmpty ? "no rules" : string.Join(", ", new[] { (Users.Count, "user", "users"), (OptOut.Count, "opted out", "opted out"), (Groups.Count, "group", "groups"), (Networks.Count, "network", "networks") }
        .Where(part => part.Item1 > 0).Select(part => $"{part.Item1} {(part.Item1 == 1 ? part.Item2 : part.Item3)}"));

    protected override IEnumerable<(string Name, DocumentPart? Part)> Parts() =>
        Groups.Select((g, i) => ($"groups/{i}", (DocumentPart?)g)).Concat(Networks.Select((n, i) => ($"networks/{i}", (DocumentPart?)n)));

    /// <summary>What is wrong with the rules, as a sentence that begins with the field; null when nothing is.</summary>
    public override string? FindProblem() =>
        (Chunked is not null ? "the chunks that hold its rules are not there, or are not those that were written" : null)
        ?? (UserCount is > MaxUsers and var count ? $"users: at most {MaxUsers} with those opted out, not {count}" : null)
        ?? (Groups.Count > MaxGroups ? $"groups: at most {MaxGroups}, not {Groups.Count}" : null)
        ?? (Networks.Count > MaxNetworks ? $"networks: at most {MaxNetworks}, not {Networks.Count}" : null)
        ?? FindTwice(OptOut, "optOut", user => user.Value) ?? FindTwice(Groups.Select(g => (g.Group, g.By)), "groups", g => g.Group.Value)
        ?? FindOverlap();

    /// <summary>The first group that the application does not declare, as a sentence that begins with its field: a rule for it would never match anybody.</summary>
    public string? FindUnknownGroup(IReadOnlyList<GroupName>? declared)
    {
        for (var i = 0; i < Groups.Count; i++)
            if (declared?.Contains(Groups[i].Group) != true)
                return $"groups/{i}/group: \"{Groups[i].Group}\" is not one of the application's groups ({(declared is { Count: > 0 } ? string.Join(", ", declared.Take(10)) : "it has none")}); name it in `groups` of the definition first";
        return null;
    }

    private static string? FindTwice<T>(IEnumerable<T> values, string field, Func<T, string> nameOf)
    {
        var seen = new HashSet<T>();
        foreach (var (value, index) in values.Select((v, i) => (v, i)))
            if (!seen.Add(value)) return $"{field}/{index}: \"{nameOf(value)}\" is there twice";
        return null;
    }

    private string? FindOverlap()
    {
        // In this order a network that has others in it has one of them right behind it.
        var sorted = Networks.Select((rule, at) => (rule.Network, At: at)).OrderBy(n => n.Network, Network.WidestFirst).ToList();
        foreach (var (wide, narrow) in sorted.Zip(sorted.Skip(1)))
            if (wide.Network.Contains(narrow.Network))
                return string.Create(CultureInfo.InvariantCulture, $"networks/{Math.Max(wide.At, narrow.At)}: {Networks[Math.Min(wide.At, narrow.At)].Network} and {Networks[Math.Max(wide.At, narrow.At)].Network} overlap");
        return null;
    }
}

/// <param name="By">Where a request says which groups its user is in.</param>
public sealed record GroupRule(GroupName Group, Colour To, GroupSource By = GroupSource.Header) : DocumentPart;

public sealed record NetworkRule(Network Network, Colour To) : DocumentPart;

public enum GroupSource
{
    /// <summary>The identity header, which only trusted sources can set.</summary>
    Header,

    /// <summary>A cookie, which anyone can set: for people who choose by themselves.</summary>
    Cookie,
}
