using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Migrations;

/// <summary>The way to one value of a JSON document: <c>$.build.image</c>, <c>$['build']['image']</c>, <c>$.images[0]</c>.</summary>
/// <remarks>Of RFC 9535 only what names one place: no wildcards, no filters. Up to 200 characters and 16 steps.</remarks>
[JsonConverter(typeof(ParsableJsonConverter<JsonPath>))]
public sealed partial record JsonPath : IParsable<JsonPath>
{
    private const int MaxSteps = 16;
    private readonly string _text;
    private readonly IReadOnlyList<Step> _steps;

    private JsonPath(string text, IReadOnlyList<Step> steps) => (_text, _steps) = (text, steps);

    private readonly record struct Step(string? Name, int Index);

    /// <exception cref="FormatException">Not a path; the message shows the form that is.</exception>
    public static JsonPath Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var path) ? path : throw new FormatException($"\"{s}\" is not a path like \"$.build.image\", \"$['build']\" or \"$.images[0]\"");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out JsonPath result)
    {
        result = null;
        if (s is null || s.Length > VersionSource.MaxLength || !Whole().IsMatch(s)) return false;
        var steps = One().Matches(s, 1).Select(Read).ToList();
        if (steps.Count is 0 or > MaxSteps) return false;
        result = new JsonPath(s, steps);
        return true;
    }

    /// <summary>The text, number or truth value at the path; null when there is none, or when it is an object or a list.</summary>
    /// <exception cref="InvalidOperationException">A text on the way, or at its end, is no text: half a surrogate pair.</exception>
    public string? Find(JsonElement root)
    {
        foreach (var step in _steps)
        {
            if (step.Name is { } name)
            {
                if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(name, out root)) return null;
            }
            else if (root.ValueKind == JsonValueKind.Array && step.Index < root.GetArrayLength()) root = root[step.Index];
            else return null;
        }
        return root.ValueKind switch
        {
            JsonValueKind.String => root.GetString(),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => root.GetRawText(),
            _ => null,
        };
    }

    public bool Equals(JsonPath? other) => other?._text == _text;

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_text);

    public override string ToString() => _text;

    private static Step Read(Match step) => step.Groups["index"] is { Success: true } index
        ? new Step(null, int.Parse(index.Value, CultureInfo.InvariantCulture))
        : new Step(step.Groups["name"] is { Success: true } name ? name.Value : step.Groups["quoted"].Value, 0);

    [GeneratedRegex(@"^\$(\.[A-Za-z_][A-Za-z0-9_-]*|\[[0-9]{1,4}\]|\['[^'\\\u0000-\u001f]*'\])+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Whole();

    [GeneratedRegex(@"\.(?<name>[A-Za-z_][A-Za-z0-9_-]*)|\[(?<index>[0-9]{1,4})\]|\['(?<quoted>[^']*)'\]", RegexOptions.CultureInvariant)]
    private static partial Regex One();
}
