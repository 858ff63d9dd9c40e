using System.Text.Json;
using System.Text.Json.Serialization;
using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Core.Migrations;

/// <summary>A person's word before a wave begins. In JSON <c>"approve"</c> for everybody who may, or <c>{"approvers":["ann","group:ops"],"fourEyes":true}</c>.</summary>
/// <param name="Approvers">Who may say it, by their names in the history, or <c>group:NAME</c> for a group that a trusted proxy names; null for everybody who may approve waves.</param>
/// <param name="FourEyes">Whoever started the migration may not approve. By the name in the history: one person with two tokens is two.</param>
[JsonConverter(typeof(WaveGateJsonConverter))]
public sealed record WaveGate(IReadOnlyList<string>? Approvers = null, bool FourEyes = false)
{
    public bool Admits(IEnumerable<string> names) => Approvers is null || names.Any(name => Approvers.Contains(name, StringComparer.Ordinal));

    internal string? FindProblem() =>
        Approvers is { Count: 0 } ? "a gate with no approver would never open: name some, or say \"approve\" for everybody"
        : Approvers is { } people && (people.Count > Gate.MaxApprovers || people.Any(p => p is null || p.Length is 0 or > Gate.MaxApproverLength)) ? $"up to {Gate.MaxApprovers} names of 1 to {Gate.MaxApproverLength} characters"
        : null;
}

/// <summary>Reads both forms of a gate; writes the short one where it says everything.</summary>
public sealed class WaveGateJsonConverter : JsonConverter<WaveGate>
{
    private const string Short = "approve";

    public override WaveGate Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var json = JsonDocument.ParseValue(ref reader);
        var gate = json.RootElement;
        if (gate.ValueKind == JsonValueKind.String && gate.GetString() == Short) return new WaveGate();
        if (gate.ValueKind != JsonValueKind.Object || gate.EnumerateObject().Any(m => m.Name is not ("approvers" or "fourEyes"))) throw new JsonException("\"approve\" or {\"approvers\":[…],\"fourEyes\":true} is needed");
        return new WaveGate(ReadNames(gate), gate.TryGetProperty("fourEyes", out var flag) && (flag.ValueKind is JsonValueKind.True or JsonValueKind.False ? flag.GetBoolean() : throw new JsonException("\"fourEyes\" is true or false")));
    }

    private static IReadOnlyList<string>? ReadNames(JsonElement gate)
    {
        if (!gate.TryGetProperty("approvers", out var people) || people.ValueKind == JsonValueKind.Null) return null;
        return people.ValueKind == JsonValueKind.Array && people.EnumerateArray().All(p => p.ValueKind == JsonValueKind.String)
            ? [.. people.EnumerateArray().Select(p => p.GetString()!)]
            : throw new JsonException("\"approvers\" is a list of names");
    }

    public override void Write(Utf8JsonWriter writer, WaveGate value, JsonSerializerOptions options)
    {
        if (value is { Approvers: null, FourEyes: false })
        {
            writer.WriteStringValue(Short);
            return;
        }
        writer.WriteStartObject();
        if (value.Approvers is { } names)
        {
            writer.WriteStartArray("approvers");
            foreach (var name in names) writer.WriteStringValue(name);
            writer.WriteEndArray();
        }
        if (value.FourEyes) writer.WriteBoolean("fourEyes", true);
        writer.WriteEndObject();
    }
}
