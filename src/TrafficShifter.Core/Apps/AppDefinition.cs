using System.Text.Json.Serialization;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Apps;

/// <summary>What is shifted on its own: <c>apps/&lt;app&gt;</c>. Written by people, never by a rollout.</summary>
public sealed record AppDefinition : Document
{
    /// <summary>Each host is a claim in the transaction that writes the definition.</summary>
    public const int MaxHosts = 50;

    /// <summary>The criticality of an application whose definition says none.</summary>
    public const int UsualCriticality = 50;

    public const int MaxCriticality = 100;

    public required AppName Name { get; init; }

    /// <summary>Host names that people reach the application by, each of one application only. `map` routing looks the application up by them; none: it is chosen by rules of haproxy.cfg.</summary>
    public IReadOnlyList<HostName> Hosts { get; init; } = [];

    /// <summary>Groups of users that target rules may name, up to 1,000; `map` routing only. Declared, because a rule for a mistyped group would match nobody and look right.</summary>
    public IReadOnlyList<GroupName>? Groups { get; init; }

    /// <summary>Teams or people to ask; free text, up to 100 characters each.</summary>
    public IReadOnlyList<string> Owners { get; init; } = [];

    /// <summary>What a migration selects applications by, up to 32; names and values as <see cref="LabelRule"/> says. Null for none.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>How much harm it does when it fails, 0 (nobody notices) to 100 (everything stands); null is as <see cref="UsualCriticality"/>. A migration moves the least critical first.</summary>
    public int? Criticality { get; init; }

    public required Routing Routing { get; init; }

    /// <summary>Name of the plan that a rollout takes when it names none.</summary>
    public string? Plan { get; init; }

    /// <summary>What must hold before its traffic moves in a campaign; where it says nothing, the campaign's own preflight holds.</summary>
    public Preflight? Preflight { get; init; }

    /// <summary>What must be done before its traffic leaves a colour that is evacuated; null: nothing.</summary>
    public LeavingRule? Leaving { get; init; }

    /// <summary>True in the tombstone that a deleted application leaves for 7 days: the difference between deleted and lost.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Deleted { get; init; }

    /// <summary>When it was deleted; only in a tombstone.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>This definition with the fields of the one that it replaces which this version does not know: nobody could have sent them.</summary>
    public AppDefinition Keeping(AppDefinition replaced) => this with
    {
        UnknownFields = UnknownFields ?? replaced.UnknownFields,
        Routing = Routing with
        {
            UnknownFields = Routing.UnknownFields ?? replaced.Routing.UnknownFields,
            Blue = Keeping(Routing.Blue, replaced.Routing.Blue),
            Green = Keeping(Routing.Green, replaced.Routing.Green),
        },
    };

    private static ServerSelector? Keeping(ServerSelector? next, ServerSelector? replaced) =>
        next is null ? null : next with { UnknownFields = next.UnknownFields ?? replaced?.UnknownFields };

    protected override IEnumerable<(string Name, DocumentPart? Part)> Parts() => [("routing", Routing), ("preflight", Preflight), ("leaving", Leaving), ("leaving/hook", Leaving?.Hook)];

    public override string? FindProblem() => Routing.FindProblem()
        ?? (Hosts.Count > MaxHosts ? $"hosts: at most {MaxHosts}, not {Hosts.Count}" : null)
        ?? (Hosts.GroupBy(h => h).FirstOrDefault(g => g.Count() > 1) is { } twice ? $"hosts: \"{twice.Key}\" is there twice" : null)
        ?? (Groups is { Count: > TargetRules.MaxGroups } ? $"groups: at most {TargetRules.MaxGroups}, not {Groups.Count}" : null)
        ?? (Groups?.GroupBy(g => g).FirstOrDefault(g => g.Count() > 1) is { } group ? $"groups: \"{group.Key}\" is there twice" : null)
        ?? (Groups is { Count: > 0 } && Routing.Kind != RoutingKind.Map ? "groups: only `map` routing knows users and groups" : null)
        ?? (Owners.Any(o => o.Length is 0 or > 100) ? "owners: each has 1 to 100 characters" : null)
        ?? (Owners.Any(o => o.Length is 0 or > 100) ? "owners: each has 1 to 100 characters" : null)
        ?? (Labels is not null ? LabelRule.FindProblem(Labels) : null)
        ?? (Criticality is < 0 or > MaxCriticality ? $"criticality: 0 to {MaxCriticality}, not {Criticality}" : null)
        ?? (Preflight?.FindProblems() is [var first, ..] ? $"preflight{first.Pointer}: {first.Detail}" : null)
        ?? (Leaving?.FindProblem() is { } leaving ? $"leaving{(leaving.StartsWith("hook/", StringComparison.Ordinal) ? "/" : ": ")}{leaving}" : null);
}
