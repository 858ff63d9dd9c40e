using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Server.Targets;

/// <summary>All target rules of an application, as they shall be.</summary>
public sealed record TargetsRequest : DocumentPart
{
    /// <summary>Colours by user id; with those opted out up to 10,000.</summary>
    public IReadOnlyDictionary<UserId, Colour> Users { get; init; } = new Dictionary<UserId, Colour>();

    /// <summary>Users who always get the stable colour, whichever that is.</summary>
    public IReadOnlyList<UserId> OptOut { get; init; } = [];

    /// <summary>Up to 1,000, each declared in the definition.</summary>
    public IReadOnlyList<GroupRule> Groups { get; init; } = [];

    /// <summary>Up to 1,000 that do not overlap.</summary>
    public IReadOnlyList<NetworkRule> Networks { get; init; } = [];

    /// <summary>Why; up to 500 characters.</summary>
    public string? Reason { get; init; }

    /// <summary>With the fields of the rules that these replace which this version does not know.</summary>
    public TargetRules ToRules(TargetRules replaced) => new() { Users = Users, OptOut = OptOut, Groups = Groups, Networks = Networks, UnknownFields = replaced.UnknownFields };

    protected override IEnumerable<(string Name, DocumentPart? Part)> Parts() =>
        Groups.Select((g, i) => ($"groups/{i}", (DocumentPart?)g)).Concat(Networks.Select((n, i) => ($"networks/{i}", (DocumentPart?)n)));
}

/// <summary>The colour that one user gets.</summary>
public sealed record UserTargetRequest : DocumentPart
{
    public required Colour To { get; init; }

    /// <summary>Why; up to 500 characters.</summary>
    public string? Reason { get; init; }
}

/// <summary>An application's target rules.</summary>
public sealed record TargetsAnswer
{
    public required IReadOnlyDictionary<UserId, Colour> Users { get; init; }

    public required IReadOnlyList<UserId> OptOut { get; init; }

    public required IReadOnlyList<GroupRule> Groups { get; init; }

    public required IReadOnlyList<NetworkRule> Networks { get; init; }

    public string? By { get; init; }

    public string? Reason { get; init; }

    public DateTimeOffset? At { get; init; }

    /// <summary>Version of the rules, as in the ETag; 0 when there never were any.</summary>
    public required ulong ModifyIndex { get; init; }

    /// <summary>What a person should know: a lock above the rules, rules that are broken or lost in the store.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }
}

/// <summary>What a change of the rules left: how many there are, not which.</summary>
public sealed record TargetsWritten
{
    public required int Users { get; init; }

    public required int OptOut { get; init; }

    public required int Groups { get; init; }

    public required int Networks { get; init; }

    /// <summary>How many rules differ from those before; 0: nothing was written.</summary>
    public required int Differences { get; init; }

    public string? By { get; init; }

    public string? Reason { get; init; }

    public DateTimeOffset? At { get; init; }

    /// <summary>Version of the rules, as in the ETag.</summary>
    public required ulong ModifyIndex { get; init; }

    /// <summary>How far each node is; only with ?wait=.</summary>
    public IReadOnlyList<NodeStatus>? Nodes { get; init; }

    /// <summary>What a person should know: a lock above the rules, for example.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }

    public static TargetsWritten Of(TargetRules rules, int differences, ulong modifyIndex) => new()
    {
        Users = rules.Users.Count,
        OptOut = rules.OptOut.Count,
        Groups = rules.Groups.Count,
        Networks = rules.Networks.Count,
        Differences = differences,
        By = rules.By,
        Reason = rules.Reason,
        At = rules.At,
        ModifyIndex = modifyIndex,
    };
}
