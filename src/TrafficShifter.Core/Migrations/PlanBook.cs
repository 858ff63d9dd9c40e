using System.Text.Json;
using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Core.Migrations;

/// <summary>The plans that a migration may name, and those that it brings itself, each read once.</summary>
public sealed class PlanBook(IEnumerable<Plan> named)
{
    private readonly Dictionary<string, Plan> _named = named.Where(p => p.Name is not null).ToDictionary(p => p.Name!, StringComparer.Ordinal);
    private readonly Dictionary<string, (Plan? Plan, string? Problem)> _sent = new(StringComparer.Ordinal);

    /// <summary>The plan, or why there is none, as a sentence.</summary>
    /// <param name="sent">A plan, a name, or nothing.</param>
    public (Plan? Plan, string? Problem) Find(JsonElement? sent)
    {
        if (sent is not { } json || json.ValueKind == JsonValueKind.Null) return (null, "it has no plan of its own, and neither its wave nor the migration names one");
        if (json.ValueKind == JsonValueKind.String)
            return _named.TryGetValue(json.GetString()!, out var plan) ? (plan, null) : (null, $"there is no plan \"{json.GetString()}\" that can be used");
        var text = json.GetRawText();
        if (_sent.TryGetValue(text, out var known)) return known;
        return _sent[text] = PlanParser.Parse(json) switch
        {
            PlanParsing.Good good => (good.Plan, null),
            PlanParsing.Refused { Problems: [var first, ..] } => (null, $"its plan cannot be used: {first.Pointer}: {first.Detail}"),
            _ => (null, "its plan cannot be used"),
        };
    }
}
