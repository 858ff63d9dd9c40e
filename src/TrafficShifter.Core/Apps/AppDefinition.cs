using System.Text.Json.Serialization;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Apps;

/// <summary>What is shifted on its own: <c>apps/&lt;app&gt;</c>. Written by people, never by a rollout.</summary>
public sealed record AppDefinition : Document
{
    public const int MaxHosts = 100;

    /// <summary>The longest name that DNS has.</summary>
    public const int MaxHostLength = 253;

    public required AppName Name { get; init; }

    /// <summary>Host names that people reach the application by; for people to read on `weights` routing.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Teams or people to ask; free text, up to 100 characters each.</summary>
    public IReadOnlyList<string> Owners { get; init; } = [];

    public required Routing Routing { get; init; }

    /// <summary>Name of the plan that a rollout takes when it names none.</summary>
    public string? Plan { get; init; }

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
            Blue = Routing.Blue with { UnknownFields = Routing.Blue.UnknownFields ?? replaced.Routing.Blue.UnknownFields },
            Green = Routing.Green with { UnknownFields = Routing.Green.UnknownFields ?? replaced.Routing.Green.UnknownFields },
        },
    };

    protected override IEnumerable<(string Name, DocumentPart? Part)> Parts() => [("routing", Routing)];

    public override string? FindProblem() => Routing.FindProblem()
        ?? (Hosts.Count > MaxHosts ? $"hosts: at most {MaxHosts}, not {Hosts.Count}" : null)
        ?? (Hosts.Any(h => h.Length is 0 or > MaxHostLength) ? $"hosts: each has 1 to {MaxHostLength} characters" : null)
        ?? (Owners.Any(o => o.Length is 0 or > 100) ? "owners: each has 1 to 100 characters" : null);
}
