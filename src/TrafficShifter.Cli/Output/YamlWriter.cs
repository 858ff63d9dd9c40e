using System.Text;
using System.Text.Json;

namespace TrafficShifter.Cli.Output;

/// <summary>Writes a JSON document as YAML that any reader of YAML 1.1 or 1.2 reads back to the same document.</summary>
/// <remarks>Texts are quoted unless they are surely texts: <c>no</c>, <c>1e3</c> and <c>12:30</c> are something else to some readers.</remarks>
internal static class YamlWriter
{
    public static string Write(JsonElement document)
    {
        var yaml = new StringBuilder();
        Append(yaml, document, 0);
        return yaml.ToString();
    }

    private static void Append(StringBuilder yaml, JsonElement element, int depth)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object when element.EnumerateObject().Any():
                foreach (var member in element.EnumerateObject()) AppendMember(yaml, $"{Key(member.Name)}:", member.Value, depth);
                break;
            case JsonValueKind.Array when element.GetArrayLength() > 0:
                foreach (var entry in element.EnumerateArray()) AppendMember(yaml, "-", entry, depth);
                break;
            default:
                yaml.Append(Scalar(element)).Append('\n');
                break;
        }
    }

    private static void AppendMember(StringBuilder yaml, string lead, JsonElement value, int depth)
    {
        yaml.Append(' ', depth * 2).Append(lead);
        var nested = value.ValueKind == JsonValueKind.Object ? value.EnumerateObject().Any() : value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0;
        if (!nested)
        {
            yaml.Append(' ').Append(Scalar(value)).Append('\n');
            return;
        }
        yaml.Append('\n');
        Append(yaml, value, depth + 1);
    }

    private static string Scalar(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "{}",
        JsonValueKind.Array => "[]",
        JsonValueKind.String => Text(element.GetString()!),
        _ => element.GetRawText(),
    };

    private static string Key(string name) => Text(name);

    private static string Text(string text) => IsSurelyText(text) ? text : JsonSerializer.Serialize(text, JsonText.Relaxed);

    private static bool IsSurelyText(string text) =>
        text.Length > 0 && char.IsAsciiLetter(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/')
        && text.ToLowerInvariant() is not ("y" or "n" or "yes" or "no" or "on" or "off" or "true" or "false" or "null");
}
