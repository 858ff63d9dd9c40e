using System.Text.Json.Serialization;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Server.Traffic;

/// <summary>An application's definition as a person gets it: with what they may do. It may be sent back as it is: <c>can</c> and <c>blocked</c> are then passed over.</summary>
public sealed record AppAnswer : DocumentPart
{
    /// <summary>The fields that a definition has only in answers.</summary>
    public static readonly IReadOnlyList<string> OnlyInAnswers = ["can", "blocked"];

    public required AppName Name { get; init; }

    public required IReadOnlyList<HostName> Hosts { get; init; }

    public IReadOnlyList<GroupName>? Groups { get; init; }

    public required IReadOnlyList<string> Owners { get; init; }

    /// <summary>What a migration selects applications by.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>How much harm it does when it fails, 0 to 100; null is as 50. A migration moves the least critical first.</summary>
    public int? Criticality { get; init; }

    public required Routing Routing { get; init; }

    /// <summary>Name of the plan that a rollout takes when it names none.</summary>
    public string? Plan { get; init; }

    /// <summary>What must hold before its traffic moves in a migration.</summary>
    public Preflight? Preflight { get; init; }

    /// <summary>What must be done before its traffic leaves a colour that is evacuated.</summary>
    public LeavingRule? Leaving { get; init; }

    public required int Schema { get; init; }

    /// <summary>Verbs that whoever asks may do to the application; null in a list that has them not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Can { get; init; }

    /// <summary>Why some of them are not possible now, a sentence by the verb.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Blocked { get; init; }

    public static AppAnswer Of(AppDefinition definition, Offer offer) => new()
    {
        Name = definition.Name, Hosts = definition.Hosts, Groups = definition.Groups, Owners = definition.Owners, Labels = definition.Labels, Criticality = definition.Criticality, Routing = definition.Routing, Plan = definition.Plan, Preflight = definition.Preflight, Leaving = definition.Leaving,
        Schema = definition.Schema, UnknownFields = definition.UnknownFields, Can = offer.Can, Blocked = offer.Blocked,
    };
}
