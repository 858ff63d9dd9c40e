using System.Text.Json;

namespace TrafficShifter.Cli.Output;

/// <summary>Compares two documents, place by place.</summary>
internal static class Differences
{
    /// <summary>A line for each place: <c>- /max: 0.01</c>, <c>+ /max: 0.02</c>. Members that only the old one has and that are empty there are what it is by default.</summary>
    public static IReadOnlyList<string> Between(JsonElement? old, JsonElement next)
    {
        var lines = new List<string>();
        Compare(lines, "", old, next);
        return lines;
    }

    private static void Compare(List<string> lines, string at, JsonElement? old, JsonElement? next)
    {
        if (old is { } a && next is { } b && a.ValueKind == b.ValueKind && a.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
        {
            foreach (var (name, was, now) in Pairs(old!.Value, next!.Value)) Compare(lines, $"{at}/{name}", was, now);
            return;
        }
        if (old is { } x && next is { } y && JsonElement.DeepEquals(x, y)) return;
        if (old is { } gone) lines.Add($"- {(at.Length == 0 ? "/" : at)}: {gone.GetRawText()}");
        if (next is { } come) lines.Add($"+ {(at.Length == 0 ? "/" : at)}: {come.GetRawText()}");
    }

    private static IEnumerable<(string Name, JsonElement? Was, JsonElement? Now)> Pairs(JsonElement old, JsonElement next)
    {
        var (was, now) = (Members(old), Members(next));
        foreach (var name in was.Keys.Union(now.Keys))
            yield return (name, was.TryGetValue(name, out var o) ? o : null, now.TryGetValue(name, out var n) ? n : null);
    }

    private static Dictionary<string, JsonElement> Members(JsonElement json) => json.ValueKind == JsonValueKind.Object
        ? json.EnumerateObject().ToDictionary(m => m.Name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal), m => m.Value)
        : json.EnumerateArray().Select((e, i) => (i, e)).ToDictionary(p => p.i.ToString(System.Globalization.CultureInfo.InvariantCulture), p => p.e);
}
