using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace TrafficShifter.Core.Documents;

/// <summary>Turns a YAML document into the JSON that says the same, so that both are judged by the same reader.</summary>
/// <remarks>
/// Plain words are read by YAML 1.2's core schema: <c>true</c>, <c>null</c> and numbers are what they look like, <c>no</c>, <c>5%</c> and <c>2m</c> are texts.
/// Anchors, aliases and tags are refused: a few bytes of them make gigabytes. Keys that stand twice are left for the reader to refuse.
/// </remarks>
public static partial class YamlText
{
    private const int MaxDepth = 32;

    public static bool IsYaml(string? contentType) => contentType?.Split(';')[0].Trim().ToLowerInvariant() is "application/yaml" or "application/x-yaml" or "text/yaml" or "text/x-yaml";

    /// <summary>The JSON, or what is wrong, as a sentence with line and column.</summary>
    public static (string? Json, string? Problem) ToJson(string yaml)
    {
        try
        {
            using var buffer = new MemoryStream();
            using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true })) Copy(new Parser(new StringReader(yaml)), json);
            return (Encoding.UTF8.GetString(buffer.ToArray()), null);
        }
        catch (YamlException broken)
        {
            return (null, string.Create(CultureInfo.InvariantCulture, $"{Shorten(broken.Message)} (line {broken.Start.Line}, column {broken.Start.Column})"));
        }
        // The parser's own words for some of what it cannot read: a mapping in braces that the next line does not go on with; a tag that is none.
        catch (Exception odd) when (odd is InvalidOperationException or ArgumentException)
        {
            return (null, odd is ArgumentException ? "anchors and tags are not taken" : "it is not YAML that can be read: look for a bracket or a brace that is not closed");
        }
    }

    private static void Copy(Parser yaml, Utf8JsonWriter json)
    {
        var open = new Stack<Level>();
        var documents = 0;
        while (yaml.MoveNext())
        {
            var now = yaml.Current!;
            var isKey = now is NodeEvent && open.TryPeek(out var level) && level.TakesKey();
            if (isKey && now is not Scalar) throw Refuse(now, "a key is a text");
            if (now is NodeEvent node && (!node.Anchor.IsEmpty || !node.Tag.IsEmpty)) throw Refuse(now, "anchors and tags are not taken");
            switch (now)
            {
                case AnchorAlias:
                    throw Refuse(now, "aliases are not taken");
                case DocumentStart when documents++ > 0:
                    throw Refuse(now, "one document is wanted, this is the second");
                case Scalar key when isKey:
                    json.WritePropertyName(key.Value);
                    break;
                case Scalar scalar:
                    Write(scalar, json);
                    break;
                case MappingStart or SequenceStart:
                    if (open.Count == MaxDepth) throw Refuse(now, $"it is more than {MaxDepth} levels deep");
                    open.Push(new Level(now is MappingStart));
                    if (now is MappingStart) json.WriteStartObject();
                    else json.WriteStartArray();
                    break;
                case MappingEnd:
                    if (!open.Pop().IsWhole) throw Refuse(now, "a key has no value");
                    json.WriteEndObject();
                    break;
                case SequenceEnd:
                    open.Pop();
                    json.WriteEndArray();
                    break;
            }
        }
    }

    private static void Write(Scalar scalar, Utf8JsonWriter json)
    {
        var text = scalar.Value;
        if (scalar.Style != ScalarStyle.Plain) json.WriteStringValue(text);
        else if (text is "" or "~" or "null" or "Null" or "NULL") json.WriteNullValue();
        else if (text is "true" or "True" or "TRUE") json.WriteBooleanValue(true);
        else if (text is "false" or "False" or "FALSE") json.WriteBooleanValue(false);
        else if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) json.WriteNumberValue(whole);
        else if (Number().IsMatch(text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)) json.WriteNumberValue(number);
        else json.WriteStringValue(text);
    }

    private static SemanticErrorException Refuse(ParsingEvent at, string why) => new(at.Start, at.End, why);

    private static string Shorten(string text) => text.Length <= 200 ? text : text[..200] + "…";

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")]
    private static partial Regex Number();

    /// <summary>An open mapping or list; in a mapping every other node is a key.</summary>
    private sealed class Level(bool isMapping)
    {
        private int _nodes;

        public bool TakesKey() => isMapping && _nodes++ % 2 == 0;

        /// <summary>Every key has its value. The parser passes over some of what stands behind an empty key.</summary>
        public bool IsWhole => _nodes % 2 == 0;
    }
}
