using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Commands.Rollouts;

/// <summary>Changes one field of a plan: <c>steps.0.hold=1m</c>, <c>checks.0.max=0.02</c>.</summary>
internal static class PlanField
{
    /// <exception cref="Failure">There is no such place.</exception>
    public static void Set(JsonObject plan, string change)
    {
        var equals = change.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1) throw Failure.Usage($"--set {change}: a field and its value are needed, like steps.0.hold=1m");
        var (path, value) = (change[..equals].Split('.'), Read(change[(equals + 1)..]));
        JsonNode? at = plan;
        foreach (var name in path[..^1]) at = Child(at, name) ?? throw Missing(change, name);
        switch (at)
        {
            case JsonObject parent:
                parent[path[^1]] = value;
                break;
            case JsonArray list when Index(list, path[^1]) is { } index:
                list[index] = value;
                break;
            default:
                throw Missing(change, path[^1]);
        }
    }

    private static JsonNode? Child(JsonNode? at, string name) => at switch
    {
        JsonObject parent => parent[name],
        JsonArray list when Index(list, name) is { } index => list[index],
        _ => null,
    };

    private static int? Index(JsonArray list, string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < list.Count ? index : null;

    private static Failure Missing(string change, string name) => Failure.Usage($"--set {change}: the plan has no \"{name}\" there; entries of a list are counted from 0");

    /// <summary>A number or truth value where it looks like one, else a text: <c>5%</c> and <c>1m</c> are texts.</summary>
    private static JsonNode? Read(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return text;
        }
    }
}
