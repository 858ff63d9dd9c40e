using System.Text;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>A URL or a header's value with the places of <c>{{app}}</c>, <c>{{host}}</c> and <c>{{colour}}</c>.</summary>
/// <remarks>None of the three can hold a character that ends a host, a path or a header, so a value changes nothing but what stands in its place.</remarks>
public static class ProbeTemplate
{
    private const string Known = "{{app}}, {{host}} and {{colour}}";

    /// <summary>What is wrong with the text as a template, as a sentence; null when nothing is.</summary>
    /// <param name="withHost">False: <c>{{host}}</c> has no meaning here.</param>
    public static string? FindProblem(string text, bool withHost = true)
    {
        foreach (var (name, isPlace) in Split(text))
        {
            if (!isPlace && (name.Contains("{{", StringComparison.Ordinal) || name.Contains("}}", StringComparison.Ordinal))) return "\"{{\" and \"}}\" stand only around a placeholder";
            if (isPlace && !(name is "app" or "colour" || (name == "host" && withHost))) return $"there is no placeholder {{{{{name}}}}}; there are {(withHost ? Known : "{{app}} and {{colour}}")}";
        }
        return null;
    }

    public static bool NeedsHost(string text) => Split(text).Any(p => p is (Text: "host", IsPlace: true));

    /// <summary>The text with its places filled; null when it needs a host and the application has none.</summary>
    public static string? Resolve(string text, AppDefinition app, Colour colour)
    {
        var resolved = new StringBuilder(text.Length + 32);
        foreach (var (part, isPlace) in Split(text))
        {
            var value = !isPlace ? part : part switch { "app" => app.Name.Value, "colour" => colour.Word(), _ => app.Hosts.Count > 0 ? app.Hosts[0].Value : null };
            if (value is null) return null;
            resolved.Append(value);
        }
        return resolved.ToString();
    }

    private static IEnumerable<(string Text, bool IsPlace)> Split(string text)
    {
        var at = 0;
        while (text.IndexOf("{{", at, StringComparison.Ordinal) is >= 0 and var start && text.IndexOf("}}", start, StringComparison.Ordinal) is >= 0 and var end)
        {
            if (start > at) yield return (text[at..start], false);
            yield return (text[(start + 2)..end].Trim(), true);
            at = end + 2;
        }
        if (at < text.Length) yield return (text[at..], false);
    }
}
