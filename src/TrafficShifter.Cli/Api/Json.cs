using System.Globalization;
using System.Text.Json;

namespace TrafficShifter.Cli.Api;

/// <summary>Reads members of the API's documents. What is not there is null: a newer or older server is no reason to fail.</summary>
internal static class Json
{
    public static JsonElement? Member(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>By names one inside the other: <c>Member("share", "green")</c>.</summary>
    public static JsonElement? Member(this JsonElement json, params ReadOnlySpan<string> path)
    {
        JsonElement? at = json;
        foreach (var name in path) at = at?.Member(name);
        return at;
    }

    /// <summary>A text, or a number or truth value as it is written.</summary>
    public static string? Find(this JsonElement json, params ReadOnlySpan<string> path) => json.Member(path) is { } value
        ? value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText()
        : null;

    public static bool Is(this JsonElement json, params ReadOnlySpan<string> path) => json.Member(path) is { ValueKind: JsonValueKind.True };

    public static double? Number(this JsonElement json, params ReadOnlySpan<string> path) => json.Member(path) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : null;

    public static DateTimeOffset? Time(this JsonElement json, params ReadOnlySpan<string> path) =>
        DateTimeOffset.TryParse(json.Find(path), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    public static IEnumerable<JsonElement> List(this JsonElement json, params ReadOnlySpan<string> path) =>
        json.Member(path) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : Enumerable.Empty<JsonElement>();
}
